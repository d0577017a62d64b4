"""A .keras file and a folder of pictures on the command line."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_models.datasets.tasks import Task
from tools import console, train
from tools.pipeline import own_networks, runs

layers = keras.layers


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """A working folder with pictures of bright columns and rows, and a network that takes smaller ones."""
    monkeypatch.chdir(tmp_path)
    for label, name in enumerate(("column", "row")):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(30):
            pixels = np.random.default_rng(i).integers(0, 60, (20, 20)).astype(np.uint8)
            pixels[(slice(None), slice(i % 18, i % 18 + 2)) if label == 0 else slice(i % 18, i % 18 + 2)] = 255
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{i}.png")
    keras.utils.set_random_seed(1)
    network = [
        keras.Input((12, 12, 1)),
        layers.Rescaling(1 / 255, name="rescaling"),
        layers.Conv2D(4, 3, activation="relu", name="a"),
    ]
    network += [layers.Conv2D(4, 3, activation="relu", name="b"), layers.Conv2D(4, 3, name="c"), layers.Flatten()]
    keras.Sequential([*network, layers.Dense(2, activation="softmax")]).save("mine.keras")
    return tmp_path


def call(*arguments):
    return console.main(train.build_parser, train.command, list(arguments))


def test_a_file_is_trained_on_pictures(capsys):
    stages = ("classifiers.epochs=1", "classifiers.batch_size=16", "controllers.epochs=2", "network.freeze=true")
    more = [word for setting in stages for word in ("--set", setting)]
    first = sorted(path for path in Path("pictures").iterdir() if path.is_dir())[0]
    (first / "broken.png").write_bytes(b"\x89PNG and no more")
    assert call("mine.keras", "--data", "pictures", "--exits", "a,b", *more) == 0, capsys.readouterr().err
    assert f"left out, for no picture can be read there: {first}/broken.png" in "".join(capsys.readouterr())
    run = runs.read("runs/mine")
    assert run.config["task"] == "pictures@12x12x1@0..255" and run.config["family"] == "with_exits"
    network = runs.load_model(run)
    assert network.at == ("a", "b") and network.adapter is None and network.scale == (1.0,)
    image = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 1)).astype("float32")
    own = keras.models.load_model("mine.keras")
    np.testing.assert_array_equal(keras.ops.softmax(network(image)[:, -1]), own(image))
    rows = json.loads(Path("runs/mine/controllers.json").read_text())
    assert rows["samples"] == 4, "7 % of 60 pictures"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("mine.keras", "pictures", None, None), "pictures@12x12x1@0..255"),
        (("mine.keras", "pictures", None, [-1.0, 1.0]), "pictures@12x12x1@-1..1"),
        (("mine.keras", None, "cifar10", None), "cifar10"),
        (("epnet_cifar10", "pictures", None, None), "pictures@32x32x3"),
        (("epnet_digits", None, None, None), None),
    ],
)
def test_the_task_is_the_pictures_in_the_shape_of_the_network(given, name):
    assert own_networks.task_name(*given) == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine.keras"], "expected --data FOLDER or --dataset TASK for the network in mine.keras, received none"),
        (
            ["mine.keras", "--data", "pictures", "--dataset", "cifar10"],
            "expected --data or --dataset, received both, pictures and cifar10",
        ),
        (
            ["mine.keras", "--data", "pictures", "--pixels", "1", "-1"],
            "expected --pixels LOW HIGH, the lower first, beside --data, received 1 -1",
        ),
        (
            ["epnet_digits", "--pixels", "0", "1"],
            "expected --pixels LOW HIGH, the lower first, beside --data, received 0 1",
        ),
        (
            ["mine.keras", "--data", "three"],
            "expected a network with the 3 classes of three@12x12x1@0..255 (column, none, row), received one of 2",
        ),
        (
            ["pictures", "--data", "pictures"],
            "pictures: expected a preset's name or .json file, or a network that Keras has saved as .keras (of another "
            "format: keras.models.load_model(FILE).save(NAME.keras)), received something else",
        ),
        (["mine.keras", "--data", "nowhere"], "nowhere: expected a folder of pictures, received none"),
        (
            ["yours.keras", "--data", "pictures"],
            "yours.keras: expected a trained Keras classifier as the network, received none",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(capsys, arguments, message):
    shutil.copytree("pictures", "three")
    shutil.copytree("pictures/row", "three/none")
    assert call(*arguments) == 2
    assert not Path("runs/mine").exists()
    assert capsys.readouterr().err == f"error: {message}\n"


def test_the_layers_are_told(capsys):
    assert call("mine.keras", "--exits", "list") == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "  share  tensors  numbers  layer (* by default)"
    # 10 * 10 * 9 * 4 = 3600, 8 * 8 * 36 * 4 = 9216, 6 * 6 * 36 * 4 = 5184 and 144 * 2: in all 18288.
    assert lines == [
        "   0.0%        1      144  rescaling",
        "  19.7%        1      400  a *",
        "  70.1%        1      256  b *",
        "  98.4%        1      144  c",
    ]
    assert call("none.keras", "--exits", "list") == 2
    assert capsys.readouterr().err == (
        "error: none.keras: expected a trained Keras classifier as the network, received none\n"
    )


def test_layers_are_named_for_networks_with_exits_alone(capsys):
    assert own_networks.arguments("a,b") == {"at": ["a", "b"]}
    assert own_networks.arguments("auto") == {"at": "auto"} and own_networks.arguments(None) == {}
    assert call("epnet_digits", "--exits", "a") == 2
    assert capsys.readouterr().err.startswith("error: expected arguments among filters, ")


def test_pictures_are_augmented_and_weighed_as_asked(monkeypatch, capsys):
    """The settings reach what the first stage is fitted on; the folder has twice as many pictures of rows."""
    for i in range(15):
        Path("pictures", "column", f"{i}.png").unlink()
    seen = {}
    dataset = Task.dataset

    def spied(task, split, *given, **named):
        made = dataset(task, split, *given, **named)
        if split == "train" and not seen:  # averages are taken of such batches, too, without weights
            seen.update(named, batch=next(iter(made)))
        return made

    monkeypatch.setattr(Task, "dataset", spied)
    more = ["--augment", "RandomFlip=vertical", "--augment", 'RandomBrightness={"factor": 0.1}']
    stages = ("--epochs", "1", "--batch-size", "64", "--set", "controllers.epochs=1")
    words = ["mine.keras", "--data", "pictures", *more, "--class-weights", "balanced", *stages]
    assert call(*words) == 0, capsys.readouterr().err
    settings = runs.read("runs/mine").config["stages"]["classifiers"]
    assert settings["augmentation"] == {"RandomFlip": "vertical", "RandomBrightness": {"factor": 0.1}}
    assert callable(seen["augment"]) and settings["class_weights"] == "balanced"
    _, labels, weights = map(np.asarray, seen["batch"])
    assert labels.sum() == 18 and len(labels) == 27, "60 % of 30 and of 15"
    np.testing.assert_allclose(weights, np.where(labels == 1, 27 / (2 * 18), 27 / (2 * 9)), rtol=1e-6)


@pytest.mark.parametrize(
    ("items", "setting"),
    [
        (None, None),
        (["none"], {}),
        (["RandomZoom=0.1", "RandomFlip=horizontal"], {"RandomZoom": 0.1, "RandomFlip": "horizontal"}),
        (["RandomTranslation=[0.1, 0.2]"], {"RandomTranslation": [0.1, 0.2]}),
    ],
)
def test_augmentation_is_read_from_the_command_line(items, setting):
    assert own_networks.augmentation(items) == setting


def test_augmentation_that_is_none_is_one_sentence(capsys):
    words = ["mine.keras", "--data", "pictures"]
    assert call(*words, "--augment", "RandomFlip") == 2
    assert capsys.readouterr().err == "error: expected --augment LAYER=ARGUMENT, received 'RandomFlip'\n"
    assert call(*words, "--augment", "Dense=3") == 2
    assert capsys.readouterr().err.startswith("error: expected an object of layers (RandomBrightness, ")
    assert call(*words, "--augment", "RandomFlip=sideways") == 2
    assert "received RandomFlip of 'sideways', which does not" in capsys.readouterr().err
    assert not Path("runs/mine").exists()
