"""The ceilings of battery, power saving and heat: each falls at once, and rises with hysteresis."""

from __future__ import annotations

import math
from collections import deque

from .policy import Policy, Reading

SEVERE, MODERATE = 3, 2
HEADROOM_BAND = 0.05  # how far the headroom has to fall below a threshold to count as below it
BATTERY_BAND = 0.02  # how much more charge than a place needs lifts the ceiling to it
GAUGES = ("thermal", "power_saving", "battery")


class Held:
    """The least of the values of the last `hold_ms`; None, no ceiling, is more than any."""

    __slots__ = ("_hold", "_values")

    def __init__(self, hold_ms: float) -> None:
        self._hold, self._values = hold_ms, deque()  # (value, time): both rise from the first to the last

    def least(self, value: int | None, now: float) -> int | None:
        """Takes the value of now, and returns the least one."""
        value, values = math.inf if value is None else value, self._values
        while values and values[-1][0] >= value:
            values.pop()
        values.append((value, now))
        while now - values[0][1] > self._hold:
            values.popleft()
        return None if values[0][0] == math.inf else values[0][0]


class Gauges:
    """The ceilings that readings set: places of the points offered, from 0.

    Args:
        policy: the thresholds.
        top: the highest place.
    """

    def __init__(self, policy: Policy, top: int) -> None:
        self._policy, self._top = policy, top
        self._heat, self._charge = 0, None
        self._held = {name: Held(policy.hold_ms) for name in GAUGES}

    def ceilings(self, reading: Reading, now: float) -> dict[str, int | None]:
        """The ceiling in force of each gauge; None where there is none.

        Args:
            reading: the state of the device.
            now: milliseconds.
        """
        asked = {
            "thermal": self._thermal(reading),
            "power_saving": self._top // 3 if reading.power_saving and not reading.charging else None,
            "battery": self._battery(reading),
        }
        return {name: self._held[name].least(asked[name], now) for name in GAUGES}

    def _thermal(self, reading):
        headroom, status, heat = reading.thermal_headroom, reading.thermal_status, 0
        if headroom is not None and not math.isnan(headroom):
            self._heat = min(max(self._heat, self._warmth(headroom)), self._warmth(headroom + HEADROOM_BAND))
            heat = self._heat
        if status is not None:
            heat = max(heat, 2 if status >= SEVERE else 1 if status >= MODERATE else 0)
        return (None, self._top // 2, 0)[heat]

    def _warmth(self, headroom):
        return 2 if headroom >= self._policy.hot else 1 if headroom >= self._policy.warm else 0

    def _battery(self, reading):
        level = reading.battery
        if level is None or math.isnan(level) or reading.charging:
            self._charge = None
            return None
        most = self._place(level)
        last = most if self._charge is None else self._charge
        self._charge = min(max(last, self._place(level - BATTERY_BAND)), most)
        return None if self._charge == self._top else self._charge

    def _place(self, level):
        policy = self._policy
        if level >= policy.high:
            return self._top
        if level <= policy.low:
            return 0
        return math.floor(self._top * (level - policy.low) / (policy.high - policy.low))
