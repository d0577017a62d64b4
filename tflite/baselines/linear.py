"""Programs without branches: what can be linked to one model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..bundle import Bundle
from ..bundle import manifest as m
from ..graph.link import Unit
from .bundles import BaselineError, part_model


@dataclass(frozen=True)
class LinearProgram:
    """A program without branches.

    Attributes:
        given: names of the inputs and of the constants, which are there at the start.
        fills: the steps that write the constants.
        stages: pairs (units, end): the units that run, and the `Exit` or `Answer` behind them.
    """

    given: tuple[str, ...]
    fills: tuple[m.Fill, ...]
    stages: tuple[tuple[tuple[Unit, ...], m.Exit | m.Answer], ...]

    def fills_of(self, inputs: Iterable[str]) -> tuple[m.Fill, ...]:
        """Returns the fills that write one of the inputs."""
        return tuple(fill for fill in self.fills if fill.output in inputs)


def is_linear(bundle: Bundle) -> bool:
    """Returns whether a program only runs local parts, writes constants, and decides where to leave."""
    return all(isinstance(step, m.Run | m.Fill | m.Exit | m.Answer) for step in bundle.manifest.programs["main"])


def linearize(bundle: Bundle) -> LinearProgram:
    """Reads a bundle's program as a linear one.

    Raises:
        BaselineError: it branches, repeats, crops, runs parts remotely, or writes a value twice.
    """
    fills, stages, units = [], [], []
    written = list(bundle.manifest.inputs)
    for step in bundle.manifest.programs["main"]:
        if isinstance(step, m.Fill):
            fills.append(step)
            written.append(step.output)
        elif isinstance(step, m.Run) and step.on == "local":
            name = f"{step.part}.{len(stages)}.{len(units)}"
            units.append(Unit(name, part_model(bundle, step.part), step.inputs, step.outputs))
            written.extend(step.outputs.values())
        elif isinstance(step, m.Exit | m.Answer):
            stages.append((tuple(units), step))
            units = []
        else:
            op = type(step).__name__.lower()
            raise BaselineError(
                f"expected a linear program of local runs and exits, which a static network can equal, received {op}"
            )
    if len(set(written)) < len(written):
        raise BaselineError("expected a program that writes every value once, received one that writes a value again")
    return LinearProgram((*bundle.manifest.inputs, *(fill.output for fill in fills)), tuple(fills), tuple(stages))


def answered(end: m.Exit | m.Answer) -> tuple[str, str]:
    """The one (output, value) that an exit or answer gives.

    Raises:
        BaselineError: it gives several.
    """
    if len(end.gives) > 1:
        raise BaselineError(f"expected answers of one output, received {sorted(end.gives)}")
    return next(iter(end.gives.items()))


def needed_values(units: Iterable[Unit], wanted: Iterable[str]) -> set[str]:
    """Returns every value that the units need, directly or not, to write the wanted ones, which are included."""
    needed = set(wanted)
    for unit in reversed(tuple(units)):
        if needed & set(unit.outputs.values()):
            needed |= set(unit.inputs.values())
    return needed
