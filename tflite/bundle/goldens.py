"""A bundle's self-test: a few inputs with the expected path and answer, which every runtime must reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..errors import BundleError, ChainError
from . import manifest as m
from . import queries
from .files import file_entry
from .golden_index import (
    ARRAYS,
    INDEX,
    GoldenArray,
    GoldenBox,
    GoldenCase,
    GoldenEvent,
    GoldenIndex,
    GoldenOutput,
    read_goldens,
)

TOLERANCE = 1e-3
ROUNDED = ("int8", "dynamic")  # what provenance calls `quantize` where kernels round to 8 bits
NEIGHBOURS = 16


def write_goldens(
    chain: Any,
    folder: str | PathLike,
    inputs: Sequence[np.ndarray | Mapping[str, np.ndarray]],
    operating_points: Sequence[str] | None = None,
    others: Mapping[str, Sequence] | None = None,
) -> m.Goldens:
    """Runs inputs and writes the results as the bundle's goldens.

    Kernels of different builds round alike nearly everywhere: a mean within 1e-4 of the middle between two codes may
    fall to either side. So a chain that rounds to 8 bits (its provenance says so) also runs `NEIGHBOURS` copies of each
    input with one grey level changed at one pixel, which changes more roundings than that. A case's tolerance is twice
    the largest change of its numbers. A case whose labels, path, exit or reason change is left out, unless its
    operating point has no other.

    Args:
        chain: a `Chain` on the bundle as it will be shipped, except for its goldens.
        folder: the bundle's folder.
        inputs: what `Chain.run` takes, uint8 or float32.
        operating_points: names; None is all of them.
        others: of further programs, name -> what they are run on, as `inputs`.

    Returns:
        The `Goldens` to put in the manifest.
    """
    names = operating_points or [point.name for point in chain.manifest.operating_points]
    arrays, cases = _run_all(chain, {"main": inputs, **(others or {})}, names)
    ends = np.cumsum([0, *(array.nbytes for array in arrays)]).tolist()
    entries = (GoldenArray(shape=a.shape, type=a.dtype.name, offset=at) for a, at in zip(arrays, ends))
    folder = Path(folder)
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(b"".join(_little_endian(array).tobytes() for array in arrays))
    index = msgspec.json.encode(GoldenIndex(arrays=tuple(entries), cases=tuple(_steady(cases))))
    (folder / INDEX).write_bytes(msgspec.json.format(index, indent=1) + b"\n")
    return m.Goldens(index=file_entry(folder, INDEX), arrays=file_entry(folder, ARRAYS))


def _run_all(chain, inputs, names):
    """The arrays of the inputs, and pairs (case, cases of its neighbours) at operating points of those names."""
    count = NEIGHBOURS if chain.manifest.provenance.get("quantize") in ROUNDED else 0
    arrays, cases = [], []
    for program, given in ((program, given) for program, every in inputs.items() for given in every):
        by_name = given if isinstance(given, Mapping) else {queries.inputs(chain.manifest, program)[0]: given}
        by_name = {name: np.ascontiguousarray(array) for name, array in by_name.items()}
        places = {name: len(arrays) + i for i, name in enumerate(by_name)}
        arrays += by_name.values()
        near = _neighbours(by_name, count)
        cases += [
            (_case(chain, by_name, places, name, program), [_case(chain, x, places, name, program) for x in near])
            for name in names
        ]
    return arrays, cases


def _case(chain, inputs, places, operating_point, program):
    result = chain.run(inputs, operating_point=operating_point, program=program)
    return GoldenCase(
        program=program,
        inputs=places,
        operating_point=result.operating_point,
        path=result.path,
        events=golden_events(result),
        exit=result.exit,
        reason=result.reason,
        outputs={name: _output(answer) for name, answer in result.outputs.items()},
    )


def golden_events(result: Any) -> tuple[GoldenEvent, ...]:
    """The events of a `Result` as a golden has them."""
    told = (event for event in result.events if event.kind not in ("run", "remote"))
    return tuple(
        GoldenEvent(kind=e.kind, name=e.name, why=e.why, case=e.case, row=e.row, corners=e.corners) for e in told
    )


def _output(answer):
    probabilities = None if answer.probabilities is None else tuple(answer.probabilities.tolist())
    boxes = None if answer.boxes is None else tuple(map(_box, answer.boxes))
    numbers = tuple(answer.numbers.ravel().tolist())
    return GoldenOutput(numbers=numbers, label=answer.label, probabilities=probabilities, boxes=boxes)


def _box(box):
    mask = None if box.mask is None else tuple(box.mask.ravel().tolist())
    return GoldenBox(label=box.label, score=box.score, mask=mask)


def _labels(output):
    """The label of a `GoldenOutput`, or those of its boxes."""
    return output.label if output.boxes is None else [box.label for box in output.boxes]


def _figures(output):
    """What is compared number by number: what it is -> numbers."""
    boxes = output.boxes or ()
    masks = (number for box in boxes for number in box.mask or ())
    scores = tuple(box.score for box in boxes)
    return {
        "numbers": output.numbers,
        "probabilities": output.probabilities or (),
        "scores": scores,
        "masks": tuple(masks),
    }


def _neighbours(inputs, count):
    """`count` copies of the inputs, each with one grey level changed somewhere; none where there are no pixels."""
    pixels = [name for name, array in inputs.items() if array.dtype == np.uint8]
    random, copies = np.random.default_rng(0), []
    for i in range(count if pixels else 0):
        name = pixels[i % len(pixels)]
        copy = inputs[name].copy()
        place = random.integers(copy.size)
        copy.flat[place] = copy.flat[place] + 1 if copy.flat[place] < 255 else 254
        copies.append(inputs | {name: copy})
    return copies


def _steady(cases):
    """Selects the cases whose decisions do not change among their neighbours, and sets their tolerances.

    Args:
        cases: pairs (case, cases of its neighbours).
    """

    def decided(case):
        labels = [(name, _labels(output)) for name, output in case.outputs.items()]
        return labels, case.path, case.exit, case.reason

    sure = [all(decided(near) == decided(case) for near in others) for case, others in cases]
    with_sure = {case.operating_point for (case, _), steady in zip(cases, sure, strict=True) if steady}
    for (case, others), steady in zip(cases, sure, strict=True):
        if steady or case.operating_point not in with_sure:
            moved = [_moved(case, near) for near in others if decided(near) == decided(case)]
            yield msgspec.structs.replace(case, tolerance=max(TOLERANCE, 2 * max(moved))) if moved else case


def _moved(case, near):
    """Largest difference between two cases' numbers."""
    both = ((_figures(output), _figures(near.outputs[name])) for name, output in case.outputs.items())
    pairs = [(mine[key], other[key]) for mine, other in both for key in mine if mine[key]]
    return max((float(np.abs(np.subtract(*pair)).max()) for pair in pairs), default=0.0)


