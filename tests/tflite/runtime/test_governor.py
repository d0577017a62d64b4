"""Decisions of the governor, each worked out by hand from docs/bundle.md; seven points, so top is 6."""

import pytest

from tests.tflite.bundles import POINT
from tflite.errors import ChainError
from tflite.runtime.governor import Decision, Governor, Policy, Reading

NAMES = tuple("abcdefg")


def decide(**reading):
    decision = Governor(NAMES).decide(Reading(**reading))
    return decision.point, decision.reason


def test_a_device_that_knows_nothing_gets_the_best():
    assert Governor(NAMES).decide() == Decision(6, "g", "best")
    assert decide(thermal_headroom=float("nan"), battery=float("nan")) == (6, "best")


@pytest.mark.parametrize(
    "reading, point",
    [
        ({"thermal_status": 1}, None),
        ({"thermal_status": 2}, 3),
        ({"thermal_status": 3}, 0),
        ({"thermal_status": 6}, 0),
        ({"thermal_headroom": 0.84}, None),
        ({"thermal_headroom": 0.85}, 3),
        ({"thermal_headroom": 1.0}, 0),
        ({"thermal_status": 2, "thermal_headroom": 1.0}, 0),
    ],
)
def test_heat(reading, point):
    assert decide(**reading) == ((6, "best") if point is None else (point, "thermal"))


@pytest.mark.parametrize(
    "level, point",
    # floor(6 * (.3 - .15) / .35) = floor(2.57), floor(6 * .25 / .35) = floor(4.29), floor(6 * .34 / .35) = floor(5.83)
    [(0.0, 0), (0.15, 0), (0.16, 0), (0.3, 2), (0.4, 4), (0.49, 5)],
)
def test_battery(level, point):
    assert decide(battery=level) == (point, "battery")
    assert decide(battery=level, charging=True) == (6, "best")


def test_battery_from_high_up_is_no_more_than_the_best():
    # Battery's ceiling is 6 like the best one, and comes first.
    assert decide(battery=0.5) == (6, "battery")


def test_power_saving():
    assert decide(power_saving=True) == (2, "power_saving")
    assert decide(power_saving=True, charging=True) == (6, "best")


def test_the_lowest_ceiling_decides_and_the_first_among_equals():
    assert decide(manual=4, battery=0.9) == (4, "manual")
    assert decide(manual=4, thermal_status=3) == (0, "thermal")
    assert decide(manual=2, power_saving=True) == (2, "manual")
    assert decide(power_saving=True, battery=0.3) == (2, "power_saving")
    assert decide(manual=99) == (6, "best")
    assert decide(manual=-1) == (0, "manual")


def test_the_latency_ceiling_falls_below_the_point_used_and_rises_by_one():
    governor = Governor(NAMES, Policy(latency_target_ms=10.0, window=4, percentile=0.9))
    # Element ceil(.9 * 4) - 1 = 3 of the sorted window: the largest.
    for latency in (1, 1, 1):
        governor.observe(latency)
    assert governor.decide(Reading(battery=0.4)).point == 4
    governor.observe(11)
    assert governor.decide() == Decision(3, "d", "latency")
    for latency in (8, 8, 8, 8):
        governor.observe(latency)
    assert governor.decide() == Decision(3, "d", "latency")  # between 7 and 10: stays, and the window slides
    for latency in (7, 7, 7):
        governor.observe(latency)
    assert governor.decide() == Decision(3, "d", "latency")
    governor.observe(7)
    assert governor.decide() == Decision(4, "e", "latency")
    assert governor.decide() == Decision(4, "e", "latency")  # the window is empty


def test_the_caller_may_say_which_point_was_used():
    governor = Governor(NAMES, Policy(latency_target_ms=10.0, window=1))
    governor.observe(99)
    assert governor.decide(used=2) == Decision(1, "b", "latency")


def test_the_ceiling_stays_between_the_cheapest_and_the_top():
    governor = Governor(("a", "b"), Policy(latency_target_ms=10.0, window=1))
    points = []
    for latency in (99, 99, 99, 1, 1, 1):
        governor.observe(latency)
        points.append(governor.decide().point)
    assert points == [0, 0, 0, 1, 1, 1]


def test_the_percentile_is_the_element_of_the_default_window():
    # ceil(.9 * 32) - 1 = 28: three slow ones of 32 pass, four do not.
    for slow, point in ((3, 6), (4, 5)):
        governor = Governor(NAMES, Policy(latency_target_ms=10.0))
        for i in range(32):
            governor.observe(11.0 if i < slow else 9.0)
        assert governor.decide().point == point


def test_without_a_target_latencies_do_not_count():
    governor = Governor(NAMES)
    for _ in range(100):
        governor.observe(1e6)
    assert governor.decide().point == 6


def test_a_trace_replays_to_the_same_decisions():
    governor = Governor(NAMES, Policy(latency_target_ms=5.0, window=2))
    trace = [Reading(battery=0.9), 6.0, 6.0, Reading(battery=0.9), 2.0, 2.0, Reading(), Reading(thermal_status=4)]
    expected = [
        Decision(6, "g", "battery"),
        Decision(5, "f", "latency"),
        Decision(6, "g", "latency"),
        Decision(0, "a", "thermal"),
    ]
    assert governor.replay(trace) == expected
    assert governor.replay(trace) == expected


def test_one_point_is_always_that_one():
    assert Governor([POINT]).decide(Reading(battery=0.2, power_saving=True)) == Decision(0, "only", "power_saving")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Governor([]),
        lambda: Policy(latency_target_ms=0),
        lambda: Policy(latency_target_ms=float("nan")),
        lambda: Policy(percentile=0),
        lambda: Policy(window=0),
        lambda: Policy(relax=1.0),
        lambda: Policy(low=0.5, high=0.5),
        lambda: Governor(NAMES).observe(float("nan")),
        lambda: Governor(NAMES).observe(-1),
    ],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ChainError, match="expected .*"):
        wrong()
