"""A network with layers of one's own on the command lines: --layers once, and the run keeps what it needs."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

import tflite
from tests.own_layers import SOURCE, forget, loaded
from tests.tools.stripes import refused
from tests.tools.stripes import tiny as tiny
from tools import console, convert, evaluate, train
from tools.pipeline import runs

SETTINGS = ("classifiers.epochs=1", "classifiers.batch_size=16", "controllers.epochs=2")
WORDS = ["mine.keras", "--dataset", "stripes", "--exits", "a", *(w for one in SETTINGS for w in ("--set", one))]


@pytest.fixture(autouse=True)
def network(tiny):
    """A file of layers, and a network with one of them, which nobody knows."""
    Path("my_layers.py").write_text(SOURCE)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    with loaded("my_layers.py") as mine:
        inner = [layers.Conv2D(4, 3, activation="relu", name="a"), mine.Scaled(0.5, name="half")]
        inner += [layers.Conv2D(4, 3, 2, activation="relu"), layers.Flatten(), layers.Dense(2)]
        keras.Sequential([keras.Input((12, 12, 1)), *inner]).save("mine.keras")
    yield
    forget()


def call(tool, *arguments):
    forget()  # each is a process of its own
    return console.main(tool.build_parser, tool.command, list(arguments))


def test_a_run_is_converted_and_evaluated_without_the_option(capsys):
    assert call(train, *WORDS, "--layers", "my_layers.py") == 0, capsys.readouterr().err
    run = Path("runs/mine")
    assert (run / "layers" / "my_layers.py").read_text() == SOURCE
    Path("my_layers.py").unlink()
    assert call(convert, "runs/mine", "--out", "bundle", "--calibration-images", "32") == 0, capsys.readouterr().err
    assert call(evaluate, "bundle") == 0 and call(evaluate, "runs/mine", "--policy", "own") == 0
    bundle = tflite.Bundle.load("bundle")
    assert bundle.manifest.provenance["training"]["layers"] == runs.read(run).config["layers"]
    capsys.readouterr()
    (run / "layers" / "my_layers.py").write_text(SOURCE + "\n")
    assert "expected the layers that the network was trained with" in refused_by(convert, capsys, "runs/mine")


def refused_by(tool, capsys, *arguments):
    assert call(tool, *arguments) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and not list(Path().glob("bundles/*"))
    return told


def test_what_is_missing_or_fails_is_one_sentence_and_no_run_is_left(capsys):
    lacks = "its layer 'half' has mine>Scaled, which is not known: give the Python file with it with --layers\n"
    told = "error: mine.keras: expected a Keras classifier as the network; it cannot be read: "
    forget()
    assert refused(capsys, "mine.keras", "--exits", "list") == told + lacks
    assert call(train, *WORDS) == 2 and capsys.readouterr().err == told + lacks
    Path("fails.py").write_text("1 / 0")
    assert call(train, *WORDS, "--layers", "fails.py") == 2
    assert capsys.readouterr().err == (
        "error: runs/mine/layers/fails.py: expected a Python file that registers layers and imports only what is "
        "installed, received ZeroDivisionError in line 1: division by zero\n"
    )
    assert not Path("runs").exists() or not list(Path("runs").iterdir())


def test_candidates_are_told_and_other_layers_are_another_run(capsys):
    assert call(train, "mine.keras", "--exits", "list", "--layers", "my_layers.py") == 0
    assert "half" in capsys.readouterr().out
    Path("runs/mine").mkdir(parents=True)
    arguments = train.build_parser().parse_args([*WORDS, "--layers", "my_layers.py"])
    Path("runs/mine/config.json").write_text(json.dumps(train.configure(arguments)))
    Path("my_layers.py").write_text(SOURCE + "\n")
    assert "holds a run with other settings (layers)" in refused_by(train, capsys, *WORDS, "--layers", "my_layers.py")


def test_a_cascade_of_such_a_run_has_its_layers(capsys):
    assert call(train, *WORDS, "--layers", "my_layers.py") == 0, capsys.readouterr().err
    Path("my_layers.py").unlink()
    preset = {"family": "cascade", "task": "stripes", "arguments": {"members": ["runs/mine", "runs/mine"]}}
    preset |= {"stages": {"deferral": {"epochs": 1}}, "source": "", "expected": ""}
    Path("pair.json").write_text(json.dumps(preset))
    assert call(train, "pair.json") == 0, capsys.readouterr().err
    forget()
    network = runs.load_model(runs.read("runs/pair"))
    assert network(np.zeros((1, 12, 12, 1), "float32")).shape == (1, 2, 2)
