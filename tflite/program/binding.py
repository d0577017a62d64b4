"""Binds a program's values: functions that read one whatever it holds, note what it holds, or keep a setting."""

from __future__ import annotations

from .values import encoding, reader


class Binder:
    """What reads and marks the values of one `Program`, bound before the first run: the base of its `Compiler`.

    Args:
        program: the `Program`; only its public attributes are used.

    Attributes:
        cells: (setting, shape, cell) of every number or parameter; `cell` is a list of one, filled by the program.
    """

    def __init__(self, program):
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
        """Binds `build(tensor)`, a function of an array, to whatever the value turns out to hold at `where`."""
        functions = {key: build(tensor) for key, tensor in self._sources(value, where).items()}
        if len(functions) == 1:
            return next(iter(functions.values()))
        slot, written_as = self._slots[value], self._written_as

        def dispatch(array):
            function = functions[written_as[slot]]
            return array if function is None else function(array)

        return dispatch

    def _numbers(self, value, where):
        """A function without argument that reads a value as a flat list of floats."""
        read, slot, values = self._bind(value, where, reader), self._slots[value], self._values
        return lambda: read(values[slot])

    def _type(self, value, where):
        """A function without argument that says the type of a value."""
        sources = self._sources(value, where)
        slot, written_as = self._slots[value], self._written_as
        if len(sources) == 1:
            (only,) = sources
            return lambda: only[0]
        return lambda: written_as[slot][0]

    def _mark(self, value, tensor):
        """A function that notes how a value has been written, or None where nobody will ask."""
        ambiguous = len({encoding(t) for t in self._facts.values[value]}) > 1
        if not ambiguous and not self.tracing:
            return None
        slot, key, written_as = self._slots[value], encoding(tensor), self._written_as

        def mark():
            written_as[slot] = key

        return mark

    def _setting(self, setting, shape=None):
        """A list of one: the present value of a number or parameter, or with a shape the constant array."""
        cell = [None]
        self.cells.append((setting, shape, cell))
        return cell
