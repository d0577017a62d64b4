"""Multi-scale Fashion MNIST: garments in two sizes on a 50x50 canvas (EPNet, CIKM 2020, section 5.1)."""

from keras_models.datasets.compose import CANVAS, compose, resize, scale_objects
from keras_models.datasets.composite import ORIGINAL_SIZES, CompositeBuilder, CompositeConfig
from keras_models.datasets.draws import below
from keras_models.datasets.sources import Sources

SIDE = 28
SMALL, LARGE = 0.6, 1.5
TYPES = ("small", "large_centered", "large", "two")
_MIDDLE = (CANVAS - int(SIDE * LARGE)) // 2


def draw_corner(bits, size):
    """Draws the place of a square object of `size` pixels anywhere on the canvas: int64 [2], row and column."""
    return below(bits, CANVAS - size + 1, 2)


class MultiScaleFashion(CompositeBuilder):
    """Multi-scale Fashion MNIST: where an object is, how large, and whether another one distracts from it.

    Four types, exactly 1 to 1 to 1 to 1: `small`, an object scaled by 0.6 (28 to 17 pixels) anywhere; `large_centered`,
    scaled by 1.5 (42 pixels) in the middle; `large`, scaled by 1.5 anywhere; `two`, a large and a small one anywhere,
    labelled with the small one, which is drawn on top: its ink, the pixels above zero, replaces what lies below.
    """

    BUILDER_CONFIGS = [
        CompositeConfig(
            name="fashion_mnist",
            description="garments of Fashion MNIST",
            original="fashion_mnist",
            sizes=ORIGINAL_SIZES,
        ),
        CompositeConfig(name="digits", description="scikit-learn's bundled 8x8 digits, enlarged to 28x28; no network"),
    ]
    GROUP = ("type", TYPES)
    DESCRIPTION = (
        "Objects on a 50x50 canvas: a small one anywhere, a large one in the middle, a large one anywhere, or a large "
        "one with a small one drawn over it, which then is the one to name. No source object is shared by two splits."
    )

    def prepare_sources(self, found):
        """Returns (small objects, large objects) as `Sources`; pictures smaller than 28x28 are enlarged to it first."""
        images = resize(found.images, SIDE) if found.images.shape[1] < SIDE else found.images
        return Sources(scale_objects(images, SMALL), found.labels), Sources(scale_objects(images, LARGE), found.labels)

    def chosen(self, count, index, bits):
        """Draws the object that is named and another, which only the last type shows: int64 [1 or 2]."""
        both = below(bits, count, 2)
        return both if TYPES[index % len(TYPES)] == "two" else both[:1]

    def composite(self, material, index, bits):
        """Draws the objects and their places: (picture uint8 [50, 50], label, type)."""
        small, large = material
        kind = index % len(TYPES)
        named, *others = self.chosen(len(small.labels), index, bits)
        small_corner = draw_corner(bits, small.images.shape[1])
        large_corner = draw_corner(bits, large.images.shape[1])
        layers = {
            "small": [(small.images[named], small_corner)],
            "large_centered": [(large.images[named], (_MIDDLE, _MIDDLE))],
            "large": [(large.images[named], large_corner)],
            "two": [*((large.images[n], large_corner) for n in others), (small.images[named], small_corner)],
        }[TYPES[kind]]
        return compose(*zip(*layers, strict=True)), int(small.labels[named]), kind
