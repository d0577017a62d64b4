"""What the checks of all steps share: that what a step reads is there, and of the form that it needs."""

from __future__ import annotations

import math

from . import manifest as m
from .check_size import MAX_NUMBERS, require


class CheckedReading:
    """Checks what steps read; `written` is the set of values that every way to a step has written, bit by bit.

    Args:
        manifest: whose values have been checked.
    """

    def __init__(self, manifest: m.Manifest) -> None:
        self.manifest, self.values = manifest, manifest.values
        self._bits = {name: 1 << i for i, name in enumerate(manifest.values)}
        self._units = set(next(iter(manifest.parts.values())).costs)

    def _tensor(self, value, where):
        tensor = self.values.get(value)
        require(tensor is not None, f"expected a value that is declared, received {value!r}", where)
        return tensor

    def _read(self, written, value, where):
        tensor = self._tensor(value, where)
        known = written & self._bits[value]
        require(known, f"expected a value that every way here has written, received {value!r}", where)
        return tensor

    def _elements(self, written, value, where, expected=None, least=1):
        count = math.prod(self._read(written, value, where).shape)
        require(count <= MAX_NUMBERS, f"expected at most {MAX_NUMBERS} elements, received {count} in {value!r}", where)
        require(count >= least, f"expected at least {least} elements, received {count} in {value!r}", where)
        problem = f"expected {expected} element(s), received {count} in {value!r}"
        require(expected is None or count == expected, problem, where)

    def _differ(self, values, where):
        values = list(values)
        require(len(set(values)) == len(values), f"expected values that differ, received {values}", where)

    def _shape(self, value, expected, where):
        """The shape of a declared value has to be the expected one."""
        shape = self._tensor(value, where).shape
        problem = f"expected the shape {list(expected)}, received {list(shape)} in {value!r}"
        require(shape == tuple(expected), problem, where)

    def _setting(self, setting, where):
        if isinstance(setting, m.ParameterReference):
            self._number(setting.parameter, where)

    def _number(self, name, where):
        parameter = self._parameter(name, where)
        problem = f"expected a parameter that is one number, received the list {name!r}"
        require(not isinstance(parameter.default, tuple), problem, where)
        return parameter

    def _parameter(self, name, where):
        parameter = self.manifest.parameters.get(name)
        require(parameter is not None, f"expected a parameter of the bundle, received {name!r}", where)
        return parameter

    def _costs(self, step, where):
        problem = f"expected units among {sorted(self._units)}, received {sorted(step.costs)}"
        require(set(step.costs) <= self._units, problem, f"{where}.costs")
