"""Traces: what every exit on a path would have answered, for reports, conversion and goldens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..bundle.manifest import Manifest
from .program import Program
from .rules import first_largest, softmax


class Value(NamedTuple):
    """A named value as the program last wrote it, in the encoding of its tensor and as float32."""

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
        answer: float32 `[classes]`, the dequantized value.
        type: the type of the value, such as "int8".
        path: names of the parts run so far.
        costs: the cost of those parts, by unit.
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
    """All stops in the order in which they were passed, and the values (name -> `Value`) if asked for."""

    stops: tuple[Stop, ...]
    values: dict | None


def make_trace(program: Program, image: np.ndarray, manifest: Manifest, values: bool) -> Trace:
    """Runs a tracing program.

    Args:
        program: a `Program` with `tracing`.
        image: a prepared image.
        manifest: the bundle's manifest.
        values: whether to keep every named value.
    """
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
    return Stop(
        name=record.name,
        held=record.held,
        label=first_largest(numbers),
        probabilities=np.array(probabilities, np.float32),
        answer=np.array(numbers, np.float32),
        type=record.type,
        path=path,
        costs=path_costs(manifest, path),
    )


def path_costs(manifest: Manifest, path: Sequence[str]) -> dict[str, float]:
    """Sums the costs of the parts of a path, by unit."""
    parts = manifest.parts
    return {unit: sum([parts[name].costs[unit] for name in path]) for unit in next(iter(parts.values())).costs}
