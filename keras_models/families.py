"""The registry: every family of networks by name. A new one is a file, a file of presets and a line here.

Nothing is imported before it is asked for: a command line knows its presets without Keras.
"""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple


class Family(NamedTuple):
    """Where a family is: module and class of the network, and the module of its settings and presets."""

    module: str
    network: str
    presets: str


FAMILIES = {
    "airbench": Family("keras_models.airbench", "Airbench", "keras_models.presets.airbench"),
    "cascade": Family("keras_models.cascade", "Cascade", "keras_models.presets.cascade"),
    "cinet": Family("keras_models.cinet", "CiNet", "keras_models.presets.cinet"),
    "cnn": Family("keras_models.cnn", "CNN", "keras_models.presets.cnn"),
    "deepmoe": Family("keras_models.deepmoe", "DeepMoE", "keras_models.presets.deepmoe"),
    "den": Family("keras_models.den", "DEN", "keras_models.presets.den"),
    "epnet": Family("keras_models.epnet", "EPNet", "keras_models.presets.epnet"),
    "fishnet": Family("keras_models.fishnet", "FishNet", "keras_models.presets.fishnet"),
    "fsrw": Family("keras_models.fsrw", "FSRW", "keras_models.presets.fsrw"),
    "garn": Family("keras_models.garn", "GARN", "keras_models.presets.garn"),
    "msdnet": Family("keras_models.msdnet", "MSDNet", "keras_models.presets.msdnet"),
    "resnet": Family("keras_models.resnet", "ResNet", "keras_models.presets.resnet"),
    "routed": Family("keras_models.routed", "Routed", "keras_models.presets.routed"),
    "shapeprop": Family("keras_models.shapeprop", "ShapeProp", "keras_models.presets.shapeprop"),
    "skipnet": Family("keras_models.skipnet", "SkipNet", "keras_models.presets.skipnet"),
    "tafe": Family("keras_models.tafe", "TAFE", "keras_models.presets.tafe"),
    "two_stage": Family("keras_models.two_stage", "TwoStage", "keras_models.presets.two_stage"),
    "with_exits": Family("keras_models.with_exits", "WithExits", "keras_models.presets.with_exits"),
}


def get(name: str) -> Family:
    """The family of that name.

    Raises:
        ValueError: there is none; it lists the known ones.
    """
    if name not in FAMILIES:
        raise ValueError(f"expected family {' or '.join(map(repr, FAMILIES))}, received {name!r}")
    return FAMILIES[name]


def load(name: str) -> type:
    """The class of a family's networks (`keras_models.base.AdaptiveModel`); saved ones can be read from then on."""
    family = get(name)
    return getattr(import_module(family.module), family.network)


def load_all() -> None:
    """Loads every family: a saved network that has one of any of them inside can be read from then on."""
    for name in FAMILIES:
        load(name)


def presets(name: str):
    """The module of a family's presets: PRESETS, ARGUMENTS, STAGES, resolve(arguments, stages), perhaps SPACE."""
    return import_module(get(name).presets)
