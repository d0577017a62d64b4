"""Which operating point and parameters are in use: looked up when they change, not at every run."""

from __future__ import annotations

import math
from numbers import Real

from ..bundle.check import setting_problem
from ..errors import ChainError


class Settings:
    """The present value of every parameter.

    Args:
        manifest: the bundle's `Manifest`.

    Attributes:
        point: the name of the operating point in use.
        values: parameter name -> number or tuple of numbers.
    """

    def __init__(self, manifest):
        self._manifest = manifest
        self._points = {point.name: point for point in manifest.operating_points}
        self._overrides = None
        self.point = manifest.default_operating_point
        self.values = self._evaluate(self.point, {})

    def select(self, point=None, overrides=None):
        """Selects an operating point (None is the default) and settings on top of it; True when anything changed.

        Raises:
            ChainError: an unknown point or parameter, or a value out of bounds; what was in use stays.
        """
        point = self._manifest.default_operating_point if point is None else point
        overrides = None if not overrides else _plain(overrides)
        if point == self.point and overrides == self._overrides:
            return False
        self.values = self._evaluate(point, overrides or {})
        self.point, self._overrides = point, overrides
        return True

    def _evaluate(self, name, overrides):
        point = self._points.get(name) if isinstance(name, str) else None
        if point is None:
            raise ChainError(f"operating point: expected one of {list(self._points)}, received {name!r}")
        values = {key: parameter.default for key, parameter in self._manifest.parameters.items()}
        values.update(point.parameters)
        for key, value in overrides.items():
            parameter = self._manifest.parameters.get(key)
            if parameter is None:
                raise ChainError(f"parameters: expected some of {list(self._manifest.parameters)}, received {key!r}")
            problem = setting_problem(parameter, value)
            if problem is not None:
                raise ChainError(f"parameter {key}: {problem}")
            values[key] = value
        return values


def _plain(overrides):
    """A copy with floats and tuples of floats, so that it can be compared and kept."""
    if not isinstance(overrides, dict):
        received = type(overrides).__name__
        raise ChainError(f"parameters: expected a dict from name to number or list, received {received}")
    return {key: _number_or_tuple(key, value) for key, value in overrides.items()}


def _number_or_tuple(key, value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return tuple(_number(key, item) for item in value)
    return _number(key, value)


def _number(key, value):
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ChainError(f"parameter {key}: expected a finite number or a list of them, received {value!r}")
    return float(value)
