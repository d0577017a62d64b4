"""Hyperband over trials: what it proposes, how it goes on after a stop, and its processes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras_tuner
import pytest

from tools import console
from tools.tuning import hyperband

ROOT = Path(__file__).resolve().parents[3]
# keras-tuner 1.4.8 asks for the thread's name in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning")

# A process of a search whose trials take no time; it says what it knows at the end.
PROCESS = """
import os, sys
from tests.tools.tuning.test_hyperband import make
tuner = make(sys.argv[1], lambda values, epochs, folder: {"benefit": values["rate"], "by": os.getpid()})
oracle = tuner.oracle
tuner.run()
print(tuner.is_worker, getattr(oracle, "_oracle", oracle).end_order)
"""


def make(folder, evaluate, admissible=lambda values: True, after=lambda oracle: None, **options):
    """A search over one rate: 6 trials, of 1 and 3 epochs."""
    space = keras_tuner.HyperParameters()
    space.Float("rate", 1e-3, 1.0, sampling="log", default=0.5)
    objective = keras_tuner.Objective("benefit", "max")
    settings = {"max_epochs": 3, "seed": 0, "objective": objective, "hyperparameters": space} | options
    return hyperband.Tuner(hyperband.Oracle(admissible, after, **settings), folder, evaluate)


def rate(values, epochs, folder):
    return {"benefit": values["rate"]}


def results(folder):
    """By trial, what it wrote down."""
    return {file.parent.name: json.loads(file.read_text()) for file in sorted(folder.glob("search/*/result.json"))}


def test_a_search_runs_what_it_planned_the_default_first(tmp_path, capsys):
    seen, told = [], []
    tuner = make(
        tmp_path,
        lambda values, epochs, folder: seen.append((values["rate"], epochs)) or {"benefit": -epochs},
        after=lambda oracle: told.append(len(oracle.end_order)),
    )
    tuner.run()
    # Brackets of (3 at 1 epoch, 1 at 3) and of 2 at 3.
    assert tuner.planned == 6 and sorted(epochs for _, epochs in seen) == [1, 1, 1, 3, 3, 3]
    assert seen[0] == (0.5, 1) and told == [1, 2, 3, 4, 5, 6] and not tuner.is_worker
    assert capsys.readouterr().out.startswith("trial 1 of 6, epochs 1: rate 0.5\n  benefit -1\ntrial 2 of 6")
    make(tmp_path, lambda *_: pytest.fail("a search that has ended has")).run()


@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_search_goes_on_with_the_trial_that_was_not_finished(tmp_path, stop):
    seen = []

    def evaluate(values, epochs, folder):
        seen.append((folder.name, values["rate"]))
        if len(seen) == stop:
            raise KeyboardInterrupt
        return {"benefit": values["rate"]}

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, evaluate).run()
    make(tmp_path, evaluate).run()
    assert seen[stop] == seen[stop - 1] and len(seen) == 7 and len(results(tmp_path)) == 6
    straight = tmp_path / "straight"
    make(straight, rate).run()
    assert results(straight) == results(tmp_path), "it ends like one that was not interrupted"


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

    with pytest.raises(console.UserError, match="expected some trials to succeed, received RuntimeError: no memory is"):
        make(tmp_path, evaluate).run()
    make(tmp_path, evaluate).run()
    assert len(results(tmp_path)) == len(seen) - 3 > 0


def test_what_is_not_admissible_is_never_run(tmp_path):
    seen = []
    make(
        tmp_path,
        lambda values, epochs, folder: seen.append(values["rate"]) or {"benefit": values["rate"]},
        admissible=lambda values: values["rate"] < 0.05,
    ).run()
    assert len(seen) == 6 and max(seen) < 0.05


def test_a_search_without_anything_admissible_ends(tmp_path):
    asked = []
    tuner = make(tmp_path, None, admissible=lambda values: asked.append(values))
    tuner.run()
    assert tuner.oracle.trials == {} and len(asked) == hyperband.DRAWS + 1


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.mark.slow  # TensorFlow is imported three times
def test_a_chief_and_a_worker_share_a_search(tmp_path):
    """Over loopback, as keras-tuner's users start them: the worker runs all trials, the chief knows how they ended."""
    port, started = str(free_port()), []
    try:
        for name in ("chief", "worker0"):
            own = {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": port}
            command = [sys.executable, "-W", "ignore", "-c", PROCESS, str(tmp_path)]
            started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True))
        said = [process.communicate(timeout=240)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0]
    ended = "['0000', '0001', '0002', '0003', '0004', '0005']"
    assert said[0].strip().splitlines()[-1] == f"False {ended}" and "trial 1 of 6" not in said[0]
    assert said[1].strip().splitlines()[-1] == "True []" and "trial 6 of 6" in said[1]
    assert {result["by"] for result in results(tmp_path).values()} == {started[1].pid}


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("damage", [halve, lambda file: file.write_bytes(b""), lambda file: file.write_text("{}")])
def test_a_search_whose_state_is_damaged_goes_on_from_the_one_before(tmp_path, capsys, damage):
    seen = []

    def evaluate(values, epochs, folder):
        seen.append(folder.name)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return {"benefit": values["rate"]}

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, evaluate).run()
    damage(tmp_path / "search" / "oracle.json")
    capsys.readouterr()
    make(tmp_path, evaluate).run()
    assert "oracle.json is damaged, it is made again (" in capsys.readouterr().out
    assert len(results(tmp_path)) == 6 and seen.count("trial_0000") == seen.count("trial_0001") == 1
    straight = tmp_path / "straight"
    make(straight, rate).run()
    assert results(straight) == results(tmp_path)


def test_a_search_without_any_good_state_begins_again(tmp_path, capsys):
    make(tmp_path, rate).run()
    before = results(tmp_path)
    for name in ("oracle.json", "oracle.json.bkp"):
        halve(tmp_path / "search" / name)
    make(tmp_path, rate).run()
    assert results(tmp_path) == before and capsys.readouterr().out.count("is damaged, it is made again (") == 2


def test_a_trial_whose_result_is_damaged_is_run_again(tmp_path, capsys):
    make(tmp_path, rate).run()
    before, ran = results(tmp_path), []
    halve(tmp_path / "search" / "trial_0002" / "result.json")
    (tmp_path / "search" / "trial_0003" / "result.json").unlink()
    make(tmp_path, lambda *given: ran.append(given[2].name) or rate(*given)).run()
    assert sorted(ran) == ["trial_0002", "trial_0003"] and results(tmp_path) == before
    make(tmp_path, lambda *_: pytest.fail("a search that has ended has")).run()
