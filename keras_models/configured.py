"""Saving by arguments: what a network's constructor takes is what `get_config` tells."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import ClassVar


class Configured:
    """Mix-in of a Keras model whose constructor keeps each of its arguments as an attribute.

    Attributes:
        kept_as: argument -> attribute, for those that are kept under another name.
    """

    kept_as: ClassVar[Mapping[str, str]] = {}

    def get_config(self):
        """The constructor's arguments, those of base classes first, as Keras saves them."""
        kinds = [kind for kind in reversed(type(self).__mro__) if issubclass(kind, Configured)]
        own = [inspect.signature(kind.__init__).parameters.values() for kind in kinds if "__init__" in vars(kind)]
        names = [one.name for some in own for one in some if one.kind is not one.VAR_KEYWORD]
        attributes = {"input_shape": "image_shape"} | self.kept_as
        return {name: getattr(self, attributes.get(name, name)) for name in (*names, "name") if name != "self"}

    @classmethod
    def from_config(cls, config):
        """A network of these arguments."""
        return cls(**config)

    @classmethod
    def from_task(cls, task: str, arguments: Mapping) -> Mapping:
        """The arguments that a preset has, and those that follow from its task; none by default."""
        del task
        return arguments
