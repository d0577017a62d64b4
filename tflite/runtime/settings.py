"""The operating point and the parameters in use, evaluated when they change and not in every run."""

from __future__ import annotations

from collections.abc import Sequence

from ..bundle.check import setting_problem
from ..bundle.manifest import Manifest, Parameter
from ..errors import ChainError
from .budget import is_finite, shown


class Settings:
    """The current value of every parameter.

    Args:
        manifest: the bundle's manifest.

    Attributes:
        point: name of the operating point in use.
        values: parameter name -> number or tuple of numbers.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._points = {point.name: point for point in manifest.operating_points}
        self._overrides = None
        self.point = manifest.default_operating_point
        self.values = self._evaluate(self.point, {})

    def select(self, point: str | None = None, overrides: dict[str, float | Sequence[float]] | None = None) -> bool:
        """Selects an operating point and parameters that override it.

        Args:
            point: a name; None is the default one.
            overrides: parameter name -> number or list, or the name of a value that has one.

        Returns:
            Whether anything changed.

        Raises:
            ChainError: the point or a parameter is unknown, or a value is out of bounds; the selection is unchanged.
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
            raise ChainError(f"operating point: expected one of {list(self._points)}, received {shown(name)}")
        values = {key: parameter.default for key, parameter in self._manifest.parameters.items()}
        values.update(point.parameters)
        for key, value in overrides.items():
            parameter = self._manifest.parameters.get(key)
            if parameter is None:
                raise ChainError(
                    f"parameters: expected some of {list(self._manifest.parameters)}, received {shown(key)}"
                )
            if isinstance(value, str):
                value = named(parameter, key, value)
            problem = setting_problem(parameter, value)
            if problem is not None:
                raise ChainError(f"parameter {key}: {problem}")
            values[key] = value
        return values


def named(parameter: Parameter, key: str, name: str) -> float:
    """The number of a parameter's value that has a name.

    Raises:
        ChainError: none has it.
    """
    if name not in parameter.names:
        expected = f"one of {list(parameter.names)}" if parameter.names else "a finite number or a list of them"
        raise ChainError(f"parameter {key}: expected {expected}, received {shown(name)}")
    return float(parameter.names.index(name))


def _plain(overrides):
    """A copy with names, floats and tuples of floats, which can be compared and kept."""
    if not isinstance(overrides, dict):
        received = type(overrides).__name__
        raise ChainError(f"parameters: expected a dict from name to number or list, received {received}")
    return {k: value if isinstance(value, str) else _number_or_tuple(k, value) for k, value in overrides.items()}


def _number_or_tuple(key, value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return tuple(_number(key, item) for item in value)
    return _number(key, value)


def _number(key, value):
    if not is_finite(value):
        raise ChainError(f"parameter {key}: expected a finite number or a list of them, received {shown(value)}")
    return float(value)
