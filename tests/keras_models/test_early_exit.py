"""Networks in a line with exits: costs and prices by hand."""

import numpy as np
import pytest

from keras_models import programs
from keras_models.early_exit import EarlyExit, listed_exits


class Three(EarlyExit):
    """Three answers after parts that cost 6, 3 and 1; two controllers of 2 that only the rules need."""

    def program(self):
        steps = []
        for i, before in ((1, "image"), (2, "v1"), (3, "v2")):
            steps.append(programs.run(f"p{i}", {"x": before}, {"y": f"v{i}"}))
            if i < 3:
                steps.append(programs.run(f"c{i}", {"x": f"v{i}"}, {"s": f"s{i}"}))
                rule = {"rule": "at_least", "value": f"s{i}", "threshold": 0.5}
                steps.append(programs.exit_if(f"e{i}", rule, label=f"v{i}"))
        return [*steps, programs.answer("e3", label="v3")]


FOUR = np.ones(4, bool)
COSTS = {"p1": 6.0, "p2": 3.0, "p3": 1.0, "c1": 2.0, "c2": 2.0}


def test_costs_and_prices_by_hand():
    network = Three()
    assert network.exit_names == ["e1", "e2", "e3"]
    np.testing.assert_array_equal(network.exit_costs(COSTS), [8, 13, 14])
    assert network.price_unit(COSTS) == pytest.approx(14 / 3)
    np.testing.assert_allclose(network.exit_prices(COSTS), np.array([8, 13, 14]) * 3 / 14)


def test_an_exit_that_is_not_kept_costs_what_the_next_one_does():
    """Without the second exit its controller is gone: 6 + 2, then 3 + 1 more."""
    np.testing.assert_array_equal(Three().exit_costs(COSTS, [True, False, True]), [8, 12, 12])
    np.testing.assert_array_equal(Three().exit_costs(COSTS, [False, False, True]), [10, 10, 10])
    np.testing.assert_allclose(Three().exit_prices(COSTS, [False, False, True]), [10 * 3 / 14] * 3)


def test_every_exit_may_be_taken_unless_a_family_says_otherwise():
    assert Three().trained_exits({}).tolist() == Three().own_exits({}).tolist() == [True] * 3


def test_exits_are_listed_by_numbers_and_the_last_is_always_there():
    assert listed_exits("1,3", FOUR).tolist() == [True, False, True, True]
    assert listed_exits("4", FOUR).tolist() == [False, False, False, True]


def test_an_exit_that_was_not_trained_is_not_listed():
    with pytest.raises(ValueError, match="expected exits among 2,4, which were trained to be taken, received '2,3'"):
        listed_exits("2,3", np.array([False, True, False, True]))


@pytest.mark.parametrize("text", ["", "0", "1,5", "two", "1,,3", "-1"])
def test_what_is_no_list_of_exits_is_refused(text):
    with pytest.raises(ValueError, match=f"expected exits: all, auto, or numbers from 1 to 4 .*, received '{text}'"):
        listed_exits(text, FOUR)
