"""tools/train.py and tools/convert.py on exits in a network that was trained before."""

import json
from pathlib import Path

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import TASKS
from keras_models.presets import epnet, resnet, sources, with_exits
from tests.tools.stripes import STRIPES
from tflite.runtime.chain import Chain
from tools import console, convert, train
from tools.pipeline import runs, training

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


EPNET = {"arguments": {"filters": (4, 4, 6, 6), "controller_in": (4,), "controller_cat": (4,)}}
STATIC = {"classifiers": IMAGES | {"exit_weights": (0, 0, 0, 1)}}


def test_exits_on_a_static_network_whose_controllers_nobody_needs(monkeypatch, capsys):
    """As tools/frontier.py leaves it: after its first stage; its answer stays to the bit."""
    monkeypatch.setitem(epnet.PRESETS, "alone", MORE | EPNET | {"stages": STATIC})
    run = training.start(training.configure("alone"), "runs/alone")
    training.train(run, until=1)
    assert not run.model_file.exists()
    assert call("exits", "--set", "network.network=runs/alone", "--set", "network.at=auto") == 0, (
        capsys.readouterr().err
    )
    network, alone = runs.load_model(runs.read("runs/exits")), runs.load_first_stage(runs.read("runs/alone"))
    task = datasets.get("stripes")
    images = task.normalise(task.load("test")[0])
    np.testing.assert_allclose(network(images)[:, -1], alone(images)[:, -1], atol=1e-5)


def test_a_run_whose_images_have_not_all_trained_it_is_none(tmp_path):
    """Of a SkipNet the second stage trains on images too: after the first it is not what it will be."""
    stages = {"supervised": {"epochs": 1}, "reinforced": {"epochs": 1}}
    (tmp_path / "config.json").write_text(json.dumps({"family": "skipnet", "stages": stages}))
    (tmp_path / "supervised.keras").touch()
    assert sources.network_file(tmp_path) == tmp_path / "model.keras"
    stages["reinforced"]["epochs"] = 0
    (tmp_path / "config.json").write_text(json.dumps({"family": "skipnet", "stages": stages}))
    assert sources.network_file(tmp_path) == tmp_path / "supervised.keras"
    (tmp_path / "config.json").write_text(json.dumps({"family": "cascade", "stages": 3}))
    assert sources.network_file(tmp_path) == tmp_path / "model.keras"
