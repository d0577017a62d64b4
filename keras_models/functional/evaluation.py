"""How a policy did, from tables over a test set: EPNet's protocol (Dai, Kong and Guo, CIKM 2020, section 5).

`correct` is bool `[samples, exits]`, whether an exit's answer is right; `costs` `[exits]`, what leaving through an exit
costs, in any unit; `exits` `[samples]`, where each sample left. Everything is numpy.
"""

from __future__ import annotations

import numpy as np

from keras_models.labels import check_counts, plain_labels


def correct_answers(logits, labels) -> np.ndarray:
    """`correct`, from logits `[samples, exits, classes]` and labels `[samples]`."""
    logits = np.asarray(logits)
    labels = plain_labels(labels, logits.shape[-1])
    check_counts(logits, labels)
    return logits.argmax(-1) == labels[:, None]


def accuracy(correct, exits) -> float:
    """Share of right answers, 0..1."""
    return float(np.mean(_taken(correct, exits)))


def standard_error(values, pairs=None) -> float:
    """Standard error of the mean of values `[samples]`, such as right answers, or differences of two policies.

    Samples that have a source in common are not independent. Their products count as well: of samples in disjoint
    clusters this is the cluster-robust error (Liang and Zeger 1986), of samples with several sources each the one of
    multi-way clusters (Cameron, Gelbach and Miller 2011). It is never taken as smaller than without.

    Args:
        values: numbers or truth values.
        pairs: of samples that are not independent, as of `source_pairs`; None: all are.
    """
    errors = np.asarray(values, float) - np.mean(values)
    total = alone = float(errors @ errors)
    if pairs is not None:
        first, second = pairs
        total += 2 * float(errors[first] @ errors[second])
    count = len(errors)
    return float(np.sqrt(max(total, alone) / (count * (count - 1))))


def source_pairs(sources) -> tuple[np.ndarray, np.ndarray] | None:
    """Every pair of samples that have a source in common, once: indices of the first and of the second.

    sources: int `[samples, most]`, numbers of each sample's sources, below 0 for none; None, which gives None, where
    every sample is one of its own.
    """
    if sources is None:
        return None
    sources, count = np.asarray(sources), len(sources)
    rows, places = np.nonzero(sources >= 0)
    numbers = sources[rows, places]
    order = np.argsort(numbers, kind="stable")
    clusters = np.split(rows[order], np.flatnonzero(np.diff(numbers[order])) + 1)
    codes = [np.empty(0, int)]
    for cluster in clusters:
        cluster = np.unique(cluster)
        first, second = np.triu_indices(len(cluster), 1)
        codes.append(cluster[first] * count + cluster[second])
    return np.divmod(np.unique(np.concatenate(codes)), count)


def benefit_score(correct, costs, exits, kappa: float) -> float:
    """B = 100 (accuracy - kappa * mean cost), in percent: equation 1. costs: in average convolutions."""
    return float(100 * np.mean(_taken(correct, exits) - kappa * np.asarray(costs)[exits]))


def finished(costs, exits, budget: float) -> np.ndarray:
    """Which samples are answered before a budget for the whole set is spent, in their order: bool `[samples]`."""
    spent = np.cumsum(np.asarray(costs, float)[exits])
    return spent <= budget * (1 + 1e-12)  # the budget is another policy's sum of the same numbers, in another order


def budgeted_accuracy(correct, costs, exits, budget: float, classes: int) -> float:
    """acc^b, 0..1: right answers where the budget for the whole set reaches, one in `classes` right beyond it.

    The exact expectation over the random labels of the paper (section 5.2).
    """
    return float(np.mean(np.where(finished(costs, exits, budget), _taken(correct, exits), 1.0 / classes)))


def drawn_budgeted_accuracy(answers, labels, costs, exits, budget: float, classes: int, seed: int) -> float:
    """acc^b with labels drawn at random beyond the budget, as the paper does. answers: `[samples, exits]`."""
    drawn = np.random.default_rng(seed).integers(0, classes, len(labels))
    given = np.where(finished(costs, exits, budget), _taken(np.asarray(answers), exits), drawn)
    return float(np.mean(given == labels))


def cumulative_exit_rates(exits, count: int, groups=None) -> np.ndarray:
    """Share of the samples that have left up to each exit, `[groups, exits]` (figures 7 and 8); one row without groups.

    groups: `[samples]` integers from 0.
    """
    groups = np.zeros(len(exits), int) if groups is None else np.asarray(groups)
    rates = [np.bincount(exits[groups == g], minlength=count) for g in range(groups.max() + 1)]
    return np.array([np.cumsum(rate) / max(1, rate.sum()) for rate in rates])


def exit_accuracies(correct, exits) -> dict[str, np.ndarray]:
    """By exit, `[exits]` each (figure 9): `whole`, on all samples; `leaving`, on those that left there, not a number
    where nobody did; `rate`, the share that left there.
    """
    correct = np.asarray(correct, float)
    count = np.bincount(exits, minlength=correct.shape[1])
    right = np.bincount(exits, weights=_taken(correct, exits), minlength=correct.shape[1])
    with np.errstate(invalid="ignore"):
        leaving = right / np.where(count, count, np.nan)
    return {"whole": correct.mean(0), "leaving": leaving, "rate": count / len(exits)}


def budgeted_curve(accuracies, costs) -> np.ndarray:
    """The best accuracy at every cost: rows (cost, accuracy), both rising, of the settings that no other one beats."""
    points = sorted(zip(costs, (-a for a in accuracies), strict=True))
    curve: list[tuple[float, float]] = []
    for cost, negative in points:
        if not curve or -negative > curve[-1][1]:
            curve.append((cost, -negative))
    return np.array(curve)


def curve_area(curve, low: float, high: float) -> float:
    """Mean accuracy over budgets from `low` to `high`: the area under a budgeted curve by its width.

    The curve is a step function, and counts as zero below its cheapest point.
    """
    cost, reached = np.asarray(curve).T
    edges = np.unique(np.clip([low, high, *cost], low, high))
    place = np.searchsorted(cost, edges[:-1], side="right") - 1
    height = np.where(place >= 0, reached[place], 0.0)
    return float(np.sum(height * np.diff(edges)) / (high - low))


def _taken(values, exits) -> np.ndarray:
    """The value of each sample at its exit."""
    return np.asarray(values)[np.arange(len(exits)), exits]
