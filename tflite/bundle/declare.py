"""Declares the values of programs: gives each the tensor that converts least often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from . import manifest as m
from .check import INTEGER_RANGE
from .check_size import inner_lists, kept_shape, numbers_read, rows_of, walk


def declare_values(
    programs: Mapping[str, Sequence[m.Step]],
    parts: Mapping[str, m.Part],
    inputs: Mapping[str, Sequence[int]],
) -> dict[str, m.Tensor]:
    """The `values` of a manifest.

    A value is declared as what writes it has it. Where that is float32, or several of different encodings do, it is
    declared as what reads it has it, if all of that is one encoding of 8 or 16 bits, else as float32.

    Args:
        programs: name -> steps.
        parts: the parts that they run.
        inputs: input -> shape of its value; also those that hold rows and count of a table.

    Returns:
        Name -> tensor; the inputs first, then in the order in which they are written.
    """
    written = {name: [_real(shape)] for name, shape in inputs.items()}
    read: dict[str, list] = {}
    for step in (step for steps in programs.values() for step in walk(steps)):
        for value in numbers_read(step):
            read.setdefault(value, []).append(None)
        for value, tensor in _reads(step, parts):
            read.setdefault(value, []).append(tensor)
    for steps in programs.values():
        _note_written(steps, parts, written)
    return {name: _declared(tensors, read.get(name, [])) for name, tensors in written.items()}


def _real(shape):
    return m.Tensor(shape=tuple(shape), type="float32")


def _reads(step: m.Step, parts: Mapping[str, m.Part]) -> Iterator[tuple[str, m.Tensor | None]]:
    if isinstance(step, m.Run) and step.part in parts:
        inputs = parts[step.part].inputs
        yield from ((value, inputs[port]) for port, value in step.inputs.items() if port in inputs)
    elif isinstance(step, m.Crop):
        yield step.value, None
    elif isinstance(step, m.Each):
        yield from ((value, None) for value in (*step.rows.values(), *step.stacks.values()))


def _note_written(steps, parts, written):
    for step in steps:
        for value, tensor in _writes(step, parts, written):
            written.setdefault(value, []).append(tensor)
        for _, inner in inner_lists(step):
            _note_written(inner, parts, written)
        for value, tensor in _stacked(step, written):
            written.setdefault(value, []).append(tensor)


def _writes(step, parts, written) -> Iterator[tuple[str, m.Tensor]]:
    if isinstance(step, m.Run) and step.part in parts:
        outputs = parts[step.part].outputs
        yield from ((value, outputs[port]) for port, value in step.outputs.items() if port in outputs)
    elif isinstance(step, m.Fill):
        yield step.output, _real(step.shape)
    elif isinstance(step, m.Crop) and step.value in written:
        channels = written[step.value][0].shape[-1]
        yield step.output, _real((1, *step.size, channels * step.scales))
    elif isinstance(step, m.Keep):
        yield from ((value, _real(kept_shape(step, what))) for what, value in step.outputs.items())
    elif isinstance(step, m.Each):
        known = ((row, written[value][0]) for row, value in step.rows.items() if value in written)
        yield from ((row, msgspec.structs.replace(tensor, shape=(1, *tensor.shape[2:]))) for row, tensor in known)


def _stacked(step, written):
    """What an each writes at its end."""
    if isinstance(step, m.Each):
        count = max((rows_of(written[value][0]) for value in step.rows.values() if value in written), default=1)
        known = ((value, written[row][0]) for value, row in step.stacks.items() if row in written)
        yield from (
            (value, msgspec.structs.replace(tensor, shape=(1, count, *tensor.shape[1:]))) for value, tensor in known
        )
        yield from [(step.done, _real((1, 1)))] if step.done is not None else []


def _declared(written, read):
    first = written[0]
    if first.type != "float32" and all(_encoding(tensor) == _encoding(first) for tensor in written):
        return first
    encodings = {tensor and _encoding(tensor) for tensor in read}
    if len(encodings) == 1 and None not in encodings and read[0].type in INTEGER_RANGE:
        return msgspec.structs.replace(read[0], shape=first.shape)
    return _real(first.shape)


def _encoding(tensor):
    return tensor.type, tensor.scale, tensor.zero_point
