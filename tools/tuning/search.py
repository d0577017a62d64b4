"""A search from its options to its results, in a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import keras_tuner

from tools import locks
from tools.pipeline import runs
from tools.tuning import hyperband, results
from tools.tuning.options import NETWORK, SearchOptions
from tools.tuning.trials import NetworkTrials, StageTrials

LOCK = ".lock"


def run(options: SearchOptions, folder: Path, command: str) -> dict | None:
    """Search to the end, from where it was interrupted.

    Args:
        options: what is searched.
        folder: of the search; processes that share it prepare their data one after the other.
        command: the command line, for the results.

    Returns:
        What `results.write` does; None in a worker, whose chief knows the results.

    Raises:
        UserError: nothing can be searched so.
        RunError: another search stands in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locks.locked(folder / LOCK):
        trials = (NetworkTrials if options.search == NETWORK else StageTrials)(options)
        runs.start(folder, dataclasses.asdict(options) | trials.origin, beside=(LOCK,))
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
