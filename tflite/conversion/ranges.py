"""Ranges of the activations of a chain to be quantized: what shares a scale has one range."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

from ..batched.steps import walk
from ..graph import flatbuffer
from .calibrate import WIDEST, Candidate, Observations, activations
from .export import quantize_unit
from .int16 import quantize_unit_int16
from .passes import run_steps

Ranges = dict[str, dict[int, tuple[float, float]]]  # unit -> {tensor index: (lowest, highest)}
_KEEP_SCALE = {"AVERAGE_POOL_2D", "MAX_POOL_2D", "RESHAPE", "PAD"}


def unit_ranges(
    units: Mapping[str, bytes],
    program: list[dict],
    seen: Observations,
    candidate: Candidate,
    known: tuple[float, float] | Mapping[str, tuple[float, float]],
) -> Ranges:
    """Ranges of all activations of the units to be quantized.

    A value has one range, the union over all steps that write it: seams meet exactly, and a value has one scale
    wherever it is written. What its readers have seen counts only where other steps than these units write it.

    Args:
        units: unit -> float32 flatbuffer.
        program: list of steps.
        seen: what was observed.
        candidate: how ranges are read from it.
        known: what normalised pixels of `image` can be, or of every image among the inputs by name: such a range need
            not be observed.
    """
    known = known if isinstance(known, Mapping) else {"image": known}
    classes, derived = _shared_scales(units, program, set(known))
    ranges = {classes.of(name): span for name, span in known.items()}
    tensors = {name: activations(content) for name, content in units.items()}
    for name, indices in tensors.items():
        for index in indices:
            if (name, index) not in derived:
                low, high = seen.range((name, index), candidate)
                wide = ranges.get(classes.of((name, index)), (low, high))
                ranges[classes.of((name, index))] = min(wide[0], low), max(wide[1], high)
    return {name: {i: ranges[classes.of((name, i))] for i in indices} for name, indices in tensors.items()}


def mixed_ranges(
    units: Mapping[str, bytes],
    int16: Collection[str],
    program: list[dict],
    seen: Observations,
    candidate: Candidate,
    image_range: tuple[float, float],
) -> Ranges:
    """As `unit_ranges`, of int8 units and of those named in `int16`, which cut nothing off: their steps are fine.

    The two share no scale: between them values are converted anyway.
    """
    narrow, wide = ({n: c for n, c in units.items() if (n in int16) == of} for of in (False, True))
    ranges = unit_ranges(narrow, program, seen, candidate, image_range)
    return ranges | unit_ranges(wide, program, seen, WIDEST, image_range)


def quantize_units(units: Mapping[str, bytes], ranges: Ranges, int16: Collection[str] = ()) -> dict[str, bytes]:
    """The units that have ranges, as int8; those named in `int16` with activations of 16 bits."""
    makers = {name: quantize_unit_int16 if name in int16 else quantize_unit for name in ranges}
    return {name: makers[name](units[name], ranges[name], name) for name in ranges}


def tie_scale_preserving_ops(content: bytes) -> list[tuple[int, int]]:
    """(input, output) tensors of the operators that do not rescale: TFLite gives both one scale."""
    model, computed = flatbuffer.load(content), set(activations(content))
    ties = [
        (int(operator.inputs[0]), int(operator.outputs[0]))
        for operator in flatbuffer.only_subgraph(model, "the unit").operators
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in _KEEP_SCALE
    ]
    return [(source, target) for source, target in ties if source in computed]


class _Classes:
    """Tensors and values in classes that share one range; classes are joined two by two."""

    def __init__(self):
        self._above: dict[Hashable, Hashable] = {}

    def of(self, member: Hashable) -> Hashable:
        """The member that stands for all of its class."""
        while member in self._above:
            member = self._above[member]
        return member

    def join(self, one: Hashable, other: Hashable) -> None:
        """Make one class of two."""
        one, other = self.of(one), self.of(other)
        if one != other:
            self._above[other] = one


def _shared_scales(units: Mapping[str, bytes], program: list[dict], given: set[str]) -> tuple[_Classes, set]:
    """The classes of values and tensors (unit, index), and the tensors that have what others of their class have.

    given: names of the images among the program's inputs.
    """
    steps = [step for step in run_steps(program) if step["part"] in units]
    written = given | {value for step in steps for value in step["outputs"].values()}
    alone = written - _written_by_others(program, units)
    ports = {name: flatbuffer.ports(flatbuffer.load(content)) for name, content in units.items()}
    classes, derived, sources = _Classes(), set(), set()
    for step in steps:
        name = step["part"]
        for port, value in step["inputs"].items():
            tensor = name, ports[name].inputs[port]
            if value in written:
                classes.join(value, tensor)
            (derived if value in alone else sources).add(tensor)
        for port, value in step["outputs"].items():
            classes.join(value, (name, ports[name].outputs[port]))
    for name, content in units.items():
        for source, target in tie_scale_preserving_ops(content):
            classes.join((name, source), (name, target))
            derived.add((name, target))
    return classes, derived - sources


def _written_by_others(program: list[dict], units: Mapping[str, bytes]) -> set[str]:
    """Values that parts other than the units write, and steps that run none."""
    values: set[str] = set()
    for _, step in walk(program):
        if step["op"] == "run" and step["part"] not in units:
            values |= set(step["outputs"].values())
        elif step["op"] in ("fill", "crop"):
            values.add(step["output"])
        elif step["op"] == "keep":
            values |= {*step["outputs"].values()}
        elif step["op"] == "each":
            values |= {*step["rows"], *step["stacks"]} | {step.get("done")} - {None}
    return values
