"""Convolutions and blocks: shapes, arguments, and one set of numbers in training and in inference."""

import keras
import numpy as np
import pytest

from keras_models.layers import ConvUnit, ResidualBlock


def unit(channels, **arguments):
    keras.utils.set_random_seed(2)
    made = ConvUnit(**arguments)
    made.build((None, 7, 7, channels), (None, 13, 13, channels))
    return made


def draw(*shape):
    return np.random.default_rng(4).normal(size=shape).astype("float32")


def make_neutral(norm, x):
    """Gives a normalisation the statistics of x, so that training and inference agree."""
    values = np.asarray(x).reshape(-1, x.shape[-1])
    norm.moving_mean.assign(values.mean(axis=0))
    norm.moving_variance.assign(values.var(axis=0))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_strided_projection_trains_as_it_infers(channels):
    made = unit(channels, filters=5, shortcut="projection", shortcut_stride=2)
    x, block_input = draw(4, 7, 7, channels), draw(4, 13, 13, channels)
    np.testing.assert_allclose(
        made._project(block_input, training=True), made._project(block_input, training=False), atol=1e-6
    )
    make_neutral(made.norm, made.conv(x))
    make_neutral(made.projection_norm, made.projection(block_input))
    inference = np.asarray(made(x, block_input, training=False))
    np.testing.assert_allclose(made(x, block_input, training=True), inference, atol=1e-4)
    assert inference.shape == (4, 7, 7, 5)


def test_identity_adds_the_block_input_before_the_rectification():
    made = unit(3, filters=3, shortcut="identity")
    x, block_input = draw(2, 7, 7, 3), draw(2, 7, 7, 3)[::-1]
    # Fresh statistics are mean 0 and variance 1, epsilon 0.001.
    expected = np.maximum(np.asarray(made.conv(x)) / np.sqrt(1.001) + block_input, 0)
    np.testing.assert_allclose(made(x, block_input), expected, atol=1e-5)


def test_the_first_half_of_a_block_has_no_shortcut():
    made = unit(3, filters=3, stride=2)
    x = draw(2, 7, 7, 3)
    np.testing.assert_allclose(made(x), np.maximum(np.asarray(made.conv(x)) / np.sqrt(1.001), 0), atol=1e-5)
    assert made.compute_output_shape((None, 7, 7, 3)) == (None, 4, 4, 3)


def test_another_shortcut_is_refused():
    with pytest.raises(ValueError, match="expected shortcut None, 'identity' or 'projection', received 'sum'"):
        ConvUnit(4, shortcut="sum")


def test_configuration_makes_the_same_unit():
    config = ConvUnit(4, 2, "projection", 2).get_config()
    assert ConvUnit.from_config(config).get_config() == config
    assert {name: config[name] for name in ("filters", "stride", "shortcut", "shortcut_stride")} == {
        "filters": 4,
        "stride": 2,
        "shortcut": "projection",
        "shortcut_stride": 2,
    }


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("project", [False, True])
def test_a_block_gives_both_its_output_and_its_shortcut(project, training):
    """As one by one; a shortcut that is projected is not rectified, and its averages are taken once."""
    keras.utils.set_random_seed(2)
    block, x = ResidualBlock(4, 2 if project else 1, project), draw(8, 6, 6, 4)
    block.build((None, 6, 6, 4))
    y, shortcut = block.both_ways(x, training)
    averages = [np.array(weight) for weight in block.non_trainable_weights]
    np.testing.assert_allclose(y, block(x, training=training), atol=1e-6)
    np.testing.assert_allclose(shortcut, block.shortcut(x, training), atol=1e-6)
    if project and training:
        expected = 0.01 * np.asarray(block.second.projection(x)).mean(axis=(0, 1, 2))
        assert any(
            average.shape == expected.shape and np.allclose(average, expected, atol=1e-6) for average in averages
        )
        assert np.min(shortcut) < 0
    elif not project:
        np.testing.assert_array_equal(shortcut, x)


@pytest.mark.parametrize(("stride", "project"), [(1, False), (1, True), (2, True)])
def test_a_block_is_its_two_halves_and_a_shortcut(stride, project):
    keras.utils.set_random_seed(2)
    block = ResidualBlock(5 if project else 3, stride, project)
    block.build((None, 7, 7, 3))
    x = draw(2, 7, 7, 3)
    inner = block.second.norm(block.second.conv(block.first(x)))
    expected = np.maximum(np.asarray(inner) + np.asarray(block.shortcut(x)), 0)
    np.testing.assert_allclose(block(x), expected, atol=1e-6)
    side = 7 if stride == 1 else 4
    assert block.compute_output_shape((None, 7, 7, 3)) == (None, side, side, block.filters)
    assert np.shape(block.shortcut(x)) == expected.shape == (2, side, side, block.filters)


def test_a_skipped_block_leaves_its_input_as_it_is():
    block = ResidualBlock(3)
    block.build((None, 7, 7, 3))
    x = draw(2, 7, 7, 3)
    np.testing.assert_array_equal(block.shortcut(x), x)


def test_a_projected_shortcut_by_hand():
    """A fresh normalisation divides by the root of 1.001; one pixel in two of each side is kept."""
    block = ResidualBlock(4, 2, True)
    block.build((None, 7, 7, 3))
    x = draw(2, 7, 7, 3)
    kernel = np.asarray(block.second.projection.kernel)[0, 0]
    np.testing.assert_allclose(block.shortcut(x), x[:, ::2, ::2] @ kernel / np.sqrt(1.001), atol=1e-5)


def test_configuration_makes_the_same_block():
    config = ResidualBlock(4, 2, True).get_config()
    assert ResidualBlock.from_config(config).get_config() == config
    assert (config["filters"], config["stride"], config["project"]) == (4, 2, True)
