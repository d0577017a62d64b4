"""Presets in JSON files: their form, and what is wrong with a file that has another."""

from __future__ import annotations

import json
import math
from pathlib import Path


def _whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _number(value, low=0.0, high=math.inf) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high and value < math.inf


def _positive(value) -> bool:
    return _number(value) and value > 0


def _share(value) -> bool:
    return _number(value, 0, 1)


def _widths(value) -> bool:
    return isinstance(value, list | tuple) and all(map(_whole, value))


def _weights(value) -> bool:
    return isinstance(value, list | tuple) and all(map(_number, value)) and any(value)


def _range(value) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_positive, value)) and value[0] <= value[1]


_WHOLE, _FLAG = ("a whole number above zero", _whole), ("true or false", lambda value: isinstance(value, bool))
_WIDTHS, _RATE = ("a list of whole numbers above zero", _widths), ("a number above zero", _positive)
_BELOW_ONE = ("a number from 0 to below 1", lambda value: _share(value) and value < 1)
_PART, _AMOUNT = ("a number from 0 to 1", _share), ("a number of at least 0", _number)
# What a preset's settings are: name -> (in words, check).
ARGUMENTS = {
    "epnet": {
        "filters": _WIDTHS,
        "head_hidden": _WIDTHS,
        "controller_in": _WIDTHS,
        "controller_cat": _WIDTHS,
        "conditioned": _FLAG,
        "ranked": _FLAG,
        "kappa": ("the lowest and the highest price, above zero", _range),
        "equilibrium": _FLAG,
        "first_stride": ("1 or 2", lambda value: _whole(value) and value in (1, 2)),
        "stem": ("a whole number of at least 0", lambda value: value == 0 or _whole(value)),
    }
}
TRAINING = {
    "epochs": _WHOLE,
    "batch_size": _WHOLE,
    "peak_learning_rate": _RATE,
    "weight_decay": _RATE,
    "distillation": _PART,
    "label_smoothing": _BELOW_ONE,
    "cutout": _WHOLE,
    "whitened_stem": _FLAG,
    "optimizer": ("sgd or muon", lambda value: value in ("sgd", "muon")),
    "exit_weights": ("a list of numbers of at least 0, one of them above", lambda value: _weights(value)),
}
POLICY = {
    "epochs": _WHOLE,
    "views": _WHOLE,
    "warm_up": _PART,
    "learning_rate": _RATE,
    "weight_decay": _AMOUNT,
    "dropout": _BELOW_ONE,
    "kappa_weighting": _AMOUNT,
}
NEEDED = {"family", "task", "arguments", "training", "source", "expected"}


def read(file) -> dict:
    """The preset in a JSON file. Raises ValueError that tells what was expected there and what was received."""
    try:
        preset = json.loads(Path(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"expected a preset's name or file, received {str(file)!r}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: expected a preset in JSON, received {error}") from None
    try:
        check(preset)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    return preset


def check(preset) -> None:
    """Raises ValueError if that is not a preset's form. The task's name is checked by who loads its data."""
    keys = set(preset) if isinstance(preset, dict) else set()
    if not NEEDED <= keys <= NEEDED | {"policy"}:
        shown = ", ".join(sorted(keys)) if keys else repr(preset)
        raise ValueError(f"expected a preset of {', '.join(sorted(NEEDED))} and perhaps policy, received {shown}")
    for name in ("family", "task", "source", "expected"):
        if not isinstance(preset[name], str):
            raise ValueError(f"expected text as {name}, received {preset[name]!r}")
    if preset["family"] not in ARGUMENTS:
        raise ValueError(f"expected family {' or '.join(map(repr, ARGUMENTS))}, received {preset['family']!r}")
    _check_settings("arguments", preset["arguments"], ARGUMENTS[preset["family"]], {"filters"})
    _check_settings("training", preset["training"], TRAINING, {"epochs", "batch_size", "peak_learning_rate"})
    _check_settings("policy", preset.get("policy", {}), POLICY, set())


def _check_settings(where: str, given, known: dict, needed: set) -> None:
    if not isinstance(given, dict) or not needed <= set(given) <= set(known):
        shown = ", ".join(map(str, given)) or "nothing" if isinstance(given, dict) else repr(given)
        raise ValueError(f"expected {where} among {', '.join(known)}, {_some(needed)}, received {shown}")
    for name, value in given.items():
        words, fits = known[name]
        if not fits(value):
            raise ValueError(f"expected {words} as {name} of {where}, received {value!r}")


def _some(needed: set) -> str:
    return f"with {', '.join(sorted(needed))}" if needed else "all optional"
