"""Decisions of the governor, each worked out by hand from docs/bundle.md; seven points, so the highest place is 6."""

import pytest

from tests.tflite.bundles import POINT
from tflite.errors import ChainError
from tflite.runtime.governor import Decision, Governor, Observation, Point, Policy, Reading, reading_source

NAMES = tuple("abcdefg")
HOLD = Policy().hold_ms


def decide(**reading):
    decision = Governor(NAMES).decide(Reading(**reading))
    return decision.point, decision.reason


def test_a_device_that_knows_nothing_gets_the_best():
    assert Governor(NAMES).decide() == Decision(6, "g", "best")
    assert decide(thermal_headroom=float("nan"), battery=float("nan"), time_ms=float("nan")) == (6, "best")


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


def test_a_battery_that_allows_all_is_no_reason():
    assert decide(battery=0.5) == (6, "best")


def test_power_saving():
    assert decide(power_saving=True) == (2, "power_saving")
    assert decide(power_saving=True, charging=True) == (6, "best")


def test_the_lowest_ceiling_decides_and_the_first_among_equals():
    assert decide(manual=4, battery=0.9) == (4, "manual")
    assert decide(manual=4, thermal_status=3) == (0, "thermal")
    assert decide(manual=2, power_saving=True) == (2, "manual")
    assert decide(power_saving=True, battery=0.3) == (2, "power_saving")
    assert decide(manual=99) == (6, "manual")
    assert decide(manual=-1) == (0, "manual")


def test_a_headroom_between_two_values_around_a_threshold_flips_nothing():
    governor = Governor(NAMES)
    points = [governor.decide(Reading(thermal_headroom=(0.86, 0.84)[i % 2], time_ms=1e3 * i)).point for i in range(600)]
    assert points == [3] * 600


def test_a_ceiling_of_a_reading_outlasts_it():
    governor = Governor(NAMES)
    # .8 + .05 is at the threshold yet, .79 + .05 below; the ceiling is held for 15 s.
    for time, headroom in [(0, 0.9), (1e3, 0.84), (1e6, 0.8)]:
        assert governor.decide(Reading(thermal_headroom=headroom, time_ms=time)).point == 3
    assert governor.decide(Reading(thermal_headroom=0.79, time_ms=1e6 + HOLD)).point == 3
    assert governor.decide(Reading(thermal_headroom=0.79, time_ms=1e6 + HOLD + 1)).point == 6
    assert [governor.decide(Reading(thermal_status=s, time_ms=3e6)).point for s in (3, 0)] == [0, 0]
    assert governor.decide(Reading(thermal_status=0, time_ms=3e6 + HOLD)).point == 0
    assert governor.decide(Reading(thermal_status=0, time_ms=3e6 + HOLD + 1)).point == 6


def test_without_times_a_decision_counts_for_a_tenth_of_a_second():
    governor = Governor(NAMES, Policy(hold_ms=1000.0))
    points = [governor.decide(Reading(power_saving=i == 0)).point for i in range(13)]
    # The first at 100 ms; the eleventh after it is 1100 ms later.
    assert points == [2] * 11 + [6] * 2


def test_a_clock_that_goes_back_stands_still():
    governor = Governor(NAMES, Policy(hold_ms=1000.0))
    assert [governor.decide(Reading(power_saving=t == 5e3, time_ms=t)).point for t in (5e3, 0, 5.5e3, 6.1e3)] == [
        2,
        2,
        2,
        6,
    ]


def test_a_little_more_charge_lifts_no_ceiling():
    governor = Governor(NAMES, Policy(hold_ms=0.0))
    # Place 2 needs .15 + 2 * .35 / 6 = .267; to rise to it, .287.
    levels, places = (0.3, 0.26, 0.27, 0.286, 0.288, 0.27, 0.26), (2, 1, 1, 1, 2, 2, 1)
    assert tuple(governor.decide(Reading(battery=level)).point for level in levels) == places


MEASURED = [Point("a", 0.8, 1), Point("b", 0.9, 2), Point("c", 0.85, 3), Point("d", 0.95, 4), Point("e", 0.9505, 9)]


def test_dominated_points_are_not_offered_and_the_best_is_the_knee():
    governor = Governor(MEASURED)
    assert governor.ladder == [0, 1, 3]
    assert governor.decide() == Decision(3, "d", "best")
    # Three points are offered: floor(2 / 2) = 1 is b, floor(2 / 3) = 0 is a.
    assert governor.decide(Reading(thermal_status=2)) == Decision(1, "b", "thermal")
    assert Governor(MEASURED).decide(Reading(power_saving=True)) == Decision(0, "a", "power_saving")


