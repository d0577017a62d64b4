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


def test_the_first_exit_whose_probability_reaches_the_threshold_is_taken():
    """Three exits and three images: they leave at 2, 1 and 3, where the answers are right, right and wrong."""
    logits = np.zeros((3, 3, 2))
    logits[[0, 1, 2], [1, 0, 2], [1, 1, 0]] = 5.0
    stop = np.array([[0.2, 0.6], [0.5, 0.9], [0.1, 0.4]])
    made = operating_points.make_setting({"logits": logits}, np.ones(3), stop, {"threshold": 0.5}, [1.0, 2.0, 6.0])
    assert list(made.exits) == [1, 0, 2]
    assert made.accuracy == pytest.approx(2 / 3) and made.cost == pytest.approx(3.0)
