"""The trials of a comparison of detectors: which there are, each kept as it ends, and all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tools import console
from tools.studies.few_shots import METHODS, Detector
from tools.studies.finished import kept_trial, split_of
from tools.studies.trials import ShotTrials


def compare(places: Sequence[str], options: ShotTrials) -> dict:
    """Every trial of the runs and methods that are asked for, of all draws of one number of examples after the other.

    Returns:
        {"settings", "splits": [{"split", "novel", "bases": name -> precision, "trials": [{"method", "shots", "draw",
        "novel_ap50", ...}]}]}.

    Raises:
        UserError: an unknown method, runs of other families, or none of a detector that a method starts from.
    """
    wanted = options.method or list(METHODS)
    if unknown := [name for name in wanted if name not in METHODS]:
        raise console.UserError(f"expected methods among {', '.join(METHODS)}, received {unknown[0]}")
    splits: dict[int, dict] = {}
    for place in places:
        detector = Detector(place, options.steps, options.rate, options.limit)
        splits.setdefault(split_of(detector.network.config["novel"]), {})[kind_of(detector)] = detector
    found = []
    for number, detectors in sorted(splits.items()):
        if missing := {METHODS[name].base for name in wanted} - set(detectors):
            raise console.UserError(
                f"expected a run of {' and '.join(sorted(missing))} of split {number}, received none"
            )
        bases = {name: _base(options, number, detector) for name, detector in detectors.items()}
        trials = [
            row
            for draw in range(options.draws)
            for shots in options.shots
            for name in wanted
            if (row := _trial(options, number, detectors[METHODS[name].base], name, shots, draw)) is not None
        ]
        novel = detectors[METHODS[wanted[0]].base].network.config["novel"]
        found.append({"split": number, "novel": list(novel), "bases": bases, "trials": trials})
    return {"settings": _settings(options, next(iter(next(iter(splits.values())).values()))), "splits": found}


def kind_of(detector: Detector) -> str:
    """The name that methods have for a detector."""
    return "fsrw" if detector.network.reweighted else "yolo"


def _settings(options: ShotTrials, detector: Detector) -> dict:
    task, epochs = detector.task, detector.run.config["stages"]["base"]["epochs"]
    return {
        "task": task.name, "pixels": task.input_shape[0], "scenes": dict(task.sizes)["train"], "epochs": epochs,
        "steps": options.steps, "rate": options.rate, "draws": options.draws, "judged": len(detector.judged[1]),
    }  # fmt: skip


def _base(options: ShotTrials, split: int, detector: Detector) -> dict:
    """What a detector reaches on the base kinds before any trial, kept."""
    place = Path(options.folder) / f"{kind_of(detector)}-{split}-base-{options.limit or 'all'}.json"
    return kept_trial(place, {"run": detector.run.config}, detector.precision, options.only_kept) or {}


def _trial(options: ShotTrials, split: int, detector: Detector, method: str, shots: int, draw: int) -> dict | None:
    """A trial's numbers, made where they are not there yet; None if nothing is to be trained."""
    place = Path(options.folder) / f"{method}-{split}-k{shots}-{draw}.json"
    settings = {"steps": options.steps, "rate": options.rate, "limit": options.limit, "run": detector.run.config}
    named = {"method": method, "shots": shots, "draw": draw}

    def made() -> dict:
        told = detector.trial(method, shots, draw)
        console.say(f"split {split}, {METHODS[method].title}, k = {shots}, draw {draw}: {_said(told)}")
        return named | told

    return kept_trial(place, settings, made, options.only_kept)


def _said(told: dict) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in told.items() if isinstance(value, float))