def test_any_point_may_be_asked_for_and_is_lowered_to_one_that_is_offered():
    assert Governor(MEASURED).decide(Reading(manual=4)) == Decision(4, "e", "manual")
    assert Governor(MEASURED).decide(Reading(manual=2)) == Decision(2, "c", "manual")
    assert Governor(MEASURED).decide(Reading(manual=2, thermal_status=2)) == Decision(1, "b", "thermal")
    assert Governor(MEASURED, Policy(knee=0.0)).decide() == Decision(4, "e", "best")


def test_a_trace_replays_to_the_same_decisions():
    governor = Governor(NAMES, Policy(latency_target_ms=5.0, hold_ms=0.0))
    trace = [
        Reading(),
        *[Observation(6.0)] * 12,
        Reading(),
        *[4.0] * 3,
        Reading(battery=0.3),
        Reading(thermal_status=4),
    ]
    expected = [
        Decision(6, "g", "best"),
        Decision(5, "f", "latency"),
        Decision(2, "c", "battery"),
        Decision(0, "a", "thermal"),
    ]
    assert governor.replay(trace) == expected
    assert governor.replay(trace) == expected


def test_one_point_is_always_that_one():
    governor = Governor(["only"], Policy(latency_target_ms=1.0))
    for _ in range(100):
        governor.observe(9.0)
        assert governor.decide(Reading(battery=0.2, power_saving=True)) == Decision(0, "only", "best")


def test_a_bundle_says_what_its_points_are():
    class Manifest:
        sorted_by, operating_points = "macs", (POINT,)

    assert Governor.of(Manifest).points == (Point(POINT.name, POINT.accuracy, POINT.costs["macs"]),)


def test_readings_come_from_a_function_or_a_list_whose_last_is_repeated():
    clock = iter(range(0, 10**9, 10**6)).__next__
    function = reading_source(lambda: Reading(battery=0.1, time_ms=7.0), clock)
    listed = reading_source([Reading(battery=0.2), Reading(battery=0.3, time_ms=9.0)], clock)
    assert function() == Reading(battery=0.1, time_ms=7.0)
    assert [(reading.battery, reading.time_ms) for reading in (listed(), listed(), listed())] == [
        (0.2, 0.0),
        (0.3, 9.0),
        (0.3, 9.0),
    ]
    assert reading_source(None, clock)() == Reading(time_ms=1.0)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (lambda: Governor([]), "governor: expected at least one operating point, received none"),
        (lambda: Governor([3]), "governor: expected names or a Point each, received 3"),
        (
            lambda: Policy(latency_target_ms=0),
            "policy latency_target_ms: expected a positive finite number or None",
        ),
        (lambda: Policy(latency_target_ms=float("nan")), "received nan"),
        (lambda: Policy(percentile=0.0), "policy percentile: expected a number between 0 and 1, received 0.0"),
        (lambda: Policy(percentile=1.5), "policy percentile: expected a number from 0 to 1, received 1.5"),
        (lambda: Policy(knee=-0.1), "policy knee: expected a number from 0 to 1, received -0.1"),
        (lambda: Policy(hold_ms=float("inf")), "policy hold_ms: expected a number from 0 to 1000000000, received inf"),
        (lambda: Policy(low=0.5, high=0.5), "policy low: expected less than high, received 0.5"),
        (lambda: Policy(warm=2.0), "policy warm: expected less than hot, received 2.0"),
        (lambda: Policy(dwell=0), "policy dwell: expected a whole number from 1 to 1000000, received 0"),
        (lambda: Policy(wait=2.5), "policy wait: expected a whole number from 1 to 1000000, received 2.5"),
        (
            lambda: Governor(NAMES).observe(float("nan")),
            "observe: expected a finite latency of at least 0 ms, received nan",
        ),
        (lambda: Governor(NAMES).observe(-1), "observe: expected a finite latency of at least 0 ms, received -1"),
        (lambda: Observation(1.0, slowdown=0.0), "observe: expected a finite slowdown above 0 or None, received 0.0"),
        (
            lambda: Governor(NAMES).observe(Observation(1.0, point=7)),
            "expected a point from 0 to 6, received 7",
        ),
    ],
)
def test_wrong_settings_are_refused(wrong, said):
    with pytest.raises(ChainError, match=said):
        wrong()
