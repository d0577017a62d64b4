"""A network whose classes are rows of a table goes through every tool, and its bundle is taught a class of the task."""

import json

import keras
import numpy as np
import pytest

from keras_models.datasets import TASKS
from keras_models.datasets.task import Task
from tests.tools.calling import call
from tests.tools.stripes import STRIPES
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain
from tools import benchmark, convert, evaluate, report, run, teach, train

LABELS = ("column", "row", "column or row")
DESCRIBED = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
SIZES = (("train", 96), ("validation", 34), ("test", 24), ("held_out", 24))


class Described(Task):
    """The stripes, whose training has two classes; a third one, whose pictures have both, is described."""

    met = (0, 1)

    def descriptions(self, how=None):
        return DESCRIBED

    def load(self, split, *, data_dir=None):
        _, start, stop = self.bounds(split)
        images = np.random.default_rng(start).integers(0, 60, (stop - start, *self.input_shape)).astype(np.uint8)
        labels = np.arange(start, stop) % (2 if split.startswith("train") else 3)
        for image, label, number in zip(images, labels, range(start, stop), strict=True):
            if label != 1:
                image[:, number % 12] = 255
            if label != 0:
                image[number % 12] = 255
        return images, labels.astype(np.int64), None


TASK = Described(
    "described", "none", STRIPES.input_shape, LABELS, SIZES, (1 / 255,), (0.0,), title="Stripes, described"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run `run` and an int8 bundle `bundle`, made by the tools from their command lines."""
    folder = tmp_path_factory.mktemp("made")
    keras.utils.set_random_seed(4)
    image = keras.Input(TASK.input_shape)
    x = keras.layers.Conv2D(8, (5, 1), activation="relu", name="tall")(image)
    x = keras.layers.Conv2D(12, (1, 5), activation="relu")(x)
    pooled = keras.layers.GlobalMaxPooling2D()(x)
    keras.Model(image, keras.layers.Dense(3)(pooled)).save(folder / "trunk.keras")
    arguments = {"network": str(folder / "trunk.keras"), "at": ["tall"], "layers": 2, "width": 12, "embedding": [8]}
    preset = {"family": "tafe", "task": "described", "arguments": arguments | {"dropout": 0.0, "capacity": 5}}
    stage = {"epochs": 30, "batch_size": 16, "learning_rate": 0.01, "feature_dropout": 0.0, "views": 1}
    preset |= {"stages": {"tasks": stage}, "source": "none", "expected": "seconds"}
    (folder / "preset.json").write_text(json.dumps(preset))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "described", TASK)
        assert call(train, [str(folder / "preset.json"), "--out", str(folder / "run")]) == 0
        made = ["--out", str(folder / "bundle"), "--calibration-images", "16"]
        assert call(convert, [str(folder / "run"), *made]) == 0
        yield folder


def test_rows_are_named_as_the_classes_and_points_count_them(folder):
    bundle = Bundle.load(folder / "bundle")
    table = bundle.manifest.tables["classes"]
    assert table.labels == LABELS and bundle.manifest.values["classes"].shape == (1, 5, 24)
    chain = Chain(bundle, warm_up=False)
    assert chain.self_test() == []
    images, labels, _ = TASK.load("held_out")
    answers = [chain.run(image) for image in images]
    right = np.mean([answer.label for answer in answers] == labels)
    assert right > 0.5 and all(len(answer.answer) == 3 for answer in answers), "of the rows that there are"
    assert [point.accuracy for point in bundle.manifest.operating_points] == [pytest.approx(right)]


def test_it_is_evaluated_measured_and_reported(folder, tmp_path, capsys):
    assert call(evaluate, [str(folder / "bundle"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 24 and found["operating_points"][0]["accuracy"] > 0.5
    assert call(evaluate, [str(folder / "run"), "--policy", "own", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["policies"][0]["accuracy"] > 0.5
    out = ["--limit", "4", "--rounds", "1", "--out", str(tmp_path / "latency.md")]
    assert call(benchmark, [str(folder / "bundle"), *out]) == 0
    text = (tmp_path / "latency.md").read_text()
    assert "chain, full" in text and "static network (expected a bundle without tables" in text
    assert call(report, [str(folder / "bundle"), "--limit", "8", "--out", str(tmp_path / "page.html")]) == 0
    assert "described:test" in (tmp_path / "page.html").read_text()
    assert call(run, [str(folder / "bundle"), "described:test:0-2"]) == 0


def test_a_class_is_taught_anew_and_evaluated_among_the_others(folder, tmp_path, capsys):
    chain = Chain(Bundle.load(folder / "bundle"), warm_up=False)
    chain.tables["classes"].remove("column or row")
    chain.tables["classes"].save(tmp_path / "two.rows")
    two = ["--tables", str(tmp_path / "two.rows")]
    assert call(evaluate, [str(folder / "bundle"), "--json", *two]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 16 and found["unknown"] == ["column or row"]
    taught = str(tmp_path / "taught.rows")
    given = ["described:validation:2,5,8", "--name", "column or row", *two, "--out", taught]
    assert call(teach, [str(folder / "bundle"), *given]) == 0
    assert "3 of at most 5 rows" in capsys.readouterr().out
    assert call(evaluate, [str(folder / "bundle"), "--json", "--tables", taught]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 24 and "unknown" not in found
