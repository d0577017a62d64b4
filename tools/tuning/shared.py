"""Hyperband in a folder: processes join and leave it as they like, and it outlives all of them.

keras-tuner knows two ways to go on. A folder that one process reads when it starts: two of them overwrite each other's
trials. And a chief that workers ask over the network: the search ends with it, and it waits for ever for a worker that
was killed. Here every question to the oracle is a transaction on the folder instead: lock, read, ask, write, unlock.
The trial of a worker that has died, which its lock tells (`locks.alive`), is the next one's first.
"""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial
from keras_tuner.errors import FailedTrialError

from tools import console
from tools.tuning import locks

STATE = "search"  # folder of the oracle's state and of the trials
DRAWS = 300  # values drawn for a trial until some are admissible
IDLE_SECONDS = 1.0  # between questions while other processes finish what the next trial depends on
FAILURES = 3  # in a row, and the search ends: it is no accident


class SharedHyperband(keras_tuner.oracles.HyperbandOracle):
    """Hyperband (Li et al., JMLR 18, 2018) whose state lies in a folder that processes share.

    Args:
        folder: of the search; the state goes into `STATE` below it.
        admissible: function of the values of a trial (name -> value), whether it is worth running at all. Others are
            drawn in its place, so that refused ones do not thin out the rounds of successive halving.
        seed: of the values, 0 or above.
        further ones: of `keras_tuner.oracles.HyperbandOracle`. The first trial is that of all default values.
    """

    def __init__(self, folder, admissible, seed: int, **options):
        super().__init__(seed=seed + 1, **options)  # keras-tuner takes a seed of 0 for none
        self.verbose = 0
        self.admissible = admissible
        self._folder = Path(folder) / STATE
        self._folder.mkdir(parents=True, exist_ok=True)
        self._set_project_dir(folder, STATE)

    @contextlib.contextmanager
    def transaction(self):
        """The state as it is on disk, to be changed; nobody else changes it meanwhile."""
        with locks.locked(self._folder / "lock"):
            if Path(self._get_oracle_fname()).exists():
                self.reload()
            yield
            self.save()

    def join(self) -> locks.Worker:
        """This process as a worker of the search."""
        with self.transaction():
            return locks.Worker(self._folder / "workers")

    def leave(self, worker: locks.Worker) -> None:
        """Its unfinished trial is the next one's."""
        with self.transaction():
            worker.close()

    def planned(self) -> int:
        """How many trials all brackets have together, if none fails."""
        brackets = range(self._get_num_brackets())
        sizes = [self._get_size(bracket, number) for bracket in brackets for number in range(bracket + 1)]
        return sum(sizes) * self.hyperband_iterations

    def create_trial(self, tuner_id):
        """The next trial for a worker, of status RUNNING, or IDLE (ask again), or STOPPED (the search has ended)."""
        with self.transaction():
            self._bury()
            trial = super().create_trial(tuner_id)
        if trial.status == "IDLE":
            time.sleep(IDLE_SECONDS)
        return trial

    def update_trial(self, trial_id, metrics, step=0):
        """Keeps what a trial reached."""
        with self.transaction():
            return super().update_trial(trial_id, metrics, step=step)

    def end_trial(self, trial):
        """Keeps that a trial has ended, and how."""
        with self.transaction():
            super().end_trial(trial)

    def save(self) -> None:
        """Writes the state, whole or not at all."""
        write_json(Path(self._get_oracle_fname()), self.get_state())

    def reload(self) -> None:
        """Reads the state and the trials that it names. Those of others still run, so none is taken back here."""
        state = json.loads(Path(self._get_oracle_fname()).read_text())
        self.trials = {name: Trial.load(str(self._trial_file(name))) for name in state["start_order"]}
        self.set_state(state)

    def _save_trial(self, trial) -> None:
        write_json(self._trial_file(trial.trial_id), trial.get_state())

    def _trial_file(self, trial_id: str) -> Path:
        return Path(self._get_trial_dir(trial_id)) / "trial.json"

    def _bury(self) -> None:
        """Trials of workers that are gone wait for another one; what was written down as ended has ended."""
        for worker, trial in list(self.ongoing_trials.items()):
            if locks.alive(self._folder / "workers", worker):
                continue
            del self.ongoing_trials[worker]
            if trial.status in ("COMPLETED", "FAILED"):
                self.end_order.append(trial.trial_id)
            else:
                trial.metrics = type(trial.metrics)()
                self._retry_queue.append(trial.trial_id)

    def _random_values(self):
        """Values for a new trial: the defaults first, then random admissible ones; None if there are none."""
        if not self.start_order:
            first = {parameter.name: parameter.default for parameter in self.hyperparameters.space}
            if self.admissible(first):
                return first
        for _ in range(DRAWS):
            values = super()._random_values()
            if values is None or self.admissible(values):
                return values
        return None

    def _check_consecutive_failures(self) -> None:
        """Left to `SharedTuner`: keras-tuner's looks at all of the past, and a search could never go on after it."""


class SharedTuner(BaseTuner):
    """Runs trials of a `SharedHyperband` until there are no more.

    Args:
        oracle: the `SharedHyperband`.
        folder: as its own.
        evaluate: function of (values, epochs, folder of the trial) -> dict with at least the objective's name; further
            entries are kept in the trial's result.json.
        after: called after every trial.
    """

    def __init__(self, oracle: SharedHyperband, folder, evaluate, after):
        super().__init__(oracle, directory=str(folder), project_name=STATE)
        self.evaluate, self.after = evaluate, after

    def run(self) -> None:
        """Take part in the search until it has ended."""
        worker = self.oracle.join()
        self.tuner_id = worker.name
        try:
            self.search()
        finally:
            self.oracle.leave(worker)

    def run_trial(self, trial):
        """What the trial reached, by name. Raises FailedTrialError if the objective is not a number."""
        values = trial.hyperparameters.values
        settings = own_values(values)
        shown = ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in settings.items())
        count, epochs = f"{int(trial.trial_id) + 1} of {self.oracle.planned()}", values["tuner/epochs"]
        console.say(f"trial {count}, epochs {epochs}: {shown}")
        folder = Path(self.get_trial_dir(trial.trial_id))
        result = console.plain(self.evaluate(settings, epochs, folder))
        name = self.oracle.objective.name
        if result[name] is None:
            raise FailedTrialError(f"expected a finite {name}, received one that is not: the training diverged")
        write_json(folder / "result.json", result)
        return {name: result[name]}

    def on_trial_end(self, trial) -> None:
        """Writes down how it ended. Raises UserError if the last few all failed."""
        super().on_trial_end(trial)
        if trial.status == "COMPLETED":
            score = self.oracle.get_trial(trial.trial_id).score
            console.say(f"  {self.oracle.objective.name} {score:.4g}")
        else:
            console.say(f"  failed: {last_line(trial.message)}")
        self.after()
        ended = [self.oracle.trials[name] for name in self.oracle.end_order[-FAILURES:]]
        if len(ended) == FAILURES and all(each.status == "FAILED" for each in ended):
            raise console.UserError(
                f"expected some trials to succeed, received {FAILURES} failures in a row, the last one: "
                f"{last_line(trial.message)}"
            )

    def save(self) -> None:
        """Nothing: the oracle has saved itself, and the tuner has no state of its own."""


def own_values(values: dict) -> dict:
    """The values of a trial without Hyperband's own entries."""
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def last_line(message: str | None) -> str:
    """What a kept traceback ends with."""
    lines = (message or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"


def write_json(file: Path, content) -> None:
    """Writes JSON, whole or not at all. Hold the folder's lock: the draft has one name for all."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(file)
