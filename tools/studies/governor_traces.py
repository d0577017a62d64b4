"""Devices for the governor's simulator: how slow they are at each run, when it begins, and what their gauges say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tflite.runtime.governor import Reading

PER_SECOND = 30  # images: a camera
FRAME_MS = 1000 / PER_SECOND


@dataclass(frozen=True)
class Device:
    """What happens around a stream of runs.

    Attributes:
        slowdown: times the measured latency, `[runs]`.
        changes: whether anything does; if not, the point is to stay.
        gauges: function of a run's number that returns fields of its `Reading`.
        time_ms: when each run begins, `[runs]`.
    """

    slowdown: np.ndarray
    changes: bool = True
    gauges: Callable[[int], dict] = field(default=lambda run: {})
    time_ms: np.ndarray | None = None

    def reading(self, run: int) -> Reading:
        """What the governor is shown before a run."""
        time = run * FRAME_MS if self.time_ms is None else float(self.time_ms[run])
        return Reading(time_ms=time, **self.gauges(run))


def steady(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Nothing changes, and no gauge says anything."""
    return Device(np.ones(runs), changes=False)


def missing_gauges(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Nothing changes; of battery, headroom and charger three of ten readings are missing."""
    missing = rng.random((runs, 3)) < 0.3

    def gauges(run):
        battery, headroom, charging = missing[run].tolist()
        return {
            "battery": None if battery else 0.9,
            "thermal_headroom": float("nan") if headroom else 0.5,
            "charging": None if charging else False,
        }

    return Device(np.ones(runs), changes=False, gauges=gauges)


def alternating_headroom(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Nothing changes; the headroom is .84 in one second and .86 in the next."""
    return Device(np.ones(runs), False, lambda run: {"thermal_headroom": (0.86, 0.84)[run // PER_SECOND % 2]})


def noisy_headroom(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Nothing changes; every second the headroom is another number around .8, with a standard deviation of .05."""
    headroom = 0.8 + 0.05 * rng.standard_normal(runs // PER_SECOND + 1)
    return Device(np.ones(runs), False, lambda run: {"thermal_headroom": float(headroom[run // PER_SECOND])})


def cold_start(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """A new chain's first runs, as measured, at the start and after a pause of a minute in every fifty seconds."""
    period = 50 * PER_SECOND
    since = np.arange(runs) % period
    slowdown = np.where(since < len(cold), np.resize(cold, period)[since], 1.0)
    return Device(slowdown, time_ms=np.arange(runs) * FRAME_MS + 60_000.0 * (np.arange(runs) // period))


def heating(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """From 1 to 2.2 times in a quarter of the time, so for a quarter, back in a quarter, and so for the last one."""
    return Device(np.interp(np.arange(runs), np.array([0, 1, 2, 3]) * runs / 4, [1.0, 2.2, 2.2, 1.0]))


def bursts(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """1.8 times for two to eight seconds, about every half minute."""
    slowdown, run = np.ones(runs), 10 * PER_SECOND
    while run < runs:
        length = int(rng.integers(2 * PER_SECOND, 8 * PER_SECOND))
        slowdown[run : run + length] = 1.8
        run += length + 3 * PER_SECOND + int(rng.exponential(23 * PER_SECOND))
    return Device(slowdown)


def two_apps(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Another app comes and goes, each for twenty seconds on average: 1.6 times while it is there."""
    slowdown, run, busy = np.ones(runs), 0, False
    while run < runs:
        length = 1 + int(rng.exponential(20 * PER_SECOND))
        slowdown[run : run + length] = 1.6 if busy else 1.0
        run, busy = run + length, not busy
    return Device(slowdown)


def charge_cycles(runs: int, rng: np.random.Generator, cold: np.ndarray) -> Device:
    """Twice from full to 5 % and back at the charger, where the device is 1.25 times slower."""
    cycle = np.arange(runs) / runs * 2 % 1
    charging = cycle >= 0.6
    level = np.where(charging, 0.05 + (cycle - 0.6) / 0.4 * 0.95, 1 - cycle / 0.6 * 0.95)
    gauges = [{"battery": round(float(b), 3), "charging": bool(c)} for b, c in zip(level, charging)]
    return Device(np.where(charging, 1.25, 1.0), gauges=gauges.__getitem__)


_MAKERS = (steady, missing_gauges, alternating_headroom, noisy_headroom, cold_start, heating, bursts, two_apps)
TRACES = {make.__name__.replace("_", " "): make for make in (*_MAKERS, charge_cycles)}
