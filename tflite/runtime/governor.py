"""Picks the operating point before an image is looked at: from battery, heat, power saving, and the latencies seen.

A governor is deterministic and reads no clock and no sensor: shown the same trace, it decides the same, in every
runtime. docs/bundle.md has the six ceilings; the lowest decides.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from numbers import Real

from ..errors import ChainError

SEVERE, MODERATE = 3, 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What the device says of itself; None (or NaN) where it does not know.

    Args:
        battery: charge from 0 to 1.
        charging: whether the device is on a charger.
        power_saving: whether the user's power saving is on.
        thermal_status: Android's scale: 0 none, 1 light, 2 moderate, 3 severe and upwards.
        thermal_headroom: 1.0 is the threshold of severe throttling.
        manual: the point that the caller asks for, as an index; a ceiling like the others.
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
        latency_target_ms: what the percentile of the latencies is steered to; None sets no latency ceiling.
        percentile: which latency of the sorted window is looked at, from 0 (excluded) to 1.
        window: how many latencies are kept.
        relax: the ceiling rises when the percentile is at most this share of the target.
        low, high: battery levels at and below which the cheapest, from which the dearest point is allowed.
        warm, hot: headrooms that count as moderate and severe.
    """

    latency_target_ms: float | None = None
    percentile: float = 0.9
    window: int = 32
    relax: float = 0.7
    low: float = 0.15
    high: float = 0.5
    warm: float = 0.85
    hot: float = 1.0

    def __post_init__(self):
        target = self.latency_target_ms
        if target is not None and not (isinstance(target, Real) and math.isfinite(target) and target > 0):
            raise ChainError(
                f"policy latency_target_ms: expected a positive finite number or None, received {target!r}"
            )
        if not (0 < self.percentile <= 1 and self.window >= 1 and 0 <= self.relax < 1 and self.low < self.high):
            raise ChainError(
                f"policy: expected percentile in (0, 1], window >= 1, relax in [0, 1) and low < high, received {self}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """The operating point picked: its index (0 is the cheapest), its name, and which ceiling set it."""

    point: int
    name: str
    reason: str


class Governor:
    """Decides over operating points, cheapest first.

    Args:
        points: the names of the operating points, cheapest first, or a manifest's `operating_points`.
        policy: a `Policy`.

    Raises:
        ChainError: there is no point.
    """

    def __init__(self, points, policy=None):
        self.points = tuple(getattr(point, "name", point) for point in points)
        if not self.points:
            raise ChainError("governor: expected at least one operating point, received none")
        self.policy = policy or Policy()
        self.reset()

    def reset(self):
        """Forgets every latency and decision: the state of a new governor."""
        self._latencies = deque(maxlen=self.policy.window)
        self._ceiling = len(self.points) - 1
        self._used = self._ceiling

    def observe(self, latency_ms):
        """Takes the latency of one run, in milliseconds.

        Raises:
            ChainError: not a finite number of at least zero.
        """
        if not (isinstance(latency_ms, Real) and math.isfinite(latency_ms) and latency_ms >= 0):
            raise ChainError(f"observe: expected a finite latency of at least 0 ms, received {latency_ms!r}")
        self._latencies.append(float(latency_ms))

    def decide(self, reading=None, used=None):
        """Picks the point for the next image.

        Args:
            reading: a `Reading`; None is one that knows nothing.
            used: index of the point that the latencies since the last decision were seen at, if not the one decided.

        Returns:
            A `Decision`: the lowest ceiling, and the first of the six that is so low.
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

    def replay(self, trace):
        """Replays a recorded trace from a fresh state.

        Args:
            trace: `Reading`s and latencies (numbers, in milliseconds) in the order in which they came.

        Returns:
            A list with the `Decision` of each reading.
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
        """Moves the latency ceiling once the window is full, by its percentile against the target."""
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
