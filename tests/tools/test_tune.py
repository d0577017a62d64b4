"""tools/tune.py from the command line to a preset that tools/train.py takes, on pictures of blobs."""

import copy
import json
import re
import shutil

import pytest

from keras_models import backup, presets
from keras_models.presets import epnet as epnet_presets
from keras_models.presets import resnet as resnet_presets
from tests.tools import blobs
from tools import console, train, tune
from tools.pipeline import distillation, runs, training

# keras-tuner 1.4.8 asks for the thread's name in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning")
FIRST = {"epochs": 7, "batch_size": 32, "peak_learning_rate": 0.1}
TINY = {
    "task": "blobs",
    "arguments": {"filters": (4, 4), "controller_in": (4,), "controller_cat": (4,)},
    "stages": {"classifiers": FIRST},
    "source": "none",
    "expected": "seconds",
}
STATIC = TINY | {"arguments": {"blocks": (1, 1), "filters": (4, 8)}, "stages": {"classifier": FIRST}}
FEW = {"epochs": 2, "factor": 3, "views": 1}  # two trials
SPACE = {"network.filters": ("runs", (0.25, 1.0), (1, 2), 2), "classifiers.weight_decay": [None, 1e-3]}


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
    """The pictures and their presets, known; the working folder is an empty one."""
    with blobs.registered():
        monkeypatch.setitem(epnet_presets.PRESETS, "tiny", copy.deepcopy(TINY))
        monkeypatch.setitem(resnet_presets.PRESETS, "static", copy.deepcopy(STATIC))
        monkeypatch.setattr(tune, "QUICK", {"stage": FEW, "network": FEW | {"later_epochs": 1, "share": 0.6}})
        monkeypatch.setitem(epnet_presets.SPACE, "network", SPACE)
        monkeypatch.chdir(tmp_path_factory.mktemp("here"))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose first stage has ended."""
    import keras

    keras.utils.set_random_seed(3)
    arguments, stages = presets.resolve("epnet", TINY["arguments"], TINY["stages"])
    config = {"preset": "tiny", "family": "epnet", "task": "blobs", "arguments": arguments, "stages": stages, "seed": 3}
    config |= distillation.settings()
    started = runs.start(tmp_path_factory.mktemp("trained") / "run", config)
    presets.build(config, (12, 12, 1), 4).save(runs.first_stage_file(started))
    return started.folder


# What an interruption leaves open is closed when the process ends, which here it does not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_quick_search_for_networks_goes_on_where_it_was_interrupted(tmp_path, capsys, monkeypatch):
    begun = []

    class Impatient(backup.Backup):
        """The person at the keyboard loses patience in the second epoch of the second trial's first stage."""

        def on_epoch_begin(self, epoch, logs=None):
            begun.append(epoch)
            if len(begun) == 5:
                raise KeyboardInterrupt

    out = tmp_path / "search"
    monkeypatch.setattr(backup, "Backup", Impatient)
    assert call("network", "tiny", "--quick", "--out", out) == 130
    assert "interrupted: what has ended is kept, and the same command goes on from there" in capsys.readouterr().err
    assert begun == [0, 1, 0, 0, 1], "two epochs of classifiers, one of controllers, and again"
    first = json.loads((out / "trials.json").read_text())
    assert first[0]["status"] == "COMPLETED" and first[1:] == []
    values = {"network.filters.width": 1.0, "network.filters.length_1": 1, "classifiers.weight_decay": "null"}
    assert first[0]["values"] == values

    assert call("network", "tiny", "--quick", "--out", out) == 0
    said = capsys.readouterr().out
    assert "trial 2 of 2, epochs 2: network.filters.width " in said and "trial 1 of 2" not in said
    assert begun[5:] == [1, 0], "the first epoch of the second trial is not trained again"
    assert said.endswith(f"train it with python tools/train.py {out / 'best.json'}\n")
    check_networks(out, first[0])
    again = refused(capsys, "network", "tiny", "--quick", "--out", out, "--seed", 1)
    assert "holds a run with other settings (seed): expected the same" in again


