"""Static networks of a preset's trunk: what one would take in the place of the dynamic network, trained alone.

They have the preset's recipe, one answer, and are thinner, shallower, or see smaller images. A family whose presets
have such twins declares in its file

    TWIN_AXES                                which of `AXES` make its networks smaller
    static_twin(arguments, stages, **axes)   a preset's entries that differ: `arguments`, `stages`, perhaps `family`
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from keras_models import families, presets

# Axis -> the values of a whole frontier, the smallest network's first; sizes are pixels, the others shares.
AXES = {"width": (0.125, 0.25, 0.375, 0.5, 0.75, 1.0), "depth": (0.5, 1.0), "size": (40, 48, 56, 64)}

JOINT = {"equilibrium": False, "freeze": False}  # what is only for several exits, left out


def axes_of(preset: str) -> tuple[str, ...]:
    """The axes along which the static networks of a preset are smaller.

    Raises:
        ValueError: there is no such preset, or its family has none.
    """
    family = presets.get(preset)["family"]
    axes = getattr(families.presets(family), "TWIN_AXES", ())
    if not axes:
        known = ", ".join(name for name in families.FAMILIES if hasattr(families.presets(name), "TWIN_AXES"))
        raise ValueError(f"expected a preset of a family with static networks ({known}), received {preset} of {family}")
    return axes


def static_twins(preset: str, values: Mapping[str, Sequence[float]], epochs: int | None = None) -> dict[str, dict]:
    """The static networks of a preset, as presets by name, such as "width_0.25_depth_1"; the smallest first.

    Args:
        preset: a name, or a JSON file of one.
        values: axis -> its values, in the place of those in `AXES`.
        epochs: of the training, in the place of the preset's.

    Raises:
        ValueError: the preset has no such networks, or not along such an axis.
    """
    own, axes = presets.get(preset), axes_of(preset)
    if unknown := [axis for axis in values if axis not in axes]:
        raise ValueError(f"expected {' and '.join(axes)} of the static networks of {preset}, received {unknown[0]}")
    make = families.presets(own["family"]).static_twin
    grid = [*itertools.product(*(sorted(set(values.get(axis, AXES[axis]))) for axis in axes))]
    found = {}
    for places in reversed(grid):  # a network that has two names has the larger one's
        named = dict(zip(axes, places, strict=True))
        name = "_".join(f"{axis}_{value:g}" for axis, value in named.items())
        changed = make(dict(own["arguments"]), {stage: dict(s) for stage, s in own["stages"].items()}, **named)
        if epochs is not None:
            first = next(iter(families.presets(changed.get("family", own["family"])).STAGES))
            changed["stages"][first]["epochs"] = epochs
        twin = own | {"source": f"a static network of the trunk of {preset}", "expected": ""} | changed
        presets.check(twin)
        if twin not in found.values():
            found[name] = twin
    return dict(reversed(found.items()))


def share(count: int, of: float) -> int:
    """That share of a number of channels, blocks or layers, at least 1."""
    return max(1, int(count * of + 0.5))


def shortened(widths: Sequence[int], of: float, unit: int = 1) -> list[int]:
    """A list of widths with that share of every run of equal ones, in whole units of so many, at least one."""
    runs = [(width, len(list(equal))) for width, equal in itertools.groupby(widths)]
    return [width for width, count in runs for _ in range(unit * share(count // unit, of))]


def last_answer_alone(stages: Mapping[str, Mapping], exits: int) -> dict[str, dict]:
    """The settings of a training of exits in which only the last of so many is trained."""
    alone = {"exit_weights": (0,) * (exits - 1) + (1,), "distillation": 0.0}
    return {name: dict(own) | (alone if name == "classifiers" else {}) for name, own in stages.items()}
