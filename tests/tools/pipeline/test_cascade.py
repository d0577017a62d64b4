"""tools/train.py on a cascade: two tiny ResNets first, then who goes on."""

import json
from pathlib import Path

import numpy as np
import pytest

from keras_models import datasets, presets
from keras_models.datasets import TASKS
from keras_models.presets import cascade as cascade_presets
from keras_models.presets import resnet as resnet_presets
from tests.tools.stripes import SIZES, Stripes
from tools import console, train
from tools.pipeline import observed, runs

MORE = {"task": "stripes", "source": "none", "expected": "seconds"}


def member(filters):
    own = {"epochs": 1, "batch_size": 16, "peak_learning_rate": 0.05}
    return MORE | {"arguments": {"blocks": (1,), "filters": (filters,)}, "stages": {"classifier": own}}


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """A task, two members and a cascade of them, known; the working folder is an empty one."""
    task = Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,))
    monkeypatch.setitem(TASKS, "stripes", task)
    monkeypatch.setitem(resnet_presets.PRESETS, "small", member(2))
    monkeypatch.setitem(resnet_presets.PRESETS, "large", member(8))
    arguments = {"members": ["runs/small", "runs/large"]}
    stages = {"deferral": {"epochs": 3, "batch_size": 16}}
    monkeypatch.setitem(cascade_presets.PRESETS, "pair", MORE | {"arguments": arguments, "stages": stages})
    monkeypatch.chdir(tmp_path)


def call(*arguments):
    return console.main(train.build_parser, train.command, list(arguments))


def test_members_are_trained_then_the_cascade(capsys):
    assert call("pair") == 2
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1 and "train it with python tools/train.py small --out runs/small" in refused

    assert call("small") == 0 and call("large") == 0
    assert call("pair") == 0
    said = capsys.readouterr().out
    assert "deferral: 3 epochs on 34 images" in said and "deferral: accuracy " in said
    assert said.endswith("saved runs/pair/model.keras: convert it with python tools/convert.py runs/pair\n")

    run = runs.read("runs/pair")
    network = runs.load_model(run)
    numbers = network.rule.values()
    assert numbers["weight"] != pytest.approx(1.0) and network.parameters()["bias_1"].default == numbers["bias"][0]
    task = datasets.get("stripes")
    images = task.normalise(task.load("test")[0])
    for i, name in enumerate(("small", "large")):
        alone = runs.load_model(runs.read(f"runs/{name}"))
        np.testing.assert_allclose(network(images)[:, i], alone(images)[:, 0], atol=1e-5)
    (row,) = json.loads(Path("runs/pair/deferral.json").read_text())["points"]
    share = network.exit_costs()[0] / (network.exit_costs()[1] - network.exit_costs()[0])
    assert row["cost"] == pytest.approx(share + row["idk_1"])
    assert set(observed.load(run, network, task, "held_out")) == {"logits_1", "logits_2", "labels"}

    before = Path("runs/pair/deferral.json").read_text()
    Path("runs/pair/model.keras").unlink()
    assert call("pair") == 0
    assert Path("runs/pair/deferral.json").read_text() == before


def test_a_setting_of_the_deferral_is_set_like_any_other(capsys):
    assert presets.get("pair")["family"] == "cascade"
    assert call("pair", "--list-settings", "--set", "deferral.lambda=0.1", "--set", "network.deferral=entropy") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["deferral"]["lambda"] == 0.1 and told["network"]["deferral"] == "entropy"
    assert call("pair", "--set", "deferral.lambda=2") == 2
    assert "from 0 to below 1 as lambda of deferral, received 2" in capsys.readouterr().err