def check_networks(out, first):
    """What an ended search for networks holds."""
    rows = json.loads((out / "trials.json").read_text())
    assert rows[0] == first and [row["status"] for row in rows] == ["COMPLETED"] * 2
    reference = presets.build(TINY | {"family": "epnet"}, (12, 12, 1), 4)
    assert rows[0]["macs"] == float(reference.exit_costs()[-1]) >= rows[1]["macs"], "the ceiling is the preset's own"
    assert all(0 < row["cost"] <= row["macs"] and 0 <= row["accuracy"] <= 1 for row in rows)
    assert all(len(row["points"]) == 4 and row["objective"] == row["benefit"] for row in rows)
    best = max(rows, key=lambda row: row["objective"])
    made = presets.get(str(out / "best.json"))
    assert made["stages"]["classifiers"]["epochs"] == 7 and made["stages"]["controllers"]["epochs"] == 20
    assert json.dumps(made["stages"]["classifiers"]["weight_decay"]) == best["values"]["classifiers.weight_decay"]
    assert "on 45 held-out images" in made["expected"] and "the preset tiny" in made["source"]
    chosen = training.configure(str(out / "best.json"))
    assert chosen["arguments"] == made["arguments"] and chosen["preset"] == "best"
    assert (out / "search.png").stat().st_size > 10_000
    assert not list(out.glob("search/*/run")), "no trial keeps its network"


