"""A search from its options to its results, over trials that take no time."""

import dataclasses
import fcntl
import json
from types import SimpleNamespace

import keras_tuner
import pytest

from keras_models import presets
from tools.pipeline import runs
from tools.tuning import search
from tools.tuning.options import SearchOptions

# keras-tuner 1.4.8 asks for the thread's name in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning")


class Trials:
    """Over one rate, which is the accuracy, too."""

    origin = {"family": "epnet", "task": "max_min_digits"}
    judged = 45

    def __init__(self, options):
        self.options, self.judge = options, SimpleNamespace(operating_price=0.01)
        self.space = SimpleNamespace(parameters=keras_tuner.HyperParameters())
        self.space.parameters.Float("rate", 1e-3, 1.0, sampling="log", default=0.5)

    def admissible(self, values):
        return values["rate"] > 0.01

    def evaluate(self, values, epochs, folder):
        shared = {"macs": 4e6, "cost": 2e6, "accuracy": values["rate"], "area": -values["rate"]}
        return shared | {"benefit": 100 * values["rate"]}

    def preset(self, values, epochs):
        return {name: presets.get("epnet_digits")[name] for name in ("family", "task", "arguments", "stages")}


@pytest.fixture
def options(monkeypatch):
    """Of a search over these trials: three of them, of one epoch and of two."""
    monkeypatch.setattr(search.results, "draw", lambda *_: None)  # a picture a trial would take most of the time
    monkeypatch.setattr(search, "NetworkTrials", Trials)
    monkeypatch.setattr(search, "StageTrials", lambda options: pytest.fail("of a stage"))
    return SearchOptions("network", "tiny", epochs=2, factor=2)


def test_every_trial_is_run_and_the_best_is_told(options, tmp_path):
    found = search.run(options, tmp_path / "a" / "b", "python tools/tune.py")
    rows = found["trials"]
    assert all(row["status"] == "COMPLETED" and row["values"]["rate"] > 0.01 for row in rows)
    assert {row["epochs"] for row in rows} == {1, 2} and rows[0]["values"] == {"rate": 0.5}
    assert found["best"]["objective"] == max(row["benefit"] for row in rows if row["epochs"] == 2)
    assert json.loads((tmp_path / "a/b/trials.json").read_text()) == rows
    config = json.loads((tmp_path / "a/b/config.json").read_text())
    assert config["task"] == "max_min_digits" and config["kappas"] == list(options.kappas)


def test_the_objective_that_was_asked_for_decides(options, tmp_path):
    """By the area, which is the rate below zero, the lowest rate is the best."""
    found = search.run(dataclasses.replace(options, objective="area"), tmp_path / "search", "x")
    longest = [row for row in found["trials"] if row["epochs"] == 2]
    assert found["best"]["values"]["rate"] == min(row["values"]["rate"] for row in longest)


def test_an_ended_search_only_tells_its_results_again(options, tmp_path, monkeypatch):
    before = search.run(options, tmp_path / "search", "x")
    monkeypatch.setattr(Trials, "evaluate", lambda *_: pytest.fail("run again"))
    assert search.run(options, tmp_path / "search", "x") == before


def test_another_search_in_the_folder_is_refused_and_left_as_it_is(options, tmp_path):
    search.run(options, tmp_path / "search", "x")
    kept = (tmp_path / "search/trials.json").read_bytes()
    with pytest.raises(runs.RunError, match=r"holds a run with other settings \(seed\): expected the same, to resume"):
        search.run(dataclasses.replace(options, seed=1), tmp_path / "search", "x")
    assert (tmp_path / "search/trials.json").read_bytes() == kept


def test_what_is_prepared_is_prepared_by_one_process_at_a_time(options, tmp_path, monkeypatch):
    """While trials are set up the lock is held; while they run it is not, and it is no trace of another thing."""

    def free(file):
        with open(file, "a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    seen, lock = [], tmp_path / "search" / search.LOCK

    class Watched(Trials):
        def __init__(self, options):
            seen.append(free(lock))
            super().__init__(options)

        def evaluate(self, *given):
            seen.append(free(lock))
            return super().evaluate(*given)

    monkeypatch.setattr(search, "NetworkTrials", Watched)
    search.run(options, tmp_path / "search", "x")
    assert seen[0] is False and len(seen) > 1 and all(seen[1:])
