"""What may be chosen (the SPACE of a family's presets module), and what a choice means for arguments and settings.

The defaults are the values of the preset or run at hand. `keras_models/presets/__init__.py` has the forms of a space.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import keras_tuner

from keras_models import families
from keras_models.presets import settings as preset_settings
from tools import console

STEP = 4  # widths are multiples of it


@dataclass(frozen=True)
class OneOf:
    """One of some values; the preset's own is among them. Numbers stand as they are, anything else as JSON."""

    values: tuple

    def declare(self, space: keras_tuner.HyperParameters, name: str, own) -> None:
        """Add the hyperparameters."""
        known = [*self.values, *([] if self._word(own) in map(self._word, self.values) else [own])]
        if all(map(_is_number, known)):
            space.Choice(name, sorted(map(float, known)), default=float(own))
        else:
            space.Choice(name, list(map(_text, known)), default=_text(own))

    def choose(self, name: str, own, values: Mapping):
        """The value that a trial's values mean."""
        return json.loads(values[name]) if isinstance(values[name], str) else values[name]

    def least(self, name: str, own) -> dict:
        """The values of the smallest network: the first one's."""
        return {name: float(self.values[0]) if all(map(_is_number, self.values)) else _text(self.values[0])}

    @staticmethod
    def _word(value) -> str:
        return repr(float(value)) if _is_number(value) else _text(value)


@dataclass(frozen=True)
class LogRange:
    """A number whose logarithm is uniform in a range that holds the preset's own."""

    low: float
    high: float

    def declare(self, space: keras_tuner.HyperParameters, name: str, own) -> None:
        """Add the hyperparameter."""
        space.Float(name, min(self.low, own), max(self.high, own), sampling="log", default=own)

    def choose(self, name: str, own, values: Mapping):
        """The number."""
        return values[name]

    def least(self, name: str, own) -> dict:
        """The preset's own: it has no size."""
        return {name: own}


@dataclass(frozen=True)
class Times:
    """The preset's widths, all times one factor."""

    factors: tuple[float, ...]

    def declare(self, space: keras_tuner.HyperParameters, name: str, own) -> None:
        """Add the factor."""
        space.Choice(name, list(map(float, self.factors)), default=1.0)

    def choose(self, name: str, own, values: Mapping) -> tuple[int, ...]:
        """The widths."""
        return tuple(scaled(width, values[name]) for width in own)

    def least(self, name: str, own) -> dict:
        """The smallest factor."""
        return {name: float(min(self.factors))}


@dataclass(frozen=True)
class Each:
    """Every number of the preset's list, chosen alone."""

    values: tuple[int, ...]

    def declare(self, space: keras_tuner.HyperParameters, name: str, own) -> None:
        """Add a choice a number."""
        for place, number in enumerate(own, 1):
            space.Choice(f"{name}_{place}", sorted({*self.values, number}), default=number)

    def choose(self, name: str, own, values: Mapping) -> tuple[int, ...]:
        """The list."""
        return tuple(values[f"{name}_{place}"] for place in range(1, len(own) + 1))

    def least(self, name: str, own) -> dict:
        """The smallest numbers."""
        return {f"{name}_{place}": min(*self.values, number) for place, number in enumerate(own, 1)}


@dataclass(frozen=True)
class Runs:
    """A list of widths in runs of equal ones: all times one factor, each run so many times `unit` long.

    Where two neighbours would get the same width the later one gets 4 more: they stay two runs.
    """

    factors: tuple[float, ...]
    counts: tuple[int, ...]
    unit: int

    def declare(self, space: keras_tuner.HyperParameters, name: str, own) -> None:
        """Add the factor, and a count a run."""
        Times(self.factors).declare(space, f"{name}.width", own)
        Each(self.counts).declare(space, f"{name}.length", self._lengths(own))

    def choose(self, name: str, own, values: Mapping) -> tuple[int, ...]:
        """The widths."""
        made: list[int] = []
        lengths = Each(self.counts).choose(f"{name}.length", self._lengths(own), values)
        for (before, _), count in zip(groupby(own), lengths, strict=True):
            now = scaled(before, values[f"{name}.width"])
            now += STEP if made and made[-1] == now else 0
            made += [now] * self.unit * count
        return tuple(made)

    def least(self, name: str, own) -> dict:
        """The narrowest and shortest."""
        lengths = Each(self.counts).least(f"{name}.length", self._lengths(own))
        return Times(self.factors).least(f"{name}.width", own) | lengths

    def _lengths(self, own) -> list[int]:
        return [len(list(same)) // self.unit for _, same in groupby(own)]


FORMS = {"log": LogRange, "times": Times, "each": Each, "runs": Runs}


class Space:
    """The space of one search around a preset or run.

    Args:
        family: whose presets module declares it.
        search: "network", or a stage.
        arguments, stages: what the space is around, the stages' settings resolved.

    Raises:
        UserError: the family declares no such space.
    """

    def __init__(self, family: str, search: str, arguments: Mapping, stages: Mapping[str, Mapping]):
        module = families.presets(family)
        known = getattr(module, "SPACE", {})
        if search not in known:
            words = ", ".join(known) or "none"
            raise console.UserError(
                f"expected a search that the family {family} declares a space for ({words}), received {search!r}"
            )
        own = {"network": preset_settings.complete(arguments, module.ARGUMENTS)} | dict(stages)
        self._own = {path: own[path.split(".")[0]][path.split(".")[1]] for path in known[search]}
        self._forms = {path: _form(declared) for path, declared in known[search].items()}
        self.parameters = keras_tuner.HyperParameters()
        for path, form in self._forms.items():
            form.declare(self.parameters, path, self._own[path])

    def chosen(self, values: Mapping) -> tuple[dict, dict[str, dict]]:
        """(arguments of the network, stage -> settings) that a trial's values mean."""
        found: dict[str, dict] = {"network": {}}
        for path, form in self._forms.items():
            place, name = path.split(".")
            found.setdefault(place, {})[name] = form.choose(path, self._own[path], values)
        return found.pop("network"), found

    def smallest(self) -> dict:
        """The values of the smallest network."""
        return {k: v for path, form in self._forms.items() for k, v in form.least(path, self._own[path]).items()}


def scaled(width: int, factor: float) -> int:
    """A width times a factor, a multiple of 4 unless it stays as it was."""
    return width if factor == 1 else max(STEP, STEP * round(factor * width / STEP))


def _form(declared: Sequence):
    return FORMS[declared[0]](*declared[1:]) if isinstance(declared, tuple) else OneOf(tuple(declared))


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value) -> str:
    return json.dumps(value)
