"""A governor in a stream of simulated runs, held against every operating point used alone on the same runs."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tflite.runtime.governor import Governor, Observation, Point, Policy
from tflite.runtime.slowdown import Slowdown
from tools.studies.governor_profile import Profile
from tools.studies.governor_traces import TRACES

BLOCK = 1000  # runs in which switches are counted
ENOUGH = 200  # runs that a percentile is taken of


@dataclass(frozen=True)
class Stream:
    """Runs of a profile on a device: which image each one sees, and which measured run times it.

    A measured run is drawn for each run, so that parts of one run belong together and nothing changes from run to run
    but what the device says.
    """

    profile: Profile
    trace: str
    runs: int
    seed: int

    @cached_property
    def _drawn(self):
        rng = np.random.default_rng([self.seed, zlib.crc32(self.trace.encode())])
        device = TRACES[self.trace](self.runs, rng, np.array(self.profile.cold))
        images = self.profile.stop.shape[1]
        rounds = [rng.permutation(images) for _ in range(-(-self.runs // images))]
        return device, np.concatenate(rounds)[: self.runs], rng.integers(len(self.profile.rest_us), size=self.runs)

    @property
    def device(self):
        """What happens around the runs."""
        return self._drawn[0]

    @cached_property
    def stops(self) -> np.ndarray:
        """Where each run would stop at each point, `[points, runs]`."""
        return self.profile.stop[:, self._drawn[1]]

    @cached_property
    def latency_ms(self) -> np.ndarray:
        """What each run would take to each stop, `[runs, stops]`."""
        return self.profile.times_ms[self._drawn[2]] * self.device.slowdown[:, None]

    @cached_property
    def ratios(self) -> np.ndarray:
        """Observed over expected time of the parts to each stop, `[runs, stops]`."""
        return self.profile.ratios[self._drawn[2]] * self.device.slowdown[:, None]

    @cached_property
    def right(self) -> np.ndarray:
        """Whether each stop's answer would be right, bool `[runs, stops]`."""
        return self.profile.is_right[:, self._drawn[1]].T

    def of_points(self, values: np.ndarray) -> np.ndarray:
        """Values `[runs, stops]` at the stops of each point, `[points, runs]`."""
        return values[np.arange(self.runs), self.stops]

    @cached_property
    def allowed(self) -> np.ndarray:
        """The most expensive point that the device's gauges allow at each run, `[runs]`."""
        governor = Governor(points_of(self.profile), Policy(knee=0.0))
        return np.array([governor.decide(self.device.reading(run)).point for run in range(self.runs)])


def points_of(profile: Profile) -> list[Point]:
    """The operating points as a governor takes them."""
    return [Point(**point) for point in profile.points]


@dataclass(frozen=True)
class Driven:
    """What a governor did: points, latencies and whether the answers are right, `[runs]` each; cut: by the deadline."""

    points: np.ndarray
    latency_ms: np.ndarray
    right: np.ndarray
    cut: np.ndarray


def drive(
    stream: Stream,
    target: float | None,
    point: int | None = None,
    deadline: bool = False,
    follow: bool = True,
    settings: Mapping[str, float] | None = None,
):
    """Runs a stream under a governor.

    Args:
        target: in ms.
        point: used always, without a governor.
        deadline: whether the target is the deadline of each run as well.
        follow: whether a deadline looks at how slow the device has been; otherwise at the medians of load alone.
        settings: of the governor's policy, besides the target.

    Returns:
        What happened, a `Driven`.
    """
    governor = Governor(points_of(stream.profile), Policy(latency_target_ms=target, **(settings or {})))
    slowdown, chosen, ends, cuts = Slowdown(), [], [], []
    for run in range(stream.runs):
        chosen.append(governor.decide(stream.device.reading(run)).point if point is None else point)
        stop = stream.stops[chosen[-1], run]
        end = _stop_in_time(stream, run, stop, target, slowdown.recent if follow else 1.0) if deadline else stop
        ends.append(end)
        cuts.append(end < stop)
        ratio = float(stream.ratios[run, end])
        slowdown.observe(ratio, run)
        governor.observe(Observation(float(stream.latency_ms[run, end]), ratio, bool(end < stop)))
    runs, ends = np.arange(stream.runs), np.array(ends)
    return Driven(np.array(chosen), stream.latency_ms[runs, ends], stream.right[runs, ends], np.array(cuts))


