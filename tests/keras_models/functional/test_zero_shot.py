"""Measures of zero-shot learning, on numbers that are worked out by hand."""

import numpy as np
import pytest

from keras_models.functional import zero_shot

# Classes 0 and 1 are met, 2 and 3 are not. Rows: the samples' scores.
SCORES = np.array([[4, 1, 3, 0], [2, 5, 1, 0], [3, 1, 2.5, 0], [1, 2, 0, 1.5], [0, 3, 1, 0], [1, 0, 4, 2]], float)
LABELS = np.array([0, 1, 2, 3, 0, 2])
SEEN, UNSEEN = [0, 1], [2, 3]


def test_only_some_classes_may_be_answered():
    assert zero_shot.predictions(SCORES, UNSEEN).tolist() == [2, 2, 2, 3, 2, 2]
    assert zero_shot.predictions(SCORES, [0, 1, 2, 3]).tolist() == [0, 1, 0, 1, 1, 2]


def test_a_handicap_is_taken_off_seen_classes():
    """Less 1: 3.0 to 2.0 is below 2.5, 2 to 1 below 1.5, 4 to 3 equals 3 (the first counts), 3 to 2 is above 1."""
    assert zero_shot.predictions(SCORES, [0, 1, 2, 3], SEEN, 1.0).tolist() == [0, 1, 2, 3, 1, 2]


def test_every_class_weighs_alike():
    """Class 0: one of two; class 1: one of one; class 2: one of two; class 3: none of one."""
    answers = zero_shot.predictions(SCORES, [0, 1, 2, 3])
    assert zero_shot.per_class_accuracy(answers, LABELS) == pytest.approx((0.5 + 1 + 0.5 + 0) / 4)


def test_the_harmonic_mean():
    assert zero_shot.harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    assert zero_shot.harmonic_mean(0.0, 0.0) == 0


def test_generalised_with_and_without_a_handicap():
    """Without: u = (1/2 + 0) / 2, s = (1/2 + 1) / 2, H = 2 (1/4)(3/4); with 1: u = (1 + 1) / 2, s as before."""
    plain = zero_shot.generalised(SCORES, LABELS, SEEN, UNSEEN)
    assert plain == pytest.approx({"u": 0.25, "s": 0.75, "H": 0.375})
    stacked = zero_shot.generalised(SCORES, LABELS, SEEN, UNSEEN, 1.0)
    assert stacked == pytest.approx({"u": 1.0, "s": 0.75, "H": 6 / 7})


def test_the_best_handicap_is_found_among_the_leads():
    """Leads of the best seen class are 1, 4, .5, .5, 2, -3: from .5 on (not at it) the unseen are right, 4 loses."""
    best = zero_shot.best_handicap(SCORES, LABELS, SEEN, UNSEEN)
    assert zero_shot.generalised(SCORES, LABELS, SEEN, UNSEEN, best)["H"] == pytest.approx(6 / 7)
    assert 0.5 < best <= 1.0


def test_the_largest_k():
    """Ranks of the right class among all: 1, 1, 2, 2, 3 (the tie of 0 and 3 goes to the first), 1."""
    found = [zero_shot.top_k_accuracy(SCORES, LABELS, [0, 1, 2, 3], k) for k in (1, 2, 3)]
    assert found == pytest.approx([3 / 6, 5 / 6, 1.0])


def test_average_precision_of_retrieval():
    """Class 2 has samples 2 and 5; its scores order them 5, 0, 2, ..: (1/1 + 2/3) / 2. Class 3: sample 3 is second."""
    found = zero_shot.mean_average_precision(SCORES, LABELS, UNSEEN)
    assert found == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert zero_shot.mean_average_precision(SCORES, LABELS, [3]) == pytest.approx(0.5)
