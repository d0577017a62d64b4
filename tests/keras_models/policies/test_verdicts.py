"""Verdicts on ways whose answers and costs are written out."""

import numpy as np
import pytest

from keras_models.functional.evaluation import standard_error
from keras_models.policies.verdicts import Verdict, Wanted, Way, verdict


def way(name, right, of=100, cost=1.0, wrong_from=0):
    """The images that are not right begin at a place: two ways may miss the same ones, or others."""
    answers = np.ones(of, bool)
    answers[wrong_from : wrong_from + of - right] = False
    return Way(name, answers, np.full(10, float(cost)))


WHOLE = way("whole", 90, cost=10)


def test_the_standard_error_is_the_samples_own():
    """0 and 1, 50 of each: variance 0.25 x 100 / 99; its root by 10."""
    assert standard_error([0, 1] * 50) == pytest.approx(np.sqrt(0.25 / 99))
    assert standard_error([3.0, 3.0]) == 0


@pytest.mark.parametrize(
    ("wanted", "other", "margin", "error"),
    [
        (Wanted(0.8), way("a", 90), 0.1, np.sqrt(0.09 / 99)),
        (Wanted(points=1.0), WHOLE, 0.01, 0.0),
        # Five more of the same are missed: differences 0 (95) and -1 (5), variance 0.0475 x 100 / 99.
        (Wanted(points=1.0), way("a", 85), -0.04, np.sqrt(0.0475 / 99)),
        # As many others: differences -1 (10), 1 (10), 0 (80), variance 0.2 x 100 / 99: no nearer, but less sure.
        (Wanted(points=1.0), way("a", 90, wrong_from=50), 0.01, np.sqrt(0.2 / 99)),
    ],
)
def test_margins_are_of_paired_answers(wanted, other, margin, error):
    assert wanted.margin(other, WHOLE) == pytest.approx((margin, error))


def test_the_cheapest_that_surely_reaches_it_is_told():
    same, missing = way("same", 90, cost=4), way("missing", 60, cost=1)
    assert verdict([WHOLE, same, missing], Wanted(points=1)) == Verdict("same", True, (), "whole")


def test_nothing_beats_the_whole_where_all_others_miss():
    assert verdict([WHOLE, way("a", 60)], Wanted(points=1)) == Verdict("whole", True, (), "whole")


def test_a_cheaper_way_that_may_reach_it_leaves_it_open():
    """Three more are missed: margin -0.02, error sqrt(0.0291 / 99) = 0.0171: it is not surely below."""
    same, near = way("same", 90, cost=4), way("near", 87, cost=1)
    assert verdict([WHOLE, same, near], Wanted(points=1)) == Verdict("same", False, ("near",), "whole")
    assert verdict([WHOLE, same, way("near", 87, cost=5)], Wanted(points=1)).sure, "one that costs more changes nothing"


def test_a_way_that_may_miss_it_is_not_sure():
    """As many others are missed: margin 0.01, error 0.0449."""
    found = verdict([WHOLE, way("turned", 90, cost=4, wrong_from=50)], Wanted(points=1))
    assert found == Verdict("turned", False, (), "whole")


def test_costs_within_their_errors_are_not_told_apart():
    """Means 4 and 4.1; the differences are -0.9 and 1.1 in turn: mean 0.1, error 1.054 / sqrt(10) = 0.333."""
    one = way("one", 90)
    costs = np.array([4.0] * 10), np.array([3.1, 5.1] * 5)
    ways = [Way(name, one.right, cost) for name, cost in zip(("one", "two"), costs, strict=True)]
    assert verdict([WHOLE, *ways], Wanted(points=1)) == Verdict("one", False, ("two",), "whole")
    exact = [ways[0], Way("two", one.right, np.full(10, 4.1))]
    assert verdict([WHOLE, *exact], Wanted(points=1)).sure
    assert verdict([WHOLE, *exact], Wanted(points=1), noise=0.05).open == ("two",), "0.1 is less than 5 % of 4"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        # 90 of 100: standard error 0.0302; 0.95 is 1.66 of them above, 0.99 2.98.
        (Wanted(0.95), Verdict(None, False, ("whole",), "whole")),
        (Wanted(0.99), Verdict(None, True, (), "whole")),
    ],
)
def test_where_no_way_reaches_it_the_nearest_is_named(wanted, expected):
    assert verdict([WHOLE, way("a", 60, cost=2)], wanted) == expected


def test_points_may_be_nothing():
    """The whole network is as accurate as itself, to the image."""
    assert verdict([WHOLE, way("a", 60)], Wanted(points=0)) == Verdict("whole", True, (), "whole")
