"""The choice of exits, against every subset."""

import itertools

import numpy as np
import pytest

from tflite.conversion.exits import choose_exits, improve_exits


def reward(kept, correct, ready, segment_cost, prices):
    """Sum over the prices of the mean reward in units of cost, sample by sample, as a run would go."""
    samples, total = len(correct), 0.0
    for price, first in zip(prices, ready, strict=True):
        for sample in range(samples):
            before, paid = -1, 0.0
            for exit in kept:
                paid += segment_cost(before, exit)
                if first[sample] <= exit or exit == kept[-1]:
                    total += (correct[sample, exit] / price - paid) / samples
                    break
                before = exit
    return total


@pytest.mark.parametrize("seed", range(40))
def test_no_subset_is_better(seed):
    rng = np.random.default_rng(seed)
    exits, samples, prices = int(rng.integers(1, 6)), 12, sorted(rng.uniform(0.01, 0.3, 2))
    correct = rng.random((samples, exits)) < np.linspace(0.4, 0.9, exits)
    ready = np.sort(rng.integers(0, exits, (2, samples)), axis=0)[::-1]
    path, ask = rng.uniform(0.5, 2.0, exits), rng.uniform(0.1, 1.0, exits)

    def segment_cost(i, j):
        return path[i + 1 : j + 1].sum() + ask[j]

    subsets = [[*early, exits - 1] for n in range(exits) for early in itertools.combinations(range(exits - 1), n)]
    best = max(reward(kept, correct, ready, segment_cost, prices) for kept in subsets)
    chosen = choose_exits(correct, ready, segment_cost, prices)
    assert chosen in subsets
    assert reward(chosen, correct, ready, segment_cost, prices) == pytest.approx(best)


@pytest.mark.parametrize(("asking", "expected"), [(0.0, [0, 1]), (3.0, [1])])
def test_an_exit_stays_if_what_it_saves_is_more_than_asking_costs(asking, expected):
    """Two images, one ready at the first exit, right at both: it saves 4 for one and costs `asking` for both."""
    correct, ready = np.ones((2, 2), bool), np.array([[0, 1]])
    cost = {(-1, 0): 1.0 + asking, (0, 1): 4.0, (-1, 1): 5.0}
    assert choose_exits(correct, ready, lambda i, j: cost[i, j], [0.1]) == expected


def test_an_exit_of_infinite_cost_is_not_kept():
    correct, ready = np.ones((4, 3), bool), np.zeros((1, 4), int)
    assert choose_exits(correct, ready, lambda i, j: np.inf if j == 0 else float(j - i), [0.1]) == [1, 2]


def test_a_wrong_early_answer_is_worth_more_than_what_it_saves():
    correct, ready = np.array([[False, True]] * 4), np.zeros((1, 4), int)
    assert choose_exits(correct, ready, lambda i, j: float(j - i), [0.1]) == [1]
    assert choose_exits(correct, ready, lambda i, j: float(j - i), [2.0]) == [0, 1]


def test_single_changes_lead_down():
    """The score is the distance to {1, 3} of five exits: from {0} it is one change of one, and one more, away."""

    def score(kept):
        assert kept == sorted(kept) and kept[-1] == 4
        return len({1, 3} ^ set(kept[:-1]))

    assert improve_exits([0, 4], 5, score) == [1, 3, 4]
    assert improve_exits([0, 1, 2, 3, 4], 5, score) == [1, 3, 4]
    assert improve_exits([4], 5, lambda kept: len(kept)) == [4]


def test_what_no_single_change_betters_stays():
    assert improve_exits([2, 4], 5, lambda kept: 0.0) == [2, 4]
    assert improve_exits([0], 1, lambda kept: 0.0) == [0]
