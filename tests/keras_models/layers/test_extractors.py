"""Convolutions with their pools, dropout that goes on where it was, and blocks of a simplified MobileNetV2."""

import numpy as np
import pytest

from keras_models import costs, seeding
from keras_models.layers.extractors import Dropout, convolutions, inverted_residuals


def shapes(sequential, shape):
    sequential.build((None, *shape))
    found, now = [], (None, *shape)
    for layer in sequential.layers:
        now = layer.compute_output_shape(now)
        found.append((layer.name, now[1:]))
    return dict(found)


def test_the_extractor_of_the_thesis_has_its_counts():
    """Table 2.3: 1 M multiplications of convolutions; 52 + 204 + 125,050 parameters."""
    import keras

    extractor = convolutions((2, 4), (50,))
    found = shapes(extractor, (100, 100, 1))
    assert found["pool_1"] == (50, 50, 2) and found["pool_2"] == (25, 25, 4) and found["dense_1"] == (50,)
    assert extractor.count_params() == 52 + 204 + 125_050
    image = keras.Input((100, 100, 1), name="image")
    counted = costs.count(keras.Model({"image": image}, {"y": extractor(image)}))
    assert counted.conv_macs == 500_000 + 500_000 and counted.macs == 1_125_000


def test_pools_leave_nothing_out():
    assert shapes(convolutions((2, 2), ()), (10, 10, 1))["pool_2"] == (3, 3, 2)


def test_gain_multiplies_first_and_activations_are_of_dense_layers():
    plain, strong = (convolutions((), (3,), gain=gain, activation="tanh") for gain in (1.0, 4.0))
    x = np.random.default_rng(0).random((2, 2, 2, 1)).astype(np.float32)
    for network in (plain, strong):
        network.build((None, 2, 2, 1))
    strong.set_weights(plain.get_weights())
    np.testing.assert_allclose(strong(x), plain(4 * x), rtol=1e-6)
    kernel = plain.get_weights()[0]
    np.testing.assert_allclose(plain(x), np.tanh(x.reshape(2, 4) @ kernel), rtol=1e-5)
    assert [layer.name for layer in plain.layers] == ["flat", "dense_1", "dropout_1"]
    assert strong.layers[0].name == "gain"


def test_dropout_goes_on_from_its_saved_generator():
    seeding.set_random_seed(4)
    layer, x = Dropout(0.5), np.ones((1, 64), np.float32)
    layer(x, training=True)
    saved = layer.get_weights()
    after = np.array(layer(x, training=True))
    assert set(np.unique(after)) == {0.0, 2.0}
    layer.set_weights(saved)
    np.testing.assert_array_equal(layer(x, training=True), after)
    np.testing.assert_array_equal(layer(x), x)
    assert not Dropout(0.0).weights


@pytest.mark.parametrize(("filters", "places"), [((4, 6), 8), ((4, 6, 8), 4), ((4, 6, 8, 8), 2)])
def test_blocks_halve_the_resolution_from_the_second_on(filters, places):
    trunk = inverted_residuals(filters)
    assert shapes(trunk, (16, 16, 3))["flat"] == (places * places * filters[-1],)
    names = [layer.name for layer in trunk.layers]
    assert (
        names[:3] == ["stem", "stem_norm", "stem_relu"]
        and sum(n.startswith("depthwise") for n in names) == len(filters) - 1
    )
    assert "project_relu_1" not in names, "a projection stays linear"
