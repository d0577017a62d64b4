"""The choice of operating points, by hand."""

import numpy as np
import pytest

from keras_models import programs
from keras_models.base import Deployable, Knob
from keras_models.early_exit import EarlyExit
from keras_models.functional.evaluation import source_pairs
from keras_models.outputs import Labels
from keras_models.policies import choice, operating_points
from keras_models.policies.choice import OwnRules
from keras_models.policies.operating_points import Measured, Setting
from tools.pipeline.sweep import Sweep


def setting(accuracy, cost, **fields):
    """A setting with that accuracy on a thousand images."""
    right = np.arange(1000) < round(1000 * accuracy)
    return Setting(Measured({"threshold": 0.5}, right, np.zeros(1000), np.zeros(1000, int)), cost, **fields)


def test_the_cheapest_within_each_tolerance_is_chosen():
    """Against 0.90: 0.86 is within five points, 0.89 within three, two and one, 0.899 within a half and 0.2."""
    settings = [setting(0.70, 1.0), setting(0.86, 2.0), setting(0.89, 3.0), setting(0.899, 4.0), setting(0.90, 9.0)]
    chosen = operating_points.choose(settings, 0.90)
    assert {name: s.cost for name, s in chosen.items()} == {"saver": 2.0, "steady": 3.0, "accurate": 4.0}
    assert list(chosen) == ["saver", "steady", "accurate"]


def test_a_tolerance_that_nothing_meets_is_left_out():
    assert operating_points.choose([setting(0.5, 1.0)], 0.9) == {}


def test_stricter_tolerances_than_those_met_are_unshown():
    """A point's name is the strictest tolerance that it keeps: what is laxer is kept too, what is stricter is not."""
    some = setting(0.9, 1.0)
    assert operating_points.unshown({"steady": some, "full": some}) == {"balanced": 0.5, "accurate": 0.2}
    assert operating_points.unshown({"accurate": some, "full": some}) == {}
    assert operating_points.unshown({"full": some}) == operating_points.TOLERANCES


def test_a_setting_must_keep_its_tolerance_if_it_is_worse_than_it_looks():
    """0.896 loses 0.4 points against 0.90: within half a point if 1.645 errors are less than 0.1 points, else not."""
    doubtful = setting(0.896, 1.0, error=0.00062)
    sure = setting(0.896, 2.0, error=0.0006)
    assert operating_points.cheapest([doubtful, sure], 0.9, 0.5) is sure
    assert operating_points.cheapest([doubtful], 0.9, 0.5) is None


def test_settings_are_tested_one_after_the_other_and_the_first_failure_ends_it():
    """0.5 points may be lost of 0.90: the one that would pass behind the one that fails is there by luck."""
    safe, near, failed, lucky = (setting(a, c) for a, c in ((0.9, 4.0), (0.897, 3.0), (0.89, 2.0), (0.9, 1.0)))
    assert operating_points.last_that_keeps([safe, near, failed, lucky], 0.9, 0.5) is near
    assert operating_points.last_that_keeps([failed, lucky], 0.9, 0.5) is None
    assert operating_points.cheapest([safe, near, failed, lucky], 0.9, 0.5) is lucky
    points = operating_points.choose([safe, near, failed, lucky], 0.9, tested=True)
    assert {name: found.cost for name, found in points.items()} == {"steady": 1.0, "balanced": 3.0, "accurate": 4.0}


def test_what_rounding_harms_is_passed_over_unless_nothing_else_passes():
    harmed, safe = setting(0.9, 2.0, faithful=False), setting(0.9, 3.0)
    assert operating_points.last_that_keeps([safe, harmed], 0.9, 0.5) is safe
    assert operating_points.last_that_keeps([setting(0.8, 3.0), harmed], 0.9, 0.5) is None
    assert operating_points.last_that_keeps([harmed], 0.9, 0.5) is harmed


