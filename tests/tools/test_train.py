"""tools/train.py from the command line to the finished run, on a task and a preset that are tiny."""

import csv
import json

import numpy as np
import pytest

from keras_models import presets
from keras_models.datasets import TASKS
from tests.tools import stripes
from tests.tools.phone.here import on_the_phone
from tests.tools.stripes import PRESET, call, refused
from tools import console, runs, train

tiny = stripes.tiny


def epochs(folder):
    return [int(row["epoch"]) for row in csv.DictReader((folder / "history.csv").read_text().splitlines())]


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
    assert capsys.readouterr().err == "interrupted\n"
    assert epochs(folder) == [0] and not (folder / "classifiers.keras").exists()

    assert call() == 0
    assert epochs(folder) == [0, 1]
    said = capsys.readouterr().out
    assert "kappa 0.010: " in said and "controllers: 2 epochs on 136 images and shifts" in said
    assert said.endswith("saved runs/tiny/model.keras: convert it with python tools/convert.py runs/tiny\n")
    check_result(folder)

    assert call() == 0
    assert capsys.readouterr().out == "runs/tiny is trained: convert it with python tools/convert.py runs/tiny\n"
    assert "other settings (seed): expected the same" in refused(capsys, "tiny", "--policy-epochs", "2", "--seed", "1")

    # The second stage again, from the classifiers: the controllers come out the same.
    before = json.loads((folder / "policy.json").read_text())
    (folder / "model.keras").unlink()
    assert call() == 0
    assert epochs(folder) == [0, 1]
    assert json.loads((folder / "policy.json").read_text()) == before


def check_result(folder):
    """What a finished run holds."""
    network = runs.load_model(runs.read(folder))
    assert network.filters == (4, 4, 8, 8) and network.conditioned
    report = json.loads((folder / "policy.json").read_text())
    assert report["samples"] == 6 and report["part_costs"] is None
    assert [point["kappa"] for point in report["points"]][:2] == [0.001, 0.002]
    assert all(0 < point["cost"] <= 1 and 0 <= point["accuracy"] <= 1 for point in report["points"])
    assert not list(folder.glob(".*draft*"))


def test_settings_are_the_presets_with_what_was_given_over_them():
    parse = train.build_parser().parse_args
    plain = train.settings(parse(["tiny", "--policy-epochs", "9"]))
    assert plain["training"] == PRESET["training"] and plain["task"] == "stripes"
    assert plain["policy"] == {
        "epochs": 9,
        "views": 4,
        "warm_up": 0.5,
        "exits": "all",
        "kappa": None,
        "estimator": "exact",
        "cost": "macs",
    }
    words = "tiny --epochs 7 --learning-rate .3 --cutout 4 --kappa .02 --dataset max_min_digits"
    given = train.settings(parse(words.split()))
    assert given["training"] == PRESET["training"] | {"epochs": 7, "peak_learning_rate": 0.3, "cutout": 4}
    assert given["task"] == "max_min_digits"
    assert given["arguments"]["conditioned"] is False and given["policy"]["kappa"] == 0.02
    assert PRESET["training"]["epochs"] == 2  # the preset itself is left as it was


def test_the_presets_policy_stands_under_what_was_given(monkeypatch):
    tuned = PRESET | {"policy": {"epochs": 3, "learning_rate": 0.03, "kappa_weighting": 0.5}}
    monkeypatch.setitem(presets.PRESETS, "tuned", tuned)
    parse = train.build_parser().parse_args
    policy = train.settings(parse(["tuned", "--policy-kappa-weighting", "0.25"]))["policy"]
    assert (policy["epochs"], policy["views"], policy["learning_rate"]) == (3, 4, 0.03)
    assert policy["kappa_weighting"] == 0.25


def test_a_preset_in_a_file_trains_as_it_says(tmp_path, monkeypatch):
    """What the file says of the controllers reaches their training; the run is named after the file."""
    from keras_models import policy

    told = {}
    fit = policy.fit_controllers
    monkeypatch.setattr(policy, "fit_controllers", lambda *given, **named: told.update(named) or fit(*given, **named))
    chosen = {"epochs": 1, "learning_rate": 0.03, "dropout": 0.1, "weight_decay": 0.2, "kappa_weighting": 0.5}
    (tmp_path / "best.json").write_text(json.dumps(PRESET | {"policy": chosen}))
    assert console.main(train.build_parser, train.command, ["best.json", "--epochs", "1"]) == 0
    assert {name: told[name] for name in chosen} == chosen
    assert json.loads((tmp_path / "runs/best/config.json").read_text())["preset"] == "best"
    assert (tmp_path / "runs/best/model.keras").exists()


def test_a_whitened_stem_starts_from_training_images(tmp_path, monkeypatch):
    """Nothing is learned at such a rate, so the stem stays as it started."""
    from keras_models.functional.whitening import whitening_filters

    training = PRESET["training"] | {"epochs": 1, "peak_learning_rate": 1e-12, "whitened_stem": True}
    stem = {"arguments": PRESET["arguments"] | {"stem": 6}, "training": training}
    monkeypatch.setitem(presets.PRESETS, "tiny", PRESET | stem)
    assert call() == 0
    task = TASKS["stripes"]
    expected = whitening_filters(task.normalise(task.load("train")[0]), 6)
    network = runs.load_classifiers(runs.read("runs/tiny"))
    np.testing.assert_allclose(network.stem.conv.kernel, expected, atol=1e-6)


