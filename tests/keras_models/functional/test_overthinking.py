"""Overthinking on tables that can be worked out on paper."""

import numpy as np
import pytest

from keras_models.functional import overthinking

# Of five samples: always right; right, then wrong, then right; right, then wrong for good; late right; never.
CORRECT = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
COSTS = np.array([10.0, 20.0, 40.0])


def test_overthinking_of_any_kind_and_at_the_end():
    assert overthinking.any_later(CORRECT).tolist() == [False, True, True, False, False]
    assert overthinking.at_the_end(CORRECT).tolist() == [False, False, True, False, False]
    assert overthinking.wasteful(CORRECT).tolist() == [True, True, False, False, False]
    assert overthinking.rates(CORRECT) == {"any": 0.4, "final": 0.2, "wasteful": 0.4, "union": 0.8}


def test_what_holds_of_all_tables():
    rng = np.random.default_rng(0)
    for _ in range(20):
        correct = rng.random((50, 4)) < rng.random(4)
        found, costs = overthinking.rates(correct), np.cumsum(rng.random(4))
        assert found["final"] == pytest.approx(found["union"] - correct[:, -1].mean())
        assert found["final"] <= found["any"]
        best, real = overthinking.oracle(correct, costs), overthinking.realistic_bound(correct, costs)
        assert best.accuracy == real.accuracy == found["union"] and best.cost <= real.cost <= costs[-1]
        assert real.cost - best.cost == pytest.approx((1 - found["union"]) * costs[-1])
        assert overthinking.newly_correct(correct).sum() == pytest.approx(found["union"])


def test_sets_of_right_answers_that_are_not_nested():
    """Exit 1 has one that exit 2 has not (the second) and one that exit 3 has not; exit 2 the same one."""
    found = overthinking.outside(CORRECT)
    np.testing.assert_allclose(found, [[0, 0.2, 0.2], [0, 0, 0.2], [0.2, 0.4, 0]])
    nested = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1]])
    assert not np.triu(overthinking.outside(nested)).any()
    np.testing.assert_allclose(overthinking.newly_correct(CORRECT), [0.6, 0, 0.2])


def test_bounds_by_hand():
    """Three leave at the first exit and one at the last; the fifth costs nothing, or all."""
    assert overthinking.oracle(CORRECT, COSTS) == pytest.approx((0.8, (3 * 10 + 40) / 5))
    assert overthinking.realistic_bound(CORRECT, COSTS) == pytest.approx((0.8, (3 * 10 + 40 + 40) / 5))


def test_the_deepest_exit_within_a_budget():
    assert [overthinking.within(COSTS, budget) for budget in (9, 10, 39.9, 40, 1e9)] == [-1, 0, 1, 2, 2]


def test_anytime_with_the_last_answer_or_the_surest():
    confidence = np.array([[0.9, 0.5, 0.6], [0.8, 0.9, 0.2], [0.5, 0.4, 0.9], [0.1, 0.1, 0.2], [0.3, 0.2, 0.1]])
    np.testing.assert_allclose(overthinking.anytime_accuracies(CORRECT, confidence), [0.6, 0.4, 0.6])
    # The surest answers so far are of exits 1 1 1, 1 2 2, 1 1 3, 1 2 3 and 1 1 1.
    surest = overthinking.anytime_accuracies(CORRECT, confidence, "most_confident")
    np.testing.assert_allclose(surest, [0.6, 0.4, 0.4])
    with pytest.raises(ValueError, match="expected pick 'deepest' or 'most_confident', received 'best'"):
        overthinking.anytime_accuracies(CORRECT, confidence, "best")


def test_budgeted_batch_costs_what_really_left():
    """Thresholds for even shares are solved on other samples: .75 and .35. Here two, one and two samples leave."""
    fitting = np.array([[0.9, 0.8], [0.6, 0.5], [0.5, 0.2]])
    confidence = np.array([[0.95, 0.0], [0.1, 0.9], [0.8, 0.1], [0.2, 0.3], [0.1, 0.1]])
    (row,) = overthinking.budgeted_batch(fitting, confidence, CORRECT, COSTS, steps=(20,))
    assert row["p"] == 20 and row["thresholds"] == pytest.approx([0.75, 0.35])
    np.testing.assert_allclose(row["exits"], [0.4, 0.2, 0.4])
    # Exits 1, 2, 1, 3, 3: right, wrong, right, right, wrong.
    assert row["cost"] == pytest.approx((10 + 20 + 10 + 40 + 40) / 5) and row["accuracy"] == pytest.approx(0.6)


def test_the_curve_goes_from_the_first_exit_to_the_last():
    rng = np.random.default_rng(1)
    confidence = rng.random((400, 2))
    correct = rng.random((400, 3)) < 0.5
    first, last = overthinking.budgeted_batch(confidence, confidence, correct, COSTS, steps=(0.01, 1e6))
    assert first["cost"] == pytest.approx(COSTS[0], rel=0.01) and last["cost"] == COSTS[-1]
    assert last["accuracy"] == correct[:, -1].mean()


def test_ranks_share_places_and_agree_as_by_hand():
    assert overthinking.ranks([0.3, 0.1, 0.3, 0.9]).tolist() == [2.5, 1, 2.5, 4]
    # Ranks 1 2 3 4 against 2 1 4 3: rho = 1 - 6 * 4 / (4 * 15).
    confidence = np.array([[0.1, 0.2], [0.2, 0.1], [0.3, 0.9], [0.4, 0.8]])
    np.testing.assert_allclose(overthinking.rank_agreement(confidence), [[1, 0.6], [0.6, 1]])


def test_overlaps_of_sets():
    one, other = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool), np.array([0, 1, 1, 1, 1, 0, 0, 0], bool)
    found = overthinking.overlap(one, other)
    # Two of five in both; by chance 3/8 * 4/8 are; they agree on five of eight, by chance on 3/8 4/8 + 5/8 4/8 = 1/2.
    assert found == pytest.approx((2 / 5, (3 / 16) / (7 / 8 - 3 / 16), (5 / 8 - 1 / 2) / (1 / 2)))
    assert overthinking.overlap(one, one)[::2] == (1, 1)
    assert overthinking.overlap(one * 0, one * 0) == (1, 1, 1)


def test_confusion_is_the_distance_from_the_last_answer():
    seen = np.array([[[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]]])
    assert overthinking.confusion(seen) == pytest.approx([0.8 + 0.2])