class Network(EarlyExit, Deployable):
    """Three exits whose rules compare given numbers; parts of 1, 1 and 4."""

    def program(self):
        steps = []
        for i in (1, 2, 3):
            steps.append(programs.run(f"part_{i}", {"x": "image"}, {"y": f"logits_{i}"}))
            rule = {"rule": "at_least", "value": f"stop_{i}", "threshold": programs.parameter("threshold")}
            steps.append(programs.exit_if(f"exit_{i}", rule, label=f"logits_{i}"))
        return [*steps[:-1], programs.answer("exit_3", label="logits_3")]

    def outputs(self):
        return {"label": Labels(2)}

    def parameters(self):
        return {"threshold": Knob(0.5, 0, 2, "stop", (0.3, 0.5, 0.6, 0.8, 0.98), full_depth=2.0)}


PRICES = {"part_1": 1.0, "part_2": 1.0, "part_3": 4.0}
STOP = np.array([[0.9, 0.5], [0.7, 0.5], [0.5, 0.5], [0.3, 0.5]], "float32")
CORRECT = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1]])


def sweep(correct=CORRECT):
    """Four images: stop probabilities from .9 to .3 at exit 1, .5 at exit 2; which answers are right."""
    values = {f"logits_{i + 1}": np.eye(2, dtype="float32")[correct[:, i]] for i in range(3)}
    values |= {f"stop_{i + 1}": STOP[:, i : i + 1] for i in range(2)}
    return Sweep(Network(), {}, values, np.ones(4, int), PRICES)


@pytest.fixture
def grid():
    policy = OwnRules(Network())
    return lambda measure="mean", **options: operating_points.Grid(sweep(), policy, measure, **options)


def settings(grid, kept=None):
    return {s.parameters["threshold"]: s for s in grid.settings(grid.full_depth(kept), kept)}


def test_every_threshold_is_a_setting(grid):
    found = settings(grid())
    assert list(found) == [0.3, 0.5, 0.6, 0.8, 0.98]
    assert list(found[0.6].measured.way) == [0, 0, 2, 2] and found[0.6].accuracy == 1.0
    assert found[0.6].cost == pytest.approx((1 + 1 + 6 + 6) / 4)
    assert list(found[0.5].measured.way) == [0, 0, 0, 1] and found[0.5].accuracy == 0.75
    assert found[0.5].cost == pytest.approx(5 / 4)


def test_the_standard_error_is_of_the_paired_difference(grid):
    """At .5 one image in four is lost: sqrt(.25 * .75 / 3), and as much on as many others; on 12 others a third more.

    Where the first two have a source in common with the last they count together.
    """
    found, usual = settings(grid()), 0.25 * 0.75 / 3
    assert found[0.5].error == pytest.approx(np.sqrt(2 * usual)) and found[0.6].error == 0.0
    assert settings(grid(others=12))[0.5].error == pytest.approx(np.sqrt(usual * 4 / 3))
    sources = np.array([[0], [1], [7], [7]])
    assert settings(grid(pairs=source_pairs(sources)))[0.5].error == pytest.approx(np.sqrt(2 * usual))
    # Both of a source are lost: deviations of .5 and -.5, and two products of each pair.
    both = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 0, 1]])
    found = operating_points.Grid(sweep(both), OwnRules(Network()), pairs=source_pairs(np.array([[0], [0], [1], [1]])))
    assert settings(found)[0.5].error == pytest.approx(np.sqrt(2 * 2 / 12))


def test_candidates_come_from_other_images_from_the_most_expensive_down(grid):
    """There .6, .8 and .98 are right everywhere: the cheapest of them is left, and what is cheaper and less right."""
    found = grid(fitting=sweep()).candidates()
    assert [candidate["threshold"] for candidate in found] == [0.6, 0.5, 0.3]
    wrong = np.array([[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]])
    assert [candidate["threshold"] for candidate in grid(fitting=sweep(wrong)).candidates()] == [0.3]
    assert list(grid(fitting=sweep()).solve()) == ["accurate", "full"]


