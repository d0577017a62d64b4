"""Binds the values of a program: closures that read them, record their encodings, and hold settings."""

from __future__ import annotations

from typing import Any

from .values import encoding, reader


class Binder:
    """Builds the closures that read and mark the values of one `Program`: the base of its `Compiler`.

    Args:
        program: the `Program`; only its public attributes are used.

    Attributes:
        cells: (setting, shape, cell) of every number or parameter; `cell` is a list of one element, which the program
            fills.
    """

    def __init__(self, program: Any) -> None:
        self.manifest, self.tracing, self.image_tensor = program.manifest, program.tracing, program.image_tensor
        self._facts, self._slots = program.facts, program.slots
        self._values, self._written_as = program.values, program.written_as
        self.cells = []

    def _sources(self, value, where):
        """The tensors that the reader at `where` may find, by encoding."""
        tensors = self._facts.tensors[where]
        if value == self.manifest.input.name and value not in self._facts.overwritten:
            tensors = {self.image_tensor}
        return {encoding(tensor): tensor for tensor in tensors}

    def _bind(self, value, where, build):
        """Binds `build(tensor)`, a function of an array, to the encoding that the value has at `where` in a run."""
        functions = {key: build(tensor) for key, tensor in self._sources(value, where).items()}
        if len(functions) == 1:
            return next(iter(functions.values()))
        slot, written_as = self._slots[value], self._written_as

        def dispatch(array):
            function = functions[written_as[slot]]
            return array if function is None else function(array)

        return dispatch

    def _numbers(self, value, where):
        """Returns a function without arguments that reads a value as a flat list of floats."""
        read, slot, values = self._bind(value, where, reader), self._slots[value], self._values
        return lambda: read(values[slot])

    def _type(self, value, where):
        """Returns a function without arguments that returns the type of a value."""
        sources = self._sources(value, where)
        slot, written_as = self._slots[value], self._written_as
        if len(sources) == 1:
            (only,) = sources
            return lambda: only[0]
        return lambda: written_as[slot][0]

    def _mark(self, value, tensor):
        """Returns a function that records the encoding of a value; None if the encoding is known or never read."""
        ambiguous = len({encoding(t) for t in self._facts.values[value]}) > 1
        if not ambiguous and not self.tracing:
            return None
        slot, key, written_as = self._slots[value], encoding(tensor), self._written_as

        def mark():
            written_as[slot] = key

        return mark

    def _setting(self, setting, shape=None):
        """Returns a list of one element: the current value of a number or parameter; the array if a shape is given."""
        cell = [None]
        self.cells.append((setting, shape, cell))
        return cell
