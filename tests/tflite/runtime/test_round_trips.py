"""What is learned from round trips, by numbers worked out by hand."""

import math

import pytest

from tflite.runtime.governor import Governor, Observation, Policy, Reading
from tflite.runtime.round_trips import Reach, RoundTrips


def test_the_usual_time_is_that_which_a_share_does_not_exceed():
    half, most = RoundTrips(0.5), RoundTrips(0.9)
    for trips in (half, most):
        for ms in (10, 20, 30, 40, 50, 60):
            trips.observe(ms)
    # Five zeros, then 10 to 60: the elements 5 and 9 of eleven.
    assert (half.usual, most.usual) == (10, 50)
    half.observe(math.inf)
    assert half.usual == 20


def test_two_long_calls_of_eleven_are_too_many_and_one_is_not():
    reach = Reach(50.0, 0.9)
    reach.observe(80.0, 0.0)
    assert reach.allows(0.0)
    reach.observe(math.inf, 100.0)
    assert not reach.allows(100.0) and not reach.allows(2099.0) and reach.allows(2100.0)


def test_tries_double_the_wait_until_one_is_quick():
    reach, now = Reach(50.0, 0.9), 0.0
    for _ in range(2):
        reach.observe(80.0, now)
    for wait in (2000.0, 4000.0, 8000.0, 16_000.0, 32_000.0, 64_000.0, 64_000.0):
        assert not reach.allows(now + wait - 1)
        now += wait
        assert reach.allows(now)
        reach.observe(80.0, now)
    reach.observe(50.0, now + 64_000)
    assert reach.allows(now + 64_000)
    reach.observe(80.0, now)
    assert reach.allows(now), "the long ones before are forgotten"


def test_without_a_limit_only_what_is_lost_is_too_long():
    reach = Reach(None, 0.9)
    for _ in range(11):
        reach.observe(1e9, 0.0)
    assert reach.allows(0.0)
    for _ in range(2):
        reach.observe(math.inf, 0.0)
    assert not reach.allows(0.0)


def governed(policy, *events):
    return [decision.local for decision in Governor(["a", "b"], Policy(**policy)).replay(events)]


def test_the_network_is_a_reading():
    offline, metered = Reading(offline=True, metered=True), Reading(metered=True)
    assert governed({}, offline, metered, Reading()) == ["offline", "metered", None]
    assert governed({"metered": True}, offline, metered) == ["offline", None]


def test_the_limit_is_the_policys_own_or_the_latency_target():
    long = [Observation(90.0, round_trip_ms=70.0)] * 2
    assert governed({"round_trip_ms": 60.0, "latency_target_ms": 100.0}, *long, Reading()) == ["round_trip"]
    assert governed({"latency_target_ms": 60.0}, *long, Reading()) == ["round_trip"]
    assert governed({"latency_target_ms": 100.0}, *long, Reading()) == [None]
    assert governed({}, *[Observation(9.0, lost=True)] * 2, Reading()) == ["round_trip"]


@pytest.mark.parametrize("field", [{"round_trip_ms": 0.0}, {"round_trip_ms": math.inf}, {"metered": 1}])
def test_a_policy_of_other_numbers_is_refused(field):
    with pytest.raises(ValueError, match=next(iter(field))):
        Policy(**field)
