"""Native libraries: what they say when they start is kept from the user, and nothing else is."""

import os
import subprocess
import sys

import pytest

from tools import native
from tools.foreign import ROOT


def test_the_environment_keeps_what_the_caller_set(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("GRPC_VERBOSITY", "x")
    monkeypatch.delenv("GRPC_VERBOSITY")
    native.prepare_environment()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert os.environ["GRPC_VERBOSITY"] == "ERROR"


def test_native_notes_are_dropped_and_the_rest_follows(capfd):
    with native.quiet():
        os.write(2, b"INFO: Created a delegate.\nWARNING: something\n")
        os.write(2, b"I0000 00:00:1795.44 265 port.cc:153] oneDNN custom operations are on.\n")
        os.write(2, b"E0000 00:00:1795.44 265 tensor.cc:12] trouble\n")
    assert capfd.readouterr().err == "WARNING: something\nE0000 00:00:1795.44 265 tensor.cc:12] trouble\n"


@pytest.mark.slow
def test_tensorflow_is_loaded_without_a_word():
    code = "from tools import native; native.prepare_environment(); print(native.load_tensorflow().__name__)"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "CUDA_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")
