"""A chain on its way into a bundle: its parts as units, in the wanted precision, and what its program says of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import FrugalError
from . import calibrate, latency, passes, ranges
from .export import export_unit
from .unit_chain import UnitChain
from .writer import link_groups


@dataclass(kw_only=True)
class ChainUnits:
    """A chain and its units.

    Attributes:
        chain: what is deployed: `program()`, steps; `parts()`, name -> a Keras `model` and whether to `keep_float`;
            `parameters()`, name -> something with a `default`.
        units: unit -> flatbuffer, of the parts that are exported so far.
        latencies: unit -> microseconds.
        calibration: how int8 was chosen, or None.
        notes: sentences for people about what could not be done as usual.
    """

    chain: Any
    units: dict[str, bytes] = field(default_factory=dict)
    latencies: dict[str, float] = field(default_factory=dict)
    calibration: dict | None = None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def program(self) -> list[dict]:
        """The chain's program, before any exit is dropped."""
        return self.chain.program()

    @cached_property
    def all_exits(self) -> list[dict]:
        """The program up to its answers: no exit asks anybody."""
        return passes.without_exit_rules(self.program)

    @property
    def answer_values(self) -> list[str]:
        """What the exits and the answer of a program in a line give, in order."""
        return [value for step in self.all_exits for value in step.get("gives", {}).values()]

    @cached_property
    def deciding(self) -> list[str]:
        """The parts that only the rules of exits need."""
        needed = {step["part"] for step in passes.run_steps(self.all_exits)}
        return [name for name in self.chain.parts() if name not in needed]

    @cached_property
    def end_names(self) -> list[str]:
        """Names of all exits and answers, before any is dropped."""
        return passes.exit_names(self.program)

    @cached_property
    def defaults(self) -> dict[str, dict]:
        """The parameters as an executor takes them."""
        return {name: {"default": knob.default} for name, knob in self.chain.parameters().items()}

    def read_values(self) -> list[str]:
        """Names of the answers, and of the other values that deciding parts read, of a program in a line."""
        answers = self.answer_values
        made = {value for step in passes.run_steps(self.all_exits) for value in step["outputs"].values()}
        asking = [step for step in self.program if step.get("part") in self.deciding]
        seen = dict.fromkeys(value for step in asking for value in step["inputs"].values())
        return [*answers, *(value for value in seen if value in made and value not in answers)]

    def kept_program(self, kept: np.ndarray | None) -> list[dict]:
        """The program with the kept exits alone, bool `[exits]`, and nothing that only the dropped ones needed."""
        if kept is None:
            return passes.drop_dead(self.program)
        names = {name for name, keep in zip(self.end_names, kept, strict=True) if keep}
        return passes.drop_dead(passes.keep_exits(self.program, names))

    def export(self, names: Iterable[str], mode: str = "float32") -> set[str]:
        """Exports the parts of these names; `keep_float` ones stay float32, and their names are returned."""
        parts, kept_float = self.chain.parts(), set()
        for name in names:
            if parts[name].keep_float:
                kept_float.add(name)
            self.units[name] = export_unit(parts[name].model, name, "float32" if parts[name].keep_float else mode)
        return kept_float

    def export_deciding(self, kept: np.ndarray | None) -> None:
        """What decides at the kept exits as it is now, in float32; another's latency stands for those left out."""
        ran = {step["part"] for step in passes.run_steps(self.kept_program(kept))}
        used = [name for name in self.deciding if name in ran]
        self.export(used)
        self.latencies = latency.unit_latencies(self.units)
        for name in self.chain.parts():
            self.latencies.setdefault(name, self.latencies[used[0]] if used else 0.0)

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Bytes of every part, as it is and deflated, all exits kept and without what decides."""
        _, groups = passes.group_runs(self.all_exits)
        found = {}
        for group in groups:
            contents = [self.units[name] for name in group.units]
            try:
                contents = [link_groups([group], self.units)[group.name]]
            except FrugalError:
                pass  # what the runtime does not join is counted unit by unit
            found[group.name] = (sum(map(len, contents)), sum(len(zlib.compress(content, 9)) for content in contents))
        return found


def int8_units(chain: Any, images: np.ndarray) -> dict[str, bytes]:
    """Every part as a TFLite model: those of the trunk as int8, by the extremes seen, deciding ones as float32.

    Args:
        chain: as of `ChainUnits`.
        images: normalised, `[samples, h, w, c]`, to calibrate on.
    """
    work = ChainUnits(chain=chain)
    parts, program = chain.parts(), work.all_exits
    work.export(parts)
    ran = {step["part"] for step in passes.run_steps(program)}
    trunk = {name: work.units[name] for name, part in parts.items() if name in ran and not part.keep_float}
    seen = calibrate.observe(UnitChain(program, work.units, work.defaults).session(images), trunk)
    span = (float(images.min()), float(images.max()))
    widest = calibrate.Candidate(len(images), 1.0)
    return work.units | ranges.quantize_units(trunk, ranges.unit_ranges(trunk, program, seen, widest, span))
