"""tools/tune.py from the command line to a preset that tools/train.py takes, on pictures of blobs."""

import copy
import json
import re
import shutil

import pytest

from keras_models import policy, presets
from tests.tools import blobs
from tools import console, runs, train, tune
from tools.tuning import spaces

# keras-tuner 1.4.8 asks for the thread's name in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning")
TINY = {
    "family": "epnet",
    "task": "blobs",
    "arguments": {"filters": (4, 4), "controller_in": (4,), "controller_cat": (4,)},
    "training": {"epochs": 7, "batch_size": 32, "peak_learning_rate": 0.1},
}
FEW = {"epochs": 2, "factor": 3, "views": 1}  # two trials


def call(*arguments):
    return console.main(tune.build_parser, tune.command, [str(argument) for argument in arguments])


def refused(capsys, *arguments):
    """The one line on stderr of a call that is refused."""
    assert call(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "Traceback" not in captured.err
    return captured.err


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path_factory):
    """The pictures and their preset, known; the working folder is an empty one."""
    with blobs.registered():
        monkeypatch.setitem(presets.PRESETS, tune.QUICK_PRESET, copy.deepcopy(TINY))
        network = FEW | {"policy_epochs": 1, "share": 0.6}
        monkeypatch.setattr(tune, "QUICK", {"controllers": FEW, "network": network})
        monkeypatch.setattr(spaces, "BLOCKS", (1, 2))
        monkeypatch.setattr(spaces, "WIDTHS", (0.25, 1.0))
        monkeypatch.chdir(tmp_path_factory.mktemp("here"))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with classifiers."""
    import keras

    keras.utils.set_random_seed(3)
    policy = {"epochs": 1, "kappa": None, "estimator": "exact", "cost": "macs"}
    started = runs.start(tmp_path_factory.mktemp("trained") / "run", TINY | {"policy": policy, "seed": 3})
    presets.build(TINY, (12, 12, 1), 4).save(started.classifiers_file)
    return started.folder


# What an interruption leaves open is closed when the process ends, which here it does not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_quick_search_for_networks_goes_on_where_it_was_interrupted(tmp_path, capsys, monkeypatch):
    import keras

    begun, backup = [], keras.callbacks.BackupAndRestore

    class Impatient(backup):
        """The person at the keyboard loses patience in the second epoch of the second trial."""

        def on_epoch_begin(self, epoch, logs=None):
            begun.append(epoch)
            if len(begun) == 4:
                raise KeyboardInterrupt

    out = tmp_path / "search"
    monkeypatch.setattr(keras.callbacks, "BackupAndRestore", Impatient)
    assert call("network", "--quick", "--out", out) == 130
    assert capsys.readouterr().err == "interrupted\n" and begun == [0, 1, 0, 1]
    first = json.loads((out / "trials.json").read_text())
    assert [row["status"] for row in first] == ["COMPLETED"]
    assert first[0]["values"] == {
        "width": 1.0,
        "blocks_1": 1,
        "head_hidden": "none",
        "peak_learning_rate": 0.1,
        "weight_decay": 0.0,
    }

    assert call("network", "--quick", "--out", out) == 0
    said = capsys.readouterr().out
    assert "trial 2 of 2, epochs 2: width " in said and "trial 1 of 2" not in said
    assert begun[4:] == [1], "the first epoch of the second trial is not trained again"
    assert said.endswith(f"train it with python tools/train.py {out / 'best.json'}\n")
    check_networks(out, first[0])
    again = refused(capsys, "network", "--quick", "--out", out, "--seed", 1)
    assert "holds a run with other settings (seed): expected the same" in again


def check_networks(out, first):
    """What an ended search for networks holds."""
    rows = json.loads((out / "trials.json").read_text())
    assert rows[0] == first and [row["status"] for row in rows] == ["COMPLETED"] * 2
    reference = presets.build(TINY, (12, 12, 1), 4)
    assert rows[0]["macs"] == float(reference.exit_costs()[-1]) >= rows[1]["macs"], "the ceiling is the preset's own"
    assert all(0 < row["cost"] <= row["macs"] and 0 <= row["accuracy"] <= 1 for row in rows)
    assert all(len(row["points"]) == len(policy.KAPPAS) and row["objective"] == row["benefit"] for row in rows)
    best = max(rows, key=lambda row: row["objective"])
    made = presets.get(str(out / "best.json"))
    assert made["training"]["epochs"] == 7 and made["task"] == "blobs" and "policy" not in made
    assert made["training"]["peak_learning_rate"] == best["values"]["peak_learning_rate"]
    assert "on 45 held-out images" in made["expected"] and "epnet_digits" in made["source"]
    chosen = train.settings(train.build_parser().parse_args([str(out / "best.json")]))
    assert chosen["arguments"] == made["arguments"] and chosen["preset"] == "best"
    assert (out / "search.png").stat().st_size > 10_000


def test_a_search_for_controllers_by_the_area(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tune, "USUAL", {"controllers": FEW})
    out, told = tmp_path / "search", []
    fit = policy.fit_controllers
    monkeypatch.setattr(policy, "fit_controllers", lambda *given, **named: told.append(named) or fit(*given, **named))
    options = ("controllers", "--run", run, "--out", out, "--objective", "area", "--budgets", "1e3,2e4")
    assert call(*options, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    rows, made = found["trials"], found["preset"]
    assert [row["objective"] for row in rows] == [row["area"] for row in rows] and len(rows) == 2
    assert made == presets.get(str(out / "best.json")) and found["best"] in rows
    for row, named in zip(rows, told, strict=True):
        names = ("learning_rate", "dropout", "warm_up", "kappa_weighting")
        assert {name: row["values"][name] for name in names} == {name: named[name] for name in names}
    values = found["best"]["values"]
    assert made["policy"]["kappa_weighting"] == values["kappa_weighting"] and made["policy"]["epochs"] == 2
    assert ",".join(map(str, made["arguments"]["controller_in"])) == values["controller_in"].replace("none", "")
    assert made["training"] == TINY["training"] and "run" in made["source"]
    check_training(run, out, found["best"])
    capsys.readouterr()
    again = refused(capsys, "controllers", "--run", run, "--out", out, "--budgets", "1e3,3e4", "--kappas", "0.02")
    assert "(budgets, kappas, objective)" in again


def check_training(run, out, best):
    """The best controllers, fitted by tools/train.py on the run's classifiers, come out as the search judged them."""
    options = [out / "best.json", "--classifiers", run, "--out", out.with_name("again")]
    assert console.main(train.build_parser, train.command, [str(option) for option in options]) == 0
    points = json.loads((out.with_name("again") / "policy.json").read_text())["points"]
    assert [point["accuracy"] for point in points] == [point["accuracy"] for point in best["points"]]
    assert [point["benefit"] for point in points] == pytest.approx([point["benefit"] for point in best["points"]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["network"], "expected a preset, one of epnet_digits, .*, or --quick, received neither"),
        (["network", "none"], "expected a preset, one of .*, received 'none'"),
        (["network", "none.json"], "received 'none.json': there is no such file"),
        (["controllers"], "expected --run RUN, a trained run, or --quick, received neither"),
        (["controllers", "--run", "none"], "none is not a run: expected a folder with config.json, .*"),
        (["network", "--quick", "--epochs", "0"], "expected --epochs of at least 1, received 0"),
        (["network", "--quick", "--policy-epochs", "0"], "expected --policy-epochs of at least 1, received 0"),
        (["network", "--quick", "--factor", "1"], "expected --factor of at least 2, received 1"),
        (["network", "--quick", "--seed", "-1"], "expected --seed of at least 0, received -1"),
        (["network", "--quick", "--share", "1.5"], "expected --share above 0 and at most 1, received 1.5"),
        (["network", "--quick", "--max-macs", "nan"], "expected --max-macs above zero, received nan"),
        (["network", "--quick", "--kappas", "0.1,0"], "numbers above zero such as 0.01,0.02, received '0.1,0'"),
        (["network", "--quick", "--kappas", "much"], "expected --kappas as numbers above zero .*, received 'much'"),
        (["network", "--quick", "--budgets", "2e6,1e6"], "the lower one first, received '2e6,1e6'"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_made(tmp_path, capsys, arguments, message):
    assert re.search(f"^error: .*{message}\n$", refused(capsys, *arguments, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_ceiling_that_no_network_keeps_is_refused(tmp_path, capsys):
    assert call("network", "--quick", "--max-macs", "1000", "--out", tmp_path / "out") == 2
    least = "expected a ceiling of at least the smallest network's "
    assert least in (error := capsys.readouterr().err) and error.endswith("received 1,000\n")


def test_a_run_for_one_price_or_for_latency_is_refused(run, tmp_path, capsys):
    for name, value in (("kappa", 0.01), ("cost", "latency")):
        folder = tmp_path / name
        shutil.copytree(run, folder)
        config = json.loads((folder / "config.json").read_text())
        config["policy"][name] = value
        (folder / "config.json").write_text(json.dumps(config))
        error = refused(capsys, "controllers", "--run", folder)
        assert "controllers serve all prices of multiply-adds, received" in error and str(value) in error


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not empty and is not a run" in refused(capsys, "network", "--quick", "--out", tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_workers_of_keras_tuners_own_kind_are_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    error = refused(capsys, "network", "--quick", "--out", tmp_path / "out")
    assert "expected no KERASTUNER_ORACLE_IP in the environment" in error and error.endswith("received 127.0.0.1\n")


def test_a_quick_search_for_controllers_makes_its_run_once(monkeypatch, capsys):
    """Without a run one is trained in runs/; the second call finds it there."""
    made = []

    def trained(run, task):
        made.append(run.folder)
        run.classifiers_file.touch()

    monkeypatch.setattr(train, "fit_classifiers", trained)
    assert tune.quick_run().config["training"]["epochs"] == 2
    assert tune.quick_run().folder == made[0] and len(made) == 1


@pytest.mark.slow
def test_quick_in_full(tmp_path, capsys, monkeypatch):
    """The command as it stands: a search for networks on digits."""
    monkeypatch.undo()
    assert call("network", "--quick", "--out", tmp_path / "out") == 0
    rows = json.loads((tmp_path / "out/trials.json").read_text())
    assert len(rows) == 5 and all(row["macs"] <= 1e6 for row in rows)
