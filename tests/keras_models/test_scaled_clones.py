"""Copies with fewer channels and for smaller images: counts by hand, weights that stay, and what is refused."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_models import costs, presets
from keras_models.cascade_members import reference_network
from keras_models.scaled_clones import scaled, scaled_clone, sizes_of


def macs(network):
    image = keras.Input(network.input_shape[1:], name="image")
    return costs.count(keras.Model({"image": image}, {"answer": network(image)})).macs


def residual(size=(8, 8, 3)):
    """A convolution, a residual block with a depthwise one, squeeze and excitation, two ways beside each other."""
    image = keras.Input(size)
    x = first = layers.Conv2D(16, 3, padding="same", name="stem")(image)
    x = layers.BatchNormalization(name="norm")(layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x))
    squeezed = layers.Reshape((1, 1, 16), name="reshape")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Conv2D(16, 1, activation="sigmoid", name="excite")(squeezed)])
    x = layers.Concatenate(name="both")([layers.Add()([x, first]), keras.ops.relu(first)])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(24, 1, name="last")(x))
    return keras.Model(image, layers.Softmax()(layers.Dense(9, name="answer")(x)))


@pytest.mark.parametrize(
    ("count", "width", "found"),
    [(16, 0.5, 8), (16, 0.25, 4), (24, 0.75, 20), (24, 0.4, 8), (10, 0.5, 4), (3, 0.5, 3), (1, 0.5, 1), (9, 1.0, 9)],
)
def test_channels_are_the_nearest_multiple_of_four(count, width, found):
    """24 x 0.75 = 18 is halfway and goes up; 24 x 0.4 = 9.6; 10 x 0.5 = 5; never more than there were, never none."""
    assert scaled(count, width) == found


def test_every_layer_that_makes_channels_makes_half_of_them():
    network = residual()
    # 64 places: stem 27 x 16, depthwise 9 x 16, last 32 x 24; once 16 x 16 and 24 x 9.
    assert macs(network) == 64 * (432 + 144 + 768) + 256 + 216
    half = scaled_clone(network, 0.5)
    assert macs(half) == 64 * (27 * 8 + 9 * 8 + 16 * 12) + 8 * 8 + 12 * 9
    assert half.output_shape == (None, 9) and half.get_layer("both").output.shape == (None, 8, 8, 16)
    assert half.get_layer("reshape").target_shape == (1, 1, 8)
    assert network.get_layer("stem").filters == 16, "the network stays as it is"


def test_a_copy_that_keeps_weights_answers_alike_and_is_apart():
    network = residual()
    image = np.random.default_rng(0).random((2, 8, 8, 3), "float32")
    same = scaled_clone(network, keep=True)
    np.testing.assert_array_equal(same(image), network(image))
    same.get_layer("stem").kernel.assign(same.get_layer("stem").kernel * 0)
    assert np.abs(network.get_layer("stem").kernel).max() > 0
    fresh = scaled_clone(network)
    assert [w.shape for w in fresh.weights] == [w.shape for w in network.weights]
    assert np.abs(fresh.get_layer("stem").kernel - network.get_layer("stem").kernel).max() > 0


def test_what_is_not_trained_keeps_its_weights():
    normalise = layers.Normalization(name="normalise")
    normalise.adapt(np.random.default_rng(1).normal(5, 2, (64, 8, 8, 3)))
    network = keras.Sequential([keras.Input((8, 8, 3)), normalise, layers.Conv2D(8, 3, name="a"), layers.Flatten()])
    network.add(layers.Dense(2))
    half = scaled_clone(network, 0.5, size=(6, 6))
    np.testing.assert_array_equal(half.get_layer("normalise").mean, normalise.mean)
    assert half.get_layer("a").filters == 4 and half.input_shape == (None, 6, 6, 3)
    assert half.layers[-1].kernel.shape == (4 * 4 * 4, 2), "places and channels that are left"
    network.get_layer("a").trainable = False
    kept = scaled_clone(network, size=(6, 6))
    np.testing.assert_array_equal(kept.get_layer("a").kernel, network.get_layer("a").kernel)
    with pytest.raises(
        ValueError, match="all of whose layers are trained, received the frozen 'a', whose weights have"
    ):
        scaled_clone(network, 0.5)


def test_a_layer_that_is_used_twice_stays_one():
    image, shared = keras.Input((6, 6, 8)), layers.Conv2D(8, 3, padding="same", name="shared")
    answer = layers.Dense(3)(layers.GlobalMaxPooling2D()(shared(shared(layers.Conv2D(8, 1)(image)))))
    half = scaled_clone(keras.Model(image, answer), 0.5)
    assert len(half.get_layer("shared")._inbound_nodes) == 2 and half.get_layer("shared").kernel.shape == (3, 3, 4, 4)


def test_a_network_without_a_dense_keeps_its_classes():
    network = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(16, 3), layers.Conv2D(5, 1, name="answer")])
    network.add(layers.GlobalAveragePooling2D())
    half = scaled_clone(network, 0.5)
    assert half.output_shape == (None, 5) and half.get_layer("answer").kernel.shape == (1, 1, 8, 5)


def test_a_run_of_the_tools_is_thinned_like_any_other():
    whole = reference_network(presets.build(presets.get("resnet8_cifar10"), (32, 32, 3), 10))
    half = scaled_clone(whole, 0.5)
    known = presets.get("resnet8_cifar10") | {"arguments": {"blocks": (1, 1, 1), "filters": (8, 16, 32)}}
    assert macs(half) == macs(reference_network(presets.build(known, (32, 32, 3), 10)))
    assert len(half.weights) == len(whole.weights)


@keras.saving.register_keras_serializable("tests")
class Own(layers.Layer):
    """A layer of which nobody knows what it does to channels."""

    def call(self, x):
        return 2 * x


def test_layers_of_unknown_kinds_are_refused_where_channels_change():
    network = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(8, 3), Own(name="own"), layers.Flatten()])
    network.add(layers.Dense(2))
    with pytest.raises(ValueError, match=r"channels can be scaled \(Conv2D, .*\), received 'own' of Own$"):
        scaled_clone(network, 0.5)
    assert scaled_clone(network, size=(6, 6)).output_shape == (None, 2)


def _mixing(image):
    return keras.ops.reshape(layers.Conv2D(8, 3)(image), (-1, 6 * 6 * 8))


@pytest.mark.parametrize(
    ("body", "width", "size", "message"),
    [
        (_mixing, 0.5, None, "received 'reshape.*' of Reshape"),
        (
            lambda x: layers.Flatten()(layers.Conv2D(8, 7)(x)),
            1.0,
            (4, 4),
            r"on images of \(4, 4, 3\), received, at 'conv",
        ),
        (lambda x: layers.Reshape((72, 4))(layers.Conv2D(8, 3)(x)), 0.5, None, "received 'reshape.*' of Reshape"),
    ],
)
def test_what_cannot_be_smaller_is_refused(body, width, size, message):
    image = keras.Input((8, 8, 3))
    x = body(image)
    x = layers.GlobalAveragePooling1D()(x) if len(x.shape) == 3 else x
    with pytest.raises(ValueError, match=message):
        scaled_clone(keras.Model(image, layers.Dense(2)(x)), width, size)


def test_a_reshape_that_mixes_images_is_noticed():
    """6 x 6 x 8 = 288 numbers of one image; of a smaller one 2 x 2 x 8 = 32, so that nine would become one."""
    image = keras.Input((8, 8, 3))
    network = keras.Model(image, layers.Dense(2)(keras.ops.reshape(layers.Conv2D(8, 3)(image), (-1, 288))))
    with pytest.raises(ValueError, match="received '"):
        scaled_clone(network, size=(4, 4))


def test_sides_are_even():
    assert (
        sizes_of((32, 32, 3), 0.75) == (24, 24)
        and sizes_of((50, 30), 0.5) == (26, 16)
        and sizes_of((3, 3), 0.1) == (2, 2)
    )
