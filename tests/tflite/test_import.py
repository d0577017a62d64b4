"""`import tflite` is cheap, needs no TensorFlow, and has the names that it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

import tflite

ROOT = Path(__file__).resolve().parents[2]


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )


def test_importing_loads_nothing_heavy():
    code = "import sys, tflite; print(sorted({'numpy', 'msgspec', 'ai_edge_litert', 'tensorflow'} & set(sys.modules)))"
    assert python(code).stdout.strip() == "[]"


def test_running_needs_no_tensorflow():
    code = (
        "import sys, tflite; tflite.Chain, tflite.Governor; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    assert python(code).stdout.strip() == "False False"


@pytest.mark.parametrize("name", tflite.__all__)
def test_every_exported_name_is_there_and_documented(name):
    assert getattr(tflite, name).__doc__
    assert name in dir(tflite)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="module 'tflite' has no attribute 'Chains'"):
        tflite.Chains  # noqa: B018
