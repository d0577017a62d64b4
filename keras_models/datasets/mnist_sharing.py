"""MNIST-sharing: four tasks on pairs of digits (FishNet: X. Dai, WPI 2022, section 5.4.1; CIKM 2021).

Two digits stand side by side. Asked are the last digit of their sum, their difference, the larger and the smaller one;
where the difference or the smaller one is asked for, one of the two, left or right at random, has inverted grey levels.
"""

import numpy as np
import tensorflow_datasets as tfds

from keras_models.datasets.citations import DAI_THESIS
from keras_models.datasets.compose import resize
from keras_models.datasets.composite import CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import below
from keras_models.datasets.pair_questions import QUESTIONS, Question
from keras_models.datasets.sources import Sources

SIDE, SMALL_SIDE = 28, 16  # of a digit: MNIST's own, and scikit-learn's 8x8 ones enlarged
SIZES = (2_000, 2_000, 10_000, 2_000)  # 2,000 to train on and 10,000 to test on a task, as in the source
SMALL_SIZES = (2_000, 1_000, 1_000, 1_000)
INVERTED = ("none", "left", "right")


def _configs() -> list[CompositeConfig]:
    """One a task and original; every task draws pairs of its own."""
    of_mnist = {"original": "mnist", "sizes": SIZES, "canvas": SIDE}
    of_digits = {"sizes": SMALL_SIZES, "canvas": SMALL_SIDE}
    return [
        CompositeConfig(name=f"{task}{suffix}", description=f"{question.text} {words}", seed=seed, **rest)
        for suffix, words, rest in (
            ("", "Digits of MNIST.", of_mnist),
            ("_digits", "scikit-learn's bundled 8x8 digits, enlarged to 16x16; no network.", of_digits),
        )
        for seed, (task, question) in enumerate(QUESTIONS.items())
    ]


class MnistSharing(CompositeBuilder):
    """Pairs of digits, and one of four questions to them; a configuration is a question."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIGS = _configs()
    GROUP = ("inverted", INVERTED)
    HOMEPAGE, SOURCE = None, DAI_THESIS
    ACROSS = 2
    DESCRIPTION = (
        "Two handwritten digits side by side. The label is the last digit of their sum, their difference, the larger "
        "or the smaller one; for the second and the fourth question one of them has inverted grey levels. No source "
        "digit is shared by two splits."
    )

    @property
    def question(self) -> Question:
        """What is asked here."""
        return QUESTIONS[self.builder_config.name.removesuffix("_digits")]

    def prepare_sources(self, found):
        """Returns the digits on squares of the canvas's side."""
        side = self.builder_config.canvas
        images = resize(found.images, side) if found.images.shape[1] != side else found.images
        return Sources(images, found.labels)

    def chosen(self, count, index, bits):
        """Draws the two digits: int64 [2]."""
        return below(bits, count, 2)

    def composite(self, material, index, bits):
        """Draws a pair and which of it is inverted: (picture uint8 [side, 2 * side], label, which one is inverted)."""
        pair = self.chosen(len(material.labels), index, bits)
        halves, inverted = list(material.images[pair]), 0
        if self.question.inverted:
            inverted = 1 + int(below(bits, 2, 1)[0])
            halves[inverted - 1] = 255 - halves[inverted - 1]
        return np.hstack(halves), self.question.answer(*map(int, material.labels[pair])), inverted
