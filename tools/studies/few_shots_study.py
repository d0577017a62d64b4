"""The trials of a comparison of detectors: which there are, each kept as it ends, and all of them together."""

from __future__ import annotations

import json
from pathlib import Path

from keras_models.datasets import scene_kinds
from tools import console
from tools.pipeline import runs
from tools.studies.few_shots import METHODS, Detector


def compare(args) -> dict:
    """Every trial of the runs and methods that are asked for, of all draws of one number of examples after the other.

    Returns:
        {"settings", "splits": [{"split", "novel", "bases": name -> precision, "trials": [{"method", "shots", "draw",
        "novel_ap50", ...}]}]}.

    Raises:
        UserError: an unknown method, runs of other families, or none of a detector that a method starts from.
    """
    wanted = args.method or list(METHODS)
    if unknown := [name for name in wanted if name not in METHODS]:
        raise console.UserError(f"expected methods among {', '.join(METHODS)}, received {unknown[0]}")
    splits: dict[int, dict] = {}
    for place in args.runs:
        detector = Detector(place, args.steps, args.rate, args.limit)
        splits.setdefault(split_of(detector), {})[kind_of(detector)] = detector
    found = []
    for number, detectors in sorted(splits.items()):
        if missing := {METHODS[name].base for name in wanted} - set(detectors):
            raise console.UserError(
                f"expected a run of {' and '.join(sorted(missing))} of split {number}, received none"
            )
        bases = {name: _base(args, detector) for name, detector in detectors.items()}
        trials = [
            row
            for draw in range(args.draws)
            for shots in args.shots
            for name in wanted
            if (row := _trial(args, number, detectors[METHODS[name].base], name, shots, draw)) is not None
        ]
        novel = detectors[METHODS[wanted[0]].base].network.config["novel"]
        found.append({"split": number, "novel": list(novel), "bases": bases, "trials": trials})
    return {"settings": _settings(args, next(iter(next(iter(splits.values())).values()))), "splits": found}


def split_of(detector: Detector) -> int:
    """The split of the scenes' kinds whose new ones a detector has not seen; 0 where it is another."""
    novel = set(detector.network.config["novel"])
    return next((number for number, names in scene_kinds.NOVEL.items() if set(names) == novel), 0)


def kind_of(detector: Detector) -> str:
    """The name that methods have for a detector."""
    return "fsrw" if detector.network.reweighted else "yolo"


def _settings(args, detector: Detector) -> dict:
    task, epochs = detector.task, detector.run.config["stages"]["base"]["epochs"]
    return {
        "task": task.name, "pixels": task.input_shape[0], "scenes": dict(task.sizes)["train"], "epochs": epochs,
        "steps": args.steps, "rate": args.rate, "draws": args.draws, "judged": len(detector.judged[1]),
    }  # fmt: skip


def _base(args, detector: Detector) -> dict:
    """What a detector reaches on the base kinds before any trial, kept."""
    place = Path(args.folder) / f"{kind_of(detector)}-{split_of(detector)}-base-{args.limit or 'all'}.json"
    return _kept(place, {"run": detector.run.config}, detector.precision, args.only_kept) or {}


def _trial(args, split: int, detector: Detector, method: str, shots: int, draw: int) -> dict | None:
    """A trial's numbers, made where they are not there yet; None if nothing is to be trained."""
    place = Path(args.folder) / f"{method}-{split}-k{shots}-{draw}.json"
    settings = {"steps": args.steps, "rate": args.rate, "limit": args.limit, "run": detector.run.config}
    named = {"method": method, "shots": shots, "draw": draw}

    def made() -> dict:
        told = detector.trial(method, shots, draw)
        console.say(f"split {split}, {METHODS[method].title}, k = {shots}, draw {draw}: {_said(told)}")
        return named | told

    return _kept(place, settings, made, args.only_kept)


def _said(told: dict) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in told.items() if isinstance(value, float))


def _kept(place: Path, settings: dict, make, only: bool) -> dict | None:
    """What was kept there with these settings, or what is made and kept now."""
    settings = json.loads(json.dumps(settings))
    if place.exists():
        known = json.loads(place.read_text(encoding="utf-8"))
        if known["settings"] != settings:
            raise console.UserError(f"{place}: expected a trial with the same settings; give another --folder")
        return known["found"]
    if only:
        return None
    found = console.plain(make())
    place.parent.mkdir(parents=True, exist_ok=True)
    runs.write_json(place, {"settings": settings, "found": found})
    return found
