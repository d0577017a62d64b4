"""Times the parts on the device that runs them, for latency budgets."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np

from ..bundle import Bundle
from ..bundle.golden_index import read_goldens
from ..bundle.manifest import Manifest
from ..errors import BundleError, ChainError
from .parts import OpenPart, Parts, zero_inputs

# Bounds the warm-up of large parts: after this a part is not timed again.
_ENOUGH_NS = 200_000_000
_MOST_GOLDENS = 16
Inputs = dict[str, dict[str, np.ndarray]]  # part name -> input name -> array


def typical_inputs(bundle: Bundle, parts: Mapping[str, OpenPart], run: Callable) -> Inputs:
    """Finds what to measure parts on: what they are fed when the bundle's goldens run.

    At most 16 goldens are run, and no more than it takes to reach every part. A part that none of them reaches is
    measured on zeros, and so are all parts of a bundle without goldens.

    Args:
        bundle: the bundle.
        parts: the open parts by name.
        run: (inputs, `GoldenCase`) -> `Result`.

    Raises:
        BundleError: the goldens cannot be read or run.
    """
    found = {}
    for number, (case, inputs) in enumerate(islice(read_goldens(bundle), _MOST_GOLDENS)):
        if len(found) == len(parts):
            break
        try:
            reached = set(run(inputs, case).path) & set(parts)
        except ChainError as error:
            file = bundle.manifest.goldens.index.file
            raise BundleError(str(error), file=file, field=f"cases[{number}]") from None
        for name in reached - set(found):
            found[name] = {key: read() for key, read in parts[name].fed.items()}
    return {name: found.get(name) or zero_inputs(bundle.manifest.parts[name]) for name in parts}


def measure_parts(
    manifest: Manifest, parts: Parts, fed: Callable[[], Inputs], runs: int, clock: Callable[[], int]
) -> dict[str, float]:
    """Runs every part that has a file.

    Where some are not open, all are run on zeros, and each of those is open only for its own runs: what a run first
    reaches would stay open. A part that cannot be run on zeros is fed what the goldens feed it.

    Args:
        manifest: the bundle's manifest.
        parts: the parts by name.
        fed: returns what each of them is fed; it may open them all.
        runs: timed runs per part; fewer if they take longer than 0.2 s together.
        clock: returns nanoseconds.

    Returns:
        Part name -> median in nanoseconds; for a part without a file the manifest's `latency_us`, or 0.

    Raises:
        BundleError: a part fails, or gives other shapes than those of the manifest.
    """
    if parts.unopened:
        zeros = {name: zero_inputs(manifest.parts[name]) for name in parts}
        with contextlib.suppress(BundleError):
            return _medians(manifest, parts, zeros, runs, clock)
    return _medians(manifest, parts, fed(), runs, clock)


def _medians(manifest, parts, inputs, runs, clock):
    medians = {}
    for name, part in manifest.parts.items():
        if name not in parts:
            medians[name] = part.costs.get("latency_us", 0.0) * 1e3
            continue
        try:
            medians[name] = _median(parts.briefly(name), inputs[name], runs, clock)
        except ChainError as error:
            raise BundleError(str(error), file=part.file, field=f"parts.{name}") from None
    return medians


def _median(part, inputs, runs, clock):
    _once(part, inputs)
    for key, view in part.outputs.items():
        if view is None:
            part.copies[key]()  # tells whether the shape is the manifest's
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
