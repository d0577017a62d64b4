"""keras-tuner's Hyperband over trials that this project runs, and its own way to spread them over processes.

Hyperband: Li et al., JMLR 18, 2018. Resuming and distribution are keras-tuner's: a search that finds its state in the
folder goes on with it, and KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT in the environment make
a process the chief or a worker of a search.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial
from keras_tuner.errors import FailedTrialError

from keras_models import files, presets
from tools import console
from tools.pipeline import runs

STATE = "search"  # folder of the oracle's state and of the trials
RESULT = "result.json"  # of a trial, in its folder
DRAWS = 300  # values drawn for a trial until some are admissible


class Oracle(keras_tuner.oracles.HyperbandOracle):
    """Hyperband that only proposes what is worth running; its first trial is that of all default values.

    Args:
        admissible: function of the values of a trial (name -> value), whether it is worth running at all. Others are
            drawn in its place, so that refused ones do not thin out the rounds of successive halving.
        after: function of this oracle, called after every trial.
        seed: of the values, 0 or above.
        options: of `keras_tuner.oracles.HyperbandOracle`.
    """

    def __init__(self, admissible: Callable[[Mapping], bool], after: Callable, seed: int, **options):
        super().__init__(seed=seed + 1, **options)  # keras-tuner takes a seed of 0 for none
        self.verbose = 0
        self.admissible, self.after = admissible, after

    def planned(self) -> int:
        """How many trials all brackets have together, if none fails."""
        brackets = range(self._get_num_brackets())
        sizes = [self._get_size(bracket, number) for bracket in brackets for number in range(bracket + 1)]
        return sum(sizes) * self.hyperband_iterations

    def end_trial(self, trial) -> None:
        """Keeps that a trial has ended, and how. Raises RuntimeError if the last few all failed."""
        try:
            super().end_trial(trial)
        finally:
            self.after(self)

    def get_state(self) -> dict:
        """All of a search, its trials included: what is written at once cannot contradict itself."""
        return super().get_state() | {"trials": {name: trial.get_state() for name, trial in self.trials.items()}}

    def set_state(self, state: dict) -> None:
        """Goes on from there; what was running, or has lost its result, is to be run again."""
        self.trials = {name: Trial.from_state(trial) for name, trial in state["trials"].items()}
        super().set_state(state)
        running = {trial.trial_id for trial in self.ongoing_trials.values()}
        self.ongoing_trials = {}
        for name, trial in self.trials.items():
            if trial.status == "COMPLETED" and runs.kept(self.result_file(name), presets.read_object) is None:
                trial.status = "RUNNING"
                running.add(name)
        self._retry_queue += sorted(running - set(self._retry_queue))

    def save(self) -> None:
        """Keeps the state, and the one before."""
        file = Path(self._get_oracle_fname())
        if file.exists():
            with files.draft(_before(file)) as draft:
                shutil.copyfile(file, draft)
        runs.write_json(file, self.get_state())

    def reload(self) -> None:
        """Goes on from the last state that is not damaged; a search without any begins again."""
        file = Path(self._get_oracle_fname())
        for place in (file, _before(file)):
            state = runs.kept(place, _state)
            if state:
                self.set_state(state)
                break
        self.save()

    def _save_trial(self, trial) -> None:
        """Nothing: it is in the state."""

    def result_file(self, trial_id: str) -> Path:
        """Where a completed trial has left what it reached."""
        return Path(self._get_trial_dir(trial_id)) / RESULT

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


class Tuner(BaseTuner):
    """Runs the trials of an `Oracle`, in this process, or as the chief or a worker of several.

    folder: of the search, the same one for all its processes. evaluate: function of (values, epochs, folder of the
    trial) -> dict with at least the objective's name, which is kept as the trial's `RESULT`.
    """

    def __init__(self, oracle: Oracle, folder: str | Path, evaluate: Callable[[Mapping, int, Path], dict]):
        self.planned, self.evaluate = oracle.planned(), evaluate
        super().__init__(oracle, directory=str(folder), project_name=STATE)

    def save(self) -> None:
        """The oracle's state is all that there is to keep, and the chief's."""
        if not self.is_worker:
            self.oracle.save()

    def reload(self) -> None:
        """As `save`."""
        if not self.is_worker:
            self.oracle.reload()

    def _get_tuner_fname(self) -> str:
        """The file whose presence tells keras-tuner that a search stands there."""
        return str(Path(self.project_dir) / "oracle.json")

    def run(self) -> None:
        """Search to the end. Raises UserError if several trials in a row failed."""
        try:
            self.search()
        except RuntimeError as error:  # keras-tuner's way to give up
            raise console.UserError(f"expected some trials to succeed, received {last_line(str(error))}") from error

    def run_trial(self, trial) -> dict:
        """What the trial reached, by name. Raises FailedTrialError if the objective is not a number."""
        values = trial.hyperparameters.values
        settings, epochs = own_values(values), values["tuner/epochs"]
        shown = ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in settings.items())
        console.say(f"trial {int(trial.trial_id) + 1} of {self.planned}, epochs {epochs}: {shown}")
        folder = Path(self.get_trial_dir(trial.trial_id))
        result = console.plain(self.evaluate(settings, epochs, folder))
        name = self.oracle.objective.name
        if result[name] is None:
            raise FailedTrialError(f"expected a finite {name}, received one that is not: the training diverged")
        runs.write_json(folder / RESULT, result)
        console.say(f"  {name} {result[name]:.4g}")
        return {name: result[name]}

    def on_trial_end(self, trial) -> None:
        """Tell why it failed."""
        if trial.status != "COMPLETED":
            console.say(f"  failed: {last_line(trial.message)}")
        super().on_trial_end(trial)

    @property
    def is_worker(self) -> bool:
        """Whether another process, the chief, knows the results."""
        return self._is_worker()


def _state(file: Path) -> dict:
    state = presets.read_object(file)
    if "trials" not in state:
        raise ValueError("expected the state of a search, received none of its trials")
    return state


def _before(file: Path) -> Path:
    return file.with_name(f"{file.name}.bkp")


def own_values(values: Mapping) -> dict:
    """The values of a trial without Hyperband's own entries."""
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def last_line(message: str | None) -> str:
    """What a kept traceback ends with."""
    return ((message or "").strip() or "no reason given").splitlines()[-1]
