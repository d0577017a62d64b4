"""Paints the scenes of CLEVR-sharing: four objects on a grey ground, in the colours of CLEVR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras_models.datasets import clevr_tasks
from keras_models.rendering import renderer
from keras_models.rendering.descriptions import Camera, Ground, Lamp, Scene, Surface, Thing
from keras_models.rendering.store import Draws

RGB = {
    "gray": (87, 87, 87),
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
}
_PLACES = ((-1.3, 1.25), (1.3, 1.25), (1.3, -1.25), (-1.3, -1.25))  # clockwise from the upper left
_JITTER = 0.3  # how far an object is from the middle of its region, along either axis
_SIZES = {"small": 0.4, "large": 0.75}
_FORMS = {"sphere": ("ball", 1.0), "cylinder": ("can", 1.0), "cube": ("box", 0.8)}  # and its share of the size
_CAMERA = Camera((0.0, -8.0, 7.4), (0.0, -0.05, 0.25), 31.0)
_LAMPS = (Lamp((-4.0, -4.0, 7.0), 1.3, (9.5, 9.5, 9.5)), Lamp((5.0, 1.5, 5.0), 0.9, (8.0, 8.0, 8.0)))


@dataclass(frozen=True)
class ClevrPainter:
    """Draws scenes of CLEVR-sharing.

    Attributes:
        width, height: in pixels.
        samples: light paths a pixel.
        seed: of all draws.
        balanced: number of the task whose labels come equally often; 0: attributes are uniform.
        colours: that objects may have.
    """

    width: int = 80
    height: int = 60
    samples: int = 12
    seed: int = 0
    balanced: int = 0
    colours: tuple[str, ...] = clevr_tasks.COLOURS

    apart = True  # from TensorFlow (`store.Painter`)

    @property
    def size(self) -> int:
        """Bytes of a record: the pixels."""
        return self.width * self.height * 3

    def objects(self, split: int, index: int) -> np.ndarray:
        """What is on a picture: int64 `[4, 4]`, see `clevr_tasks`."""
        return self._drawn(split, index)[0]

    def record(self, split: int, index: int) -> bytes:
        """The pixels of a picture."""
        return renderer.picture(self.scene(split, index)).tobytes()

    def pixels(self, record: bytes) -> np.ndarray:
        """The picture of a record: uint8 `[height, width, 3]`."""
        return np.frombuffer(record, np.uint8).reshape(self.height, self.width, 3)

    def scene(self, split: int, index: int) -> Scene:
        """What is drawn."""
        objects, draws = self._drawn(split, index)
        things = tuple(_thing(one, place, draws) for one, place in zip(objects, _PLACES, strict=True))
        ground, sky = Ground(colour=(0.66, 0.66, 0.66)), (0.42, 0.42, 0.44)
        return Scene(things, _CAMERA, _LAMPS, ground, sky, self.width, self.height, self.samples)

    def _drawn(self, split, index):
        """The objects, and the draws that go on from there."""
        draws = Draws(self.seed, self.balanced, split, index)
        question = clevr_tasks.QUESTIONS[self.balanced] if self.balanced else None
        return clevr_tasks.draw(draws, index, question, self.colours), draws


def _thing(numbers, place, draws) -> Thing:
    """An object near the middle of its region."""
    names = clevr_tasks.SHAPES, clevr_tasks.MATERIALS, clevr_tasks.SIZES, clevr_tasks.COLOURS
    shape, material, size, colour = (some[number] for some, number in zip(names, numbers, strict=True))
    form, share = _FORMS[shape]
    rgb = tuple(one / 255 for one in RGB[colour])
    where = tuple(middle + draws.between(-_JITTER, _JITTER) for middle in place)
    surface = Surface("metal" if material == "metal" else "matte", rgb, roughness=0.08)
    return Thing(form, surface, where, share * _SIZES[size], draws.between(0, 360))
