"""tools/train.py from the command line to the finished run, on a task and a preset that are tiny."""

import csv
import json

import numpy as np
import pytest

from keras_models.datasets import TASKS
from tests.tools import stripes
from tests.tools.phone.here import on_the_phone
from tests.tools.stripes import PRESET, call, refused
from tools import console, native, train
from tools.pipeline import runs

tiny = stripes.tiny

SECOND = ("--set", "controllers.epochs=2")


def epochs(folder):
    return [int(row["epoch"]) for row in csv.DictReader((folder / "classifiers.csv").read_text().splitlines())]


# What an interruption leaves open is closed when the process ends, which here it does not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_run_goes_on_ends_and_says_so(tmp_path, capsys, monkeypatch):
    import keras

    class Interrupt(keras.callbacks.CSVLogger):
        """The person at the keyboard loses patience in the second epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    folder = tmp_path / "runs" / "tiny"
    with monkeypatch.context() as patch:
        patch.setattr(keras.callbacks, "CSVLogger", Interrupt)
        assert call() == 130
    kept = "runs/tiny keeps the epochs that have ended, and the same command goes on from there"
    assert capsys.readouterr().err == f"interrupted: {kept}\n"
    assert epochs(folder) == [0] and not (folder / "classifiers.keras").exists()

    assert call() == 0
    assert epochs(folder) == [0, 1]
    said = capsys.readouterr().out
    assert "controllers: kappa 0.01, accuracy " in said and "controllers: 2 epochs on 136 images and shifts" in said
    assert said.endswith("saved runs/tiny/model.keras: convert it with python tools/convert.py runs/tiny\n")
    check_result(folder)

    assert call() == 0
    assert capsys.readouterr().out == "runs/tiny is trained: convert it with python tools/convert.py runs/tiny\n"
    assert "other settings (seed): expected the same" in refused(capsys, "tiny", *SECOND, "--seed", "1")

    # The second stage again, from the classifiers: the controllers come out the same.
    before = json.loads((folder / "controllers.json").read_text())
    (folder / "model.keras").unlink()
    assert call() == 0
    assert epochs(folder) == [0, 1]
    assert json.loads((folder / "controllers.json").read_text()) == before


def check_result(folder):
    """What a finished run holds."""
    network = runs.load_model(runs.read(folder))
    assert network.filters == (4, 4, 8, 8) and network.conditioned
    report = json.loads((folder / "controllers.json").read_text())
    assert report["samples"] == 6 and report["part_costs"] is None
    assert [point["kappa"] for point in report["points"]][:2] == [0.001, 0.002]
    assert all(0 < point["cost"] <= 1 and 0 <= point["accuracy"] <= 1 for point in report["points"])
    assert not list(folder.glob(".*draft*"))


def configured(words):
    return train.configure(train.build_parser().parse_args(words.split()))


def test_settings_are_the_presets_with_what_was_given_over_them():
    first = PRESET["stages"]["classifiers"]
    plain = configured("tiny --set controllers.epochs=9")
    assert plain["task"] == "stripes" and {name: plain["stages"]["classifiers"][name] for name in first} == first
    assert plain["stages"]["controllers"]["epochs"] == 9 and plain["stages"]["controllers"]["cost"] == "macs"
    words = "tiny --epochs 7 --learning-rate .3 --cutout 4 --set controllers.kappa=.02 --dataset max_min_digits"
    given = configured(words)
    changed = {"epochs": 7, "peak_learning_rate": 0.3, "cutout": 4, "batch_size": 16}
    assert {name: given["stages"]["classifiers"][name] for name in changed} == changed
    assert given["task"] == "max_min_digits"
    assert given["arguments"]["conditioned"] is False and given["stages"]["controllers"]["kappa"] == 0.02
    assert first["epochs"] == 2  # the preset itself is left as it was


def test_what_is_set_is_json_or_text():
    given = configured("tiny --set network.filters=[6,6] --set network.ranked=true --set controllers.exits=1,2")
    assert given["arguments"]["filters"] == [6, 6] and given["arguments"]["ranked"] is True
    assert given["stages"]["controllers"]["exits"] == "1,2"


def test_the_presets_settings_stand_under_what_was_given(monkeypatch):
    tuned = PRESET | {"stages": PRESET["stages"] | {"controllers": {"epochs": 3, "kappa_weighting": 0.5}}}
    stripes.know("tuned", tuned, monkeypatch)
    settings = configured("tuned --set controllers.kappa_weighting=0.25")["stages"]["controllers"]
    assert (settings["epochs"], settings["kappa_weighting"], settings["views"]) == (3, 0.25, 4)


def test_all_settings_are_listed_and_nothing_is_trained(tmp_path, capsys):
    assert call("--list-settings") == 0
    listed = json.loads(capsys.readouterr().out)
    assert list(listed) == ["network", "classifiers", "controllers"]
    assert listed["controllers"]["epochs"] == 2 and listed["network"]["filters"] == [4, 4, 8, 8]
    assert not list(tmp_path.iterdir())


def test_a_preset_in_a_file_trains_as_it_says(tmp_path, monkeypatch):
    """What the file says of the controllers reaches their training; the run is named after the file."""
    from keras_models.policies import controllers

    told = {}
    trainer = controllers.trainer
    monkeypatch.setattr(controllers, "trainer", lambda *given, **named: told.update(named) or trainer(*given, **named))
    chosen = {"epochs": 1, "learning_rate": 0.03, "dropout": 0.1, "weight_decay": 0.2, "kappa_weighting": 0.5}
    preset = PRESET | {"stages": PRESET["stages"] | {"controllers": chosen}}
    (tmp_path / "best.json").write_text(json.dumps(preset))
    assert console.main(train.build_parser, train.command, ["best.json", "--epochs", "1"]) == 0
    assert {name: told[name] for name in chosen if name != "epochs"} == {
        n: v for n, v in chosen.items() if n != "epochs"
    }
    assert json.loads((tmp_path / "runs/best/config.json").read_text())["preset"] == "best"
    assert (tmp_path / "runs/best/model.keras").exists()


def test_a_whitened_stem_starts_from_training_images(tmp_path, monkeypatch):
    """Nothing is learned at such a rate, so the stem stays as it started."""
    from keras_models.functional.whitening import whitening_filters

    whitened = {"epochs": 1, "peak_learning_rate": 1e-12, "whitened_stem": True}
    stages = {"classifiers": PRESET["stages"]["classifiers"] | whitened}
    stripes.know("tiny", PRESET | {"arguments": PRESET["arguments"] | {"stem": 6}, "stages": stages}, monkeypatch)
    assert call() == 0
    task = TASKS["stripes"]
    expected = whitening_filters(task.normalise(task.load("train")[0]), 6)
    network = runs.load_first_stage(runs.read("runs/tiny"))
    np.testing.assert_allclose(network.stem.conv.kernel, expected, atol=1e-6)


def test_without_a_stem_there_is_nothing_to_whiten(tmp_path, capsys):
    problem = refused(capsys, "tiny", "--set", "classifiers.whitened_stem=true")
    assert "expected a stem among the arguments of a preset with a whitened_stem, received none" in problem
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["other"], "error: expected a preset, one of airbench_digits, "),
        (["tiny", "--dataset", "none"], "error: expected a task among max_min_digits, "),
        (["tiny", "--epochs", "0"], "error: expected a whole number above zero as epochs of classifiers, received 0"),
        (["tiny", "--batch-size", "-1"], "error: expected a whole number above zero as batch_size of classifiers, "),
        (["tiny", "--cutout", "-1"], "error: expected a whole number of at least 0 as cutout of classifiers, rec"),
        (["tiny", "--learning-rate", "nan"], "error: expected a number above zero as peak_learning_rate of classifie"),
        (
            ["tiny", "--set", "controllers.warm_up=1.5"],
            "error: expected a number from 0 to 1 as warm_up of controllers",
        ),
        (["tiny", "--set", "controllers.epochs=0"], "error: expected a whole number above zero as epochs of control"),
        (["tiny", "--set", "controllers.kappa=0"], "error: expected a number above zero as kappa of controllers, rec"),
        (["tiny", "--set", "controllers.speed=1"], "error: expected controllers among epochs, "),
        (["tiny", "--set", "heads.epochs=1"], "error: expected stages among classifiers, controllers, received class"),
        (["tiny", "--set", "network.depth=1"], "error: expected arguments among filters, "),
        (["tiny", "--seed", "-1"], "error: expected --seed of at least 0, received -1\n"),
        (["tiny", "--seed", str(1 << 31)], "error: expected --seed of at most 2147483647, received 2147483648\n"),
        (["tiny", "--batch-size", str(1 << 31)], "error: expected what 32 bits hold as batch_size of classifiers, rec"),
        (["tiny", "--cutout", 30 * "9"], "error: expected what 32 bits hold as cutout of classifiers, received 9999"),
        (["tiny", "--learning-rate", "1e300"], "error: expected what 32 bits hold as peak_learning_rate of classifi"),
        (["tiny", "--set", "network.filters=[4,1e999]"], "error: expected a list of whole numbers above zero as filt"),
        (["tiny", "--set", f"network.filters=[{20 * '9'}]"], "error: expected what 32 bits hold as filters of argum"),
        (["tiny", "--set", "network.kappa=[1e-300,1]"], "error: expected what 32 bits hold as kappa of arguments, re"),
        (["tiny", "--set", f"network.filters={'[' * 100_000}"], "error: expected a list of whole numbers above zero"),
        (["tiny", "--set", "epochs=1"], "error: expected --set STAGE.NAME=VALUE, received 'epochs=1'\n"),
        (["tiny", "--set", "controllers.epochs="], "error: expected --set STAGE.NAME=VALUE, received 'controllers.e"),
        (["other.json"], "error: expected a preset's name or file, received 'other.json': there is no such file\n"),
        (["tiny", "--teacher-share", ".5"], "error: --teacher-share: expected --teachers with it, "),
        (["tiny", "--teachers", "a", "--teacher-share", "0"], "error: expected teacher_share above 0 to 1, received 0"),
        (["tiny", "--teachers", "a", "--teacher-share", "nan"], "error: expected teacher_share above 0 to 1, received"),
        (["tiny", "--teachers", "a"], "error: a is not a run: expected a folder with config.json"),
        (["tiny", "--start", "a"], "error: a is not a run: expected a folder with config.json"),
        (["tiny", "--start", "a", "--first-stage", "b"], "error: --first-stage takes that stage as it is: expected "),
    ],
)
def test_bad_settings_are_refused_before_a_run_is_made(tmp_path, capsys, arguments, message):
    assert refused(capsys, *arguments).startswith(message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("setting", ["network.filters=[]", "controllers.exits=2,5"])
@pytest.mark.parametrize("exists", [False, True])
def test_what_is_refused_once_the_network_is_built_leaves_no_run(tmp_path, capsys, setting, exists):
    (tmp_path / "x").mkdir() if exists else None
    assert refused(capsys, "tiny", "--set", setting, "--out", "x").startswith("error: expected ")
    assert list(tmp_path.rglob("*")) == [tmp_path / "x"] * exists
    runs.start(tmp_path / "x", configured("tiny"))
    (tmp_path / "x" / "classifiers.csv").write_text("epoch\n0\n")  # something has been trained
    config = json.loads((tmp_path / "x" / "config.json").read_text())
    with pytest.raises(ValueError, match="no"), runs.begun(runs.start(tmp_path / "x", config)):
        raise ValueError("no")
    assert (tmp_path / "x" / "config.json").exists()


def test_a_network_that_fits_into_no_memory_is_one_sentence_and_leaves_no_run(tmp_path, capsys):
    widest = f"network.filters=[{2**31 - 1},{2**31 - 1}]"
    problem = refused(capsys, "tiny", "--set", widest)
    assert problem == "error: expected what fits into memory, received shape[3,3,1,2147483647]; ask for less\n"
    assert not list((tmp_path / "runs").iterdir())


def test_an_interruption_while_tensorflow_is_loaded_leaves_no_run(tmp_path, capsys, monkeypatch):
    """Who has seen that a setting is wrong calls again with another one, and the same --out."""

    def interrupted():
        assert (tmp_path / "x/config.json").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(native, "load_keras", interrupted)
    assert call("--out", "x") == 130 and not (tmp_path / "x").exists()


def test_a_preset_that_is_nested_too_deep_is_one_sentence(tmp_path, capsys):
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert "deep.json: expected a preset in JSON, received maximum recursion" in refused(capsys, "deep.json")


def test_the_weight_decay_is_the_presets_or_the_given_one():
    known = configured("epnet_cifar10_stem")["stages"]["classifiers"]["weight_decay"]
    assert known == 5e-3
    assert configured("epnet_cifar10_stem --weight-decay 5e-4")["stages"]["classifiers"]["weight_decay"] == 5e-4


@pytest.mark.slow
@on_the_phone
def test_controllers_that_save_instructions(tmp_path):
    """The prices of the parts are kept in the report, and are the same in a second run."""
    found = []
    for out in ("one", "two"):
        assert call("--set", "controllers.cost=arm64", "--out", out) == 0
        found.append(json.loads((tmp_path / out / "controllers.json").read_text()))
    assert found[0]["part_costs"] == found[1]["part_costs"] and found[0]["part_costs"]["trunk_2"] > 1000
    assert all(0 < point["cost"] <= 1 for point in found[0]["points"])


def test_exits_that_the_network_has_not_are_refused(tmp_path, capsys):
    assert call("--set", "controllers.exits=2,5") == 2
    assert "numbers from 1 to 4 such as 3,6,9, received '2,5'" in capsys.readouterr().err


def test_labels_that_are_none_are_refused_before_the_first_step(tmp_path, capsys, monkeypatch):
    good = stripes.Stripes.load

    def load(task, split, *, data_dir=None):
        images, labels, groups = good(task, split)
        return images, np.where(np.arange(len(labels)) == 3, 2, labels), groups

    monkeypatch.setattr(stripes.Stripes, "load", load)
    monkeypatch.setattr("keras.Model.fit", None)
    problem = refused(capsys, "tiny", "--out", str(tmp_path / "run"))
    assert "expected labels that are whole numbers from 0 to 1, received 2 for image 3 and 1 such in all" in problem
