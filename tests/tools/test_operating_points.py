"""The choice of operating points, by hand."""

import numpy as np
import pytest

from tools import operating_points, policies


def setting(accuracy, cost):
    return operating_points.Setting({"threshold": 0.5}, accuracy, cost, np.zeros(1, int))


def test_the_cheapest_within_each_tolerance_is_chosen():
    """Against 0.90: 0.86 is within five points, 0.89 within two, 0.899 within a half and 0.2."""
    settings = [setting(0.70, 1.0), setting(0.86, 2.0), setting(0.89, 3.0), setting(0.899, 4.0), setting(0.90, 9.0)]
    chosen = operating_points.choose(settings, 0.90)
    assert {name: s.cost for name, s in chosen.items()} == {"saver": 2.0, "fast": 3.0, "accurate": 4.0}
    assert list(chosen) == ["saver", "fast", "accurate"]


def test_a_tolerance_that_nothing_meets_is_left_out():
    assert operating_points.choose([setting(0.5, 1.0)], 0.9) == {}


def test_a_setting_must_keep_its_tolerance_with_a_margin_of_one_standard_error():
    """0.896 loses 0.4 points against 0.90: within half a point if it is known to 0.1, not if to 0.2."""
    doubtful = operating_points.Setting({}, 0.896, 1.0, np.zeros(1, int), error=0.002)
    sure = operating_points.Setting({}, 0.896, 2.0, np.zeros(1, int), error=0.0009)
    assert operating_points.cheapest([doubtful, sure], 0.9, 0.5) is sure
    assert operating_points.cheapest([doubtful], 0.9, 0.5) is None


class Network:
    """Three exits, controllers that say what they are told, at every price the same."""

    def __init__(self, stop):
        self.stop = np.asarray(stop)

    def parameters(self):
        return {"threshold": {"default": 0.5}}


def learned(stop, correct):
    """What controllers with these stop probabilities say, the answers of the exits being right or not."""
    return policies.Learned(Network(stop)).look({"logits": np.eye(2)[correct], "labels": np.ones(len(stop), int)})


@pytest.fixture(autouse=True)
def told(monkeypatch):
    monkeypatch.setattr(policies.policy, "stop_probabilities", lambda network, inputs, kappa: network.stop)


STOP = [[0.9, 0.5], [0.7, 0.5], [0.5, 0.5], [0.3, 0.5]]


@pytest.fixture
def grid():
    """Three exits and four images: the first two answers are right on the first two images, the last always.

    Stop probabilities: from .9 down to .3 on images 1 to 4 at exit 1, .5 on all at exit 2.
    """
    look = learned(STOP, np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1]]))
    return lambda measure="mean", **options: operating_points.Grid(look, measure, **options)


COSTS = [1.0, 2.0, 6.0]


def test_every_threshold_is_a_setting(grid):
    settings = {s.parameters["threshold"]: s for s in grid().settings([True, True, True], COSTS)}
    assert list(settings[0.6].exits) == [0, 0, 2, 2] and settings[0.6].accuracy == 1.0
    assert settings[0.6].cost == pytest.approx((1 + 1 + 6 + 6) / 4)
    assert list(settings[0.5].exits) == [0, 0, 0, 1] and settings[0.5].accuracy == 0.75
    assert settings[0.5].cost == pytest.approx(5 / 4)


def test_the_standard_error_is_of_the_paired_difference(grid):
    """At .5 one image in four is lost, three are as with the whole network: sqrt(.25 * .75 / 4)."""
    settings = {s.parameters["threshold"]: s for s in grid().settings([True, True, True], COSTS)}
    assert settings[0.5].error == pytest.approx(np.sqrt(0.25 * 0.75 / 4)) and settings[0.6].error == 0.0


def test_a_closed_exit_is_not_taken(grid):
    settings = {s.parameters["threshold"]: s for s in grid().settings([False, True, True], COSTS)}
    assert list(settings[0.5].exits) == [1, 1, 1, 1]


def test_points_are_solved_and_the_whole_network_comes_last(grid):
    points = grid().solve([True, True, True], COSTS)
    assert list(points) == ["accurate", "full"]  # whatever is cheaper loses a quarter of the answers
    assert points["accurate"].cost == pytest.approx(3.5) and points["full"].cost == 6.0
    assert points["full"].parameters["threshold"] == policies.NEVER


def test_the_score_is_the_mean_logarithm_of_what_each_tolerance_costs(grid):
    assert grid().score([True, True, True], COSTS) == pytest.approx(np.log(3.5))
    assert grid().score([False, False, True], COSTS) == pytest.approx(np.log(6.0))


def test_a_setting_that_rounding_harms_is_avoided(grid):
    """The float network leaves image 3 to the last exit at any threshold: .5 and below lose a quarter against it."""
    quantized = grid()
    faithful = grid(reference=learned(STOP, np.ones((4, 3), int)))
    verdicts = {s.parameters["threshold"]: s.faithful for s in faithful.settings([True] * 3, COSTS)}
    assert verdicts[0.5] is False and verdicts[0.6] is True and verdicts[0.98] is True
    assert all(s.faithful for s in quantized.settings([True] * 3, COSTS))
    cheap = operating_points.Setting({}, 0.9, 1.0, np.zeros(1, int), faithful=False)
    dear = operating_points.Setting({}, 0.9, 2.0, np.zeros(1, int))
    assert operating_points.cheapest([cheap, dear], 0.9, 1.0) is dear
    assert operating_points.cheapest([cheap], 0.9, 1.0) is cheap


def test_a_stride_leaves_out_every_second_threshold(grid):
    whole = grid().settings([True] * 3, COSTS)
    half = grid(stride=2).settings([True] * 3, COSTS)
    assert [s.parameters for s in half] == [s.parameters for s in whole[::2]]


def test_the_measures_by_hand(grid):
    """Of 101 costs 0, 1, .. 100 the quantiles around the middle are 48, 49, .. 52; one jump is averaged."""
    costs = np.arange(101.0)
    assert operating_points.MEASURES["mean"](costs) == 50 and operating_points.MEASURES["p50"](costs) == 50
    assert operating_points.MEASURES["p50"](np.where(costs <= 50, 0.0, 1.0)) == pytest.approx(2 / 5)
    assert grid("p50").whole(COSTS).cost == 6.0
