"""Bundles in memory: the files stay, the program is another."""

import pytest

import tflite
from tests.tools import learned
from tflite import baselines
from tflite.bundle import manifest as m


def test_another_program_leaves_the_files_alone(bundle, bundle_folder):
    short = (*learned.program()[:2], m.Answer(name="answer", gives={"label": "logits_1"}))
    changed = baselines.with_program(bundle, short)
    assert changed.manifest.programs["main"] == short != bundle.manifest.programs["main"]
    assert changed.model("parts/stage_1.tflite") == {"model_path": str(bundle_folder / "parts/stage_1.tflite")}
    with pytest.raises(tflite.BundleError):
        baselines.with_program(bundle, short[:-1])
