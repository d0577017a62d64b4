"""Blocks of nested groups: masked and sliced they are the same; groups add up; level 0 is the shortcut."""

import keras
import numpy as np
import pytest

from keras_models.layers.elastic import ElasticBlock, ElasticPair, widths
from keras_models.layers.selector import Selector


def built(block, shape, seed=1):
    """The block with weights and averages that are not those of the start, and features."""
    rng = np.random.default_rng(seed)
    block.build((None, *shape))
    for weight in block.weights:
        weight.assign(
            rng.uniform(0.5, 1.5, weight.shape) if "variance" in weight.path else rng.normal(size=weight.shape)
        )
    return block, rng.normal(size=(5, *shape)).astype("float32")


CASES = {
    "residual": (lambda: ElasticBlock(8), (6, 6, 8)),
    "halved": (lambda: ElasticBlock(8, 2), (6, 6, 4)),
    "pair": (lambda: ElasticPair(8, fractions=(0.25, 0.5, 1.0)), (9, 9, 3)),
    "flat pair": (lambda: ElasticPair(8, 1), (6, 6, 3)),
}


def test_widths_are_shares_of_the_channels():
    assert widths((0, 0.25, 0.5, 1), 16) == [0, 4, 8, 16]
    assert widths((0.1, 1), 4) == [1, 4], "one channel at least where something runs"


@pytest.mark.parametrize("name", CASES)
def test_each_images_mask_is_the_sliced_block(name):
    make, shape = CASES[name]
    block, x = built(make(), shape)
    levels = np.arange(5) % block.levels
    masked = np.asarray(block.elastic(x, levels))
    for row, level in enumerate(levels):
        np.testing.assert_allclose(masked[row], block(x[row : row + 1], level=int(level))[0], rtol=1e-3, atol=1e-3)
    assert masked.shape[1:] == block.compute_output_shape((None, *shape))[1:]
    assert np.abs(block(x, level=0) - block(x, level=1)).max() > 0.1


@pytest.mark.parametrize("name", ["residual", "halved"])
def test_groups_add_up_to_levels(name):
    make, shape = CASES[name]
    block, x = built(make(), shape)
    entered, y = block(x, entry=True), block(x, level=0)
    for level in (1, 2, 3):
        y = y + block(entered, group=level)
        np.testing.assert_allclose(y, block(x, level=level), rtol=1e-3, atol=1e-3)


def test_level_0_is_the_shortcut():
    block, x = built(ElasticBlock(8), (6, 6, 8))
    np.testing.assert_array_equal(block(x, level=0), x)
    assert block.keeps_shape
    block, x = built(ElasticBlock(8, 2), (6, 6, 4))
    small = np.asarray(block(x, level=0))
    np.testing.assert_allclose(small[0, 0, 0, :4], x[0, :2, :2].mean(axis=(0, 1)), rtol=1e-5)
    assert not small[..., 4:].any() and not block.keeps_shape


def test_channels_of_other_groups_get_no_gradient():
    """A step at level 1 changes the first group's weights alone."""
    import tensorflow as tf

    block, x = built(ElasticBlock(8), (6, 6, 8))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(block.elastic(x, np.ones(5, int), training=True) ** 2)
    first, second = tape.gradient(loss, [block.first.kernel, block.second.kernel])
    assert np.any(first[..., 0]) and np.any(first[..., 1]) and not np.any(first[..., 2:])
    assert np.any(second[:, :, 0]) and np.any(second[:, :, 1]) and not np.any(second[:, :, 2:])


def test_multiply_adds_by_hand():
    """6 x 6 places, 9 taps, 8 by 8 channels, twice; halved 3 x 3 places, from 4 channels and from 8."""
    assert built(ElasticBlock(8), (6, 6, 8))[0].macs == 36 * 9 * 64 * 2
    assert built(ElasticBlock(8, 2), (6, 6, 4))[0].macs == 9 * 9 * (4 * 8 + 8 * 8)
    assert built(ElasticPair(8), (8, 8, 3))[0].macs == 64 * 9 * 3 * 8 + 16 * 9 * 64


def test_a_pair_has_no_level_without_channels():
    with pytest.raises(ValueError, match=r"expected fractions above 0 .*, received \(0.0, 1.0\)"):
        ElasticPair(8, fractions=(0.0, 1.0))


def test_a_selector_begins_with_even_odds():
    keras.utils.set_random_seed(0)
    selector, images = Selector(3, 4, (4, 6, 8)), np.random.default_rng(0).normal(size=(2, 13, 12, 3)).astype("float32")
    scores = selector(images)
    assert scores.shape == (2, 3, 4) and not np.any(scores)
    assert selector.look(images).shape == (2, selector.seen) == (2, 6)
    again = Selector.from_config(selector.get_config())
    again.build(images.shape)
    assert [w.shape for w in again.weights] == [w.shape for w in selector.weights]


@pytest.mark.parametrize("name", ["residual", "halved", "pair"])
def test_packed_groups_are_held_and_all_else_is_the_same(name):
    """In inference it is the same block; no gradient reaches the groups of the levels below, and some reaches x."""
    import tensorflow as tf

    make, shape = CASES[name]
    block, x = built(make(), shape)
    levels, x, below = np.full(5, block.levels - 1), tf.constant(x), 1
    np.testing.assert_allclose(block.packed(x, levels, below), block.elastic(x, levels), rtol=1e-3, atol=1e-3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(block.packed(x, levels, below) ** 2)
    width = block.widths[below]
    weights = block.first.kernel, block.second.kernel, block.hidden_norm.gamma, block.hidden_norm.beta
    *found, of_x = tape.gradient(loss, [*weights, x])
    for gradient, axis in zip(found, (3, 2, 0, 0), strict=True):
        held, learns = np.split(np.asarray(gradient), [width], axis=axis)
        assert not held.any() and learns.any()
    assert np.any(of_x)
