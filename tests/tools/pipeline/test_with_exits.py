"""tools/train.py and tools/convert.py on exits in a network that was trained before."""

import json
from pathlib import Path

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import TASKS
from keras_models.presets import resnet, with_exits
from tests.tools.stripes import STRIPES
from tflite.runtime.chain import Chain
from tools import console, convert, train
from tools.pipeline import runs

MORE = {"task": "stripes", "source": "none", "expected": "seconds"}
IMAGES = {"epochs": 1, "batch_size": 16, "peak_learning_rate": 0.05}


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """A task, a network and exits in it, known; the working folder is an empty one."""
    monkeypatch.setitem(TASKS, "stripes", STRIPES)
    own = {"arguments": {"blocks": (1, 1), "filters": (4, 8)}, "stages": {"classifier": IMAGES}}
    monkeypatch.setitem(resnet.PRESETS, "small", MORE | own)
    own = {"arguments": {"network": "runs/small", "at": ["stem", "block_1"], "freeze": True}}
    stages = {"classifiers": IMAGES, "controllers": {"epochs": 2, "views": 1}}
    monkeypatch.setitem(with_exits.PRESETS, "exits", MORE | own | {"stages": stages})
    monkeypatch.chdir(tmp_path)


def call(*arguments):
    return console.main(train.build_parser, train.command, list(arguments))


def test_exits_on_a_run_then_a_bundle(capsys):
    assert call("exits") == 2
    refused = capsys.readouterr().err
    assert refused == (
        "error: runs/small: expected a finished run as the network, train it with python tools/train.py small --out "
        "runs/small; received none\n"
    )
    assert call("small") == 0 and call("exits") == 0
    assert capsys.readouterr().out.endswith("convert it with python tools/convert.py runs/exits\n")
    network, alone = (runs.load_model(runs.read(f"runs/{name}")) for name in ("exits", "small"))
    task = datasets.get("stripes")
    images = task.normalise(task.load("test")[0])
    np.testing.assert_array_equal(network(images)[:, -1], alone(images)[:, 0], "the trunk is frozen")
    assert network.at == ("stem", "block_1")

    arguments = ["runs/exits", "--out", "bundle", "--exits", "all", "--quantize", "float32"]
    assert console.main(convert.build_parser, convert.command, arguments) == 0
    chain = Chain.load("bundle")
    assert chain.self_test() == []
    assert json.loads(Path("bundle/manifest.json").read_text())["provenance"]["preset"] == "exits"


def test_training_in_half_precision_and_all_of_it(capsys):
    assert call("small") == 0
    trained = call("exits", "--set", "network.freeze=false", "--set", "network.at=auto", "--mixed-precision")
    assert trained == 0, capsys.readouterr().err
    network = runs.load_model(runs.read("runs/exits"))
    assert network.compute_dtype == "float32" and not network.freeze and network.at
