"""Traces: what every exit on a path would have answered, for reports, conversion and goldens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..bundle.manifest import Manifest
from ..program.program import Program
from .result import Answer, Answered, answers, path_of, with_billed
from .tables import Tables


class Value(NamedTuple):
    """A named value as the program last wrote it, in the encoding of its tensor and as float32."""

    raw: np.ndarray
    real: np.ndarray


@dataclass(frozen=True, slots=True)
class Stop(Answered):
    """An exit or answer that a trace passed.

    Attributes:
        name: of the exit or answer.
        held: whether the exit's rule held; None for an answer.
        outputs: output -> `Answer`, of what it would give.
        path: names of the parts run so far.
        costs: the cost of those parts, by unit.
    """

    name: str
    held: bool | None
    outputs: dict[str, Answer]
    path: tuple[str, ...]
    costs: dict


@dataclass(frozen=True, slots=True)
class Trace:
    """All stops in the order in which they were passed, and the values (name -> `Value`) if asked for."""

    stops: tuple[Stop, ...]
    values: dict | None


def make_trace(program: Program, inputs: Sequence[np.ndarray], tables: Tables, values: bool) -> Trace:
    """Runs a tracing program.

    Args:
        program: a `Program` with `tracing`.
        inputs: as for `Program.run`.
        tables: the chain's.
        values: whether to keep every named value.
    """
    program.forget()
    program.records.clear()
    program.meter.start(0, None)
    program.run(inputs)
    stops = tuple(_stop(record, program, tables) for record in program.records)
    snapshot = {name: Value(*pair) for name, pair in program.snapshot().items()} if values else None
    return Trace(stops, snapshot)


def _stop(record, program, tables):
    manifest, meter = program.manifest, program.meter
    path = path_of(meter.events[: record.events])
    costs = with_billed(path_costs(manifest, path), meter.billed[: record.billed])
    return Stop(record.name, record.held, answers(manifest, record.given, tables), path, costs)


def path_costs(manifest: Manifest, path: Sequence[str]) -> dict[str, float]:
    """Sums the costs of the parts of a path, by unit."""
    parts = manifest.parts
    return {unit: sum([parts[name].costs[unit] for name in path]) for unit in next(iter(parts.values())).costs}
