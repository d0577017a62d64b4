"""Times the parts on the device that runs them, for latency budgets."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

from ..bundle.manifest import Manifest
from .parts import OpenPart, zero_inputs

# Bounds the warm-up of large parts: after this a part is not timed again.
_ENOUGH_NS = 200_000_000


def measure_parts(
    manifest: Manifest, parts: Mapping[str, OpenPart], runs: int, clock: Callable[[], int]
) -> dict[str, float]:
    """Runs every open part on zeros.

    Args:
        manifest: the bundle's manifest.
        parts: the open parts by name.
        runs: timed runs per part; fewer if they take longer than 0.2 s together.
        clock: returns nanoseconds.

    Returns:
        Part name -> median in nanoseconds; for a part without a file the manifest's `latency_us`, or 0.
    """
    medians = {}
    for name, part in manifest.parts.items():
        if name in parts:
            medians[name] = _median(parts[name], zero_inputs(part), runs, clock)
        else:
            medians[name] = part.costs.get("latency_us", 0.0) * 1e3
    return medians


def _median(part, inputs, runs, clock):
    _once(part, inputs)
    times, first = [], clock()
    while len(times) < runs and (not times or clock() - first < _ENOUGH_NS):
        begin = clock()
        _once(part, inputs)
        times.append(clock() - begin)
    return statistics.median(times)


def _once(part, inputs):
    for key, array in inputs.items():
        part.inputs[key](array)
    part.invoke()
