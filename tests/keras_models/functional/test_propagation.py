"""Saliency and its propagation against numbers worked out by hand."""

import math

import numpy as np
import pytest
from keras import ops

from keras_models.functional import propagation


def test_a_bag_is_judged_by_its_mean():
    maps = np.zeros((1, 2, 2, 2), np.float32)
    maps[0, :, :, 0] = [[4, 0], [0, 0]]  # mean 1
    maps[0, :, :, 1] = -2
    found = propagation.bag_loss(maps, np.array([[1.0, 0.0]], np.float32), np.array([1.0], np.float32))
    expected = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(-2))) / 2
    np.testing.assert_allclose(found, [expected], rtol=1e-5)
    assert float(propagation.bag_loss(maps, np.ones((1, 2), np.float32), np.zeros(1, np.float32))[0]) == 0


def test_kernels_sum_to_one_for_every_channel_and_place():
    weights = np.random.default_rng(0).normal(size=(2, 3, 4, 18)).astype(np.float32)
    found = propagation.kernels(weights)
    assert found.shape == (2, 3, 4, 9, 2)
    np.testing.assert_allclose(ops.sum(found, axis=-2), np.ones((2, 3, 4, 2)), atol=1e-4)
    same = propagation.kernels(np.zeros((1, 1, 1, 9), np.float32))
    np.testing.assert_allclose(same[0, 0, 0, :, 0], [0.5 / (4.5 + 1e-5)] * 9, rtol=1e-6)


def one_way(place):
    """Shares with which every place takes what one neighbour has."""
    shares = np.zeros((1, 3, 3, 9, 1), np.float32)
    shares[..., place, :] = 1
    return shares


@pytest.mark.parametrize(
    ("place", "steps", "at"), [(4, 5, (1, 1)), (3, 1, (1, 2)), (1, 1, (2, 1)), (0, 1, (2, 2)), (3, 2, None)]
)
def test_messages_go_from_neighbour_to_neighbour(place, steps, at):
    maps = np.zeros((1, 3, 3, 1), np.float32)
    maps[0, 1, 1, 0] = 1
    expected = np.zeros((3, 3))
    if at is not None:  # else beyond the edge
        expected[at] = 1
    found = propagation.propagate(maps, one_way(place), steps)
    np.testing.assert_array_equal(np.asarray(found)[0, :, :, 0], expected)


def test_two_steps_are_the_sum_over_all_ways():
    maps = np.zeros((1, 5, 5, 2), np.float32)
    maps[0, 2, 2] = (1, 2)
    shares = np.full((1, 5, 5, 9, 1), 1 / 9, np.float32)
    found = np.asarray(propagation.propagate(maps, shares, 2))
    ways = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]) / 81
    np.testing.assert_allclose(found[0, :, :, 0], ways, rtol=1e-5)
    np.testing.assert_allclose(found[0, :, :, 1], 2 * ways, rtol=1e-5)


def test_a_shape_is_fused_by_its_positive_part_over_the_largest():
    features, shape = np.ones((1, 1, 3, 2), np.float32), np.array([-1, 2, 4], np.float32).reshape(1, 1, 3, 1)
    np.testing.assert_allclose(propagation.fused(features, shape)[0, 0], [[1, 1, 0], [1, 1, 0.5], [1, 1, 1]])
    np.testing.assert_allclose(propagation.fused(features, -(shape**2))[0, 0, :, 2], [0, 0, 0])
