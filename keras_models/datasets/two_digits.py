"""Two digits far apart on a large canvas, to be compared or added (GARN: Dai, WPI 2022, section 3.4.2, table 3.1)."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets.citations import DAI_THESIS
from keras_models.datasets.compose import compose, resize
from keras_models.datasets.composite import CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import below
from keras_models.datasets.sources import Sources

CANVAS, SIDE = 80, 14
HOMES = (16, 64)  # row and column about which the upper left, and the lower right digit's centre is
JITTER = 8  # pixels by which a centre may be off, in rows and in columns; the thesis does not say how far
COMPARE, ADD = "compare", "add"
DIFFERENCES = ("none", "small", "large")  # between the two digits: 0, up to SMALL, more
SMALL = 3
SIZES = (20_000, 2_000, 5_000, 2_000)  # the source tests on as many as it trains on, 2,000 to 20,000
DIGIT_SIZES = (20_000, 2_000, 2_000, 2_000)


@dataclasses.dataclass(eq=False)
class TwoDigitsConfig(CompositeConfig):
    """One variant. question: "compare" or "add"."""

    question: str = ADD
    canvas: int = CANVAS


def centre(corner, side=SIDE, canvas=CANVAS):
    """Centre (x, y) of a square whose first pixel is at `corner` (row, column), -1..1 between the corner pixels."""
    row, column = corner[0] + (side - 1) / 2, corner[1] + (side - 1) / 2
    return 2 * column / (canvas - 1) - 1, 2 * row / (canvas - 1) - 1


def answer(question, upper, lower):
    """Label of a picture: the sum, or of a comparison 0 where the lower right digit is larger, else 1."""
    return int(upper + lower) if question == ADD else int(upper >= lower)


class TwoDigits(CompositeBuilder):
    """Two digits of 14x14 pixels near the upper left and the lower right of a black 80x80 canvas.

    Their label depends on both. Where the centres are is known, `centres`, for trainings that are guided by it.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS = [
        TwoDigitsConfig(
            name=f"{question}_{name}",
            description=f"{text}; digits of {of}",
            original=original,
            sizes=sizes,
            question=question,
            classes=classes,
        )
        for question, text, classes in ((COMPARE, "which digit is larger", 2), (ADD, "what is their sum", 19))
        for name, of, original, sizes in (
            ("mnist", "MNIST", "mnist", SIZES),
            ("digits", "scikit-learn's bundled 8x8 ones, enlarged to 14x14; no network", None, DIGIT_SIZES),
        )
    ]
    GROUP = ("difference", DIFFERENCES)
    DESCRIPTION = (
        "Two handwritten digits of 14x14 pixels on a black 80x80 canvas, about the places (16, 16) and (64, 64), at "
        "most eight pixels off in rows and in columns. The label of a comparison is 0 if the lower right digit is "
        "larger, else 1; that of an addition the sum. No source digit is shared by two splits."
    )
    HOMEPAGE, SOURCE = None, DAI_THESIS

    def marks(self):
        """The centres of both digits, (x, y) in -1..1 between the centres of the corner pixels."""
        return {"centres": tfds.features.Tensor(shape=(2, 2), dtype=np.float32)}

    def prepare_sources(self, found):
        """Returns the digits as 14x14 pixels."""
        return Sources(resize(found.images, SIDE), found.labels)

    def chosen(self, count, index, bits):
        """Draws both digits: int64 [2]."""
        return below(bits, count, 2)

    def composite(self, material, index, bits):
        """Draws the digits and their places: (picture uint8 [80, 80], label, kind of difference, centres)."""
        chosen = self.chosen(len(material.labels), index, bits)
        off = below(bits, 2 * JITTER + 1, 4).reshape(2, 2) - JITTER
        corners = np.array(HOMES)[:, None] - SIDE // 2 + off
        upper, lower = (int(material.labels[one]) for one in chosen)
        apart = abs(upper - lower)
        kind = 0 if not apart else 1 if apart <= SMALL else 2
        centres = np.array([centre(corner) for corner in corners], np.float32)
        picture = compose(material.images[chosen], corners, CANVAS)
        return picture, answer(self.builder_config.question, upper, lower), kind, centres
