"""What is known about a chain after it has run on labelled images: arrays in, plain dictionaries out.

Two tables hold what was seen. A **runs** table has one entry an image, at one operating point: `label`, `exit` (index
into the answers) and `confidence` (the probability of that label). A **trace** table has what every answer would have
said: `probabilities` `[images, answers, classes]` and `macs` `[images, answers]`, the multiply-adds up to that answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..batched import rules
from ..bundle import Bundle
from ..runtime.chain import Chain
from ..runtime.result import Result
from .static import count_macs

TOLERANCES = (0.005, 0.002)  # how much less accurate than the static network something may be, to be named beside it


def runs_table(results: Iterable[Result], answers: Sequence[str]) -> dict:
    """The runs table of a chain's results; answers: names of the program's exits and answers, in order.

    Where a result has no label, as one of boxes, that is -1, and the confidence is the surest box's score.
    """
    columns = zip(*((*_said(r), answers.index(r.exit)) for r in results), strict=True)
    return dict(zip(("label", "confidence", "exit"), map(np.array, columns), strict=True))


def _said(result: Result) -> tuple[int, float]:
    if result.label is not None:
        return result.label, float(result.probabilities[result.label])
    return -1, max((box.score for a in result.outputs.values() for box in a.boxes or ()), default=0.0)


def trace_table(chain: Chain, images: Iterable, answers: Sequence[str]) -> dict | None:
    """The trace table of a chain on images; None where not every image passes all answers, or they are no labels."""
    probabilities, macs = [], []
    for image in images:
        stops = chain.trace(image).stops
        if [stop.name for stop in stops] != answers or any(stop.probabilities is None for stop in stops):
            return None
        probabilities.append([stop.probabilities for stop in stops])
        macs.append([stop.costs["macs"] for stop in stops])
    return {"probabilities": np.array(probabilities), "macs": np.array(macs, float)}


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


def static_point(
    bundle: Bundle, static: Chain, trace: dict | None, labels: ArrayLike, images: Iterable[np.ndarray]
) -> dict:
    """Accuracy and multiply-adds when every image goes to the end.

    The multiply-adds of a program in a line are those of all parts; the heads and controllers on the way, which a
    static network does without, are in them. Those of any other are counted in the static network, which is run on the
    images. trace: a trace table of them, where there is one.
    """
    if trace:
        right = _right(trace, labels)[:, -1]
        macs = sum(part.costs["macs"] for part in bundle.manifest.parts.values())
    else:
        right = np.array([static.run(image).label for image in images]) == labels
        (part,) = static.manifest.parts.values()
        macs = count_macs(static.bundle.read(part.file))
    return {"accuracy": float(right.mean()), "macs": macs}


def sweep(trace: dict, labels: ArrayLike, gate: str, points: int = 60) -> list[dict]:
    """Accuracy and cost when every exit has the same threshold of a gate, for thresholds from "at once" to "never".

    Thresholds are quantiles of the statistic that was observed at the exits, so that the curve is evenly filled.

    Args:
        trace: a trace table.
        labels: the right ones, int `[images]`.
        gate: "max_softmax", "margin" or "entropy".
        points: how many thresholds.

    Returns:
        A list of {"threshold", "accuracy", "macs"} from the cheapest to the most expensive; the last is None: never.
    """
    sure, right = _sureness(trace["probabilities"], gate), _right(trace, labels)
    rows, curve = np.arange(len(right)), []
    thresholds = np.unique(np.quantile(sure[:, :-1], np.linspace(0, 1, points))) if sure.shape[1] > 1 else []
    for threshold in [*thresholds, np.inf]:
        exits = np.c_[sure[:, :-1] >= threshold, np.ones(len(sure), bool)].argmax(1)
        point = {"threshold": float(abs(threshold)) if np.isfinite(threshold) else None}
        means = {"accuracy": float(right[rows, exits].mean()), "macs": float(trace["macs"][rows, exits].mean())}
        curve.append(point | means)
    return curve


def _sureness(probabilities: np.ndarray, gate: str) -> np.ndarray:
    """What a gate compares, larger is surer (entropy negated): `[images, answers]`."""
    flat = probabilities.reshape(-1, probabilities.shape[-1])
    seen = rules.statistic({"rule": gate, "activation": "none"}, flat, float).reshape(probabilities.shape[:-1])
    return -seen if gate in rules.AT_MOST else seen


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