@pytest.mark.parametrize(("given", "name"), [(None, "SGD"), ("sgd", "SGD"), ("muon", "Muon")])
def test_the_optimizer_is_the_presets(given, name):
    network = presets.build(PRESET, (12, 12, 1), 2)
    asked = {"optimizer": given} if given else {}
    train.compile_classifiers(network, PRESET["training"] | {"weight_decay": 0.01} | asked, 10)
    assert type(network.optimizer).__name__ == name
    assert (network.optimizer.momentum, network.optimizer.weight_decay) == (0.9, 0.01)


def test_without_a_stem_there_is_nothing_to_whiten(tmp_path, monkeypatch, capsys):
    whitened = PRESET | {"training": PRESET["training"] | {"whitened_stem": True}}
    monkeypatch.setitem(presets.PRESETS, "tiny", whitened)
    assert "expected a stem among the arguments of a preset with a whitened_stem, received none" in refused(
        capsys, "tiny"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["other"], "error: expected a preset, one of epnet_digits, "),
        (["tiny", "--dataset", "none"], "error: a task among max_min_digits, "),
        (["tiny", "--epochs", "0"], "error: expected epochs above zero, received 0\n"),
        (["tiny", "--batch-size", "-1"], "error: expected batch_size above zero, received -1\n"),
        (["tiny", "--cutout", "0"], "error: expected cutout above zero, received 0\n"),
        (["tiny", "--learning-rate", "nan"], "error: expected peak_learning_rate above zero, received nan\n"),
        (["tiny", "--policy-warm-up", "1.5"], "error: expected policy_warm_up from 0 to 1, received 1.5\n"),
        (["tiny", "--policy-warm-up", "nan"], "error: expected policy_warm_up from 0 to 1, received nan\n"),
        (
            ["tiny", "--policy-kappa-weighting", "-1"],
            "error: expected policy_kappa_weighting of at least 0, received -1.0",
        ),
        (["other.json"], "error: expected a preset's name or file, received 'other.json': there is no such file\n"),
        (["tiny", "--policy-epochs", "0"], "error: expected policy_epochs above zero, received 0\n"),
        (["tiny", "--kappa", "0"], "error: expected kappa above zero, received 0.0\n"),
        (["tiny", "--teacher-share", ".5"], "error: --teacher-share: expected --teachers with it, "),
        (["tiny", "--teachers", "a", "--teacher-share", "0"], "error: expected teacher_share above 0 to 1, received 0"),
        (["tiny", "--teachers", "a", "--teacher-share", "nan"], "error: expected teacher_share above 0 to 1, received"),
        (["tiny", "--teachers", "a"], "error: a is not a run: expected a folder with config.json"),
        (["tiny", "--start", "a"], "error: a is not a run: expected a folder with config.json"),
        (["tiny", "--start", "a", "--classifiers", "b"], "error: --classifiers trains controllers alone: expected "),
    ],
)
def test_bad_settings_are_refused_before_a_run_is_made(tmp_path, capsys, arguments, message):
    assert refused(capsys, *arguments).startswith(message)
    assert not list(tmp_path.iterdir())


def test_the_weight_decay_is_the_presets_or_the_given_one():
    from keras_models import presets

    known = presets.get("epnet_cifar10_stem")["training"]["weight_decay"]
    for words, expected in (([], known), (["--weight-decay", "5e-4"], 5e-4)):
        args = train.build_parser().parse_args(["epnet_cifar10_stem", *words])
        assert train.settings(args)["training"]["weight_decay"] == expected
    args = train.build_parser().parse_args(["epnet_cifar10_stem", "--weight-decay", "0"])
    with pytest.raises(runs.RunError, match="expected weight_decay above zero, received 0"):
        train.settings(args)


def test_exits_without_a_trained_classifier_are_none_to_stop_at():
    config = {"training": {"exit_weights": [0, 1, 0.5, 2]}, "policy": {"exits": "all"}}
    assert runs.trained_exits(config, 4).tolist() == [False, True, True, True]
    assert runs.policy_exits(config, 4).tolist() == [False, True, True, True]
    assert runs.policy_exits(config | {"policy": {"exits": "3"}}, 4).tolist() == [False, False, True, True]
    with pytest.raises(runs.RunError, match="expected exits among 2,3,4, whose classifiers are trained, received '1'"):
        runs.policy_exits(config | {"policy": {"exits": "1"}}, 4)
    for wrong in ([1, 1, 1], [1, 1, 1, 0]):
        with pytest.raises(runs.RunError, match="expected exit_weights of 4 exits, the last above zero, received"):
            runs.trained_exits({"training": {"exit_weights": wrong}}, 4)


@pytest.mark.slow
@on_the_phone
def test_controllers_that_save_instructions(tmp_path):
    """The prices of the parts are kept in the report, and are the same in a second run."""
    found = []
    for out in ("one", "two"):
        assert call("--cost", "arm64", "--out", out) == 0
        found.append(json.loads((tmp_path / out / "policy.json").read_text()))
    assert found[0]["part_costs"] == found[1]["part_costs"] and found[0]["part_costs"]["trunk_2"] > 1000
    assert all(0 < point["cost"] <= 1 for point in found[0]["points"])


def test_exits_that_the_network_has_not_are_refused(tmp_path, capsys):
    assert call("--exits", "2,5") == 2
    assert "numbers from 1 to 4 such as 3,6,9, received '2,5'" in capsys.readouterr().err
