"""Thresholds on the confidence of exits: who leaves where, and thresholds fitted to what has been seen.

Everything is numpy over a held-out set. `confidence` is `[samples, exits - 1]`, larger is surer; a sample leaves at the
first exit whose confidence is at least its threshold, and at the last one otherwise. What is solved lies between two
confidences, never on one: a runtime that rounds otherwise decides the same.
"""

from __future__ import annotations

import numpy as np

QUANTILE_STEPS, QUANTILE_BASE = range(1, 80), 20  # MSDNet's p and b; its thesis goes to 39
_BELOW = 1e-3  # so far under the smallest confidence lies a threshold that all reach


def confidence(probabilities, statistic: str) -> np.ndarray:
    """The statistic of probabilities `[..., classes]` that a gate compares, larger is surer (entropy negated): `[...]`.

    Raises ValueError for a statistic that is not one of a single answer.
    """
    probabilities = np.asarray(probabilities, float)
    if statistic == "max_softmax":
        return probabilities.max(axis=-1)
    if statistic == "margin":
        two = np.sort(probabilities, axis=-1)[..., -2:]
        return two[..., 1] - two[..., 0]
    if statistic == "entropy":
        logarithms = np.log(np.where(probabilities > 0, probabilities, 1.0))  # 0 log 0 = 0
        return np.sum(probabilities * logarithms, axis=-1)
    raise ValueError(f"expected a statistic among max_softmax, entropy, margin, received {statistic!r}")


def first_exits(confidence, thresholds) -> np.ndarray:
    """Index of the exit through which each sample leaves, `[samples]`. thresholds: a number, or `[exits - 1]`."""
    leaves = np.asarray(confidence) >= np.asarray(thresholds)
    return np.concatenate([leaves, np.ones((len(leaves), 1), bool)], axis=1).argmax(1)


def geometric_shares(exits: int, ratio: float) -> np.ndarray:
    """Share of the samples that is to leave through each exit, `[exits]`: proportional to ratio, ratio^2, ...

    The distribution of MSDNet's budgeted batch classification (Huang et al., ICLR 2018, section 4): below 1 most leave
    early, at 1 all exits are alike, above 1 most leave late.
    """
    # Relative to the largest power, so that none overflows.
    logarithms = np.arange(1, exits + 1) * np.log(ratio)
    shares = np.exp(logarithms - logarithms.max())
    return shares / shares.sum()


def quantile_thresholds(confidence, shares) -> np.ndarray:
    """Thresholds `[exits - 1]` at which these shares of the samples leave, exit by exit (MSDNet's solver).

    shares: `[exits]`. At every exit the surest of those still there leave; infinite where nobody is to.
    """
    confidence = np.asarray(confidence)
    samples, alive = len(confidence), np.ones(len(confidence), bool)
    thresholds = np.full(confidence.shape[1], np.inf)
    for i in range(confidence.shape[1]):
        wanted, here = int(shares[i] * samples + 1e-9), np.sort(confidence[alive, i])
        if wanted and len(here):
            thresholds[i] = _between(here, max(len(here) - wanted, 0))
            alive &= confidence[:, i] < thresholds[i]
    return thresholds


def spread_thresholds(confidence, count: int) -> np.ndarray:
    """At most `count` different thresholds from where all leave to where few do, evenly over those seen; ascending."""
    here = np.sort(np.ravel(confidence))
    places = np.unique(np.linspace(0, len(here) - 1, count).astype(int))
    return np.unique([_between(here, place) for place in places])


def _between(ascending, place: int) -> float:
    """A threshold that the confidence at that place and those after it reach; of equal ones all do, or none."""
    lower = np.searchsorted(ascending, ascending[place])  # how many are smaller
    if lower == 0:
        return float(ascending[0] - _BELOW)
    return float((ascending[lower - 1] + ascending[lower]) / 2)


def fit_shared_threshold(confidence, rewards) -> float:
    """The one threshold of all exits with the highest mean reward, among 400 quantiles; infinite if none is best.

    rewards: `[samples, exits]`, what leaving through an exit earns.
    """
    candidates = [*spread_thresholds(confidence, 400), np.inf]
    rows = np.arange(len(rewards))
    return float(max(candidates, key=lambda t: np.mean(rewards[rows, first_exits(confidence, t)])))


def fit_thresholds(confidence, rewards, start=None) -> np.ndarray:
    """A threshold for every exit, `[exits - 1]`, that no change of a single one improves: coordinate ascent.

    With the others held fixed, the mean reward as a function of one threshold is a step function whose steps are at the
    confidences of the samples that come there: sorting finds its maximum exactly. The exits are visited from the last
    to the first until a round changes nothing; the reward only rises, and takes finitely many values.

    rewards: `[samples, exits]`. start: thresholds `[exits - 1]`, by default the best one for all. Infinite: nobody
    leaves there.
    """
    confidence, rewards = np.asarray(confidence, float), np.asarray(rewards, float)
    count = confidence.shape[1]
    thresholds = np.full(count, fit_shared_threshold(confidence, rewards)) if start is None else np.array(start, float)
    best = mean_reward(confidence, rewards, thresholds)
    while True:
        for i in reversed(range(count)):
            thresholds[i] = _best_threshold(confidence, rewards, thresholds, i)
        reward = mean_reward(confidence, rewards, thresholds)
        if reward <= best + 1e-12:
            return thresholds
        best = reward


def mean_reward(confidence, rewards, thresholds) -> float:
    """What the samples earn at these thresholds: rewards `[samples, exits]`."""
    return float(np.mean(rewards[np.arange(len(rewards)), first_exits(confidence, thresholds)]))


def _best_threshold(confidence, rewards, thresholds, i: int) -> float:
    """The best threshold of exit i, between two confidences; the others are held fixed."""
    here = np.flatnonzero((confidence[:, :i] < thresholds[:i]).all(axis=1))
    if not len(here):
        return thresholds[i]
    later = i + 1 + first_exits(confidence[here, i + 1 :], thresholds[i + 1 :])
    gains = rewards[here, i] - rewards[here, later]
    order = np.argsort(-confidence[here, i], kind="stable")
    sorted_confidence = confidence[here, i][order]
    total = np.concatenate([[0.0], np.cumsum(gains[order])])
    ends = np.flatnonzero(np.diff(sorted_confidence)) + 1  # equal confidences leave together
    ends = np.array([0, *ends, len(here)])
    leaving = ends[int(np.argmax(total[ends] - 1e-12 * ends))]  # of equal rewards the one that leaves fewer
    return _between(sorted_confidence[::-1], len(here) - leaving) if leaving else np.inf
