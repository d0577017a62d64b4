"""The choice of operating points, by hand."""

import numpy as np
import pytest

from tools import operating_points


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
    """Two exits, a controller that says what it is told, at every price the same."""

    exits = 3

    def __init__(self, stop):
        self.stop = np.asarray(stop)

    def parameters(self):
        return {"threshold": {"default": 0.5}}


@pytest.fixture
def grid(monkeypatch):
    """Three exits and four images: the first two answers are right on the first two images, the last always.

    Stop probabilities: from .9 down to .3 on images 1 to 4 at exit 1, .5 on all at exit 2.
    """
    network = Network([[0.9, 0.5], [0.7, 0.5], [0.5, 0.5], [0.3, 0.5]])
    monkeypatch.setattr(operating_points.policy, "stop_probabilities", lambda network, inputs, kappa: network.stop)
    right = np.array([[1, 1, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1]])
    inputs = {"logits": np.eye(2)[right], "labels": np.ones(4, int)}
    return lambda measure="mean": operating_points.Grid(network, inputs, measure)


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
    assert points["full"].parameters["threshold"] == operating_points.NEVER


def test_the_score_is_the_mean_logarithm_of_what_each_tolerance_costs(grid):
    assert grid().score([True, True, True], COSTS) == pytest.approx(np.log(3.5))
    assert grid().score([False, False, True], COSTS) == pytest.approx(np.log(6.0))


def test_a_setting_that_rounding_harms_is_avoided(grid, monkeypatch):
    """The float network leaves image 3 to the last exit at any threshold: .5 and below lose a quarter against it."""
    quantized = grid()
    reference = {"logits": np.eye(2)[np.ones((4, 3), int)]}
    network = Network([[0.9, 0.5], [0.7, 0.5], [0.5, 0.5], [0.3, 0.5]])
    inputs = {"logits": np.eye(2)[quantized.correct.astype(int)], "labels": np.ones(4, int)}
    faithful = operating_points.Grid(network, inputs, reference=reference)
    verdicts = {s.parameters["threshold"]: s.faithful for s in faithful.settings([True] * 3, COSTS)}
    assert verdicts[0.5] is False and verdicts[0.6] is True and verdicts[0.98] is True
    assert all(s.faithful for s in quantized.settings([True] * 3, COSTS))
    cheap = operating_points.Setting({}, 0.9, 1.0, np.zeros(1, int), faithful=False)
    dear = operating_points.Setting({}, 0.9, 2.0, np.zeros(1, int))
    assert operating_points.cheapest([cheap, dear], 0.9, 1.0) is dear
    assert operating_points.cheapest([cheap], 0.9, 1.0) is cheap


def test_a_stride_leaves_out_every_second_threshold(grid):
    whole = grid().settings([True] * 3, COSTS)
    monkey = operating_points.Grid(Network([[0.5, 0.5]] * 4), {"logits": np.zeros((4, 3, 2)), "labels": np.ones(4)},
                                   stride=2).settings([True] * 3, COSTS)  # fmt: skip
    assert [s.parameters for s in monkey] == [s.parameters for s in whole[::2]]


def test_the_measures_by_hand(grid):
    """Of 101 costs 0, 1, .. 100 the quantiles around the middle are 48, 49, .. 52; one jump is averaged."""
    costs = np.arange(101.0)
    assert operating_points.MEASURES["mean"](costs) == 50 and operating_points.MEASURES["p50"](costs) == 50
    assert operating_points.MEASURES["p50"](np.where(costs <= 50, 0.0, 1.0)) == pytest.approx(2 / 5)
    assert grid("p50").whole(COSTS).cost == 6.0


def test_the_first_exit_whose_probability_reaches_the_threshold_is_taken():
    stop = np.array([[0.2, 0.6], [0.5, 0.9], [0.1, 0.4]])
    assert list(operating_points.first_exits(stop, 0.5)) == [1, 0, 2]
