"""Which exits pay for themselves: a dynamic programme over exits with measured costs.

Asking costs a head, a controller and a dispatch. An exit that few images use, or that the next one serves nearly as
well, is better left out, and the units on both sides joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def choose_exits(
    correct: np.ndarray,
    ready: np.ndarray,
    segment_cost: Callable[[int, int], float],
    prices: Sequence[float],
) -> list[int]:
    """Indices of the exits to keep, the last one included: those of the highest mean reward, summed over the prices.

    Rewards are taken in units of cost, so that a low price, at which an answer is worth much work, weighs no less. A
    sample that is ready leaves at the next exit that is kept; so what happens behind an exit depends on that exit
    alone, and the best set is a shortest path.

    Args:
        correct: bool `[samples, exits]`, whether an exit's answer is right.
        ready: int `[prices, samples]`, the first exit that would let a sample go at that price.
        segment_cost: function of (i, j): cost from behind exit i (-1 is the start) to the answer of exit j, with
            nothing asked between; infinite for an exit that must not be kept.
        prices: of a unit of cost, as fractions of a right answer.
    """
    samples, exits = correct.shape
    best = np.full(exits, -np.inf)  # best[j]: reward of everything up to exit j, when j is kept
    previous = np.full(exits, -2)
    for j in range(exits):
        for i in range(-1, j):
            cost, before = segment_cost(i, j), 0.0 if i < 0 else best[i]
            if np.isinf(cost) or np.isinf(before):
                continue
            value = before + _reward(correct[:, j], ready, i, j, j == exits - 1, cost, prices)
            if value > best[j]:
                best[j], previous[j] = value, i
    kept, at = [], exits - 1
    while at >= 0:
        kept.append(at)
        at = int(previous[at])
    return kept[::-1]


def _reward(right, ready, i, j, last, cost, prices) -> float:
    """Reward of the samples on the way from exit i to exit j: answers given at j, less what all of them pay."""
    total = 0.0
    for price, first in zip(prices, ready, strict=True):
        going = first > i
        leaving = going if last else going & (first <= j)
        total += np.mean(leaving & right) / price - cost * np.mean(going)
    return float(total)


def improve_exits(chosen: Sequence[int], exits: int, score: Callable[[list[int]], float]) -> list[int]:
    """The exits after single changes (one more, one less, one for another) as long as any of them lowers the score.

    `choose_exits` holds the settings of the exits' rules fixed. Where they are solved again for every set, this finds
    what is better then.

    Args:
        chosen: indices, the last exit among them; it always stays.
        exits: how many there are.
        score: function of a list of indices; lower is better.
    """
    best, lowest = sorted(chosen), score(sorted(chosen))
    while True:
        inside, outside = set(best[:-1]), set(range(exits - 1)) - set(best)
        others = [inside - {i} for i in inside] + [inside | {j} for j in outside]
        others += [inside - {i} | {j} for i in inside for j in outside]
        scored = [(score([*sorted(other), exits - 1]), [*sorted(other), exits - 1]) for other in others]
        value, candidate = min(scored, default=(lowest, best))
        if value >= lowest:
            return best
        best, lowest = candidate, value
