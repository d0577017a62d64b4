"""Settings of Keras that its user has made for other work: its keras.json, and variables of the environment."""

from __future__ import annotations

import json
import os

BACKEND = "tensorflow"
CAPS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
# What keras.json may say: its name -> in words, and whether a value is allowed.
SETTINGS = {
    "floatx": ("float32", lambda value: value == "float32"),
    "epsilon": ("a number such as 1e-07", lambda value: isinstance(value, float) and 0 < value <= 1e-3),
    "image_data_format": (
        "channels_last or channels_first",
        lambda value: value in ("channels_last", "channels_first"),
    ),
}


def check() -> None:
    """Fail fast on settings with which the tools can train and convert nothing. Keras is not imported.

    What can work is used: the networks say themselves how images lie in memory, and which numbers decide.

    Raises:
        ValueError: there is one; what it is, and what to do.
    """
    for name in CAPS:
        if name in os.environ:
            value = os.environ[name]
            raise ValueError(f"expected no {name}, which cuts every training short: unset it, received {value!r}")
    file, given = _keras_json()
    remedy = f"put {file} right, or set KERAS_HOME to an empty folder"
    if not isinstance(given, dict):
        raise ValueError(f"expected settings of Keras by name: {remedy}, received {given!r}")
    backend = os.environ.get("KERAS_BACKEND") or given.get("backend", BACKEND)
    if backend != BACKEND:
        raise ValueError(
            f"expected Keras with its backend {BACKEND}: set KERAS_BACKEND={BACKEND}, received {backend!r}"
        )
    for name, (expected, is_allowed) in SETTINGS.items():
        if name in given and not is_allowed(given[name]):
            raise ValueError(f"expected {name} {expected} in the settings of Keras: {remedy}, received {given[name]!r}")


def _keras_json() -> tuple[str, object]:
    """Where Keras looks for its settings, and what it reads there."""
    home = os.path.expanduser("~")
    folder = os.environ.get("KERAS_HOME", os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras"))
    file = os.path.expanduser(os.path.join(folder, "keras.json"))
    try:
        with open(file, encoding="utf-8") as stream:
            return file, json.load(stream)
    except RecursionError:
        return file, "brackets nested too deep"
    except (FileNotFoundError, NotADirectoryError, ValueError):  # then Keras has its defaults
        return file, {}
