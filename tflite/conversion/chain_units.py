"""A chain on its way into a bundle: its parts as units, in the wanted precision, and what its program says of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..bundle.manifest import Manifest, Part, Table
from ..errors import FrugalError
from . import calibrate, latency, passes, ranges
from .export import export_unit
from .unit_chain import UnitChain
from .writer import link_groups, make_manifest, table_shapes, write_parts, write_server_parts, write_tables

KNOB_FIELDS = ("default", "minimum", "maximum", "description", "names")


class Written(NamedTuple):
    """What was written of a chain.

    Attributes:
        programs: name -> steps over parts.
        models: part -> flatbuffer, of those that a device runs.
        parts, tables: as the manifest has them.
        halves: part -> SHA-256 of its file, of those that a server runs.
    """

    programs: dict[str, list[dict]]
    models: dict[str, bytes]
    parts: dict[str, Part]
    tables: dict[str, Table]
    halves: dict[str, str] = {}


@dataclass(kw_only=True)
class ChainUnits:
    """A chain and its units.

    Attributes:
        chain: what is deployed: `program()`, steps; `programs()`, name -> steps of further ones; `parts()`, name -> a
            Keras `model` and whether to `keep_float`;
            `parameters()`, name -> something with a `default`; `tables()`, as `writer.write_tables` takes them;
            `part_costs`, name -> multiply-adds and weights.
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
        others = [program for name, program in self.programs.items() if name != "main"]
        needed = {step["part"] for program in (self.all_exits, *others) for step in passes.run_steps(program)}
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

    def export(self, names: Iterable[str], mode: str = "float32", quantized: Collection[str] = ()) -> set[str]:
        """Exports the parts of these names; `keep_float` ones stay float32, and their names are returned.

        quantized: names of those that do not, though they are `keep_float`.
        """
        parts, kept_float = self.chain.parts(), set()
        for name in names:
            if name in self.on_server or (parts[name].keep_float and name not in quantized):
                kept_float.add(name)
            self.units[name] = export_unit(parts[name].model, name, "float32" if name in kept_float else mode)
        return kept_float

    @cached_property
    def on_server(self) -> set[str]:
        """Parts that run nowhere but on the server, which has no need of 8 bits."""
        steps = [step for program in self.programs.values() for step in passes.run_steps(program)]
        return {step["part"] for step in steps} - {s["part"] for s in steps if s.get("on", "local") == "local"}

    @cached_property
    def programs(self) -> dict[str, list[dict]]:
        """All programs of the chain by name, before any exit is dropped."""
        return {"main": self.program, **self.chain.programs()}

    def export_deciding(self, kept: np.ndarray | None) -> None:
        """What decides at the kept exits as it is now, in float32; another's latency stands for those left out."""
        ran = {step["part"] for step in passes.run_steps(self.kept_program(kept))}
        used = [name for name in self.deciding if name in ran]
        self.export(used)
        self.latencies = latency.unit_latencies(self.units)
        for name in self.chain.parts():
            self.latencies.setdefault(name, self.latencies[used[0]] if used else 0.0)

    def write(self, folder: Path, programs: Mapping[str, list[dict]], layout: str = "parts") -> Written:
        """Writes the parts of some programs of the chain, and its tables, into the folder of a bundle.

        Args:
            folder: of the bundle.
            programs: name -> steps over units, which are there in `units` and `latencies`.
            layout: as for `writer.write_parts`.
        """
        grouped, groups = passes.group_programs(programs)
        costs = {n: {"macs": c.macs, "latency_us": self.latencies[n]} for n, c in self.chain.part_costs.items()}
        weights = {name: cost.parameters for name, cost in self.chain.part_costs.items()}
        models = link_groups(groups, self.units)
        parts = write_parts(folder, groups, models, costs, weights, layout)
        far = {step["part"] for steps in grouped.values() for step in passes.run_steps(steps)} - set(parts)
        sent = {name: getattr(part, "sent", {}) for name, part in self.chain.parts().items() if name in far}
        free = {name: dict.fromkeys(costs[name], 0.0) for name in far}  # to the device, whose costs a manifest has
        parts |= write_server_parts(folder, {name: self.units[name] for name in sorted(far)}, free, weights, sent)
        halves = {
            name: hashlib.sha256((folder / f"server/{name}.tflite").read_bytes()).hexdigest() for name in sorted(far)
        }
        return Written(grouped, models, parts, write_tables(folder, self.chain.tables()), halves)

    def manifest(
        self,
        written: Written,
        inputs: Mapping[str, tuple[dict, Sequence[int]]],
        labels: Sequence[str] | Mapping[str, Sequence[str]],
        **entries,
    ) -> Manifest:
        """The manifest of what was written, checked.

        Args:
            written: as `write` gives it.
            inputs: input -> (its entry in a manifest, the shape of its value `[1, ...]`).
            labels: names of the classes, for outputs that name none: of all of them, or by output.
            entries: the others, as `make_manifest` takes them, such as name and points.
        """
        knobs = self.chain.parameters().items()
        if written.halves:  # no field of a part says what its server half is, so that a server knows it by this
            entries["provenance"] = {**entries.get("provenance", {}), "server": written.halves}
        return make_manifest(
            inputs={name: entry for name, (entry, _) in inputs.items()},
            shapes={name: tuple(shape) for name, (_, shape) in inputs.items()} | table_shapes(self.chain.tables()),
            outputs={name: output.described(_own(labels, name)) for name, output in self.chain.outputs().items()},
            parts=written.parts,
            programs=written.programs,
            parameters={name: {field: getattr(knob, field) for field in KNOB_FIELDS} for name, knob in knobs},
            tables=written.tables,
            **entries,
        )

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


def _own(labels, output):
    return labels[output] if isinstance(labels, Mapping) else labels


def int8_units(
    chain: Any, inputs: np.ndarray | Mapping[str, np.ndarray], images: Collection[str] = ("image",)
) -> dict[str, bytes]:
    """Every part as a TFLite model: those of the trunk as int8, by the extremes seen, deciding ones as float32.

    Args:
        chain: as of `ChainUnits`.
        inputs: normalised images `[samples, h, w, c]` to calibrate on, or all inputs of the program by name.
        images: names of the inputs that are images, whose extremes are taken to be those of all images.
    """
    work, inputs = ChainUnits(chain=chain), inputs if isinstance(inputs, Mapping) else {"image": inputs}
    parts, program = chain.parts(), work.all_exits
    kept_float = work.export(parts)
    ran = {step["part"] for step in passes.run_steps(program)}
    trunk = {name: work.units[name] for name in parts if name in ran and name not in kept_float}
    seen = calibrate.observe(UnitChain(program, work.units, work.defaults).session(inputs), trunk)
    spans = {name: (float(inputs[name].min()), float(inputs[name].max())) for name in images if name in inputs}
    widest = calibrate.Candidate(len(next(iter(inputs.values()))), 1.0)
    return work.units | ranges.quantize_units(trunk, ranges.unit_ranges(trunk, program, seen, widest, spans))
