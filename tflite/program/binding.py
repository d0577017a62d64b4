"""Binds the values of a program: closures that read them, and cells that hold settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..bundle import manifest as m
from .values import Conversion, converter, reader


class Binder:
    """Builds the closures that read the values of one `Program`: the base of its `Compiler`.

    Args:
        program: the `Program`; only its public attributes are used.

    Attributes:
        cells: (setting, tensor, cell) of every number or parameter; `cell` is a list of one element, which the program
            fills: with a number, or where there is a tensor with its array.
    """

    def __init__(self, program: Any) -> None:
        self.manifest, self.tracing, self.meter = program.manifest, program.tracing, program.meter
        self._tensors, self._slots, self._values = program.manifest.values, program.slots, program.values
        self.cells = []

    def _read(self, value: str) -> tuple[Callable, int]:
        """A function from a value's array to a flat list of floats, and the value's slot."""
        return reader(self._tensors[value]), self._slots[value]

    def _numbers(self, value: str) -> Callable[[], list[float]]:
        """A function without arguments that reads a value as a flat list of floats."""
        (read, slot), values = self._read(value), self._values
        return lambda: read(values[slot])

    def _written(self, tensor: m.Tensor, value: str) -> Conversion | None:
        """The conversion of what is written to a value; None if the encodings are the same."""
        return converter(tensor, self._tensors[value])

    def _setting(self, setting: m.Number | m.ParameterReference, tensor: m.Tensor | None = None) -> list:
        """A list of one element: the current value of a number or parameter; the array where a tensor is given."""
        cell = [None]
        self.cells.append((setting, tensor, cell))
        return cell
