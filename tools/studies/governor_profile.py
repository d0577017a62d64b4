"""What a simulation of the governor needs of a bundle: measured times of its parts, and what points do to real images.

A profile is measured once, on the machine at hand, and kept as JSON; a simulation of it is the same everywhere.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools import console, machine

if TYPE_CHECKING:
    from tflite import Bundle
    from tools.reporting.samples import Samples

COLD_RUNS = 32
MEASURED_RUNS = 1000
FORMAT = "frugal-governor-profile"


@dataclass(frozen=True)
class Profile:
    """A bundle whose program runs parts and exits, one after the other.

    Attributes:
        bundle: its name.
        sha256: of its manifest when it was measured.
        images: which ones, and how many.
        points: name, accuracy and cost of each operating point, as the manifest has them.
        reach: how many parts have run at each stop: an exit, or the answer at the end.
        stops: point -> the stop at which each image is answered, a digit each.
        right: for each stop whether its answer is right, "1" or "0" an image.
        medians_us: of each part, as the chain measures them at load.
        parts_us: `[runs, parts]`, consecutive runs past all exits.
        rest_us: `[runs]`, what those runs took besides their parts.
        cold: times the usual latency of the first runs of a new chain.
        made: command, machine and date.
    """

    bundle: str
    sha256: str
    images: dict
    points: list[dict]
    reach: list[int]
    stops: dict[str, str]
    right: list[str]
    medians_us: list[float]
    parts_us: list[list[float]]
    rest_us: list[float]
    cold: list[float]
    made: dict

    @cached_property
    def stop(self) -> np.ndarray:
        """The stop of every image at every point, int `[points, images]`."""
        return np.array([[int(digit) for digit in self.stops[point["name"]]] for point in self.points])

    @cached_property
    def is_right(self) -> np.ndarray:
        """Whether the answer of a stop is right, bool `[stops, images]`."""
        return np.array([[digit == "1" for digit in stop] for stop in self.right])

    @cached_property
    def times_ms(self) -> np.ndarray:
        """What a measured run takes up to each stop, `[runs, stops]`: parts and all the rest."""
        until = np.cumsum(self.parts_us, axis=1)[:, np.array(self.reach) - 1]
        return (until + np.array(self.rest_us)[:, None]) / 1e3

    @cached_property
    def ratios(self) -> np.ndarray:
        """What the parts of a measured run take up to each stop, over their medians, `[runs, stops]`."""
        parts = np.array(self.reach) - 1
        return np.cumsum(self.parts_us, axis=1)[:, parts] / np.cumsum(self.medians_us)[parts]

    def p90_ms(self) -> np.ndarray:
        """The 90th percentile of the latencies of each point on the device at rest, `[points]`."""
        runs = np.arange(max(10 * len(self.rest_us), self.stop.shape[1]))
        stop = self.stop[:, runs % self.stop.shape[1]]
        return np.percentile(self.times_ms[runs % len(self.rest_us), stop], 90, axis=1)


def read(file: str | Path) -> Profile:
    """Reads a profile. Raises UserError for another file."""
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise KeyError("format")
        return Profile(**found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise console.UserError(f"expected a profile that this command has written, received {file}") from None


def write(profile: Profile, file: Path) -> None:
    """Writes a profile, a row of it a line."""
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in asdict(profile).items())
    console.write_text(file, f'{{"format": "{FORMAT}",\n{rows}}}\n')


def measure(bundle: Bundle, data: Samples, command: str) -> Profile:
    """Runs every image at every point, and times runs past all exits.

    Raises:
        UserError: the program does not run parts and exits one after the other, or has too many stops.
    """
    from tflite import Chain

    manifest, reach = bundle.manifest, reach_of(bundle.manifest.programs["main"])
    cold = [run.elapsed_ms for run in _past_all_exits(Chain(bundle, warm_up=False), data, reach, COLD_RUNS)]
    chain = Chain(bundle)
    medians = chain.measure(runs=50)
    runs = _past_all_exits(chain, data, reach, MEASURED_RUNS)
    times = [[ms for _, ms in run.part_ms] for run in runs]
    usual = float(np.median([run.elapsed_ms for run in runs]))
    traces = [[stop.label for stop in chain.trace(image).stops] for image in data.images]
    right = (np.array(traces).T == np.asarray(data.labels)).astype(int)
    unit = manifest.sorted_by
    return Profile(
        bundle=manifest.name,
        sha256=bundle.sha256,
        images={"dataset": data.task, "split": data.split, "count": len(data)},
        points=[{"name": p.name, "accuracy": p.accuracy, "cost": p.costs[unit]} for p in manifest.operating_points],
        reach=reach,
        stops={point.name: _stops(chain, data, reach, point.name) for point in manifest.operating_points},
        right=["".join(map(str, stop)) for stop in right],
        medians_us=[round(1e3 * medians[name], 2) for name in runs[0].path],
        parts_us=[[round(1e3 * ms, 1) for ms in row] for row in times],
        rest_us=[round(1e3 * (run.elapsed_ms - sum(row)), 1) for run, row in zip(runs, times)],
        cold=[round(max(1.0, ms / usual), 3) for ms in cold],
        made={"command": command, "niceness": os.nice(0), "machine": machine.line(machine.describe())},
    )


def reach_of(program: tuple) -> list[int]:
    """How many parts have run at each stop. Raises UserError for a program that branches or has too many stops."""
    from tflite.bundle.manifest import Answer, Exit, Fill, Run

    reach, parts = [], 0
    for step in program:
        parts += isinstance(step, Run)
        if isinstance(step, (Exit, Answer)):
            reach.append(parts)
    straight = all(isinstance(s, (Exit, Answer, Fill)) or (isinstance(s, Run) and s.on == "local") for s in program)
    if not straight or len(reach) > 10:
        raise console.UserError(
            "expected a program of local parts and at most ten exits in a line, received another one"
        )
    return reach


def _past_all_exits(chain, data, reach, runs):
    """Results of so many runs that reach the end, at the most expensive point."""
    point = chain.manifest.operating_points[-1].name
    found = []
    for number in range(20 * runs):
        result = chain.run(data.images[number % len(data)], operating_point=point)
        found += [result] if len(result.path) == reach[-1] else []
        if len(found) == runs:
            return found
    raise console.UserError(f"expected a point that runs past all exits, received {point}, which seldom does")


def _stops(chain, data, reach, point):
    """The number of the stop at which each image is answered, as digits."""
    return "".join(str(reach.index(len(chain.run(image, operating_point=point).path))) for image in data.images)
