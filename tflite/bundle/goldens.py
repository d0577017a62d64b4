"""Writes a bundle's goldens: a few inputs with the path and answer expected, which every runtime must reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

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
)

TOLERANCE = 1e-3
EIGHT_BIT = ("int8", "uint8")
ROUNDED = ("int8", "dynamic")  # what provenance calls `quantize` where kernels round to 8 bits
NEIGHBOURS = 16
CHANGED = 0.01  # of the pixels of a neighbour
MARGIN = 2.0  # of a tolerance over what was seen to move


def write_goldens(
    chain: Any,
    folder: str | PathLike,
    inputs: Sequence[np.ndarray | Mapping[str, np.ndarray]],
    operating_points: Sequence[str] | None = None,
    others: Mapping[str, Sequence] | None = None,
    settings: Sequence[Mapping[str, float]] | None = None,
) -> m.Goldens:
    """Runs inputs and writes the results as the bundle's goldens.

    Kernels differ, and all are right: XNNPACK's, TensorFlow Lite's own, those of another processor round a mean that
    lies near the middle between two codes to either side, and later layers carry it on. So every case is run by all
    kernels that there are here too, and, of a chain that rounds to 8 bits (its provenance says so), on `NEIGHBOURS`
    copies of its input with one grey level changed at a hundredth of the pixels, which moves more roundings than other
    kernels do. The tolerance of the cases that end at an exit is `MARGIN` times the largest change of their numbers. A
    case whose labels, path, exit or reason change is left out, and so is one whose label leads by less than its
    tolerance, unless its operating point has no other.

    Args:
        chain: a `Chain` on the bundle as it will be shipped, except for its goldens.
        folder: the bundle's folder.
        inputs: what `Chain.run` takes, uint8 or float32.
        operating_points: names; None is all of them.
        others: of further programs, name -> what they are run on, as `inputs`.
        settings: for each of the inputs, parameter -> number over those of the operating point; None is none.

    Returns:
        The `Goldens` to put in the manifest.
    """
    names = operating_points or [point.name for point in chain.manifest.operating_points]
    every = {"main": inputs, **(others or {})}
    asked = settings or [{}] * len(inputs)
    parameters = {program: asked if program == "main" else [{}] * len(given) for program, given in every.items()}
    arrays, cases = _run_all(chain, every, parameters, names)
    ends = np.cumsum([0, *(array.nbytes for array in arrays)]).tolist()
    entries = (GoldenArray(shape=a.shape, type=a.dtype.name, offset=at) for a, at in zip(arrays, ends))
    folder = Path(folder)
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_bytes(b"".join(_little_endian(array).tobytes() for array in arrays))
    index = msgspec.json.encode(GoldenIndex(arrays=tuple(entries), cases=tuple(_steady(cases))))
    (folder / INDEX).write_bytes(msgspec.json.format(index, indent=1) + b"\n")
    return m.Goldens(index=file_entry(folder, INDEX), arrays=file_entry(folder, ARRAYS))


class _Seen(NamedTuple):
    """A case, what other kernels and its neighbours gave, and whether it answers with numbers of 8 bits."""

    case: GoldenCase
    others: list[GoldenCase]
    exact: bool


def _run_all(chain, inputs, settings, names):
    """The arrays of the inputs, and a `_Seen` of each at operating points of those names."""
    count = NEIGHBOURS if chain.manifest.provenance.get("quantize") in ROUNDED else 0
    others = [chain.with_kernels(kernels) for kernels in ("optimized", "reference")]
    arrays, cases = [], []
    every = ((program, *pair) for program, some in inputs.items() for pair in zip(some, settings[program], strict=True))
    for program, given, asked in every:
        by_name = given if isinstance(given, Mapping) else {queries.inputs(chain.manifest, program)[0]: given}
        by_name = {name: np.ascontiguousarray(array) for name, array in by_name.items()}
        places = {name: len(arrays) + i for i, name in enumerate(by_name)}
        arrays += by_name.values()
        near = _neighbours(by_name, count)
        for name in names:
            how = {"operating_point": name, "parameters": dict(asked), "program": program}
            result = chain.run(by_name, **how)
            runs = [(other, by_name) for other in others] + [(chain, neighbour) for neighbour in near]
            seen = [other.run(x, **how) for other, x in runs]
            exact = any(answer.type in EIGHT_BIT for answer in result.outputs.values())
            cases.append(_Seen(*_cases(program, places, how["parameters"], result, seen), exact))
    return arrays, cases


def _cases(program, places, parameters, result, others):
    """The case of a result, and those of the others on the same input."""
    case, *rest = (
        GoldenCase(
            program=program,
            inputs=places,
            operating_point=each.operating_point,
            parameters=parameters,
            path=each.path,
            events=golden_events(each),
            exit=each.exit,
            reason=each.reason,
            outputs={name: golden_output(answer) for name, answer in each.outputs.items()},
        )
        for each in (result, *others)
    )
    return case, rest


def golden_events(result: Any) -> tuple[GoldenEvent, ...]:
    """The events of a `Result` as a golden has them."""
    told = (event for event in result.events if event.kind not in ("run", "remote"))
    return tuple(
        GoldenEvent(kind=e.kind, name=e.name, why=e.why, case=e.case, row=e.row, corners=e.corners) for e in told
    )


def without_corners(events: Sequence[GoldenEvent]) -> list[GoldenEvent]:
    """Events but for their corners, which are compared number by number."""
    return [msgspec.structs.replace(event, corners=None) for event in events]


def golden_output(answer: Any) -> GoldenOutput:
    """An `Answer` as a golden has it."""
    probabilities = None if answer.probabilities is None else tuple(answer.probabilities.tolist())
    boxes = None if answer.boxes is None else tuple(map(_box, answer.boxes))
    numbers = tuple(answer.numbers.ravel().tolist())
    return GoldenOutput(numbers=numbers, label=answer.label, probabilities=probabilities, boxes=boxes)


def _box(box):
    mask = None if box.mask is None else tuple(box.mask.ravel().tolist())
    return GoldenBox(label=box.label, score=box.score, mask=mask)


def labels_of(output: GoldenOutput) -> int | list[int] | None:
    """The label of a `GoldenOutput`, or those of its boxes."""
    return output.label if output.boxes is None else [box.label for box in output.boxes]


def figures(output: GoldenOutput) -> dict[str, Sequence[float]]:
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
    """`count` copies of the inputs, each with some grey levels changed; none where there are no pixels."""
    pixels = [name for name, array in inputs.items() if array.dtype == np.uint8]
    random, copies = np.random.default_rng(0), []
    for i in range(count if pixels else 0):
        name = pixels[i % len(pixels)]
        copy = inputs[name].copy()
        places = random.choice(copy.size, max(1, round(CHANGED * copy.size)), replace=False)
        levels = copy.flat[places].astype(int) + random.choice([-1, 1], len(places))
        copy.flat[places] = np.where(levels < 0, 1, np.where(levels > 255, 254, levels))
        copies.append(inputs | {name: copy})
    return copies


def _steady(cases):
    """Selects the cases whose decisions do not change among the others seen, and sets their tolerances."""
    moved = {}
    for case, others, _ in cases:
        moved.setdefault((case.program, case.exit), [0.0]).extend(
            _moved(case, other) for other in others if _decided(other) == _decided(case)
        )
    tolerances = {end: MARGIN * max(numbers) for end, numbers in moved.items()}
    every = [(seen, tolerances[seen.case.program, seen.case.exit]) for seen in cases]
    sure = [_is_sure(*pair) for pair in every]
    with_sure = {seen.case.operating_point for (seen, _), steady in zip(every, sure, strict=True) if steady}
    for (seen, tolerance), steady in zip(every, sure, strict=True):
        if steady or seen.case.operating_point not in with_sure:
            needed = tolerance > TOLERANCE or (tolerance > 0 and seen.exact)
            limit = max(TOLERANCE, tolerance) if needed else None
            yield msgspec.structs.replace(seen.case, tolerance=limit)


def _decided(case):
    labels = [(name, labels_of(output)) for name, output in case.outputs.items()]
    return labels, case.path, case.exit, case.reason, without_corners(case.events)


def _is_sure(seen, tolerance):
    """Whether nothing that was seen decides otherwise, and every label leads by more than the tolerance."""
    leads = (_lead(output.numbers) for output in seen.case.outputs.values() if output.label is not None)
    return all(lead > tolerance or tolerance == 0 for lead in leads) and all(
        _decided(other) == _decided(seen.case) for other in seen.others
    )


def _lead(numbers):
    """The largest number less the second largest."""
    second, first = np.sort(np.array([-np.inf, *numbers]))[-2:]
    return first - second


def _moved(case, near):
    """Largest difference between two cases' numbers, and between the corners of their events."""
    both = ((figures(output), figures(near.outputs[name])) for name, output in case.outputs.items())
    pairs = [(mine[key], other[key]) for mine, other in both for key in mine if mine[key]]
    corners = [(mine.corners, other.corners) for mine, other in zip(case.events, near.events) if mine.corners]
    return max((float(np.abs(np.subtract(*pair)).max()) for pair in pairs + corners), default=0.0)


def _little_endian(array):
    return array.astype(array.dtype.newbyteorder("<"))
