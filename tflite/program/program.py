"""A compiled program: the values, constants and costs of one chain, and the steps that use them.

The closures share this state, hence a program and its chain belong to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..bundle import manifest as m
from ..bundle.check_size import given_values
from ..bundle.queries import inputs as inputs_read
from ..bundle.queries import parts as part_names
from .ahead import costs_ahead
from .remote import Remote
from .running import bytes_in, costs_of
from .state import UNITS, Meter, Outcome
from .steps import Compiler
from .values import dequantize, quantize


class Program:
    """A compiled program.

    Args:
        manifest: the bundle's manifest, checked.
        parts: part name -> `OpenPart`.
        remote: runs remote parts, or None.
        clock: returns nanoseconds.
        tracing: whether exits are recorded rather than taken.
        name: which of the manifest's programs.

    Attributes:
        meter: the `Meter` of the current run.
        records: the `Record`s of a tracing program.
        slots: name of a value -> its index in `values`, which are arrays in the encodings that the manifest declares.
        part_names: the parts that it may run, in the order of its text.
    """

    def __init__(
        self,
        manifest: m.Manifest,
        parts: Mapping[str, Any],
        remote: Remote | None,
        clock: Callable[[], int],
        tracing: bool = False,
        name: str = "main",
    ) -> None:
        self.manifest, self.meter, self.tracing, self.records = manifest, Meter(), tracing, []
        self.slots = {value: i for i, value in enumerate(manifest.values)}
        self.values = [None] * len(self.slots)
        self._text, self._name = manifest.programs[name], name
        self.part_names = tuple(part_names(self._text))
        self._inputs = tuple(self.slots[value] for value in inputs_read(manifest, name))
        given = given_values(manifest)[len(manifest.inputs) :]
        self._tables = tuple((self.slots[value], [None]) for value in given)
        compiler = Compiler(self, self._text, parts, remote, clock)
        self._steps = compiler.compile(self._text, name)
        self._cells, self._ahead = compiler.cells, compiler.ahead
        self.set_latencies({})

    def run(self, inputs: Sequence[np.ndarray]) -> Outcome:
        """Runs the program; the meter must have been started.

        Args:
            inputs: an array for each input that the program reads, in the order and encoding of the manifest.
        """
        for slot, array in zip(self._inputs, inputs):
            self.values[slot] = array
        for slot, (array,) in self._tables:
            self.values[slot] = array
        for step in self._steps:
            outcome = step()
            if outcome is not None:
                return outcome
        raise RuntimeError("expected a checked program, which ends in an answer, received one that does not")

    def set_parameters(self, parameters: Mapping[str, float | Sequence[float]]) -> None:
        """Updates everything that depends on parameters, given the value of each by name."""
        for setting, tensor, cell in self._cells:
            value = parameters[setting.parameter] if isinstance(setting, m.ParameterReference) else setting
            cell[0] = value if tensor is None else _constant(value, tensor)

    def set_tables(self, arrays: Sequence[np.ndarray]) -> None:
        """Sets what the tables hold: an array for each of their values, in the order of `check_size.given_values`."""
        for (_, cell), array in zip(self._tables, arrays, strict=True):
            cell[0] = array

    def set_latencies(self, nanoseconds: Mapping[str, float]) -> None:
        """Sets the latencies of parts by name; a part that is left out counts as 0.

        A part that runs elsewhere counts with what the manifest says, whatever it takes here.
        """

        def cost_of(step):
            if isinstance(step, m.Crop | m.Keep):
                costs = step.costs
                return costs.get("latency_us", 0.0) * 1e3, costs.get("macs", 0.0), costs.get("energy_uj", 0.0), 0.0, 0.0
            part = self.manifest.parts[step.part]
            if step.on == "local":
                return nanoseconds.get(step.part, 0.0), *costs_of(part), 0.0, 0.0
            sent = bytes_in(part) if step.otherwise is None else 0.0  # what is expensive to send need not be
            return 0.0, *costs_of(part), sent, part.costs.get("latency_us", 0.0) * 1e3

        for path, cost in costs_ahead(self._text, self._name, cost_of, UNITS).items():
            self._ahead.setdefault(path, [0.0] * UNITS)[:] = cost

    def snapshot(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Copies every value written so far: name -> (raw array, float32 array)."""
        return {
            name: (raw.copy(), dequantize(raw, self.manifest.values[name]))
            for name, raw in zip(self.slots, self.values)
            if raw is not None
        }

    def forget(self) -> None:
        """Drops all values, so that a snapshot holds only what the next run writes."""
        self.values[:] = [None] * len(self.values)


def _constant(content, tensor):
    """A read-only array of one repeated number, or of as many numbers as the shape holds."""
    real = np.empty(tensor.shape, np.float32)
    real[...] = np.reshape(np.asarray(content, np.float32), tensor.shape if isinstance(content, tuple) else ())
    array = quantize(real, tensor)
    array.flags.writeable = False
    return array
