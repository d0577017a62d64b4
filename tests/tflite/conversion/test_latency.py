"""Latencies of units against a clock that is set by hand."""

from itertools import count

import pytest

from tests.tflite.conversion import tiny
from tflite.conversion import latency

NAMES = ("first_1", "head_1", "head_2")


@pytest.fixture(scope="module")
def units():
    return {name: tiny.floats()[name] for name in NAMES}


def clock(durations):
    """A clock in nanoseconds: `durations(round, unit, run)` in microseconds is what each run takes."""
    calls, now = count(), 0

    def read():
        nonlocal now
        run, ended = divmod(next(calls), 2)
        if ended:
            turn, run = divmod(run, latency.RUNS)
            now += int(1000 * durations(*divmod(turn, len(NAMES)), run))
        return now

    return read


def test_the_cheapest_unit_is_what_an_invocation_costs(units):
    found = latency.unit_latencies(units, clock(lambda round_, unit, run: (30, 10, 14)[unit]))
    assert found == pytest.approx({"first_1": 20.0, "head_1": 0.05, "head_2": 4.0})


def test_what_else_the_machine_does_is_not_counted(units):
    """A round in which everything takes three times as long, and single runs that were interrupted."""

    def disturbed(round_, unit, run):
        return (30, 10, 14)[unit] * (3 if round_ in (0, 2, 3) else 1) + (5000 if run % 4 == 0 else 0)

    assert latency.unit_latencies(units, clock(disturbed)) == latency.unit_latencies(
        units, clock(lambda round_, unit, run: (30, 10, 14)[unit])
    )


def test_real_latencies_are_above_zero(units):
    found = latency.unit_latencies(units)
    assert set(found) == set(units) and min(found.values()) == 0.05 and max(found.values()) < 1e6
