"""A search in a folder: processes that join and leave it, die in it, and ask for what cannot be run."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras_tuner
import pytest

from tools import console
from tools.tuning import locks, shared

ROOT = Path(__file__).resolve().parents[2]
# keras-tuner 1.4.8 asks for the thread's name in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning")

# A worker that does two trials, says so, and hangs in its third.
OTHER = """
import os, sys, time
from pathlib import Path
from tests.tools.test_tuning_shared import make
done = []
def evaluate(values, epochs, folder):
    if len(done) == 2:
        Path(sys.argv[1], "hangs").write_text(folder.name)
        time.sleep(600)
    done.append(folder.name)
    return {"benefit": values["rate"], "by": os.getpid()}
make(sys.argv[1], evaluate).run()
"""


def make(folder, evaluate, admissible=lambda values: True, after=lambda: None, **options):
    """A search over one rate: 6 trials, of 1 and 3 epochs."""
    space = keras_tuner.HyperParameters()
    space.Float("rate", 1e-3, 1.0, sampling="log", default=0.5)
    objective = keras_tuner.Objective("benefit", "max")
    settings = {"max_epochs": 3, "seed": 0, "objective": objective, "hyperparameters": space} | options
    oracle = shared.SharedHyperband(folder, admissible, **settings)
    return shared.SharedTuner(oracle, folder, evaluate, after)


def results(folder):
    """By trial, what it wrote down."""
    return {file.parent.name: json.loads(file.read_text()) for file in sorted(folder.glob("search/*/result.json"))}


def test_a_search_runs_what_it_planned_the_default_first(tmp_path, capsys):
    seen = []
    tuner = make(tmp_path, lambda values, epochs, folder: seen.append((values["rate"], epochs)) or {"benefit": -epochs})
    tuner.run()
    # Brackets of (3 at 1 epoch, 1 at 3) and of 2 at 3.
    assert tuner.oracle.planned() == 6 and sorted(epochs for _, epochs in seen) == [1, 1, 1, 3, 3, 3]
    assert seen[0] == (0.5, 1)
    assert capsys.readouterr().out.startswith("trial 1 of 6, epochs 1: rate 0.5\n  benefit -1\ntrial 2 of 6")
    tuner.run()
    assert len(seen) == 6, "a search that has ended has"
    assert not list(tmp_path.glob("search/workers/*")) and not list(tmp_path.rglob("*draft*"))


def test_processes_share_a_search_and_the_dead_ones_trial_is_done_again(tmp_path):
    """The other process does two trials and hangs; this one does what it can, kills it, and does its trial."""
    other = subprocess.Popen([sys.executable, "-c", OTHER, str(tmp_path)], cwd=ROOT, stdout=subprocess.DEVNULL)
    mine = []

    def evaluate(values, epochs, folder):
        mine.append(folder.name)
        if len(mine) == 2:
            other.kill()
            other.wait()
        return {"benefit": values["rate"], "by": os.getpid()}

    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "hangs").exists():
            assert time.monotonic() < deadline and other.poll() is None
            time.sleep(0.05)
        tuner = make(tmp_path, evaluate)
        tuner.run()
    finally:
        other.kill()
    hung = (tmp_path / "hangs").read_text()
    assert hung in mine[2:], "while the other was alive its trial was its own"
    by = [result["by"] for result in results(tmp_path).values()]
    assert (by.count(other.pid), by.count(os.getpid())) == (2, 4) and len(mine) == 4
    assert {trial.status for trial in tuner.oracle.trials.values()} == {"COMPLETED"}
    assert sorted(tuner.oracle.end_order) == sorted(tuner.oracle.start_order) and not tuner.oracle.ongoing_trials


def test_an_interrupted_search_goes_on_with_the_trial_that_was_not_finished(tmp_path):
    seen = []

    def evaluate(values, epochs, folder):
        seen.append((folder.name, values["rate"]))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return {"benefit": values["rate"]}

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, evaluate).run()
    make(tmp_path, evaluate).run()
    assert seen[3] == seen[2] and len(seen) == 7 and len(results(tmp_path)) == 6
    straight = tmp_path / "straight"
    make(straight, lambda values, epochs, folder: {"benefit": values["rate"]}).run()
    assert results(straight) == results(tmp_path), "it ends like one that was not interrupted"


def test_what_was_written_down_as_ended_is_not_run_again(tmp_path):
    """A process that dies between writing the trial and writing the state leaves an ongoing trial that has ended."""
    seen = []
    tuner = make(tmp_path, lambda values, epochs, folder: seen.append(folder.name) or {"benefit": 1.0})
    trial = tuner.oracle.create_trial("dead")
    tuner.oracle.update_trial(trial.trial_id, {"benefit": 0.7})
    file = tmp_path / f"search/trial_{trial.trial_id}/trial.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "COMPLETED", "score": 0.7}))
    tuner.run()
    assert len(seen) == 5 and f"trial_{trial.trial_id}" not in seen
    assert tuner.oracle.trials[trial.trial_id].score == 0.7 and trial.trial_id in tuner.oracle.end_order


def test_a_trial_without_a_number_fails_and_the_search_goes_on(tmp_path, capsys):
    def evaluate(values, epochs, folder):
        return {"benefit": float("nan") if folder.name == "trial_0001" else values["rate"]}

    tuner = make(tmp_path, evaluate)
    tuner.run()
    assert [trial.status for trial in tuner.oracle.trials.values()].count("FAILED") == 1
    assert "failed: keras_tuner" in capsys.readouterr().out
    assert "trial_0001" not in results(tmp_path) and len(results(tmp_path)) >= 3


def test_three_failures_in_a_row_end_the_search_but_not_for_ever(tmp_path):
    seen = []

    def evaluate(values, epochs, folder):
        seen.append(folder.name)
        if len(seen) <= 3:
            raise RuntimeError("no memory is left")
        return {"benefit": values["rate"]}

    with pytest.raises(console.UserError, match="3 failures in a row, the last one: RuntimeError: no memory is left"):
        make(tmp_path, evaluate).run()
    make(tmp_path, evaluate).run()
    assert len(results(tmp_path)) == len(seen) - 3 > 0


def test_what_is_not_admissible_is_never_run(tmp_path):
    seen = []
    tuner = make(
        tmp_path,
        lambda values, epochs, folder: seen.append(values["rate"]) or {"benefit": values["rate"]},
        admissible=lambda values: values["rate"] < 0.05,
    )
    tuner.run()
    assert len(seen) == 6 and max(seen) < 0.05


def test_a_search_without_anything_admissible_ends(tmp_path):
    asked = []
    tuner = make(tmp_path, None, admissible=lambda values: asked.append(values))
    tuner.run()
    assert tuner.oracle.trials == {} and len(asked) == shared.DRAWS + 1


def test_a_worker_is_alive_while_it_holds_its_lock(tmp_path):
    worker = locks.Worker(tmp_path)
    assert locks.alive(tmp_path, worker.name)
    worker.close()
    assert not locks.alive(tmp_path, worker.name) and not list(tmp_path.iterdir())
    (tmp_path / "of-a-dead-one").touch()
    assert not locks.alive(tmp_path, "of-a-dead-one") and not list(tmp_path.iterdir())


def test_a_lock_keeps_others_out(tmp_path):
    with locks.locked(tmp_path / "lock"), (tmp_path / "lock").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_killed_process_lets_go_of_its_lock(tmp_path):
    code = "import sys, time; from tools.tuning import locks; w = locks.Worker(sys.argv[1]); print(w.name, flush=True)"
    code += "; time.sleep(600)"
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with other.stdout:
        name = other.stdout.readline().strip()
    assert locks.alive(tmp_path, name)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert not locks.alive(tmp_path, name)
