"""Labels of which exit should take a sample, by hand, and how their prediction is judged."""

import numpy as np
import pytest

from keras_models.functional import which_exit

CORRECT = np.array([[1, 1, 1], [0, 1, 1], [0, 1, 0], [0, 0, 0]], bool)
CONFIDENCE = np.array([[0.90, 0.95, 0.96], [0.9, 0.5, 0.52], [0.1, 0.2, 0.9], [0.9, 0.9, 0.9]])
COSTS = np.array([5e6, 10e6, 20e6])


def test_scores_of_equation_4_1():
    """At lambda 5 the first terms are 1/25, 1/50 and 1/100."""
    np.testing.assert_allclose(which_exit.scores(CONFIDENCE, COSTS, 5.0) - CONFIDENCE, [[0.04, 0.02, 0.01]] * 4)
    # The source's check: five exits of the network for a hundred classes at lambda 10.
    five = which_exit.scores(np.zeros((1, 5)), [6.860e6, 14.350e6, 27.537e6, 41.715e6, 58.481e6], 10)
    np.testing.assert_allclose(five, [[0.0146, 0.0070, 0.0036, 0.0024, 0.0017]], atol=5e-5)


@pytest.mark.parametrize(
    ("rule", "scale", "expected"),
    [
        ("first_correct", 5, [0, 1, 1, -1]),
        # .94 .97 .97: of equal ones the first; .52 .53 of the right ones; the only one; none.
        ("score", 5, [1, 2, 1, -1]),
        ("score", 1, [0, 1, 1, -1]),
        ("score", 1e-6, [0, 1, 1, -1]),
        ("score", 1e9, [2, 2, 1, -1]),
        ("binary", 5, [2, 2, -1, -1]),
        ("binary", 1, [0, 2, -1, -1]),
    ],
)
def test_labels(rule, scale, expected):
    costs = np.array([5e6, 10e6, 20e6])
    assert which_exit.labels(CORRECT, CONFIDENCE, costs, rule, scale).tolist() == expected


def test_extremes_of_lambda_are_the_first_and_the_surest_right_exit():
    rng = np.random.default_rng(0)
    correct, confidence = rng.random((200, 4)) < 0.5, rng.random((200, 4))
    costs = np.array([1e6, 2e6, 3e6, 5e6])
    first = which_exit.labels(correct, rule="first_correct")
    assert np.array_equal(which_exit.labels(correct, confidence, costs, scale=1e-9), first)
    surest = np.where(correct.any(1), np.where(correct, confidence, -1).argmax(1), which_exit.NONE)
    assert np.array_equal(which_exit.labels(correct, confidence, costs, scale=1e9), surest)


def test_counts_and_weights():
    chosen = np.array([0, 0, 0, 2, 2, which_exit.NONE, 3])
    assert which_exit.histogram(chosen, 4).tolist() == [3, 0, 2, 1]
    assert which_exit.histogram(chosen, 4, [0, 1, 1, 0, 0, 0, 1]).tolist() == [[1, 0, 2, 0], [2, 0, 0, 1]]
    np.testing.assert_allclose(which_exit.class_weights(chosen, 4), [1, 0, 1.5, 3])


def test_the_scale_that_balances_the_labels():
    """At 1 all are of the first exit; at 100 the surest counts, and they are even."""
    correct, confidence = np.ones((4, 2), bool), np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.9], [0.5, 0.9]])
    costs = np.array([1e6, 2e6])
    assert which_exit.labels(correct, confidence, costs, scale=1).tolist() == [0, 0, 0, 0]
    assert which_exit.balancing_scale(correct, confidence, costs) == 2.0
    assert which_exit.labels(correct, confidence, costs, scale=2).tolist() == [0, 0, 1, 1]


def test_shuffling_keeps_counts_and_places_that_were_dropped():
    chosen = np.array([0, 1, 2, 3, which_exit.NONE] * 20)
    mixed = which_exit.shuffled(chosen, 3)
    assert np.array_equal(mixed == which_exit.NONE, chosen == which_exit.NONE)
    assert np.array_equal(np.bincount(mixed + 1), np.bincount(chosen + 1)) and not np.array_equal(mixed, chosen)
    assert np.array_equal(mixed, which_exit.shuffled(chosen, 3))


def test_a_prediction_is_judged_beside_guesses_and_the_commonest_label():
    chosen, predicted = np.array([0, 0, 0, 1, 1, which_exit.NONE]), np.array([0, 0, 1, 1, 0, 1])
    found = which_exit.judged(predicted, chosen, 3)
    assert found["samples"] == 5 and found["accuracy"] == pytest.approx(3 / 5)
    assert found["balanced"] == pytest.approx((2 / 3 + 1 / 2) / 2) and found["random"] == 0.5
    assert found["majority"] == pytest.approx(3 / 5) and not found["learned"]
    assert found["by_label"] == [pytest.approx(2 / 3), 0.5, None] and found["shares"] == [0.6, 0.4, 0]
    assert found["confusion"] == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert which_exit.judged(chosen, chosen, 3)["learned"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule": "best"}, "expected a rule among first_correct, score, binary, received 'best'"),
        ({"scale": 0}, "expected a scale above zero, received 0"),
    ],
)
def test_what_makes_no_sense_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        which_exit.labels(CORRECT, CONFIDENCE, COSTS, **given)
