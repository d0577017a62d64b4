"""What every exit on the way would have answered: for reports, converters and goldens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .rules import softmax


class Value(NamedTuple):
    """A named value as the program last wrote it: as its tensor holds it, and as float32."""

    raw: np.ndarray
    real: np.ndarray


@dataclass(frozen=True, slots=True)
class Stop:
    """An exit or answer that a trace passed.

    Attributes:
        name: of the exit or answer.
        held: whether the exit's rule held; None for an answer.
        label: class index.
        probabilities: float32 `[classes]`.
        answer: float32 `[classes]`, the value, dequantized.
        type: the type of the value, such as "int8".
        path: names of the parts run so far.
        costs: what those parts cost, by unit.
    """

    name: str
    held: bool | None
    label: int
    probabilities: np.ndarray
    answer: np.ndarray
    type: str
    path: tuple[str, ...]
    costs: dict


@dataclass(frozen=True, slots=True)
class Trace:
    """All stops in the order in which they were passed, and the values (name -> `Value`) or None."""

    stops: tuple[Stop, ...]
    values: dict | None


def make_trace(program, image, manifest, values):
    """Runs a tracing `Program` on a prepared image and returns its `Trace`."""
    program.forget()
    program.records.clear()
    program.meter.start(0, None)
    program.run(image)
    path = tuple(name for name, _ in program.meter.timings)
    stops = tuple(_stop(record, path[: record.parts_run], manifest) for record in program.records)
    snapshot = {name: Value(*pair) for name, pair in program.snapshot().items()} if values else None
    return Trace(stops, snapshot)


def _stop(record, path, manifest):
    numbers = record.numbers
    probabilities = softmax(numbers) if record.activation == "softmax" else numbers
    parts = manifest.parts
    return Stop(
        name=record.name,
        held=record.held,
        label=numbers.index(max(numbers)),
        probabilities=np.array(probabilities, np.float32),
        answer=np.array(numbers, np.float32),
        type=record.type,
        path=path,
        costs={unit: sum(parts[name].costs[unit] for name in path) for unit in next(iter(parts.values())).costs},
    )
