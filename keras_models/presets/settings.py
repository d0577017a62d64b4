"""What a setting may be: kinds with the words for an error, defaults, and checks of everything that a preset says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

REQUIRED = object()


@dataclass(frozen=True)
class Kind:
    """A kind of value: its name in an error, and whether a value is one."""

    words: str
    fits: Callable[[object], bool]


@dataclass(frozen=True)
class Setting:
    """A setting of a network or a stage; without a default a preset must give it."""

    kind: Kind
    default: object = REQUIRED


def _whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value, low=0.0, high=math.inf) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high and value < math.inf


def _list(value, fits) -> bool:
    return isinstance(value, list | tuple) and all(map(fits, value))


def _is_file(value) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in ("file", "sha256"))


def _rate(value) -> bool:
    return _number(value) and value > 0


COUNT = Kind("a whole number above zero", _whole)
COUNT_OR_NONE = Kind("a whole number of at least 0", lambda value: _whole(value) or (value == 0 and value is not False))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
WIDTHS = Kind("a list of whole numbers above zero", lambda value: _list(value, _whole))
RATE = Kind("a number above zero", _rate)
AMOUNT = Kind("a number of at least 0", _number)
NUMBER = Kind("a number", lambda value: _number(value, low=-math.inf) and value > -math.inf)
SHARE = Kind("a number from 0 to 1", lambda value: _number(value, 0, 1))
SHARES = Kind("a list of numbers from 0 to 1", lambda value: _list(value, lambda item: _number(item, 0, 1)))
BELOW_ONE = Kind("a number from 0 to below 1", lambda value: _number(value, 0, 1) and value < 1)
TEXT = Kind("text", lambda value: isinstance(value, str))
TEXTS = Kind("a list of texts", lambda value: _list(value, lambda item: isinstance(item, str)) and len(value) > 0)
WEIGHTS = Kind("a list of numbers of at least 0, one of them above", lambda value: _list(value, _number) and any(value))
LAYERS = Kind("a list of files with their SHA-256", lambda value: _list(value, _is_file))  # `own_layers`
RANGE = Kind(
    "the lowest and the highest, above zero",
    lambda value: _list(value, _rate) and len(value) == 2 and value[0] <= value[1],
)

# Layers of Keras that may change training pictures: a seed alone decides what each of them does.
AUGMENTING = tuple(
    f"Random{name}"
    for name in (
        "Brightness Contrast Erasing Flip GaussianBlur Grayscale Hue Perspective Rotation Saturation Sharpness Shear "
        "Translation Zoom"
    ).split()
)
LAYERS_BY_NAME = Kind(
    f"an object of layers ({', '.join(AUGMENTING)}) and their arguments",
    lambda value: isinstance(value, Mapping) and set(value) <= set(AUGMENTING),
)


def one_of(*values) -> Kind:
    """One of some values."""
    # One by one: a list, which JSON may hold, is in no set.
    return Kind(" or ".join(map(str, values)), lambda value: any(type(value) is type(v) and value == v for v in values))


def optional(kind: Kind) -> Kind:
    """None, or a value of that kind."""
    return Kind(kind.words, lambda value: value is None or kind.fits(value))


# What every stage on a task's training images has.
IMAGE_STAGE = {
    "epochs": Setting(COUNT),
    "batch_size": Setting(COUNT),
    "peak_learning_rate": Setting(RATE),
    "weight_decay": Setting(optional(RATE), None),
    "optimizer": Setting(one_of("sgd", "muon"), "sgd"),
    "label_smoothing": Setting(BELOW_ONE, 0.0),
    "augmentation": Setting(optional(LAYERS_BY_NAME), None),  # None is as the task allows
    "class_weights": Setting(one_of("equal", "balanced"), "equal"),
    "cutout": Setting(COUNT_OR_NONE, 0),
}


def check(where: str, given, known: Mapping[str, Setting]) -> None:
    """Checks given settings against the known ones.

    Raises:
        ValueError: one is unknown, missing or of another kind; it names `where`.
    """
    needed = {name for name, setting in known.items() if setting.default is REQUIRED}
    if not isinstance(given, Mapping) or not needed <= set(given) <= set(known):
        shown = ", ".join(map(str, given)) or "nothing" if isinstance(given, Mapping) else repr(given)
        words = f"with {', '.join(sorted(needed))}" if needed else "all optional"
        raise ValueError(f"expected {where} among {', '.join(known)}, {words}, received {shown}")
    for name, value in given.items():
        if not known[name].kind.fits(value):
            raise ValueError(f"expected {known[name].kind.words} as {name} of {where}, received {value!r}")
        if not _in_32_bits(value):
            raise ValueError(f"expected what 32 bits hold as {name} of {where}, received {value!r}")


def _in_32_bits(value) -> bool:
    """Whether all numbers in a value can be held: by int32, and by float32 with its digits."""
    if isinstance(value, list | tuple):
        return all(map(_in_32_bits, value))
    if isinstance(value, Mapping):
        return all(map(_in_32_bits, value.values()))
    if isinstance(value, int):
        return abs(value) < 1 << 31
    return not isinstance(value, float) or value == 0 or 1e-37 <= abs(value) <= 1e38


def complete(given: Mapping, known: Mapping[str, Setting]) -> dict:
    """The given settings, and the defaults of the others, in the order in which they are known."""
    return {name: given.get(name, setting.default) for name, setting in known.items()}


def defaults(known: Mapping[str, Setting]) -> dict:
    """The defaults of those settings that have one."""
    return {name: setting.default for name, setting in known.items() if setting.default is not REQUIRED}


def check_groups(arguments: Mapping) -> None:
    """Raises ValueError if a residual trunk's blocks and filters are not of as many groups."""
    groups = len(arguments["blocks"]), len(arguments.get("filters", (16, 32, 64)))
    if groups[0] != groups[1]:
        raise ValueError(f"expected blocks and filters of as many groups, received {groups[0]} and {groups[1]}")
