"""A compiled program: the values, constants and costs of one chain, and the steps that use them.

The closures share this state, hence a program and its chain belong to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..bundle import manifest as m
from ..bundle.check_program import Facts
from .ahead import costs_ahead
from .remote import Remote
from .state import Meter, Outcome
from .steps import Compiler
from .values import dequantize, encoding


class Program:
    """A compiled program.

    Args:
        manifest: the bundle's manifest.
        facts: what its check learned.
        parts: part name -> `OpenPart`.
        remote: runs remote parts, or None.
        clock: returns nanoseconds.
        tracing: whether exits are recorded rather than taken.

    Attributes:
        meter: the `Meter` of the current run.
        records: the `Record`s of a tracing program.
        slots: name of a value -> its index in `values` (arrays) and in `written_as` (encodings that can differ).
        image_tensor: the `Tensor` that `run` takes.
    """

    def __init__(
        self,
        manifest: m.Manifest,
        facts: Facts,
        parts: Mapping[str, Any],
        remote: Remote | None,
        clock: Callable[[], int],
        tracing: bool = False,
    ) -> None:
        self.manifest, self.meter, self.tracing = manifest, Meter(), tracing
        self.facts, self.records = facts, []
        self.slots = {value: i for i, value in enumerate(facts.values)}
        self.values = [None] * len(self.slots)
        self.written_as = [None] * len(self.slots)
        self.image_tensor = self._choose_image_tensor()
        self._image_slot, self._image_encoding = self.slots[manifest.input.name], encoding(self.image_tensor)
        compiler = Compiler(self, parts, remote, clock)
        self._steps = compiler.compile(manifest.program, "program")
        self._cells, self._ahead = compiler.cells, compiler.ahead
        self.set_latencies({})

    def run(self, image: np.ndarray) -> Outcome:
        """Runs the program; the meter must have been started.

        Args:
            image: a prepared image, as `image_tensor` describes it.
        """
        self.values[self._image_slot] = image
        self.written_as[self._image_slot] = self._image_encoding
        for step in self._steps:
            outcome = step()
            if outcome is not None:
                return outcome
        raise RuntimeError("expected a checked program, which ends in an answer, received one that does not")

    def set_parameters(self, parameters: Mapping[str, float | Sequence[float]]) -> None:
        """Updates everything that depends on parameters, given the value of each by name."""
        for setting, shape, cell in self._cells:
            value = parameters[setting.parameter] if isinstance(setting, m.ParameterReference) else setting
            cell[0] = value if shape is None else _constant(value, shape)

    def set_latencies(self, nanoseconds: Mapping[str, float]) -> None:
        """Sets the latencies of parts by name; a part that is left out counts as 0."""

        def cost_of_run(step):
            costs = self.manifest.parts[step.part].costs
            return nanoseconds.get(step.part, 0.0), costs["macs"], costs.get("energy_uj", 0.0)

        for path, cost in costs_ahead(self.manifest.program, cost_of_run, 3).items():
            self._ahead.setdefault(path, [0.0, 0.0, 0.0])[:] = cost

    def snapshot(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Copies every value written so far: name -> (raw array, float32 array)."""
        result = {}
        for value, slot in self.slots.items():
            raw = self.values[slot]
            if raw is not None:
                tensor = next(t for t in self.facts.values[value] if encoding(t) == self.written_as[slot])
                result[value] = (raw.copy(), dequantize(raw, tensor))
        return result

    def forget(self) -> None:
        """Drops all values, so that a snapshot holds only what the next run writes."""
        self.values[:] = [None] * len(self.values)

    def _choose_image_tensor(self):
        """float32, unless all readers of the image are part inputs of one 8-bit encoding: then that encoding."""
        name = self.manifest.input.name
        image = m.Tensor(shape=(1, *self.manifest.input.shape), type="float32")
        targets = self.facts.targets.get(name, {None})
        if self.tracing or name in self.facts.overwritten or None in targets:
            return image
        encodings = {encoding(target) for target in targets}
        target = next(iter(targets))
        return target if len(encodings) == 1 and target.type in ("int8", "uint8") else image


def _constant(content, shape):
    """A read-only float32 array of one repeated number, or of as many numbers as the shape holds."""
    array = np.empty(shape, np.float32)
    array[...] = np.reshape(np.asarray(content, np.float32), shape if isinstance(content, tuple) else ())
    array.flags.writeable = False
    return array
