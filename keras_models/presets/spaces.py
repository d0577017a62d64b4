"""What may be chosen (the SPACE of a family's presets module), and what a choice means for arguments and settings.

The defaults are the values of the preset or run at hand; the package's docstring has the forms of a space. A search
alone needs keras-tuner, and imports this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import NamedTuple

import keras_tuner

from keras_models import families
from keras_models.presets import settings as preset_settings

STEP = 4  # widths are multiples of it


class Form(NamedTuple):
    """One setting of a space.

    Attributes:
        choose: function from a trial's values (name -> value) to what they mean for the setting.
        least: the values of the smallest network.
    """

    choose: Callable[[Mapping], object]
    least: dict


def one_of(space: keras_tuner.HyperParameters, name: str, own, *values) -> Form:
    """One of some values, the smallest network's first. Numbers stand as they are, anything else as JSON."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in (*values, own)):
        space.Choice(name, sorted({float(value) for value in (*values, own)}), default=float(own))
        return Form(lambda found: found[name], {name: float(values[0])})
    words = list(dict.fromkeys(map(json.dumps, (*values, own))))
    space.Choice(name, words, default=json.dumps(own))
    return Form(lambda found: json.loads(found[name]), {name: words[0]})


def log_range(space: keras_tuner.HyperParameters, name: str, own, low: float, high: float) -> Form:
    """A number whose logarithm is uniform in a range that holds the preset's own; it has no size."""
    space.Float(name, min(low, own), max(high, own), sampling="log", default=own)
    return Form(lambda found: found[name], {name: own})


def times(space: keras_tuner.HyperParameters, name: str, own, factors) -> Form:
    """The preset's widths, all times one factor."""
    space.Choice(name, list(map(float, factors)), default=1.0)
    return Form(lambda found: tuple(scaled(width, found[name]) for width in own), {name: float(min(factors))})


def each(space: keras_tuner.HyperParameters, name: str, own, numbers) -> Form:
    """Every number of the preset's list, chosen alone."""
    choices = {f"{name}_{place}": sorted({*numbers, number}) for place, number in enumerate(own, 1)}
    for (entry, values), number in zip(choices.items(), own, strict=True):
        space.Choice(entry, values, default=number)
    return Form(lambda found: tuple(found[k] for k in choices), {k: values[0] for k, values in choices.items()})


def runs(space: keras_tuner.HyperParameters, name: str, own, factors, counts, unit: int) -> Form:
    """A list of widths in runs of equal ones: all times one factor, each run so many times `unit` long.

    Where two neighbours would get the same width the later one gets 4 more: they stay two runs.
    """
    widths, lengths = zip(*((width, len(list(same)) // unit) for width, same in groupby(own)), strict=True)
    factor = times(space, f"{name}.width", widths, factors)
    length = each(space, f"{name}.length", lengths, counts)

    def choose(found: Mapping) -> tuple[int, ...]:
        made: list[int] = []
        for width, count in zip(factor.choose(found), length.choose(found), strict=True):
            width += STEP if made and made[-1] == width else 0
            made += [width] * unit * count
        return tuple(made)

    return Form(choose, factor.least | length.least)


FORMS = {"log": log_range, "times": times, "each": each, "runs": runs}


class Space:
    """The space of one search around a preset or run.

    Args:
        family: whose presets module declares it.
        search: "network", or a stage.
        arguments, stages: what the space is around, the stages' settings resolved.

    Raises:
        ValueError: the family declares no such space.
    """

    def __init__(self, family: str, search: str, arguments: Mapping, stages: Mapping[str, Mapping]):
        module = families.presets(family)
        known = getattr(module, "SPACE", {})
        if search not in known:
            words = ", ".join(known) or "none"
            raise ValueError(
                f"expected a search that the family {family} declares a space for ({words}), received {search!r}"
            )
        own = {"network": preset_settings.complete(arguments, module.ARGUMENTS)} | dict(stages)
        self.parameters, self._forms = keras_tuner.HyperParameters(), {}
        for path, declared in known[search].items():
            place, name = path.split(".")
            form, *given = (FORMS[declared[0]], *declared[1:]) if isinstance(declared, tuple) else (one_of, *declared)
            self._forms[path] = form(self.parameters, path, own[place][name], *given)

    def chosen(self, values: Mapping) -> tuple[dict, dict[str, dict]]:
        """(arguments of the network, stage -> settings) that a trial's values mean."""
        found: dict[str, dict] = {"network": {}}
        for path, form in self._forms.items():
            place, name = path.split(".")
            found.setdefault(place, {})[name] = form.choose(values)
        return found.pop("network"), found

    def smallest(self) -> dict:
        """The values of the smallest network."""
        return {name: value for form in self._forms.values() for name, value in form.least.items()}


def scaled(width: int, factor: float) -> int:
    """A width times a factor, a multiple of 4 unless it stays as it was."""
    return width if factor == 1 else max(STEP, STEP * round(factor * width / STEP))
