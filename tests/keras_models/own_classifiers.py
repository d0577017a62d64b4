"""Classifiers of one's own, of every kind that may get exits."""

import keras
from keras import layers, ops

SHAPE, CLASSES = (16, 16, 3), 4


@keras.saving.register_keras_serializable("frugal_tests")
class Mixing(layers.Layer):
    """A layer of one's own, with layers inside that do something else in training, and no argument that tells so."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.inner = [layers.Conv2D(filters, 1), layers.BatchNormalization(), layers.Dropout(0.5)]

    def build(self, input_shape):
        for layer in self.inner:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    def call(self, x):
        for layer in self.inner:
            x = layer(x)
        return ops.relu(x)

    def get_config(self):
        return super().get_config() | {"filters": self.filters}


def sequential():
    """Preprocessing inside, a Dense before the last, a softmax."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.RandomFlip("horizontal", seed=1),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, 2, activation="relu", name="conv_1"),
            layers.Conv2D(8, 3, activation="relu", name="conv_2"),
            layers.Conv2D(8, 3, activation="relu", name="conv_3"),
            layers.Flatten(name="flat"),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def subclassed():
    """Layers of one's own, logits."""
    image = keras.Input(SHAPE)
    x = Mixing(8, name="mixing_1")(layers.Conv2D(8, 3, 2, name="conv")(image))
    x = layers.Concatenate(name="both")([x, layers.Conv2D(8, 3, padding="same")(x)])
    x = Mixing(8, name="mixing_2")(x)
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def nested():
    """A trunk that is a model inside, as for transfer learning."""
    image, seen = keras.Input(SHAPE), keras.Input(SHAPE)
    x = layers.Conv2D(8, 3, 2, name="base_1")(seen)
    x = layers.BatchNormalization(name="base_norm")(layers.Conv2D(8, 3, name="base_2")(x))
    base = keras.Model(seen, layers.ReLU(name="base_end")(x), name="base")
    base.trainable = False
    x = layers.GlobalAveragePooling2D()(base(image, training=False))
    return keras.Model(image, layers.Softmax()(layers.Dense(CLASSES)(x)))


def half(policy="mixed_float16"):
    """In mixed precision, with a softmax in float32."""
    keras.config.set_dtype_policy(policy)
    try:
        image = keras.Input(SHAPE)
        x = layers.Conv2D(8, 3, 2, activation="relu", name="conv_1")(image)
        x = layers.Conv2D(8, 3, activation="relu", name="conv_2")(x)
        x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, name="conv_3")(x))
        return keras.Model(image, layers.Dense(CLASSES, activation="softmax", dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy("float32")


def bfloat16():
    """As `half`, in the other numbers of 16 bits."""
    return half("mixed_bfloat16")


def shared():
    """A convolution that runs before and behind every exit."""
    image = keras.Input(SHAPE)
    x = layers.Conv2D(8, 3, 2, padding="same", name="stem")(image)
    again = layers.Conv2D(8, 3, padding="same", activation="relu", name="again")
    for i in (1, 2, 3):
        x = layers.BatchNormalization(name=f"between_{i}")(again(x))
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def prepared():
    """Images are resized, cropped, scaled and normalised within, by numbers of its own."""
    normal = layers.Normalization(mean=(0.4, 0.5, 0.6), variance=(0.04, 0.09, 0.16))
    inside = [layers.Resizing(14, 14), layers.CenterCrop(12, 12), layers.Rescaling(1 / 255), normal]
    convolved = [layers.Conv2D(8, 3, activation="relu", name=f"conv_{i}") for i in (1, 2, 3)]
    ends = [layers.GlobalAveragePooling2D(), layers.Dense(CLASSES)]
    return keras.Sequential([keras.Input(SHAPE), *inside, *convolved, *ends])


def attention():
    """Tokens in the place of a map."""
    image = keras.Input(SHAPE)
    x = layers.Reshape((16, 8), name="tokens")(layers.Conv2D(8, 4, 4)(image))
    for i in (1, 2):
        x = layers.Add(name=f"attended_{i}")([x, layers.MultiHeadAttention(2, 4)(x, x)])
    return keras.Model(image, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


MODELS = {f.__name__: f for f in (sequential, subclassed, nested, half, bfloat16, shared, prepared, attention)}
