"""CLEVR-sharing: pictures of four objects, about which sixteen questions are asked (Dai, WPI 2022, section 5.4)."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets import clevr_tasks
from keras_models.datasets.citations import DAI_THESIS
from keras_models.datasets.clevr import LESS, MORE, OWN
from keras_models.datasets.rendered import RenderedBuilder
from keras_models.rendering.clevr import ClevrPainter

ASKED = tuple(number for number, question in clevr_tasks.QUESTIONS.items() if question.alike is None)


@dataclasses.dataclass(eq=False)
class ClevrConfig(tfds.core.BuilderConfig):
    """One set of pictures.

    Attributes:
        painter: draws them.
        sizes: pictures in train, validation, test and held_out.
    """

    painter: ClevrPainter = ClevrPainter()
    sizes: tuple[int, int, int, int] = MORE


def _own(number, ending, sizes):
    """The pictures of a task that has its own: labels balanced, or objects of two colours."""
    question = clevr_tasks.QUESTIONS[number]
    if question.counted:
        described, painter = f"as many of each answer to task {number}", ClevrPainter(balanced=number)
    else:
        described = f"objects of task {number}: {' or '.join(question.colours)}"
        painter = ClevrPainter(colours=question.colours)
    return ClevrConfig(name=f"t{number}{ending}", description=described, painter=painter, sizes=sizes)


class ClevrSharing(RenderedBuilder):
    """CLEVR-sharing: every picture has the label of each task, and what its objects are."""

    BUILDER_CONFIGS = [
        ClevrConfig(name="uniform", description="every attribute is uniform"),
        ClevrConfig(name="small", description="uniform, a few hundred", sizes=(400, 100, 200, 100)),
        ClevrConfig(
            name="tiny", description="uniform, some dozens", painter=ClevrPainter(samples=64), sizes=(16, 8, 8, 8)
        ),
        ClevrConfig(
            name="large",
            description="uniform, on 160 x 120 pixels",
            painter=ClevrPainter(160, 120, 32),
            sizes=(10_000, 2_000, 4_000, 2_000),
        ),
        *(_own(number, "", OWN) for number in clevr_tasks.OWN_PICTURES),
        *(_own(number, "_less", LESS) for number in clevr_tasks.OWN_PICTURES),
    ]

    def _info(self):
        """Describes the data set."""
        painter = self.builder_config.painter
        attributes = {"shape": 0, "material": 1, "size": 2, "colour": 3}
        names = clevr_tasks.SHAPES, clevr_tasks.MATERIALS, clevr_tasks.SIZES, clevr_tasks.COLOURS
        kinds = {one: tfds.features.ClassLabel(names=names[place]) for one, place in attributes.items()}
        questions = {f"t{number}": clevr_tasks.QUESTIONS[number] for number in ASKED}
        labels = {name: tfds.features.ClassLabel(names=asked.labels) for name, asked in questions.items()}
        image = tfds.features.Image(shape=(painter.height, painter.width, 3), encoding_format="png")
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Four objects of CLEVR's shapes, materials, sizes and colours in fixed regions, clockwise from the "
                "upper left, rendered with Mitsuba 3, and the answers to the tasks of CLEVR-sharing."
            ),
            features=tfds.features.FeaturesDict(
                {"image": image, **labels, "objects": tfds.features.Sequence(kinds, length=clevr_tasks.REGIONS)}
            ),
            supervised_keys=None,
            homepage="https://digital.wpi.edu",
            citation=DAI_THESIS,
        )

    def example(self, split, index, record):
        """The picture, its label in each task, and the attributes of its objects."""
        painter = self.builder_config.painter
        objects = painter.objects(split, index)
        labels = {f"t{number}": int(clevr_tasks.QUESTIONS[number].answers(objects[None])[0]) for number in ASKED}
        attributes = dict(zip(("shape", "material", "size", "colour"), np.transpose(objects).tolist(), strict=True))
        return {"image": painter.pixels(record), "objects": attributes, **labels}
