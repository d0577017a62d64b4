"""Networks around a trained one, which is saved inside of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from keras_models import families
from keras_models.cascade_members import Member, member_adapter, normalisation


class AroundMember:
    """Mix-in of a network around a trained one, whose images may be of another size and normalisation."""

    kept_as: ClassVar[Mapping[str, str]] = {"network": "specified"}

    def take_in(self, network, scale=None, offset=None) -> None:
        """Keeps the network, as `Member`, and what makes its images (`member_adapter`).

        Args:
            network: a `Member`, or a network that takes the images as this one does.
            scale, offset: the normalisation of the images, a number for each channel; None: they are pixels.

        Raises:
            ValueError: as for `cascade_members.member_layer`.
        """
        self.scale, self.offset = normalisation(scale, offset, self.image_shape[2])
        self.specified = network if isinstance(network, Member) else Member(network)
        given = self.image_shape, self.classes, self.scale, self.offset
        self.adapter = member_adapter(self.specified, *given, "network")

    def get_config(self):
        """As of others; the network is inside."""
        return super().get_config() | {"network": self.specified.to_config()}

    @classmethod
    def from_config(cls, config):
        families.load_all()
        return cls(**config | {"network": Member.from_config(config["network"])})
