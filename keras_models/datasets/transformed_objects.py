"""Transformed digits and garments: one object of any size anywhere on a large canvas, perhaps among waves of light.

Dai, "Redesigning deep neural networks for resource-efficient inference", WPI 2022, section 2.4.1 (CiNet, SDM 2021). It
says 100x100 pixels, a random scale and a random translation, and for digits the sum of ten sine waves in two
dimensions with phases from 0 to 2 pi and frequencies of mean 5 and deviation 5. It leaves open the range of the scales
(here 1 to 2.5, 28 to 70 pixels, every whole number of pixels equally likely), that of the places (all where the object
is wholly inside), and the waves' amplitude: here 12 of 255 each, so that their sum has a deviation of 0.1 before it is
held within black and white. Objects of 20 to 42 pixels among waves of 0.15 were tried first: from pieces of 10x10
nothing was learned of them in the few epochs that there was time for.
"""

from __future__ import annotations

import functools

import numpy as np

from keras_models.datasets.citations import DAI_THESIS
from keras_models.datasets.compose import compose, resize
from keras_models.datasets.composite import CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import below
from keras_models.datasets.sources import Sources

CANVAS = 100
SIDE = 28
SIZES = (54_000, 3_000, 10_000, 3_000)  # every original picture is shown once
SMALLEST, LARGEST = 28, 70  # sides of an object in pixels: 1 and 2.5 times 28
SCALES = ("small", "medium", "large")  # up to 42, 56 and 70 pixels
WAVES, AMPLITUDE = 10, 12  # of each wave, of 255
FREQUENCY, DEVIATION = 5, 5  # of cycles along a side of the canvas
_ONE = 1 << 16  # a cycle along a side, in fixed point
_STEPS = 1 << 12  # of a cycle in the table of sines
_FINE = 1 << 8  # of a grey level in that table
_UNIFORMS = 12  # of which a normal draw is the sum: their variances add up to 1


@functools.lru_cache(maxsize=1)
def _sines() -> np.ndarray:
    """A cycle of a wave in parts of a grey level, int64 `[_STEPS]`."""
    return np.round(np.sin(np.arange(_STEPS) * (2 * np.pi / _STEPS)) * (AMPLITUDE * _FINE)).astype(np.int64)


def draw_frequencies(bits, count: int) -> np.ndarray:
    """Draws frequencies of mean `FREQUENCY` and deviation `DEVIATION`, nearly normal: int64 `[count]` of 1 / 2^16."""
    sums = below(bits, _ONE, count * _UNIFORMS).reshape(count, _UNIFORMS).sum(axis=1) - _UNIFORMS // 2 * _ONE
    return FREQUENCY * _ONE + DEVIATION * sums


def waves(across, down, phases, side: int = CANVAS) -> np.ndarray:
    """The sum of sine waves in two dimensions: grey levels, int64 `[side, side]`, of either sign.

    Args:
        across, down: frequencies along both axes, int64 `[waves]`, in 1 / 2^16 of a cycle a side.
        phases: int64 `[waves]`, in 1 / `_STEPS` of a cycle.
        side: of the picture in pixels.
    """
    places, total = np.arange(side), np.zeros((side, side), np.int64)
    for fx, fy, phase in zip(across, down, phases, strict=True):
        turns = (fx * places[None, :] + fy * places[:, None]) * _STEPS // (side * _ONE) + phase
        total += _sines()[turns % _STEPS]
    return (total + _FINE // 2) // _FINE


class TransformedObjects(CompositeBuilder):
    """A digit or a garment, scaled and moved; digits among waves that are as wide as they are.

    Of train and test every picture shows another source picture, in their order; of the small digits, of which there
    are fewer, each is shown several times.
    """

    BUILDER_CONFIGS = [
        CompositeConfig(
            name="mnist", description="digits of MNIST among waves", original="mnist", sizes=SIZES, canvas=CANVAS
        ),
        CompositeConfig(
            name="fashion_mnist",
            description="garments of Fashion MNIST, no waves",
            original="fashion_mnist",
            sizes=SIZES,
            canvas=CANVAS,
        ),
        CompositeConfig(
            name="digits",
            description="scikit-learn's bundled 8x8 digits, enlarged to 28x28, among waves; no network",
            canvas=CANVAS,
        ),
    ]
    GROUP = ("scale", SCALES)
    DESCRIPTION = (
        "One object on a canvas of 100x100, scaled to 28 to 70 pixels and wholly inside. To digits the sum of ten sine "
        "waves is added, held within black and white. No source object is shared by two splits."
    )

    HOMEPAGE, SOURCE = None, DAI_THESIS

    def prepare_sources(self, found):
        """Returns the objects; pictures smaller than 28x28 are enlarged to it first."""
        images = resize(found.images, SIDE) if found.images.shape[1] < SIDE else found.images
        return Sources(images, found.labels)

    def chosen(self, count, index, bits):
        """The object whose turn it is: int64 [1]."""
        return np.array([index % count])

    def composite(self, material, index, bits):
        """Draws size, place and waves: (picture uint8 [100, 100], label, kind of scale)."""
        (chosen,) = self.chosen(len(material.labels), index, bits)
        size = SMALLEST + int(below(bits, LARGEST - SMALLEST + 1, 1)[0])
        corner = below(bits, CANVAS - size + 1, 2)
        picture = compose([resize(material.images[chosen : chosen + 1], size)[0]], [corner], CANVAS)
        if self.builder_config.original != "fashion_mnist":
            across, down = (draw_frequencies(bits, WAVES) for _ in range(2))
            light = waves(across, down, below(bits, _STEPS, WAVES))
            picture = np.clip(picture + light, 0, 255).astype(np.uint8)
        kind = (size - SMALLEST) * len(SCALES) // (LARGEST - SMALLEST + 1)
        return picture, int(material.labels[chosen]), kind
