"""Picks the operating point before each image, from battery, heat, power saving and the latencies observed.

A governor is deterministic and reads no clock and no sensor: on the same trace every runtime makes the same decisions.
docs/bundle.md has its rules. The lowest ceiling decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..bundle.manifest import Manifest
from ..errors import ChainError
from .budget import shown
from .gauges import Gauges
from .ladder import Point, offered
from .latency_ceiling import BEAT_MS, LatencyCeiling
from .policy import Decision, Observation, Policy, Reading
from .round_trips import Reach

__all__ = ["Decision", "Governor", "Observation", "Point", "Policy", "Reading", "reading_source"]


class Governor:
    """Chooses among operating points.

    Args:
        points: names of the operating points, cheapest first, or a `Point` each.
        policy: what it aims at; None for the defaults.

    Raises:
        ChainError: there is no point, or one is neither a name nor a `Point`.

    Attributes:
        points: all of them.
        ladder: indices of those that it offers.
    """

    def __init__(self, points: Iterable[str | Point], policy: Policy | None = None) -> None:
        self.points = tuple(Point(point) if isinstance(point, str) else point for point in points)
        if wrong := [point for point in self.points if not isinstance(point, Point)]:
            raise ChainError(f"governor: expected names or a Point each, received {shown(wrong[0])}")
        if not self.points:
            raise ChainError("governor: expected at least one operating point, received none")
        self.policy = policy or Policy()
        self.ladder = offered(self.points, self.policy.knee)
        self.reset()

    @classmethod
    def of(cls, manifest: Manifest, policy: Policy | None = None) -> Governor:
        """A governor over a bundle's operating points."""
        unit = manifest.sorted_by
        return cls([Point(p.name, p.accuracy, p.costs[unit]) for p in manifest.operating_points], policy)

    def reset(self) -> None:
        """Returns to the state of a new governor."""
        self._now, self._point = 0.0, self.ladder[-1]
        self._gauges = Gauges(self.policy, len(self.ladder) - 1)
        targeted = self.policy.latency_target_ms is not None
        self._latency = LatencyCeiling(self.policy, self.ladder) if targeted else None
        self._reach = Reach(self.policy.round_trip_ms or self.policy.latency_target_ms, self.policy.percentile)

    def observe(self, run: Observation | float) -> None:
        """Records a run, or its latency alone, in milliseconds.

        Raises:
            ChainError: see `Observation`; or it names a point that is not there.
        """
        run = run if isinstance(run, Observation) else Observation(run)
        point = self._point if run.point is None else run.point
        if not 0 <= point < len(self.points):
            raise ChainError(f"observe: expected a point from 0 to {len(self.points) - 1}, received {point}")
        if self._latency is not None:
            self._latency.observe(run, point)
        if run.lost or run.round_trip_ms is not None:
            self._reach.observe(math.inf if run.lost else run.round_trip_ms, self._now)

    def decide(self, reading: Reading | None = None) -> Decision:
        """Chooses the point for the next image.

        Args:
            reading: the state of the device; None if all of it is unknown.

        Returns:
            The caller's point or the best one, or what the lowest ceiling below it allows: of equal ones the first of
            heat, power saving, battery and latency. And whether remote parts are to be asked.
        """
        reading = reading or Reading()
        self._now = max(self._now, _time(reading, self._now + BEAT_MS))
        point, reason = self._highest(reading)
        for name, place in self._ceilings(reading, point):
            if place is not None and place < len(self.ladder) and self.ladder[place] < point:
                point, reason = self.ladder[place], name
        self._point = point
        return Decision(point, self.points[point].name, reason, self._local(reading))

    def replay(self, trace: Iterable[Reading | Observation | float]) -> list[Decision]:
        """Replays a recorded trace from the initial state.

        Args:
            trace: `Reading`s and runs, in the order in which they came.

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

    def _local(self, reading):
        """Why remote parts are not to be asked; None where they may be."""
        if reading.offline:
            return "offline"
        if reading.metered and not self.policy.metered:
            return "metered"
        return None if self._reach.allows(self._now) else "round_trip"

    def _highest(self, reading) -> tuple[int, str]:
        if reading.manual is None:
            return self.ladder[-1], "best"
        return min(max(reading.manual, 0), len(self.points) - 1), "manual"

    def _ceilings(self, reading, highest) -> Iterator[tuple[str, int | None]]:
        yield from self._gauges.ceilings(reading, self._now).items()
        if self._latency is not None:
            self._latency.steer(self._now, highest)
            yield "latency", self._latency.place


def _time(reading, usual):
    """When a reading was taken; `usual` where that is unknown."""
    return reading.time_ms if reading.time_ms is not None and math.isfinite(reading.time_ms) else usual


def reading_source(
    readings: Iterable[Reading] | Callable[[], Reading] | None, clock: Callable[[], int]
) -> Callable[[], Reading]:
    """Returns a function that returns the next reading; the last one is repeated when the readings run out.

    Args:
        readings: one after the other, or a function that returns the one of now; None for a device without sensors.
        clock: returns nanoseconds: the time of readings that have none.
    """
    source, last = None if callable(readings) else iter(readings or ()), Reading()

    def following():
        nonlocal last
        last = readings() if source is None else next(source, last)
        return replace(last, time_ms=clock() / 1e6) if last.time_ms is None else last

    return following
