"""Max-Min MNIST: one, two or four digits on a canvas, easy, medium and hard (EPNet, CIKM 2020, section 5.1).

The canvas has 50x50 pixels as there, or 64x64 as in Voorhout's thesis on MSDNets (TU Delft 2022, section 4.3).
"""

import functools

import numpy as np

from keras_models.datasets.compose import compose, ink_boxes, max_min_label, place_boxes, resize
from keras_models.datasets.composite import ORIGINAL_SIZES, CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import below
from keras_models.datasets.sources import Sources

BOX = 20
DIFFICULTIES = ("easy", "medium", "hard")
_DIGITS = (1, 2, 4)  # in an easy, a medium and a hard picture
LARGE_SIZES = (40_000, 16_000, 18_000, 4_000)  # on 64x64; the thesis trains on 80,000 and tests on 18,000
_CYCLE = (0, 1, 0, 2)  # difficulty of composite `index` is _CYCLE[index % 4]: easy to medium to hard is 2 to 1 to 1


class MaxMinMnist(CompositeBuilder):
    """Max-Min MNIST, a task whose pictures need unequal effort.

    Easy pictures hold one digit and are labelled with it; medium ones hold two, labelled |a - b|; hard ones hold four,
    labelled largest less smallest. Easy to medium to hard is exactly 2 to 1 to 1.

    The paper places digits at random and leaves open what happens where they meet: two 28x28 pictures always overlap on
    50x50. Here each digit is cropped to the bounding box of its ink and centred in a 20x20 box (MNIST's ink fits that),
    and the boxes lie anywhere on the canvas where no two overlap, every such layout being equally likely.
    """

    BUILDER_CONFIGS = [
        CompositeConfig(name="mnist", description="digits of MNIST", original="mnist", sizes=ORIGINAL_SIZES),
        CompositeConfig(name="digits", description="scikit-learn's bundled 8x8 digits, enlarged to 20x20; no network"),
        CompositeConfig(
            name="mnist_64",
            description="digits of MNIST on 64x64, as many pictures of each label",
            original="mnist",
            sizes=LARGE_SIZES,
            canvas=64,
            even=True,
        ),
    ]
    GROUP = ("difficulty", DIFFICULTIES)
    DESCRIPTION = (
        "One, two or four handwritten digits on a square canvas. The label is the digit, the difference of the two, or "
        "the largest less the smallest of the four. Digits are cropped to their ink and centred in boxes of 20x20 "
        "pixels, which never overlap. No source digit is shared by two splits."
    )

    def prepare_sources(self, found):
        """Returns the digits in their 20x20 boxes; pictures smaller than a box are enlarged to it first."""
        images = resize(found.images, BOX) if found.images.shape[1] < BOX else found.images
        return Sources(ink_boxes(images, BOX), found.labels)

    def chosen(self, count, index, bits):
        """Draws the digits: int64 [1, 2 or 4].

        count: the labels of all digits where labels come evenly: then all tuples of digits of a label are equally
        likely.
        """
        shown, kinds = _DIGITS[_CYCLE[index % len(_CYCLE)]], len(_CYCLE)
        if not self.builder_config.even:
            return below(bits, count, shown)
        tuples = _tuples(shown, index // kinds % 10)
        digits = tuples[below(bits, len(tuples), 1)[0]]
        pools = [np.flatnonzero(count == digit) for digit in digits]
        return np.array([pool[below(bits, len(pool), 1)[0]] for pool in pools])

    def composite(self, material, index, bits):
        """Draws the digits and their places: (picture uint8 [canvas, canvas], label, difficulty)."""
        side = self.builder_config.canvas
        even = self.builder_config.even
        chosen = self.chosen(material.labels if even else len(material.labels), index, bits)
        picture = compose(material.images[chosen], place_boxes(bits, len(chosen), BOX, side), side)
        return picture, max_min_label(material.labels[chosen]), _CYCLE[index % len(_CYCLE)]


@functools.lru_cache
def _tuples(count, label):
    """Every tuple of so many digits whose largest less its smallest is a label, or of the one digit: int [n, count]."""
    every = np.indices((10,) * count).reshape(count, -1).T
    return every[(every.max(axis=1) - every.min(axis=1) if count > 1 else every[:, 0]) == label]
