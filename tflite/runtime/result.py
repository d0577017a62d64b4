"""What a chain answers for one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..bundle import manifest as m
from ..bundle.golden_index import DETAILS
from ..program.program import Program
from ..program.regions import whole_number
from ..program.rules import first_largest, softmax
from ..program.state import Outcome
from .tables import Tables


class Box(NamedTuple):
    """One of the boxes that are answered.

    Attributes:
        corners: top, left, bottom and right, 0..1 over the edges of the image.
        score: as the value has it.
        label: class index.
        name: the label of that class.
        mask: float32 `[height, width]`, 0..1, stretched over the box; or None.
    """

    corners: tuple[float, float, float, float]
    score: float
    label: int
    name: str
    mask: np.ndarray | None = None


class Answer(NamedTuple):
    """What is answered of one output.

    Attributes:
        numbers: float32, the value given, dequantized, such as logits: `[classes]`; of a vector the value's shape; of
            boxes `[boxes, 4]`.
        type: of the value's tensor, such as "int8".
        label: class index; None for an output that is not one of labels.
        name: the label of that class; or None.
        probabilities: float32 `[classes]`; or None.
        boxes: each `Box` that there is, of boxes and masks; else None.
    """

    numbers: np.ndarray
    type: str
    label: int | None = None
    name: str | None = None
    probabilities: np.ndarray | None = None
    boxes: tuple[Box, ...] | None = None


class Event(NamedTuple):
    """Something that happened in a run.

    Attributes:
        kind: "run", "remote", "failed", "case", "skipped", "left", "crop", "row", "stopped" or "not_reached"
            (docs/bundle.md).
        name: a part; of a crop the value that it wrote; of a case, of what was left and of rows the path of the step.
        ms: of a part that ran, else None.
        bytes: of a part that ran elsewhere (inputs, outputs), else None.
        why: of a part that failed "absent", "late", "bytes" or "error", of rows that stopped the allowance, else None.
        case: index of the way that was taken, else None.
        row: index of the row that was begun, else None.
        corners: top, left, bottom and right of a crop, 0..1 over the edges of the image, else None.
    """

    kind: str
    name: str
    ms: float | None = None
    bytes: tuple[int, int] | None = None
    why: str | None = None
    case: int | None = None
    row: int | None = None
    corners: tuple[float, float, float, float] | None = None


class Answered:
    """What is asked for most of `outputs` (output -> `Answer`): the first that is one of labels."""

    __slots__ = ()

    @property
    def label(self) -> int | None:
        """Class index of the first output that is one of labels; None if none was given."""
        return self._labels.label

    @property
    def probabilities(self) -> np.ndarray | None:
        """float32 `[classes]` of the same output."""
        return self._labels.probabilities

    @property
    def answer(self) -> np.ndarray:
        """float32 numbers of the same output, such as logits; if there is none, of the first output."""
        return self._labels.numbers

    @property
    def _labels(self):
        every = self.outputs.values()
        return next((answer for answer in every if answer.label is not None), next(iter(every)))


@dataclass(frozen=True, slots=True)
class Result(Answered):
    """One answer.

    Attributes:
        outputs: output -> `Answer`, of what the exit or answer gives.
        path: names of the parts run, in order.
        exit: name of the exit or answer.
        reason: "rule", "final", "latency", "macs", "energy" or "bytes".
        macs: multiply-adds of what was run, as the manifest states them.
        costs: the cost of what was run, by unit of the manifest.
        elapsed_ms: milliseconds from the call to the answer.
        operating_point: name of the one in use.
        happened: plain tuples of the program's meter; `events` reads them.
        part_names: the parts that the program may run, in the order of its text.
        slowdown: how many times longer the parts that ran here took than their medians at load; None if unknown.
    """

    outputs: dict[str, Answer]
    path: tuple[str, ...]
    exit: str
    reason: str
    macs: int
    costs: dict
    elapsed_ms: float
    operating_point: str
    happened: tuple
    part_names: tuple[str, ...]
    slowdown: float | None = None

    @property
    def name(self) -> str | None:
        """The label of the class."""
        return self._labels.name

    @property
    def part_ms(self) -> tuple[tuple[str, float], ...]:
        """(part, milliseconds) of every part run, in order."""
        return tuple((event[1], event[2] / 1e6) for event in self.happened if event[0] in ("run", "remote"))

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, in order; last what was not reached."""
        seen = {event[1] for event in self.happened if event[0] in ("run", "remote", "failed", "skipped")}
        rest = (Event("not_reached", name) for name in self.part_names if name not in seen)
        return (*map(_event, self.happened), *rest)


