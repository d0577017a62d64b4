"""Accuracy, exits, costs and latencies of a chain on labelled images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from operator import index
from typing import Any, NamedTuple

import numpy as np

from ..errors import ChainError
from .budget import Budget
from .result import Result
from .timing import summarise


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a set of results.

    Attributes:
        samples: number of images.
        accuracy: fraction of correct labels, or what else a `Judge` gives in the mean.
        exits: exit name -> fraction of the images that left there, in the order of first use.
        exit_accuracy: exit name -> the same of those.
        reasons: reason -> fraction.
        paths: "part > part" -> fraction.
        macs: mean multiply-adds per image.
        costs: mean cost per image, by unit.
        latency_ms: mean, p50, p90 and p99 of the elapsed time in milliseconds.
    """

    samples: int
    accuracy: float
    exits: dict
    exit_accuracy: dict
    reasons: dict
    paths: dict
    macs: float
    costs: dict
    latency_ms: dict


class Judge(NamedTuple):
    """Who says what is right; by default the label is compared.

    Attributes:
        answer: function (result) -> what is judged of it.
        right: function (answers, labels) -> a number for each, whose mean is the accuracy.
    """

    answer: Callable[[Result], Any]
    right: Callable[[Sequence, Sequence], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The `Summary` of all images and of each group, and the operating point used."""

    operating_point: str
    total: Summary
    groups: dict

    @property
    def accuracy(self) -> float:
        """Fraction of correct labels over all images."""
        return self.total.accuracy

    def to_dict(self) -> dict[str, Any]:
        """Returns plain dicts, lists, strings and numbers, for JSON."""
        return asdict(self)


def evaluate(
    chain: Any,
    samples: Iterable[tuple],
    operating_point: str | None = None,
    budget: Budget | None = None,
    parameters: dict[str, float | Sequence[float]] | None = None,
    each: Callable[[Result], object] | None = None,
    asked: str | None = None,
    judge: Judge | None = None,
) -> Evaluation:
    """Runs a chain on labelled images.

    Args:
        chain: a `Chain`.
        samples: (image, label) or (image, label, group).
        operating_point: as for `Chain.run`.
        budget: as for `Chain.run`.
        parameters: as for `Chain.run`.
        each: is called with every result; or None.
        asked: the parameter whose value for a sample is the one with the name of its group; or None.
        judge: compares answers that are no labels; or None.

    Returns:
        An `Evaluation` with the groups of the samples, sorted by name.

    Raises:
        ChainError: there is no sample, a label is none of the bundle's, or a run was refused.
    """
    rows, said, labels, groups = [], [], [], {}
    for sample in samples:
        given = parameters if asked is None else {**(parameters or {}), asked: sample[2]}
        result = chain.run(sample[0], budget, operating_point, given)
        if each is not None:
            each(result)
        if len(sample) > 2:
            groups.setdefault(str(sample[2]), []).append(len(rows))
        labels.append(sample[1] if judge else _label(sample[1], len(result.probabilities)))
        said.append((judge.answer if judge else _said)(result))
        rows.append(_row(result))
    if not rows:
        raise ChainError("samples: expected at least one (image, label), received none")

    def summary(of):
        right = (judge.right if judge else _equal)([said[i] for i in of], np.array([labels[i] for i in of]))
        return _summary(right, [rows[i] for i in of])

    every = summary(range(len(rows)))
    return Evaluation(result.operating_point, every, {name: summary(groups[name]) for name in sorted(groups)})


def _said(result):
    return result.label


def _equal(answers, labels):
    return [said == label for said, label in zip(answers, labels.tolist())]


def tidy(evaluation: dict, answers: Iterable[str], group_names: Iterable[str] = ()) -> dict:
    """Makes plain data of an `Evaluation`.

    Args:
        evaluation: as a dictionary.
        answers: names of the program's exits and answers; all of them are listed, in this order.
        group_names: kinds of images, in the order in which they are listed.

    Returns:
        {"name": of the operating point, "accuracy", "exits", and so on, "groups": the same for each kind}; ways are
        left out.
    """

    def summary(values):
        exits = {name: values["exits"].get(name, 0.0) for name in answers}
        return {k: v for k, v in values.items() if k != "paths"} | {"exits": exits}

    groups = evaluation["groups"]
    order = [name for name in group_names if name in groups] or list(groups)
    result = {"name": evaluation["operating_point"], **summary(evaluation["total"])}
    return result | ({"groups": {name: summary(groups[name]) for name in order}} if order else {})


def _label(label, classes):
    """The number of a right answer; a label that no answer can be is refused, for it would count as a mistake."""
    try:
        number = index(label)
    except TypeError:
        number = -1
    if not 0 <= number < classes:
        raise ChainError(f"samples: expected labels that are whole numbers from 0 to {classes - 1}, received {label!r}")
    return number


def _row(result):
    """The fields of a result that are kept; few, because there may be many results."""
    return result.exit, result.reason, " > ".join(result.path), result.macs, result.costs, result.elapsed_ms


def _summary(right, rows):
    exits, reasons, paths, macs, costs, elapsed = zip(*rows)
    count = len(rows)
    right_at = Counter()
    for name, value in zip(exits, right):
        right_at[name] += float(value)
    return Summary(
        samples=count,
        accuracy=float(sum(right)) / count,
        exits=_fractions(exits),
        exit_accuracy={name: right_at[name] / n for name, n in Counter(exits).items()},
        reasons=_fractions(reasons),
        paths=_fractions(paths),
        macs=sum(macs) / count,
        costs={unit: sum(cost[unit] for cost in costs) / count for unit in costs[0]},
        latency_ms=summarise(elapsed),
    )


def _fractions(names):
    return {name: n / len(names) for name, n in Counter(names).items()}
