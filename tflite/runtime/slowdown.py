"""How much slower the device runs now than when its parts were timed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence

FEW, MANY = 11, 15  # runs
WINDOW_MS = 10_000.0


class Slowdown:
    """Ratios of observed over expected time, of the last runs; before the first, as if it had seen 11 that are 1.

    A device at rest has ratios that lie close together, a disturbed run has one anywhere above: so they are ranked.
    """

    __slots__ = ("_ratios", "_recent", "_lasting")

    def __init__(self) -> None:
        self._ratios = deque([(-math.inf, 1.0)] * FEW, maxlen=MANY)
        self._recent = self._lasting = None

    def observe(self, ratio: float, now: float) -> None:
        """Takes one run's ratio, above 0, and when it ran, in milliseconds."""
        self._ratios.append((now, ratio))
        self._recent = self._lasting = None

    @property
    def recent(self) -> float:
        """The median of the last 11."""
        if self._recent is None:
            self._recent = self._ranked(FEW)[FEW // 2]
        return self._recent

    @property
    def lasting(self) -> float:
        """What three of four do not exceed: of the last 15, those within 10 s of the last, but 11 at least."""
        if self._lasting is None:
            begin = self._ratios[-1][0] - WINDOW_MS
            count = max(FEW, sum(time >= begin for time, _ in self._ratios))
            self._lasting = self._ranked(count)[3 * count // 4]
        return self._lasting

    def _ranked(self, count):
        return sorted(ratio for _, ratio in list(self._ratios)[-count:])


class Pace:
    """What the parts of a chain took at load, and how much slower they run since.

    Args:
        expected: part -> median in nanoseconds.
    """

    def __init__(self, expected: Mapping[str, float]) -> None:
        self.expected = expected
        self._slowdown = Slowdown()

    @property
    def slowdown(self) -> float:
        """What the medians of parts are multiplied with, to say what they take now."""
        return self._slowdown.recent

    def observe(self, happened: Sequence[tuple], now: int) -> float | None:
        """Takes a run, and returns how many times longer its local parts took than expected; None if that is unknown.

        Args:
            happened: the events of the run's meter.
            now: nanoseconds.
        """
        took = usual = 0.0
        for kind, name, *details in happened:
            if kind == "run" and name in self.expected:
                took, usual = took + details[0], usual + self.expected[name]
        if not (took > 0 and usual > 0):
            return None
        self._slowdown.observe(took / usual, now / 1e6)
        return took / usual
