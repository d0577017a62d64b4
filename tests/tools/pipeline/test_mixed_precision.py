"""Training in bfloat16: what is saved, and what later stages read, is float32."""

import csv

import keras
import numpy as np
import pytest

from keras_models import distribution, presets
from keras_models.datasets import TASKS
from tests.tools.stripes import SIZES, Stripes
from tools.pipeline import distillation, runs, training

TRUNK = {"blocks": (1, 1), "filters": (4, 4)}
IMAGES = {"epochs": 1, "batch_size": 32, "peak_learning_rate": 0.05}  # two steps
FAMILIES = {
    "epnet": (
        {"filters": (4, 4), "controller_in": (4,), "controller_cat": (4,)},
        {"classifiers": IMAGES, "controllers": {"epochs": 1, "batch_size": 17, "views": 1}},
        ["bfloat16", "float32"],
    ),
    "resnet": (TRUNK, {"classifier": IMAGES}, ["bfloat16"]),
    "skipnet": (TRUNK, {"supervised": IMAGES, "reinforced": IMAGES}, ["bfloat16", "bfloat16"]),
}


@pytest.fixture
def task(monkeypatch):
    task = Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,))
    monkeypatch.setitem(TASKS, "stripes", task)
    return task


@pytest.mark.parametrize("family", FAMILIES)
def test_two_steps_of_every_stage(tmp_path, monkeypatch, task, family):
    arguments, given, expected = FAMILIES[family]
    arguments, stages = presets.resolve(family, arguments, given)
    config = {"preset": "tiny", "family": family, "task": "stripes", "arguments": arguments, "stages": stages}
    run = runs.start(tmp_path / "run", config | {"seed": 0} | distillation.settings())
    computed = []
    monkeypatch.setattr(distribution, "make_ready", lambda model, *_: computed.append(model.compute_dtype))
    returned = training.train(run, half=True)
    assert computed == expected and keras.mixed_precision.dtype_policy().name == "float32"

    names = list(given)
    for name in names:
        rows = list(csv.DictReader((run.folder / f"{name}.csv").read_text().splitlines()))
        assert len(rows) == 1 and np.isfinite(float(rows[0]["loss"]))
    images = task.normalise(task.load("validation")[0])
    first, last = runs.load_first_stage(run), runs.load_model(run)
    for network in (first, last, returned):
        answers = network(images)
        assert answers.dtype == "float32" and np.isfinite(answers).all()
        assert {layer.compute_dtype for layer in network._flatten_layers()} == {"float32"}
        assert {weight.dtype for weight in network.weights} == {"float32"}
    np.testing.assert_allclose(returned(images), last(images), atol=1e-6)
    if family == "epnet":
        with np.load(run.folder / "observed" / "stripes-validation-1.npz") as kept:
            for name, value in first.observe(images).items():
                np.testing.assert_allclose(kept[name], value, atol=1e-6)