@pytest.mark.slow
def test_a_static_network_can_be_searched_as_well(tmp_path, capsys, monkeypatch):
    """Another family, with another space: nothing decides, so every price has the same accuracy and cost."""
    splits, fit = [], training.fit_on_images
    seen = lambda *given: splits.append(given[2].split) or fit(*given)  # noqa: E731
    monkeypatch.setattr(training, "fit_on_images", seen)
    assert call("network", "static", "--quick", "--out", tmp_path / "search", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {name.split("_")[0] for name in found["trials"][0]["values"]} == {
        "network.filters",
        "network.blocks",
        "classifier.peak",
    }
    for row in found["trials"]:
        assert {(point["accuracy"], point["cost"]) for point in row["points"]} == {(row["accuracy"], row["macs"])}
    assert splits == ["train[:60%]"] * 2, "a trial sees a share of the images"
    assert found["preset"]["family"] == "resnet" and found["preset"]["stages"]["classifier"]["epochs"] == 7


def test_a_search_for_controllers_by_the_area(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tune, "USUAL", {"stage": FEW})
    out, told = tmp_path / "search", []
    fit = training.fit_values
    monkeypatch.setattr(training, "fit_values", lambda stage, *given: told.append(stage.settings) or fit(stage, *given))
    options = ("stage", "controllers", "--run", run, "--out", out, "--objective", "area", "--budgets", "1e3,2e4")
    assert call(*options, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    rows, made = found["trials"], found["preset"]
    assert [row["objective"] for row in rows] == [row["area"] for row in rows] and len(rows) == 2
    assert made == presets.get(str(out / "best.json")) and found["best"] in rows
    for row, settings in zip(rows, told, strict=True):
        for name in ("learning_rate", "dropout", "warm_up", "kappa_weighting"):
            assert row["values"][f"controllers.{name}"] == settings[name]
    values = found["best"]["values"]
    assert made["stages"]["controllers"]["kappa_weighting"] == values["controllers.kappa_weighting"]
    assert made["stages"]["controllers"]["epochs"] == 2 and "the run run" in made["source"]
    assert json.dumps(made["arguments"]["controller_in"]) == values["network.controller_in"]
    assert made["stages"]["classifiers"].items() >= FIRST.items()
    check_training(run, out, found["best"])
    capsys.readouterr()
    given = ("stage", "controllers", "--run", run, "--out", out, "--budgets", "1e3,3e4", "--kappas", "0.02")
    assert "(budgets, kappas, objective)" in refused(capsys, *given)


def check_training(run, out, best):
    """The best controllers, fitted by tools/train.py on the run's first stage, come out as the search judged them."""
    from keras_models.policies.judging import Judge
    from tools.pipeline import policy_evaluation

    again = out.with_name("again")
    options = [out / "best.json", "--first-stage", run, "--out", again]
    assert console.main(train.build_parser, train.command, [str(option) for option in options]) == 0
    trained = runs.read(again)
    network, task = runs.load_model(trained), training.datasets.get("blobs")
    values = policy_evaluation.values_of(trained, network, task, runs.HELD_OUT_SPLIT)
    judge = Judge(tuple(point["kappa"] for point in best["points"]), network.price_unit(), (1e3, 2e4))
    found = judge(network, policy_evaluation.sweep_of(network, values), trained.config["stages"])
    assert found["area"] == pytest.approx(best["area"]) and found["cost"] == pytest.approx(best["cost"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["network", "none"], "expected a preset, one of .*, received 'none'"),
        (["network", "none.json"], "received 'none.json': there is no such file"),
        (["stage", "controllers", "--run", "none"], "none is not a run: expected a folder with config.json, .*"),
        (["network", "tiny", "--epochs", "0"], "expected --epochs of at least 1, received 0"),
        (["network", "tiny", "--later-epochs", "0"], "expected --later-epochs of at least 1, received 0"),
        (["network", "tiny", "--factor", "1"], "expected --factor of at least 2, received 1"),
        (["network", "tiny", "--seed", "-1"], "expected --seed of at least 0, received -1"),
        (["network", "tiny", "--share", "1.5"], "expected --share above 0 and at most 1, received 1.5"),
        (["network", "tiny", "--max-macs", "nan"], "expected --max-macs above zero, received nan"),
        (["network", "tiny", "--kappas", "0.1,0"], "numbers above zero such as 0.01,0.02, received '0.1,0'"),
        (["network", "tiny", "--kappas", "much"], "expected --kappas as numbers above zero .*, received 'much'"),
        (["network", "tiny", "--budgets", "2e6,1e6"], r"the lower one first, received 2e\+06,1e\+06"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_made(tmp_path, capsys, arguments, message):
    assert re.search(f"^error: .*{message}\n$", refused(capsys, *arguments, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_ceiling_that_no_network_keeps_is_refused(tmp_path, capsys):
    assert call("network", "tiny", "--max-macs", "1000", "--out", tmp_path / "out") == 2
    least = "expected a ceiling of at least the smallest network's "
    assert least in (error := capsys.readouterr().err) and error.endswith("received 1,000\n")


def test_a_run_for_latency_is_refused(run, tmp_path, capsys):
    folder = tmp_path / "other"
    shutil.copytree(run, folder)
    config = json.loads((folder / "config.json").read_text())
    config["stages"]["controllers"]["cost"] = "latency"
    (folder / "config.json").write_text(json.dumps(config))
    error = refused(capsys, "stage", "controllers", "--run", folder)
    assert "expected a run whose controllers save multiply-adds, received cost latency" in error


def test_a_stage_that_cannot_be_searched_is_refused(run, tmp_path, capsys):
    for stage in ("classifiers", "gates"):
        error = refused(capsys, "stage", stage, "--run", run, "--out", tmp_path / stage)
        assert f"expected a stage after the first of {run} (controllers), received '{stage}'" in error
    (run / "classifiers.keras").rename(tmp_path / "kept")
    error = refused(capsys, "stage", "controllers", "--run", run, "--out", tmp_path / "out")
    (tmp_path / "kept").rename(run / "classifiers.keras")
    assert f"{run} has no classifiers.keras: expected a run whose stage of that name" in error


def test_a_folder_of_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not empty and is not a run" in refused(capsys, "network", "tiny", "--out", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.slow
def test_quick_in_full(tmp_path, capsys, monkeypatch):
    """The command as it stands: a search for networks on digits."""
    monkeypatch.undo()
    assert call("network", "epnet_digits", "--quick", "--max-macs", "1e6", "--out", tmp_path / "out") == 0
    rows = json.loads((tmp_path / "out/trials.json").read_text())
    assert len(rows) == 5 and all(row["macs"] <= 1e6 for row in rows)
