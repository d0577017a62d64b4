"""A chain of units over any program, some float32 and some int8, ready to run on many samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..batched.batch_run import Visit
from ..batched.executor import Declared, Executor, Session
from ..batched.outcomes import Outcomes
from ..batched.units import UnitRunner
from ..batched.values import Value
from .passes import run_steps

Samples = np.ndarray | Mapping[str, np.ndarray]  # normalised images alone, or all inputs of a program by name


def count(samples: Samples) -> int:
    """How many there are."""
    return len(next(iter(samples.values())) if isinstance(samples, Mapping) else samples)


def first(samples: Samples, most: int) -> Samples:
    """At most so many of them, the first ones."""
    return {n: array[:most] for n, array in samples.items()} if isinstance(samples, Mapping) else samples[:most]


class UnitChain:
    """A program and its float units; sessions may have int8 units in the place of some.

    Args:
        program: list of steps; an exit needs no rule, for conversion passes all exits.
        floats: unit -> float32 flatbuffer; those that the program does not run may be left out.
        parameters: parameter name -> specification with a "default".
        declared: as of `Executor`.
    """

    def __init__(
        self,
        program: list[dict],
        floats: Mapping[str, bytes],
        parameters: Mapping[str, Mapping],
        declared: Declared = Declared(),
    ):
        self.program, self.floats, self._parameters, self._declared = program, floats, parameters, declared
        self._runners = {step["part"]: UnitRunner(floats[step["part"]]) for step in run_steps(program)}

    def session(self, inputs: Samples, units: Mapping[str, bytes] | None = None) -> Session:
        """A session with those units in the place of the float ones.

        Args:
            inputs: normalised images `[samples, h, w, c]`, or all inputs of the program by name.
            units: unit -> flatbuffer.
        """
        inputs = inputs if isinstance(inputs, Mapping) else {"image": inputs}
        replaced = {name: UnitRunner(content) for name, content in (units or {}).items() if name in self._runners}
        return Executor(self.program, self._runners | replaced, self._parameters, self._declared).session(inputs)


@dataclass(frozen=True)
class Recording:
    """What a chain did with its samples, exits passed, and what each `run` step read and wrote on the way.

    Attributes:
        outcomes: of the trace.
        visits: (path of the step, iterations around it) -> the visit and the outputs by port.
    """

    outcomes: Outcomes
    visits: dict[tuple, tuple[Visit, dict[str, Value]]]


def record(
    session: Session, replay: Outcomes | None = None, before_run: Callable[[Visit], None] | None = None
) -> Recording:
    """Trace a session and record every visit; `replay` and `before_run` are those of `Session.run`."""
    visits = {}

    def note(visit: Visit, outputs: dict[str, Value]) -> None:
        visits[visit.where, visit.turn] = visit, outputs

    outcomes = session.run(trace=True, replay=replay, before_run=before_run, after_run=note)
    return Recording(outcomes, visits)
