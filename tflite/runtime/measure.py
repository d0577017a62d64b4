"""Times the parts on the device that runs them, so that a deadline can be compared with what lies ahead."""

from __future__ import annotations

import statistics

from .parts import zero_inputs

# A warm-up should not take long where parts are large: a part stops being timed after this, but for one run.
_ENOUGH_NS = 200_000_000


def measure_parts(manifest, parts, runs, clock):
    """Runs every open part on zeros.

    Args:
        manifest: the bundle's `Manifest`.
        parts: part name -> `OpenPart`.
        runs: timed runs a part; fewer where they take longer than a fifth of a second together.
        clock: function that returns nanoseconds.

    Returns:
        A dict from part name to the median in nanoseconds; a part without a file has the manifest's `latency_us`, or 0.
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
