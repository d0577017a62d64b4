"""Python files with layers of one's own: run once, known by their content, kept by a run; and what a network lacks."""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_models import files, own_layers, presets
from tests.own_layers import SOURCE, forget, loaded

layers = keras.layers


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """A working folder with a file of layers, which nobody has run, during the test and after it."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(SOURCE)
    yield tmp_path
    forget()


def save(*own, file="net.keras"):
    """A network with layers of one's own."""
    network = keras.Sequential([keras.Input((6, 6, 1)), *own, layers.Flatten(), layers.Dense(2)])
    network.save(file)
    return network


def refusal(call, *arguments):
    with pytest.raises(ValueError) as caught:
        call(*arguments)
    return str(caught.value)


def test_a_file_is_run_once_and_its_classes_are_known():
    Path("mine.py").write_text(SOURCE + "\nimport sys\nsys.runs = getattr(sys, 'runs', 0) + 1\n")
    with loaded("mine.py") as mine:
        own_layers.load("mine.py")
        assert sys.runs == 1 and mine.__name__ != "__main__" and mine.__file__ == str(Path("mine.py").absolute())
        assert keras.saving.get_registered_object("mine>Scaled") is mine.Scaled
        network = save(mine.Scaled(3.0), layers.Activation(mine.capped))
    del sys.runs
    assert files.read_network("net.keras")[0] is None, "nobody knows them"
    own_layers.load("mine.py")
    again, reason = files.read_network("net.keras")
    assert reason is None
    image = np.random.default_rng(0).random((2, 6, 6, 1), "float32")
    np.testing.assert_array_equal(again(image), network(image))
    assert not list(Path().glob("__pycache__"))


@pytest.mark.parametrize(
    ("source", "received"),
    [
        ("import keras\n\nraise RuntimeError('no\\n luck')", "received RuntimeError in line 3: no luck"),
        ("import sys\nsys.exit(3)", "received SystemExit in line 2: 3"),
        ("import helpers_beside_it", "received ModuleNotFoundError in line 1: No module named 'helpers_beside_it'"),
        ("def f():\n    return 1 / 0\n\nf()", "received ZeroDivisionError in line 2: division by zero"),
        ("raise KeyError", "received KeyError in line 1"),
    ],
)
def test_a_file_that_fails_is_one_sentence_and_nothing_stays_of_it(source, received):
    Path("helpers_beside_it.py").write_text("")
    Path("mine.py").write_text(source)
    words = "mine.py: expected a Python file that registers layers and imports only what is installed, "
    assert refusal(own_layers.load, "mine.py") == words + received
    assert not [name for name in sys.modules if name.startswith("frugal_own_layers_")]


def test_what_is_no_python_is_refused_before_it_is_run():
    assert refusal(own_layers.load, "none.py") == (
        "none.py: expected a Python file with layers of one's own, received none"
    )
    Path("mine.py").write_text("print('run')\nclass :\n")
    assert refusal(own_layers.settings, ["mine.py"], {}) == (
        "mine.py: expected a Python file, received invalid syntax in line 2"
    )
    Path("mine.py").write_bytes(b"\0")
    assert refusal(own_layers.load, "mine.py").startswith("mine.py: expected a Python file, received ")


def test_a_name_that_is_taken_is_refused_and_keeps_its_class():
    with loaded("mine.py") as mine:
        Path("yours.py").write_text(SOURCE.replace("2.0", "3.0") + "\nkeras.saving.get_custom_objects()['a>b'] = 1\n")
        assert refusal(own_layers.load, "yours.py") == (
            "yours.py: expected classes under names of their own, received mine>Scaled, which is taken"
        )
        assert keras.saving.get_registered_object("mine>Scaled") is mine.Scaled
        assert keras.saving.get_registered_object("a>b") is None


