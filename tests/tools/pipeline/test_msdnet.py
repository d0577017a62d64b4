"""MSDNet as bundles: maps of two scales across int8 cuts; thresholds for budgets of a set, and anytime prediction."""

import json
from pathlib import Path

import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.presets import msdnet
from tests.families.tiny import TINY
from tests.tools.stripes import STRIPES
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tools import console, convert, train
from tools.pipeline import runs


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder with a trained run, by milestones, and its int8 bundle whose exits have MSDNet's thresholds."""
    folder = tmp_path_factory.mktemp("msdnet")
    images = {"epochs": 4, "batch_size": 16, "peak_learning_rate": 0.05, "milestones": (0.5, 0.75)}
    stages = {"classifiers": images, "controllers": {"epochs": 2, "views": 1}}
    preset = {"task": "stripes", "arguments": TINY["msdnet"].arguments, "stages": stages}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "stripes", STRIPES)
        patch.setitem(msdnet.PRESETS, "tiny", preset | {"source": "none", "expected": "seconds"})
        made = ["tiny", "--out", str(folder / "run")]
        assert console.main(train.build_parser, train.command, made) == 0
        made = [str(folder / "run"), "--out", str(folder / "bundle"), "--exits", "all", "--policy", "quantile"]
        assert console.main(convert.build_parser, convert.command, made) == 0
        yield folder


def test_every_exit_has_its_threshold_for_a_budget_of_the_set(room):
    manifest = json.loads(Path(room / "bundle/manifest.json").read_text())
    assert Chain.load(room / "bundle").self_test() == []
    assert set(manifest["parameters"]) == {"threshold_1", "threshold_2"}
    assert "controller" not in json.dumps(manifest["parts"])
    spent = [point["costs"]["macs"] for point in manifest["operating_points"]]
    assert spent == sorted(spent)


def test_maps_of_two_scales_cross_a_cut_in_int8(room):
    values = json.loads(Path(room / "bundle/manifest.json").read_text())["values"]
    crossing = {name: value for name, value in values.items() if "scale" in name}
    for i in (1, 2):
        for s, side in ((1, 12), (2, 6)):
            value = crossing[f"block_{i}_scale_{s}"]
            assert (value["type"], value["shape"][1:3]) == ("int8", [side, side])


def test_anytime_the_last_answer_within_the_budget_counts(room):
    """At full depth nobody leaves by a rule: a budget ends the run at the deepest exit that it pays for."""
    network, chain = runs.load_model(runs.read(room / "run")), Chain.load(room / "bundle")
    image, reached = STRIPES.load("test")[0][0], []
    for spent in network.exit_costs(kept=np.ones(3, bool)):
        result = chain.run(image, operating_point="full", budget=Budget(macs=int(spent)))
        reached.append(result.exit)
        assert result.macs <= spent
    assert reached == ["exit_1", "exit_2", "exit_3"]