def _stop_in_time(stream, run, stop, deadline, slowdown):
    """The first stop from which the way to the next one would end too late; as docs/bundle.md has it of deadlines."""
    medians, reach = stream.profile.medians_us, stream.profile.reach
    for number in range(stop):
        ahead = sum(medians[reach[number] : reach[number + 1]]) / 1e3
        if stream.latency_ms[run, number] + slowdown * ahead > deadline:
            return number
    return stop


def judge(stream: Stream, target: float, driven: Driven) -> dict:
    """What came of a stream under a governor: shares of the target, switches, accuracies in percent.

    Counted are the runs at which some point holds the target: the cheapest one's 90th percentile, times how slow the
    device is then, is within it.
    """
    p90 = stream.profile.p90_ms()
    counted = p90.min() * stream.device.slowdown <= target
    switches = np.flatnonzero(np.diff(driven.points))
    blocks = [int(((switches >= first) & (switches < first + BLOCK)).sum()) for first in range(0, stream.runs, BLOCK)]
    found = {
        "bundle": stream.profile.bundle,
        "trace": stream.trace,
        "target_ms": target,
        "counted": int(counted.sum()),
        "use": np.bincount(driven.points, minlength=len(p90)).tolist(),
        "switches": None if stream.device.changes else max(blocks),
    }
    if counted.sum() < ENOUGH:
        return found
    found["p90"] = float(np.percentile(driven.latency_ms[counted], 90) / target)
    return found | _against_fixed(stream, target, counted, p90, driven.right)


def _against_fixed(stream, target, counted, p90, right):
    """How much more accurate the answers are than those of fixed points, in hundredths.

    gain: than those of the best point that holds the target and that no reading forbids; error: the standard error of
    that. offered: than those of the best such point that the governor offers. moment: than those of the best point that
    it offers at each moment.
    """
    latency, rights = stream.of_points(stream.latency_ms)[:, counted], stream.of_points(stream.right)[:, counted]
    right, ladder = right[counted], np.array(Governor(points_of(stream.profile)).ladder)
    holds = np.percentile(latency, 90, axis=1) <= target
    holds[stream.allowed[counted].min() + 1 :] = False
    accuracies = np.where(holds, rights.mean(axis=1), -1.0)
    # The ladder rises in accuracy: the best one at a moment is the last that holds.
    places = (p90[ladder, None] * stream.device.slowdown <= target) & (ladder[:, None] <= stream.allowed)
    moment = ladder[np.where(places, np.arange(len(ladder))[:, None], 0).max(axis=0)][counted]
    found = {"moment": 100 * float(right.mean() - rights[moment, np.arange(len(right))].mean())}
    if holds.any():
        best = int(accuracies.argmax())
        difference = right.astype(float) - rights[best]
        images = min(len(right), stream.profile.stop.shape[1])
        found["best"] = stream.profile.points[best]["name"]
        found["gain"] = 100 * float(difference.mean())
        found["error"] = 100 * float(difference.std() / np.sqrt(images))
    if holds[ladder].any():
        found["offered"] = 100 * float(right.mean() - accuracies[ladder].max())
    return found


def judge_deadline(stream: Stream, target: float) -> dict:
    """The 90th percentile over a target that is the deadline of every run, counted as in `judge`.

    at_load: at the most expensive point, by the medians of load alone. followed: by how slow the device has been.
    governed: at the points that a governor of the same target chooses.
    """
    first = np.percentile(stream.profile.times_ms[:, 0], 90)
    counted = first * stream.device.slowdown <= target
    found = {"bundle": stream.profile.bundle, "trace": stream.trace, "target_ms": target, "counted": int(counted.sum())}
    if counted.sum() < ENOUGH:
        return found
    last = len(stream.profile.points) - 1
    ways = {
        "at_load": drive(stream, target, last, deadline=True, follow=False),
        "followed": drive(stream, target, last, deadline=True),
        "governed": drive(stream, target, deadline=True),
    }
    for name, driven in ways.items():
        found[name] = float(np.percentile(driven.latency_ms[counted], 90) / target)
        found[f"{name}_accuracy"] = 100 * float(driven.right[counted].mean())
    return found


def targets_of(profile: Profile, count: int) -> list[float]:
    """Targets in ms, in equal ratios from a tenth below what the cheapest point takes to a fifth above the last."""
    p90 = profile.p90_ms()
    return [float(target) for target in np.geomspace(0.9 * p90.min(), 1.2 * p90.max(), count).round(5)]
