"""Overthinking: samples that an early exit gets right and a later one wrong, and what choosing exits could be worth.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022; Kaya, Hong and Dumitras, "Shallow-deep networks",
ICML 2019. Everything is numpy over what the exits of any network answer: `correct` is bool `[samples, exits]`, whether
an exit's answer is right, `costs` `[exits]`, what leaving through an exit costs, rising, in any unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_models.functional import thresholds


class Bound(NamedTuple):
    """What exits that are chosen in knowledge of the labels reach: accuracy, 0..1, and mean cost."""

    accuracy: float
    cost: float


def any_later(correct) -> np.ndarray:
    """Samples of which some exit is right and a later one wrong: bool `[samples]` (equation 3.11)."""
    correct = np.asarray(correct, bool)
    right_before = np.logical_or.accumulate(correct, axis=1)[:, :-1]
    return (right_before & ~correct[:, 1:]).any(axis=1)


def at_the_end(correct) -> np.ndarray:
    """Samples of which some exit is right and the last one wrong, Kaya's destructive kind: bool `[samples]`."""
    correct = np.asarray(correct, bool)
    return correct.any(axis=1) & ~correct[:, -1]


def wasteful(correct) -> np.ndarray:
    """Samples of which the last exit is right and one before it was right already: bool `[samples]` (Kaya)."""
    correct = np.asarray(correct, bool)
    return correct[:, -1] & correct[:, :-1].any(axis=1)


def rates(correct) -> dict[str, float]:
    """`any`, `final` and `wasteful` overthinking and the `union` accuracy of all exits, shares of the samples."""
    correct = np.asarray(correct, bool)
    found = {"any": any_later(correct), "final": at_the_end(correct), "wasteful": wasteful(correct)}
    return {name: float(np.mean(each)) for name, each in (found | {"union": correct.any(axis=1)}).items()}


def outside(correct) -> np.ndarray:
    """Share of the samples that exit i gets right and exit j wrong, `[exits, exits]`.

    Above the diagonal all is 0 if the sets of right answers are nested.
    """
    right = np.asarray(correct, float)
    return right.T @ (1 - right) / len(right)


def newly_correct(correct) -> np.ndarray:
    """Share of the samples that each exit is the first to get right, `[exits]`; their sum is the union accuracy."""
    solved, first = first_correct(correct)
    return np.bincount(first[solved], minlength=np.shape(correct)[1]) / len(first)


def first_correct(correct) -> tuple[np.ndarray, np.ndarray]:
    """Which samples some exit gets right, bool `[samples]`, and the index of the first that does, 0 where none."""
    correct = np.asarray(correct, bool)
    return correct.any(axis=1), correct.argmax(axis=1)


def oracle(correct, costs) -> Bound:
    """Every sample leaves at its first right exit; one that none gets right costs nothing (section 4.4)."""
    solved, first = first_correct(correct)
    return Bound(float(solved.mean()), float(np.sum(np.asarray(costs, float)[first[solved]]) / len(first)))


def realistic_bound(correct, costs) -> Bound:
    """As `oracle`, but a sample that no exit gets right goes to the end."""
    solved, first = first_correct(correct)
    return Bound(float(solved.mean()), float(np.asarray(costs, float)[np.where(solved, first, -1)].mean()))


def within(costs, budget: float) -> int:
    """Index of the deepest exit that a budget for one sample reaches; -1 where it does not reach the first."""
    return int(np.searchsorted(np.asarray(costs, float), budget * (1 + 1e-12), side="right")) - 1


def anytime_accuracies(correct, confidence, pick: str = "deepest") -> np.ndarray:
    """Accuracy at a budget that reaches exit i and no further, `[exits]`.

    confidence: `[samples, exits]`, larger is surer. pick: "deepest", the last answer counts; "most_confident", the
    surest so far does, the later of equal ones.

    Raises:
        ValueError: another pick.
    """
    correct = np.asarray(correct, float)
    if pick == "deepest":
        return correct.mean(axis=0)
    if pick != "most_confident":
        raise ValueError(f"expected pick 'deepest' or 'most_confident', received {pick!r}")
    rows, found = np.arange(len(correct)), []
    best = np.zeros(len(correct), int)
    for i in range(correct.shape[1]):
        best = np.where(confidence[rows, i] >= confidence[rows, best], i, best)
        found.append(correct[rows, best].mean())
    return np.array(found)


def budgeted_batch(fitting_confidence, confidence, correct, costs, steps=thresholds.QUANTILE_STEPS) -> list[dict]:
    """Accuracy and mean cost at thresholds that are solved on other samples, for a sweep of budgets (section 4.3).

    Args:
        fitting_confidence, confidence: `[samples, exits - 1]` of the samples that thresholds are solved on, and of
            those that they are tried on.
        correct, costs: of the latter.
        steps: p; the shares that are to leave are as powers of p / 20.

    Returns:
        Rows {"p", "thresholds", "cost", "accuracy", "exits": share of the samples at each}, by what left, not by what
        was to.
    """
    rows, spent = [], np.asarray(costs, float)
    for p in steps:
        shares = thresholds.geometric_shares(len(spent), p / thresholds.QUANTILE_BASE)
        limits = thresholds.quantile_thresholds(fitting_confidence, shares)
        exits = thresholds.first_exits(confidence, limits)
        left = np.bincount(exits, minlength=len(spent)) / len(exits)
        right = float(np.mean(np.asarray(correct)[np.arange(len(exits)), exits]))
        row = {"p": p, "thresholds": limits.tolist(), "cost": float(left @ spent), "accuracy": right}
        rows.append(row | {"exits": left.tolist()})
    return rows


def ranks(values) -> np.ndarray:
    """Place of every sample in the order of its value, from 1; equal ones share their mean place: float `[samples]`."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]


def rank_agreement(confidence) -> np.ndarray:
    """Spearman's rho of the confidences of every two exits, `[exits, exits]`; not a number where one is constant."""
    placed = np.stack([ranks(column) for column in np.asarray(confidence, float).T])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.corrcoef(placed)


class Overlap(NamedTuple):
    """How far two sets of the same samples are the same.

    Attributes:
        jaccard: what is in both as a share of what is in either; 1 for two empty sets.
        chance: what the Jaccard index of sets of these sizes is by chance, nearly: that of the expected overlap.
        kappa: agreement beyond chance (Cohen), 1 for the same set, 0 for chance.
    """

    jaccard: float
    chance: float
    kappa: float


def overlap(one, other) -> Overlap:
    """How far two sets of samples, bool `[samples]`, are the same: of overthought ones of two trainings, say."""
    one, other = np.asarray(one, bool), np.asarray(other, bool)
    p, q, both = one.mean(), other.mean(), np.mean(one & other)
    either, by_chance = p + q - both, p * q + (1 - p) * (1 - q)
    jaccard = both / either if either else 1.0
    chance = p * q / (p + q - p * q) if either else 1.0
    kappa = (np.mean(one == other) - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0
    return Overlap(float(jaccard), float(chance), float(kappa))


def confusion(probabilities) -> np.ndarray:
    """How much early exits disagree with the last one: sum of the L1 distances, `[samples]` (Kaya, section 4.2).

    probabilities: `[samples, exits, classes]`.
    """
    seen = np.asarray(probabilities, float)
    return np.abs(seen[:, :-1] - seen[:, -1:]).sum(axis=(1, 2))