def _event(happened):
    kind, name, *details = happened
    if kind in ("run", "remote"):
        return Event(kind, name, details[0] / 1e6, *details[1:])
    return Event(kind, name, **dict(zip([DETAILS[kind]] if details else [], details)))


def result_of(
    program: Program,
    outcome: Outcome,
    nanoseconds: int,
    tables: Tables,
    costs_of: Callable,
    point: str,
    slowdown: float | None,
) -> Result:
    """What a run comes to.

    Args:
        program: that was run; its meter is read.
        outcome: what it ended with.
        nanoseconds: that it took.
        tables: of the chain.
        costs_of: path -> costs by unit.
        point: name of the operating point.
        slowdown: of the run.
    """
    happened = tuple(program.meter.events)
    path = path_of(happened)
    return Result(
        outputs=answers(program.manifest, outcome.given, tables),
        path=path,
        exit=outcome.name,
        reason=outcome.reason,
        macs=int(program.meter.macs),
        costs=with_billed(costs_of(path), program.meter.billed),
        elapsed_ms=nanoseconds / 1e6,
        operating_point=point,
        happened=happened,
        part_names=program.part_names,
        slowdown=slowdown,
    )


def with_billed(costs: dict[str, float], billed: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Costs and those of crops together: a copy."""
    costs = dict(costs)
    for some in billed:
        for unit, cost in some.items():
            costs[unit] += cost
    return costs


def answers(manifest: m.Manifest, given: tuple[tuple[str, str, list], ...], tables: Tables) -> dict[str, Answer]:
    """What (output, value, its numbers) mean, in the order of the manifest's outputs.

    Raises:
        ChainError: an output is one of the labels of a table that has no row.
    """
    found = {output: (value, numbers) for output, value, numbers in given}
    outputs = {name: output for name, output in manifest.outputs.items() if name in found}
    return {name: _answer(output, manifest.values, tables, *found[name]) for name, output in outputs.items()}


def _answer(output, values, tables, value, numbers):
    tensor = values[value]
    if isinstance(output, m.VectorOutput | m.RowOutput):
        return Answer(np.array(numbers, np.float32).reshape(tensor.shape), tensor.type)
    labels = tables.labels(output)
    if isinstance(output, m.BoxesOutput):
        return _boxes(output, tensor, numbers, values, labels)
    numbers = numbers if output.table is None else numbers[: len(labels)]
    array = np.array(numbers, np.float32)
    label = first_largest(numbers)
    probabilities = softmax(numbers) if output.activation == "softmax" else numbers
    return Answer(array, tensor.type, label, labels[label], np.array(probabilities, np.float32))


def _boxes(output, tensor, numbers, values, labels):
    """`numbers` has the boxes' numbers and those of the values beside them."""
    most = tensor.shape[1]
    count = whole_number(numbers["count"][0], most) if "count" in numbers else most
    corners, masks = np.array(numbers["boxes"], np.float32).reshape(most, 4), [None] * most
    classes = numbers.get("classes", [0.0] * most)
    if "masks" in numbers:
        masks = np.array(numbers["masks"], np.float32).reshape(values[output.masks].shape[1:])
        masks = sigmoid(masks) if output.activation == "sigmoid" else masks
    last = len(labels) - 1
    boxes = []
    for i in range(count):
        label = whole_number(classes[i], last)
        box = tuple(corners[i].tolist())
        boxes.append(Box(box, float(np.float32(numbers["scores"][i])), label, labels[label], masks[i]))
    return Answer(corners[:count], tensor.type, boxes=tuple(boxes))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-logit)) in float64, as float32."""
    with np.errstate(over="ignore"):  # of exp, whose infinity gives 0
        return (1.0 / (1.0 + np.exp(-logits.astype(np.float64)))).astype(np.float32)


def path_of(happened: tuple) -> tuple[str, ...]:
    """Names of the parts that ran, in order."""
    return tuple([event[1] for event in happened if event[0] == "run" or event[0] == "remote"])
