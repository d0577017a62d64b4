"""What is known about a chain after it has run on labelled images: arrays in, plain dictionaries out.

Two tables hold what was seen. A **runs** table has one entry an image, at one operating point: `label`, `exit` (index
into the answers) and `confidence` (the probability of that label). A **trace** table has what every answer would have
said: `probabilities` `[images, answers, classes]` and `macs` `[images, answers]`, the multiply-adds up to that answer.
Nothing here runs a network or draws a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from keras_models.functional.thresholds import confidence, first_exits

# What a chain is compared with is called the same in every report.
STATIC, FULL_DEPTH = "static network", "chain, full depth"
CUT = "static, cut short at "  # and the name of an exit
TOLERANCES = (0.005, 0.002)  # how much less accurate than the static network something may be, to be named beside it


def exit_table(trace: dict, runs: dict, labels: ArrayLike, answers: Iterable[str]) -> list[dict]:
    """Every answer's accuracy: on all images, as if the network ended there, and on those that left there.

    Args:
        trace: a trace table.
        runs: a runs table of the same images.
        labels: the right ones, int `[images]`.
        answers: names of the exits, in the order of the tables.

    Returns:
        A list of {"name", "accuracy", "macs", "leaving": images that left here, "accuracy_leaving": None if none did}.
    """
    right, said, rows = _right(trace, labels), np.asarray(runs["label"]) == np.asarray(labels), []
    for index, name in enumerate(answers):
        here = np.asarray(runs["exit"]) == index
        row = {"name": name, "accuracy": float(right[:, index].mean()), "macs": float(trace["macs"][:, index].mean())}
        row |= {"leaving": int(here.sum()), "accuracy_leaving": float(said[here].mean()) if here.any() else None}
        rows.append(row)
    return rows


def _right(trace: dict, labels: ArrayLike) -> np.ndarray:
    """Whether each answer is right, bool `[images, answers]`."""
    return np.argmax(trace["probabilities"], axis=-1) == np.asarray(labels)[:, None]


def sweep(trace: dict, labels: ArrayLike, gate: str, points: int = 60) -> list[dict]:
    """Accuracy and cost when every exit has the same threshold of a gate, for thresholds from "at once" to "never".

    Thresholds are quantiles of the statistic that was observed at the exits, so that the curve is evenly filled.

    Args:
        trace: a trace table.
        labels: the right ones, int `[images]`.
        gate: as for `keras_models.functional.thresholds.confidence`.
        points: how many thresholds.

    Returns:
        A list of {"threshold", "accuracy", "macs"} from the cheapest to the most expensive; the last is None: never.
    """
    sure, right = confidence(trace["probabilities"], gate), _right(trace, labels)
    rows, curve = np.arange(len(right)), []
    thresholds = np.unique(np.quantile(sure[:, :-1], np.linspace(0, 1, points))) if sure.shape[1] > 1 else []
    for threshold in [*thresholds, np.inf]:
        exits = first_exits(sure[:, :-1], threshold)
        point = {"threshold": float(abs(threshold)) if np.isfinite(threshold) else None}
        means = {"accuracy": float(right[rows, exits].mean()), "macs": float(trace["macs"][rows, exits].mean())}
        curve.append(point | means)
    return curve


def cheapest_within(points: Iterable[dict], accuracy: float, tolerance: float, cost: str = "macs") -> dict | None:
    """The cheapest point whose accuracy is at most `tolerance` below `accuracy`; None if there is none."""
    # Accuracies are counts over counts: a difference that equals the tolerance must not fail by the last bit.
    near = [point for point in points if point["accuracy"] >= accuracy - tolerance - 1e-9]
    return min(near, key=lambda point: point[cost], default=None)


def examples(
    runs: dict, labels: ArrayLike, groups: ArrayLike | None = None, group_names: Sequence[str] = (), count: int = 8
) -> dict:
    """Rows of easy and hard images: surest and right at the earliest exit, and least sure of those that went furthest.

    Args:
        runs: a runs table.
        labels: the right ones, int `[images]`.
        groups: index of each image's kind; None where there are no kinds.
        group_names: names of the kinds.
        count: how many images of either sort.

    Returns:
        {"easy": [...], "hard": [...]}, each entry {"row", "exit", "label", "truth", "confidence", "group"}.
    """
    exits, said = np.asarray(runs["exit"]), np.asarray(runs["label"])
    sure, labels = np.asarray(runs["confidence"], float), np.asarray(labels)
    # lexsort's last key counts most.
    easy = np.lexsort((-sure, exits, said != labels))[:count]
    hard = np.lexsort((sure, -exits))[:count]

    def describe(row):
        told = {"row": int(row), "exit": int(exits[row]), "label": int(said[row]), "truth": int(labels[row])}
        group = group_names[groups[row]] if groups is not None else None
        return told | {"confidence": float(sure[row]), "group": group}

    return {"easy": [describe(row) for row in easy], "hard": [describe(row) for row in hard]}
