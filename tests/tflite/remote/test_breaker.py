"""The circuit breaker on a clock of the test's own."""

import random

from tflite.remote.breaker import Breaker


class Least(random.Random):
    """Draws the least of what may be drawn."""

    def uniform(self, a, b):
        return a


def breaker():
    return Breaker(3, 1.0, 5.0, Least())


def fail(breaker, now, times=3):
    for _ in range(times):
        assert breaker.allows(now)
        breaker.failed(now)


def test_failures_in_a_row_open_it_and_others_do_not():
    some = breaker()
    fail(some, 0.0, 2)
    some.succeeded()
    fail(some, 0.0, 2)
    assert not some.is_open and some.allows(0.0)
    some.failed(0.0)
    assert some.is_open and not some.allows(0.99)


def test_one_of_many_calls_tries_when_the_time_has_come():
    some = breaker()
    fail(some, 0.0)
    assert [some.allows(1.0) for _ in range(3)] == [True, False, False]
    some.succeeded()
    assert [some.allows(1.0) for _ in range(3)] == [True] * 3 and not some.is_open


def test_tries_that_fail_double_the_time_up_to_the_longest():
    some, now = breaker(), 0.0
    fail(some, now)
    for wait in (1.0, 2.0, 4.0, 5.0, 5.0):
        assert not some.allows(now + wait - 0.01)
        now += wait
        assert some.allows(now)
        some.failed(now)


def test_calls_that_were_under_way_when_it_opened_do_not_make_it_longer():
    some = breaker()
    fail(some, 0.0)
    for _ in range(8):
        some.failed(0.5)
    assert some.allows(1.0)


def test_a_try_that_is_never_heard_of_is_followed_by_another():
    some = breaker()
    fail(some, 0.0)
    assert some.allows(1.0) and not some.allows(1.5) and some.allows(2.0)


def test_the_times_are_spread_by_up_to_a_half():
    waits = set()
    for seed in range(20):
        some = Breaker(1, 1.0, 5.0, random.Random(seed))
        some.failed(0.0)
        waits.add(some._until)
    assert len(waits) == 20 and all(1.0 <= wait <= 1.5 for wait in waits)
