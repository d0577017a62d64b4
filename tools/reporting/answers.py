"""An image's answer as plain data, and in one line with the way that the image took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tools import console

if TYPE_CHECKING:
    from tflite import Result

BOX = ("name", "score", "corners")
RUN, LEFT, SKIPPED = "■", "◆", "□"


def path_signs(path: Sequence[str], parts: Sequence[str], answered: str | None) -> str:
    """A sign for every part of a program: run, run and its answer taken, or not run.

    path: names of the parts that were run. answered: the part whose answer was given; None where no part gave it.
    """
    run = set(path)
    return "".join(LEFT if name == answered else RUN if name in run else SKIPPED for name in parts)


def describe(name: str, result: Result, truth: int | None, labels: Sequence[str]) -> dict:
    """Makes plain data of the result of the image of that name; `truth`: index of its label, None if nobody knows."""
    truth = None if truth is None else labels[truth]
    probability = None if result.label is None else float(result.probabilities[result.label])
    answer = {"image": name, "label": result.name, "probability": probability}
    found = {name: answer.boxes for name, answer in result.outputs.items() if answer.boxes is not None}
    if found:
        boxes = {name: [{k: getattr(box, k) for k in BOX} for box in every] for name, every in found.items()}
        answer["boxes"] = boxes
    kept = ("exit", "reason", "path", "macs", "costs", "elapsed_ms", "operating_point")
    return answer | {"truth": truth} | {key: getattr(result, key) for key in kept}


def line(described: dict, program: Sequence) -> str:
    """What `describe` made, in one line for people; program: the bundle's steps."""
    from tflite.bundle import queries  # after the check that tflite is this project's

    truth = described["truth"]
    mark = "" if truth is None else " (right)" if truth == described["label"] else f" (wrong: {truth})"
    said = "" if described["label"] is None else f"{described['label']} {described['probability']:.1%}"
    for output, boxes in described.get("boxes", {}).items():
        every = ", ".join(f"{box['name']} {box['score']:.2f}" for box in boxes)
        said += f"{', ' if said else ''}{len(boxes)} {output}{f' ({every})' if boxes else ''}"
    said = said or "answered"
    answered = queries.answering_part(program, described["exit"], described["path"])
    return console.printable(
        f"{described['image']}: {said}{mark}  "
        f"{path_signs(described['path'], queries.parts(program), answered)}  "
        f"{console.count(described['macs'])} multiply-adds, {described['elapsed_ms']:.2f} ms, "
        f"{described['exit']} ({described['reason']})"
    )
