"""A static network for pictures of 32 pixels that learns in few epochs: the trunk of airbench.

Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024 (airbench; its network is Page's, "How to train your
ResNet", 2018): a convolution of 2x2 that whitens the pixels and stays as it is, three groups of 3x3 convolutions, the
first of each followed by a pool, a maximum over what places are left, a Dense. What makes it learn fast: identities in
the first filters, biases at 64 times the rate, a small answer at first. Here it has ReLU in the place of GELU, which
int8 kernels join with the convolution, and the pool stands behind it, which the normalisation in the convolution asks.
"""

from __future__ import annotations

import keras
from keras import ops

from keras_models import part_models
from keras_models.base import Part
from keras_models.early_exit import StaticClassifier
from keras_models.functional.whitening import whitening_filters
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import LAST

PATCH = 2  # side of the whitened patches
ANSWER = 1 / 9  # by which the source multiplies logits: here in the Dense's first weights and, squared, in its rate


@keras.saving.register_keras_serializable("frugal")
class PartialDirac(keras.initializers.VarianceScaling):
    """The first filters of a 3x3 convolution hand their channel on; the others are uniform as PyTorch's are.

    (Jordan 2024, section 3.3.) Shape: `[height, width, channels, filters]`, odd height and width.
    """

    def __init__(self, seed=None):
        super().__init__(scale=1 / 3, mode="fan_in", distribution="uniform", seed=seed)

    def __call__(self, shape, dtype=None):
        height, width, channels, filters = shape
        handed = min(channels, filters)
        identity = ops.pad(ops.eye(handed, dtype=dtype), ((0, channels - handed), (0, 0)))
        around = ((height // 2, height // 2), (width // 2, width // 2), (0, 0), (0, 0))
        others = super().__call__((height, width, channels, filters - handed), dtype) if filters > handed else None
        identities = ops.pad(identity[None, None], around)
        return identities if others is None else ops.concatenate([identities, others], axis=3)


@keras.saving.register_keras_serializable("frugal")
class Airbench(StaticClassifier):
    """Whitening, groups of convolutions at falling resolution, a maximum, a Dense: without any exit.

    Args:
        input_shape: (height, width, channels) of an image, as many pixels a side as there are groups to halve.
        classes: number of labels.
        filters: output channels of the convolutions of each group.
        depth: convolutions of each group.
        whitened: output channels of the first convolution, even, at most 8 times those of an image.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.
    """

    REESTIMATED = True

    def __init__(self, input_shape, classes, filters=(64, 256, 256), depth=2, whitened=24, **kwargs):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.filters, self.depth, self.whitened = tuple(filters), int(depth), int(whitened)
        if min(self.image_shape[:2]) - PATCH + 1 < 2 ** len(self.filters):
            raise ValueError(
                f"expected an image whose sides {len(self.filters)} groups can halve, received {self.image_shape}"
            )
        self.trunk = self._made_trunk()
        small = keras.initializers.VarianceScaling(ANSWER**2 / 3, "fan_in", "uniform")
        self.head = keras.layers.Dense(self.classes, kernel_initializer=small, name="head")
        self.build((None, *self.image_shape))

    def _made_trunk(self) -> keras.Model:
        """From the image to what the head sees; behind convolution k of group g stands the layer `group_g_conv_k`."""
        image = keras.Input(self.image_shape, name="image")
        x = keras.layers.Conv2D(self.whitened, PATCH, data_format=LAST, name="whitening")(image)
        x = keras.layers.ReLU(name="whitened")(x)
        for group, filters in enumerate(self.filters, 1):
            for k in range(1, self.depth + 1):
                name = f"group_{group}_conv_{k}"
                x = keras.layers.Conv2D(
                    filters,
                    3,
                    padding="same",
                    use_bias=False,
                    data_format=LAST,
                    kernel_initializer=PartialDirac(),
                    name=f"{name}_kernel",
                )(x)
                x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
                x = keras.layers.ReLU(name=name if k > 1 else f"{name}_relu")(x)
                if k == 1:
                    x = keras.layers.MaxPooling2D(data_format=LAST, name=name)(x)
        return keras.Model(image, keras.layers.GlobalMaxPooling2D(LAST, name="maximum")(x), name="trunk")

    def build(self, input_shape):
        """Make the head's weights; all others are there. input_shape: as Keras asks."""
        self.head.build(self.trunk.compute_output_shape(tuple(input_shape)))
        self.trunk.get_layer("whitening").kernel.trainable = False
        for layer in self.trunk.layers:
            if isinstance(layer, BatchNormalization):
                layer.gamma.trainable = False  # the source's normalisations have none: weight decay would shrink them
        self.built = True

    def call(self, images, training=False):
        return ops.cast(ops.expand_dims(self.head(self.trunk(images, training=training)), 1), "float32")

    def initialise(self, settings, images) -> None:
        """Whiten patches of the images: `functional.whitening.whitening_filters`."""
        kernel = whitening_filters(images, self.whitened, PATCH, unit=True)
        self.trunk.get_layer("whitening").kernel.assign(kernel)

    def rates(self, settings) -> list[float]:
        """Biases learn `bias_rate` times as fast, the answer as where the source multiplies logits."""
        return [self._rate(weight, settings) for weight in self.trainable_variables]

    def _rate(self, weight, settings) -> float:
        """A weight's share of the learning rate."""
        if weight is self.head.kernel:
            return ANSWER**2
        return settings["bias_rate"] if weight.name in ("beta", "bias") and weight is not self.head.bias else 1.0

    def parts(self) -> dict[str, Part]:
        """`trunk`, from the image to pooled features, and `head`."""
        image = keras.Input(self.image_shape, name="image")
        trunk = keras.Model({"image": image}, {"features": self.trunk(image)}, name="trunk")
        head = part_models.classifier_model(self.head, self.filters[-1])
        return {"trunk": Part(trunk), "head": Part(head, keep_float=True)}
