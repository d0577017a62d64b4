"""The self-test: runs a bundle's goldens, which every runtime must reproduce, and says what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import BundleError, ChainError
from .golden_index import read_goldens
from .goldens import EIGHT_BIT, TOLERANCE, figures, golden_events, golden_output, labels_of, without_corners


def check_goldens(bundle: Any, run: Callable) -> list[str]:
    """Runs every golden of a bundle.

    Args:
        bundle: a `Bundle`.
        run: (inputs, `GoldenCase`) -> `Result`.

    Returns:
        A sentence for each mismatch; an empty list if all agree.

    Raises:
        BundleError: the bundle has no goldens, or they cannot be run.
    """
    entry = bundle.manifest.goldens
    if entry is None:
        raise BundleError("expected goldens, received null", field="goldens")
    problems = []
    for number, (case, inputs) in enumerate(read_goldens(bundle)):
        try:
            result = run(inputs, case)
        except ChainError as error:
            raise BundleError(str(error), file=entry.index.file, field=f"cases[{number}]") from None
        problems += [f"golden {number}: {problem}" for problem in _differences(case, result)]
    return problems


def require_passed(bundle: Any, problems: Sequence[str]) -> None:
    """Refuses a bundle whose self-test has found something.

    Raises:
        BundleError: there is a problem.
    """
    if problems:
        cases = len({problem.partition(":")[0] for problem in problems})
        problem = f"expected a bundle that passes its self-test here, received one that fails {cases} of its cases"
        raise BundleError(f"{problem}: {problems[0]}", file=bundle.path, field="goldens")


def _differences(case, result):
    """Yields a sentence for each difference between a result and what its case expects."""
    for key in ("path", "exit", "reason"):
        expected, received = getattr(case, key), getattr(result, key)
        if expected != received:
            yield f"expected the {key} {expected!r}, received {received!r}"
    tolerance = TOLERANCE if case.tolerance is None else case.tolerance
    yield from _event_differences(case.events, golden_events(result), tolerance)
    if set(case.outputs) != set(result.outputs):
        yield f"expected the outputs {sorted(case.outputs)}, received {sorted(result.outputs)}"
        return
    for name, expected in case.outputs.items():
        answer, received = result.outputs[name], golden_output(result.outputs[name])
        if labels_of(expected) != labels_of(received):
            yield f"expected the label {labels_of(expected)} of {name}, received {labels_of(received)}"
        theirs = figures(received)
        for key, mine in figures(expected).items():
            exact = case.tolerance is None and key == "numbers" and answer.type in EIGHT_BIT
            yield from _apart(f"{key} of {name}", mine, theirs[key], 0.0 if exact else tolerance)


def _event_differences(expected, received, tolerance):
    if without_corners(expected) != without_corners(received):
        yield f"expected the events {_told(expected)}, received {_told(received)}"
        return
    for mine, other in zip(expected, received, strict=True):
        yield from _apart(f"corners of {mine.name}", mine.corners or (), other.corners or (), tolerance)


def _told(events):
    return ", ".join(" ".join(str(v) for v in (e.kind, e.name, e.why, e.case, e.row) if v is not None) for e in events)


def _apart(what, expected, received, tolerance):
    """Yields a sentence if two lists of numbers, as float32, are farther apart than the tolerance."""
    with np.errstate(over="ignore"):  # beyond float32 is infinite
        expected, received = (np.array(numbers, float).astype(np.float32) for numbers in (expected, received))
    if expected.shape != received.shape:
        yield f"expected {expected.size} numbers in {what}, received {received.size}"
    elif not (np.abs(expected - received) <= tolerance).all():
        worst = float(np.abs(expected - received).max())
        yield f"expected {what} within {tolerance:g}, received {worst:g} off"