def test_a_run_keeps_its_files_and_reads_no_others():
    digest = hashlib.sha256(SOURCE.encode()).hexdigest()
    config = own_layers.settings(["mine.py"], {})
    assert config == {"layers": [{"file": "mine.py", "sha256": digest}]} and own_layers.settings(None, {}) == {}
    run = Path("run")
    run.mkdir()
    own_layers.keep(run, config)
    copy = run / "layers" / "mine.py"
    assert copy.read_text() == SOURCE
    Path("mine.py").write_text("raise ValueError")
    own_layers.keep(run, config)  # is there
    own_layers.load_kept(run, config)
    assert keras.saving.get_registered_object("mine>Scaled")
    forget()
    copy.write_text("import os\nos.mkdir('done')\n")
    words = f"run/layers/mine.py: expected the layers that the network was trained with (SHA-256 {digest[:12]}...)"
    assert refusal(own_layers.load_kept, run, config).startswith(words + ", received others (")
    assert refusal(own_layers.keep, run, config).startswith("mine.py: expected the layers that the network was trained")
    assert not Path("done").exists(), "it is not run"
    copy.unlink()
    assert refusal(own_layers.load_kept, run, config).endswith("with layers of one's own, received none")


def test_a_network_of_runs_brings_their_layers():
    entries = []
    for name in ("a", "b"):
        Path(f"{name}.py").write_text(f"{name} = 1")
        Path(name).mkdir()
        config = own_layers.settings([f"{name}.py"], {})
        own_layers.keep(Path(name), config)
        Path(name, "config.json").write_text(json.dumps(config | {"family": "epnet"}))
        entries += [{"file": f"{name}/layers/{name}.py", "sha256": config["layers"][0]["sha256"]}]
    assert own_layers.settings(None, {"members": ["a", {"file": "x.keras"}, "b", "none"]}) == {"layers": entries}
    own = own_layers.settings(["b.py"], {"network": "b", "at": ["a"]})
    assert own == {"layers": [entries[1] | {"file": "b.py"}]}, "once"
    assert own_layers.settings(None, {"network": {"application": "MobileNetV2"}}) == {}
    Path("b.py").write_text("b = 2")
    assert refusal(own_layers.settings, ["b.py"], {"network": "b"}) == (
        "expected files of layers with names of their own, received b.py and b/layers/b.py"
    )


@pytest.mark.parametrize("entry", ["mine.py", [1], [{"file": "mine.py"}], [{"file": 1, "sha256": ""}]])
def test_damaged_settings_are_refused(entry):
    Path("config.json").write_text(json.dumps({"family": "epnet", "layers": entry}))
    assert refusal(presets.read_run, "config.json", ("family",)) == (
        "config.json: expected the settings of a run, received none of layers"
    )


def reason(file="net.keras"):
    """Why a network cannot be read, by a process that knows no layers."""
    forget()
    network, words = files.read_network(file)
    assert network is None
    return words


def test_what_a_network_lacks_is_told_by_name():
    with loaded("mine.py") as mine:
        save(layers.Dense(2), keras.Sequential([keras.Input((6, 6, 2)), mine.Scaled(name="twice")]))
        save(layers.Activation(mine.capped, name="cap"), file="function.keras")
        save(mine.Nameless(name="own"), file="nameless.keras")
    give = "give the Python file with it with --layers"
    assert reason() == f"its layer 'twice' has mine>Scaled, which is not known: {give}"
    assert reason("function.keras") == f"its layer 'cap' has mine>capped, which is not known: {give}"
    assert reason("nameless.keras") == (
        "its layer 'own' has Nameless, which was not registered when it was saved: put "
        "@keras.saving.register_keras_serializable() before it, save the network again, and give the Python file "
        "with --layers"
    )


def test_a_lambda_is_not_run():
    save(layers.Lambda(lambda x: 2 * x, name="twice"))
    assert reason() == (
        "it has the Lambda 'twice', whose code is not run from such a file: write it as a layer with "
        "@keras.saving.register_keras_serializable() in a Python file, save the network with that, and give the file "
        "with --layers"
    )


def test_how_a_network_was_compiled_is_not_asked_for():
    with loaded("mine.py") as mine:
        network = save()
        network.compile(loss=mine.capped)
        network.save("net.keras")
    with zipfile.ZipFile("net.keras") as archive:
        saved = archive.read("config.json").decode()
    assert "mine>capped" in saved and own_layers.unknown(json.loads(saved)) is None
    assert files.read_network("net.keras")[1] is None
