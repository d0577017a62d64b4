"""What a governor is shown and told, and what it decides: readings, observations, its policy, decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import ChainError
from .budget import Budget, is_finite, shown
from .result import Result


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of the device; None (or NaN) for what is unknown.

    Args:
        battery: charge from 0 to 1.
        charging: whether the device is on a charger.
        power_saving: whether the user's power saving is on.
        thermal_status: Android's scale: 0 none, 1 light, 2 moderate, 3 and above severe.
        thermal_headroom: 1.0 is the threshold of severe throttling.
        manual: index of the point that the caller asks for; it is taken unless a ceiling is lower.
        time_ms: when, in milliseconds of any clock that does not go back.
        offline: whether there is no network.
        metered: whether the network costs by what is sent.
    """

    battery: float | None = None
    charging: bool | None = None
    power_saving: bool | None = None
    thermal_status: int | None = None
    thermal_headroom: float | None = None
    manual: int | None = None
    time_ms: float | None = None
    offline: bool | None = None
    metered: bool | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One run.

    Args:
        latency_ms: from the call to the answer.
        slowdown: how many times longer its parts took than their medians at load (`Result.slowdown`); None if unknown.
        cut: whether its budget's latency ended it before the rule of an exit did.
        point: index of the operating point that it ran at; None for the one decided last.
        round_trip_ms: of the longest call of a remote part that gave its outputs; None if there was none.
        lost: whether a remote part was asked in vain.

    Raises:
        ChainError: a latency or round trip that is no finite number of at least 0, or a slowdown that is none above 0.
    """

    latency_ms: float
    slowdown: float | None = None
    cut: bool = False
    point: int | None = None
    round_trip_ms: float | None = None
    lost: bool = False

    def __post_init__(self) -> None:
        slowdown, trip = self.slowdown, self.round_trip_ms
        for name, ms in (("latency", self.latency_ms), ("round trip", 0.0 if trip is None else trip)):
            if not (is_finite(ms) and ms >= 0):
                raise ChainError(f"observe: expected a finite {name} of at least 0 ms, received {shown(ms)}")
        if slowdown is not None and not (is_finite(slowdown) and slowdown > 0):
            raise ChainError(f"observe: expected a finite slowdown above 0 or None, received {shown(slowdown)}")

    @classmethod
    def of(cls, result: Result) -> Observation:
        """What a result says of its run."""
        trips = [event.ms for event in result.events if event.kind == "remote"]
        lost = any(event.kind == "failed" and event.why == "error" for event in result.events)
        cut = result.reason == "latency"
        return cls(result.elapsed_ms, result.slowdown, cut, round_trip_ms=max(trips, default=None), lost=lost)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a governor aims at; docs/bundle.md, "The governor", says what every number does.

    Args:
        latency_target_ms: what `percentile` of the latencies are to stay within; None sets no latency ceiling.
        percentile: a share of the answers, between 0 and 1.
        knee: the accuracy (0..1) that the best point may give up, compared with the most accurate one, to be cheaper.
        low: battery level at and below which only the cheapest point is allowed.
        high: battery level from which every point is allowed.
        warm: thermal headroom that counts as moderate.
        hot: thermal headroom that counts as severe.
        hold_ms: how long a reading's ceiling outlasts it.
        dwell: runs at a point before the next more expensive one is tried.
        wait: runs before a point that failed is tried again; they double while it fails at once.
        round_trip_ms: what `percentile` of the calls of remote parts are to stay within; None is the latency target.
        metered: whether remote parts are asked over a network that costs by what is sent.

    Raises:
        ChainError: a number out of its range.
    """

    latency_target_ms: float | None = None
    percentile: float = 0.9
    knee: float = 0.001
    low: float = 0.15
    high: float = 0.5
    warm: float = 0.85
    hot: float = 1.0
    hold_ms: float = 15_000.0
    dwell: int = 64
    wait: int = 512
    round_trip_ms: float | None = None
    metered: bool = False

    def __post_init__(self) -> None:
        for name in ("latency_target_ms", "round_trip_ms"):
            target = getattr(self, name)
            if target is not None and not (is_finite(target) and target > 0):
                self._refuse(name, "a positive finite number or None")
        if not isinstance(self.metered, bool):
            self._refuse("metered", "True or False")
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not (is_finite(value) and 0 <= value <= most):
                self._refuse(name, f"a number from 0 to {most}")
        for name in ("dwell", "wait"):
            if type(getattr(self, name)) is not int or not 1 <= getattr(self, name) <= MOST_RUNS:
                self._refuse(name, f"a whole number from 1 to {MOST_RUNS}")
        if not 0 < self.percentile < 1:
            self._refuse("percentile", "a number between 0 and 1")
        for lower, upper in (("low", "high"), ("warm", "hot")):
            if getattr(self, lower) >= getattr(self, upper):
                self._refuse(lower, f"less than {upper}")

    def _refuse(self, name, expected):
        raise ChainError(f"policy {name}: expected {expected}, received {shown(getattr(self, name))}")


MOST_RUNS = 1_000_000
_MOST = {"percentile": 1, "knee": 1, "low": 1, "high": 1, "warm": 10, "hot": 10, "hold_ms": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen operating point: its index (0 is the cheapest), its name, and the ceiling that set it.

    Attributes:
        local: why remote parts are not to be asked: "offline", "metered" or "round_trip"; None where they may be.
    """

    point: int
    name: str
    reason: str
    local: str | None = None

    def within(self, budget: Budget | None) -> Budget | None:
        """A budget that asks remote parts only where this allows it."""
        return budget if self.local is None else replace(budget or Budget(), remote=False)
