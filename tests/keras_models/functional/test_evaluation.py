"""The protocol's figures, from four samples and three exits counted by hand."""

import numpy as np
import pytest

from keras_models.functional import evaluation

CORRECT = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], bool)
COSTS = [1.0, 3.0, 6.0]
EXITS = np.array([0, 1, 2, 2])  # right, right, right, wrong; 1 + 3 + 6 + 6 = 16


def test_correct_answers():
    logits = np.array([[[2.0, 1.0], [0.0, 3.0]], [[5.0, 4.0], [9.0, 1.0]]])
    assert evaluation.correct_answers(logits, [1, 0]).tolist() == [[False, True], [True, True]]


def test_accuracy_and_benefit():
    assert evaluation.accuracy(CORRECT, EXITS) == 0.75
    # 100 (3/4 - .05 * 16/4)
    assert evaluation.benefit_score(CORRECT, COSTS, EXITS, 0.05) == pytest.approx(55.0)


@pytest.mark.parametrize(
    ("budget", "done", "expected"),
    [
        (16.0, 4, 3 / 4),
        (15.9, 3, (3 + 0.1) / 4),
        (9.0, 2, (2 + 0.2) / 4),
        (4.0, 2, (2 + 0.2) / 4),
        (0.5, 0, 0.1),
    ],
)
def test_beyond_the_budget_one_in_ten_is_right(budget, done, expected):
    assert evaluation.finished(COSTS, EXITS, budget).sum() == done
    assert evaluation.budgeted_accuracy(CORRECT, COSTS, EXITS, budget, 10) == pytest.approx(expected)


def test_the_papers_draw_has_that_expectation_and_repeats():
    random = np.random.default_rng(99)
    labels = random.integers(0, 10, 2000)
    answers = np.stack([labels] * 3, axis=1)
    exits = np.full(2000, 2)

    def drawn(seed):
        return evaluation.drawn_budgeted_accuracy(answers, labels, COSTS, exits, 6.0 * 500, 10, seed)

    exact = evaluation.budgeted_accuracy(answers == labels[:, None], COSTS, exits, 6.0 * 500, 10)
    assert exact == pytest.approx(0.25 + 0.75 * 0.1)
    assert np.mean([drawn(seed) for seed in range(20)]) == pytest.approx(exact, abs=0.005)
    assert drawn(3) == drawn(3) != drawn(4)


def test_cumulative_exit_rates_by_group():
    rates = evaluation.cumulative_exit_rates(EXITS, 3, [0, 0, 1, 1])
    np.testing.assert_allclose(rates, [[0.5, 1, 1], [0, 0, 1]])
    np.testing.assert_allclose(evaluation.cumulative_exit_rates(EXITS, 3), [[0.25, 0.5, 1]])


def test_exit_accuracies():
    found = evaluation.exit_accuracies(CORRECT, EXITS)
    np.testing.assert_allclose(found["whole"], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(found["leaving"], [1, 1, 0.5])
    np.testing.assert_allclose(found["rate"], [0.25, 0.25, 0.5])
    nobody = evaluation.exit_accuracies(CORRECT, np.zeros(4, int))
    assert np.isnan(nobody["leaving"][1:]).all() and nobody["leaving"][0] == 0.25


def test_the_curve_keeps_what_nothing_beats():
    curve = evaluation.budgeted_curve([0.5, 0.9, 0.7, 0.9], [1.0, 4.0, 5.0, 6.0])
    np.testing.assert_allclose(curve, [[1, 0.5], [4, 0.9]])


def test_the_area_under_the_curve():
    curve = [[1.0, 0.5], [4.0, 0.9]]
    # From 0 to 5: nothing for 1, one half for 3, .9 for 1.
    assert evaluation.curve_area(curve, 0.0, 5.0) == pytest.approx((1.5 + 0.9) / 5)
    assert evaluation.curve_area(curve, 2.0, 3.0) == pytest.approx(0.5)
    assert evaluation.curve_area(curve, 4.0, 8.0) == pytest.approx(0.9)


def test_the_standard_error_of_independent_samples_is_the_usual_one():
    """Of 1, 1, 0, 0: deviations of a half, variance 1/3, over 4."""
    assert evaluation.standard_error([True, True, False, False]) == pytest.approx(np.sqrt(1 / 12))


def test_samples_of_one_source_count_together():
    """Two clusters of two alike: residuals add up to 1 and -1, so the error is that of two samples, sqrt(2 / 12)."""
    values, sources = [1, 1, 0, 0], np.array([[5], [5], [7], [7]])
    assert evaluation.standard_error(values, evaluation.source_pairs(sources)) == pytest.approx(np.sqrt(2 / 12))
    apart = np.array([[1], [2], [3], [4]])
    assert evaluation.standard_error(values, evaluation.source_pairs(apart)) == evaluation.standard_error(values)


def test_samples_may_have_several_sources_and_a_pair_counts_once():
    """1, 1 share two sources, the zeros none: 4 / 4 + 2 * .25 over 12; opposite ones in a cluster lower nothing."""
    both = np.array([[0, 1, -1], [1, 0, -1], [2, -1, -1], [3, -1, -1]])
    assert evaluation.standard_error([1, 1, 0, 0], evaluation.source_pairs(both)) == pytest.approx(np.sqrt(1.5 / 12))
    crossed = np.array([[0], [1], [0], [1]])
    assert evaluation.standard_error([1, 1, 0, 0], evaluation.source_pairs(crossed)) == evaluation.standard_error(
        [1, 1, 0, 0]
    )


def test_clustered_errors_are_those_of_repeated_samplings():
    """Of 200 sources, each in five samples that are right or wrong together but for noise: mean error of 400 draws."""
    rng = np.random.default_rng(0)
    sources = np.repeat(np.arange(200), 5)[:, None]
    draws = [(rng.random(200)[:, None] + 0.3 * rng.random((200, 5)) > 0.5).ravel() for _ in range(400)]
    spread = np.std([draw.mean() for draw in draws], ddof=1)
    told = np.mean([evaluation.standard_error(draw, evaluation.source_pairs(sources)) for draw in draws[:40]])
    assert told == pytest.approx(spread, rel=0.1)
    assert evaluation.standard_error(draws[0]) < 0.6 * told
