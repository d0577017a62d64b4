"""Scenes: rendered pictures of one to six things of twenty kinds, with boxes, masks, attributes; and single things."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets import scene_kinds
from keras_models.datasets.annotated import boxes_of
from keras_models.datasets.rendered import RenderedBuilder
from keras_models.datasets.scene_kinds import COLOURS, KINDS
from keras_models.datasets.scene_tasks import SINGLE, SIZES, SMALL, TINY, TINY_SINGLE
from keras_models.rendering.descriptions import MATERIALS, PATTERNS
from keras_models.rendering.scenes import ScenePainter

PAIRS = tuple(f"{colour} {kind}" for kind in KINDS for colour in COLOURS)  # numbered as `scene_kinds.pair` does
_TINY_SAMPLES = 32  # with less noise they take less room


@dataclasses.dataclass(eq=False)
class SceneConfig(tfds.core.BuilderConfig):
    """One set of scenes.

    Attributes:
        painter: draws them.
        sizes: pictures in train, validation, test and held_out.
    """

    painter: ScenePainter = ScenePainter()
    sizes: tuple[int, int, int, int] = SIZES


def _config(name, description, sizes, **painter):
    return SceneConfig(name=name, description=description, painter=ScenePainter(**painter), sizes=sizes)


class Scenes(RenderedBuilder):
    """Rendered scenes with the box, the mask and the attributes of every thing."""

    BUILDER_CONFIGS = [
        *(_config(f"side_{side}", f"{side} x {side} pixels", SIZES, side=side) for side in (96, 128, 160)),
        _config("small", "96 x 96 pixels, a third of the pictures", SMALL),
        _config("tiny", "96 x 96 pixels, some dozens", TINY, samples=_TINY_SAMPLES),
        _config("single", "single things, by pairs of kind and colour", SINGLE, single=True),
        _config("single_small", "fewer single things", SMALL, single=True),
        _config("single_tiny", "some dozens of single things", TINY_SINGLE, single=True, samples=_TINY_SAMPLES),
    ]

    def _info(self):
        """Describes the data set."""
        side = self.builder_config.painter.side
        names = {"kind": KINDS, "colour": COLOURS, "material": MATERIALS, "pattern": PATTERNS}
        things = {name: tfds.features.ClassLabel(names=some) for name, some in names.items()}
        things |= {"bbox": tfds.features.BBoxFeature(), "visible": np.float32}
        answers = {"label": tfds.features.ClassLabel(names=KINDS), "pair": tfds.features.ClassLabel(names=PAIRS)}
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "One to six things on the ground, rendered with Mitsuba 3: of twenty kinds, in varied material, "
                "colour, light, ground and occlusion. Of each its box and mask as far as they are seen, its kind, "
                "colour, material and pattern, and the share of it that the others leave to be seen."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(side, side, 3), encoding_format="png"),
                    "instances": tfds.features.Image(shape=(side, side, 1), encoding_format="png"),
                    "objects": tfds.features.Sequence(things),
                }
                | (answers if self.builder_config.painter.single else {})
            ),
            supervised_keys=None,
        )

    def example(self, split, index, record):
        """The picture, which thing each pixel shows, and what the things are, in the order of their numbers."""
        painter = self.builder_config.painter
        attempt, percent, pixels, seen = painter.read(record)
        _, known = painter.described(split, index, attempt)
        boxes = boxes_of(seen, len(known))
        things = [
            one | {"bbox": tfds.features.BBox(*map(float, box)), "visible": share / 100}
            for one, box, share in zip(known, boxes, percent, strict=False)
        ]
        made = {"image": pixels, "instances": seen[..., None], "objects": things}
        if painter.single:
            kind, colour = known[0]["kind"], known[0]["colour"]
            made |= {"label": kind, "pair": scene_kinds.pair(kind, colour)}
        return made
