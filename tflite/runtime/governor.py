"""Picks the operating point before each image, from battery, heat, power saving and the latencies observed.

A governor is deterministic and reads no clock and no sensor: on the same trace every runtime makes the same decisions.
docs/bundle.md has the six ceilings; the lowest one decides.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..bundle.manifest import OperatingPoint
from ..errors import ChainError
from .budget import is_finite, shown

SEVERE, MODERATE = 3, 2


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of the device; None (or NaN) for what is unknown.

    Args:
        battery: charge from 0 to 1.
        charging: whether the device is on a charger.
        power_saving: whether the user's power saving is on.
        thermal_status: Android's scale: 0 none, 1 light, 2 moderate, 3 and above severe.
        thermal_headroom: 1.0 is the threshold of severe throttling.
        manual: index of the point that the caller asks for; a ceiling like the others.
    """

    battery: float | None = None
    charging: bool | None = None
    power_saving: bool | None = None
    thermal_status: int | None = None
    thermal_headroom: float | None = None
    manual: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The governor's thresholds; the defaults are those of docs/bundle.md.

    Args:
        latency_target_ms: target of the latencies' percentile; None sets no latency ceiling.
        percentile: which latency of the sorted window is compared, from 0 (excluded) to 1.
        window: number of latencies kept.
        relax: the ceiling rises when the percentile is at most this fraction of the target.
        low: battery level at and below which only the cheapest point is allowed.
        high: battery level from which the most expensive point is allowed.
        warm: thermal headroom that counts as moderate.
        hot: thermal headroom that counts as severe.
    """

    latency_target_ms: float | None = None
    percentile: float = 0.9
    window: int = 32
    relax: float = 0.7
    low: float = 0.15
    high: float = 0.5
    warm: float = 0.85
    hot: float = 1.0

    def __post_init__(self) -> None:
        target = self.latency_target_ms
        if target is not None and not (is_finite(target) and target > 0):
            received = shown(target)
            raise ChainError(
                f"policy latency_target_ms: expected a positive finite number or None, received {received}"
            )
        if not (0 < self.percentile <= 1 and self.window >= 1 and 0 <= self.relax < 1 and self.low < self.high):
            raise ChainError(
                f"policy: expected percentile in (0, 1], window >= 1, relax in [0, 1) and low < high, received {self}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen operating point: its index (0 is the cheapest), its name, and the ceiling that set it."""

    point: int
    name: str
    reason: str


class Governor:
    """Chooses among operating points.

    Args:
        points: names of the operating points, cheapest first, or a manifest's `operating_points`.
        policy: the thresholds; None for the defaults.

    Raises:
        ChainError: there is no point.
    """

    def __init__(self, points: Iterable[str | OperatingPoint], policy: Policy | None = None) -> None:
        self.points = tuple(getattr(point, "name", point) for point in points)
        if not self.points:
            raise ChainError("governor: expected at least one operating point, received none")
        self.policy = policy or Policy()
        self.reset()

    def reset(self) -> None:
        """Returns to the state of a new governor."""
        self._latencies = deque(maxlen=self.policy.window)
        self._ceiling = len(self.points) - 1
        self._used = self._ceiling

    def observe(self, latency_ms: float) -> None:
        """Records the latency of one run.

        Args:
            latency_ms: milliseconds.

        Raises:
            ChainError: it is not a finite number of at least zero.
        """
        if not (is_finite(latency_ms) and latency_ms >= 0):
            raise ChainError(f"observe: expected a finite latency of at least 0 ms, received {shown(latency_ms)}")
        self._latencies.append(float(latency_ms))

    def decide(self, reading: Reading | None = None, used: int | None = None) -> Decision:
        """Chooses the point for the next image.

        Args:
            reading: the state of the device; None if all of it is unknown.
            used: index of the point at which the latencies since the last decision were observed, if it was not the one
                decided.

        Returns:
            The lowest ceiling; of equal ones the first of the six gives the reason.
        """
        reading = reading or Reading()
        self._steer(self._used if used is None else used)
        top = len(self.points) - 1
        ceilings = (
            ("manual", reading.manual),
            ("thermal", self._thermal(reading, top)),
            ("power_saving", math.floor(top / 3) if reading.power_saving and not reading.charging else None),
            ("battery", self._battery(reading, top)),
            ("latency", self._ceiling if self.policy.latency_target_ms is not None else None),
            ("best", top),
        )
        point, reason = min(
            ((ceiling, name) for name, ceiling in ceilings if ceiling is not None), key=lambda pair: pair[0]
        )
        self._used = max(0, point)
        return Decision(self._used, self.points[self._used], reason)

    def replay(self, trace: Iterable[Reading | float]) -> list[Decision]:
        """Replays a recorded trace from the initial state.

        Args:
            trace: `Reading`s and latencies (milliseconds) in the order in which they came.

        Returns:
            The decision for each reading.
        """
        self.reset()
        decisions = []
        for event in trace:
            if isinstance(event, Reading):
                decisions.append(self.decide(event))
            else:
                self.observe(event)
        return decisions

    def _steer(self, used):
        """Moves the latency ceiling once the window is full: compares its percentile with the target."""
        policy = self.policy
        if policy.latency_target_ms is None or len(self._latencies) < policy.window:
            return
        seen = sorted(self._latencies)[math.ceil(policy.percentile * policy.window) - 1]
        if seen > policy.latency_target_ms:
            self._ceiling = max(0, used - 1)
        elif seen <= policy.relax * policy.latency_target_ms:
            self._ceiling = min(len(self.points) - 1, self._ceiling + 1)
        else:
            return
        self._latencies.clear()

    def _thermal(self, reading, top):
        status = reading.thermal_status if reading.thermal_status is not None else 0
        headroom = reading.thermal_headroom if reading.thermal_headroom is not None else 0.0
        # A comparison with NaN is false, so an unsupported headroom sets no ceiling.
        if status >= SEVERE or headroom >= self.policy.hot:
            return 0
        if status >= MODERATE or headroom >= self.policy.warm:
            return top // 2
        return None

    def _battery(self, reading, top):
        level = reading.battery
        if level is None or math.isnan(level) or reading.charging:
            return None
        if level >= self.policy.high:
            return top
        if level <= self.policy.low:
            return 0
        return math.floor(top * (level - self.policy.low) / (self.policy.high - self.policy.low))


def reading_source(readings: Iterable[Reading] | Callable[[], Reading] | None) -> Callable[[], Reading]:
    """Returns a function that returns the next reading; the last one is repeated when the readings run out."""
    if callable(readings):
        return readings
    source, last = iter(readings if readings is not None else ()), Reading()

    def following():
        nonlocal last
        last = next(source, last)
        return last

    return following