def _little_endian(array):
    return array.astype(array.dtype.newbyteorder("<"))


def check_goldens(chain: Any) -> list[str]:
    """Runs every golden of a chain's bundle.

    Args:
        chain: a `Chain`.

    Returns:
        A sentence for each mismatch; an empty list if all agree.

    Raises:
        BundleError: the bundle has no goldens, or they cannot be read.
    """
    entry = chain.manifest.goldens
    if entry is None:
        raise BundleError("expected goldens, received null", field="goldens")
    problems = []
    for number, (case, inputs) in enumerate(read_goldens(chain.bundle)):
        try:
            result = chain.run(inputs, operating_point=case.operating_point, program=case.program)
        except ChainError as error:
            raise BundleError(str(error), file=entry.index.file, field=f"cases[{number}]") from None
        problems += [f"golden {number}: {problem}" for problem in _differences(case, result)]
    return problems


def _differences(case, result):
    """Yields a sentence for each difference between a result and what its case expects."""
    for key in ("path", "exit", "reason"):
        expected, received = getattr(case, key), getattr(result, key)
        if expected != received:
            yield f"expected the {key} {expected!r}, received {received!r}"
    yield from _event_differences(case.events, golden_events(result))
    if set(case.outputs) != set(result.outputs):
        yield f"expected the outputs {sorted(case.outputs)}, received {sorted(result.outputs)}"
        return
    for name, expected in case.outputs.items():
        answer, received = result.outputs[name], _output(result.outputs[name])
        if _labels(expected) != _labels(received):
            yield f"expected the label {_labels(expected)} of {name}, received {_labels(received)}"
        theirs = _figures(received)
        for key, mine in _figures(expected).items():
            usual = 0.0 if key == "numbers" and answer.type in ("int8", "uint8") else TOLERANCE
            tolerance = usual if case.tolerance is None else case.tolerance
            yield from _apart(f"{key} of {name}", mine, theirs[key], tolerance)


def _event_differences(expected, received):
    def plain(events):
        return [msgspec.structs.replace(event, corners=None) for event in events]

    if plain(expected) != plain(received):
        yield f"expected the events {_told(expected)}, received {_told(received)}"
        return
    for mine, other in zip(expected, received, strict=True):
        yield from _apart(f"corners of {mine.name}", mine.corners or (), other.corners or (), TOLERANCE)


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
