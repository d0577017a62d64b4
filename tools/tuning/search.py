"""A search from its options to its results, in a folder."""

import contextlib
import dataclasses
import os
from pathlib import Path

import keras_tuner

from keras_models import files
from tools.pipeline import runs
from tools.tuning import hyperband, results
from tools.tuning.options import NETWORK, SearchOptions
from tools.tuning.trials import NetworkTrials, StageTrials

LOCK = ".lock"


def run(options: SearchOptions, folder: Path, command: str) -> dict | None:
    """Search to the end, from where it was interrupted; processes that share a folder prepare their data in turn.

    command: the command line, for the results. Returns what `results.write` does; None in a worker, whose chief knows
    the results. Raises UserError if nothing can be searched so, RunError if another search stands in the folder.
    """
    worker = "KERASTUNER_ORACLE_IP" in os.environ and "chief" not in os.environ.get("KERASTUNER_TUNER_ID", "")
    runs.check_place(folder, (LOCK, runs.IN_USE)).mkdir(parents=True, exist_ok=True)
    with contextlib.nullcontext() if worker else runs.alone(folder):
        with files.locked(folder / LOCK):
            trials = (NetworkTrials if options.search == NETWORK else StageTrials)(options)
            runs.start(folder, dataclasses.asdict(options) | trials.origin, beside=(LOCK, runs.IN_USE))
        oracle = hyperband.Oracle(
            trials.admissible,
            after=lambda oracle: results.write(folder, oracle, trials, command),
            seed=options.seed,
            objective=keras_tuner.Objective(options.objective, "max"),
            max_epochs=options.epochs,
            factor=options.factor,
            hyperband_iterations=options.iterations,
            hyperparameters=trials.space.parameters,
        )
        tuner = hyperband.Tuner(oracle, folder, trials.evaluate)
        tuner.run()
        return None if tuner.is_worker else results.write(folder, oracle, trials, command)