def test_what_gates_are_fitted_on_is_not_what_they_are_chosen_on():
    """Fitted thresholds send the images of the first sweep where they are right; those of the second are all wrong."""
    gated = choice.parse("fitted", Network())

    def on(correct):
        values = {f"logits_{i + 1}": np.eye(2, dtype="float32")[correct[:, i]] * (i + 1) for i in range(3)}
        return Sweep(gated.chain, {}, values, np.ones(4, int), PRICES)

    fitting, other = on(CORRECT), on(1 - CORRECT)
    own = gated.candidates(fitting.seen())
    found = operating_points.Grid(other, gated, fitting=fitting).candidates()
    assert found and all(candidate in own for candidate in found)
    budget = 5.0
    best = operating_points.best_within(other, gated, None, budget, fitting)
    assert best in own


def test_a_closed_exit_is_not_taken(grid):
    found = settings(grid(), np.array([False, True, True]))
    assert list(found[0.5].measured.way) == [1, 1, 1, 1]


def test_points_are_solved_and_the_whole_network_comes_last(grid):
    points = grid().solve()
    assert list(points) == ["accurate", "full"]  # whatever is cheaper loses a quarter of the answers
    assert points["accurate"].cost == pytest.approx(3.5) and points["full"].cost == 6.0
    assert points["full"].parameters == {"threshold": 2.0}


def test_the_score_is_the_mean_logarithm_of_what_each_tolerance_costs(grid):
    assert grid().score() == pytest.approx(np.log(3.5))
    # Nothing of the first two parts is needed by the last answer alone.
    assert grid().score(np.array([False, False, True])) == pytest.approx(np.log(4.0))


def test_a_setting_that_rounding_harms_is_avoided(grid):
    """On the float network every answer is right: at .5 and below a quarter is lost against it."""
    verdicts = {t: s.faithful for t, s in settings(grid(reference=sweep(np.ones((4, 3), int)))).items()}
    assert verdicts[0.5] is False and verdicts[0.6] is True and verdicts[0.98] is True
    assert all(s.faithful for s in settings(grid()).values())
    cheap, expensive = setting(0.9, 1.0, faithful=False), setting(0.9, 2.0)
    assert operating_points.cheapest([cheap, expensive], 0.9, 1.0) is expensive
    assert operating_points.cheapest([cheap], 0.9, 1.0) is cheap


def test_a_stride_leaves_out_every_second_threshold(grid):
    assert list(settings(grid(stride=2))) == [0.3, 0.6, 0.98]


def test_the_best_within_a_budget_is_the_most_accurate(grid):
    """Of .3 (cost 1, half right), .5 (1.25, three quarters), .6 (3.5, all)."""
    policy = OwnRules(Network())
    assert operating_points.best_within(sweep(), policy, None, 3.5)["threshold"] == 0.6
    assert operating_points.best_within(sweep(), policy, None, 3.4) == {"threshold": 0.5}
    assert operating_points.best_within(sweep(), policy, None, 0.9) is None


class Fixed(OwnRules):
    """A policy that leaves nothing to choose."""

    fixed = True

    def candidates(self, seen=None, stride=1):
        return [{"threshold": 0.5}]


def test_a_policy_that_leaves_nothing_to_choose_has_one_point():
    points = operating_points.Grid(sweep(), Fixed(Network())).solve()
    assert list(points) == ["fixed", "full"] and points["fixed"].accuracy == 0.75


def test_the_measures_by_hand(grid):
    """Of 101 costs 0, 1, .. 100 the quantiles around the middle are 48, 49, .. 52; one jump is averaged."""
    costs = np.arange(101.0)
    assert operating_points.MEASURES["mean"](costs) == 50 and operating_points.MEASURES["p50"](costs) == 50
    assert operating_points.MEASURES["p50"](np.where(costs <= 50, 0.0, 1.0)) == pytest.approx(2 / 5)
    assert grid("p50").full_depth().cost == 6.0
