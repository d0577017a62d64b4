"""Sparse gates, their loss, gates of clusters, and norms, against numbers worked out by hand."""

import numpy as np
import pytest
from keras import ops

from keras_models.functional import experts


def test_gates_are_the_positive_part_of_a_mixture_of_rows():
    """Half of (1, -3, 2) and half of (2, 1, -4) is (1.5, -1, -1)."""
    found = experts.sparse(np.float32([[0.5, 0.5], [1.0, 0.0]]), np.float32([[1, -3, 2], [2, 1, -4]]))
    np.testing.assert_allclose(found, [[1.5, 0, 0], [1, 0, 2]])


def test_the_loss_is_the_sum_over_all_layers():
    np.testing.assert_allclose(experts.l1(np.float32([[1.5, 0, 2], [0, 0, 0.25]])), [3.5, 0.25])


def test_a_gate_stands_for_neighbouring_channels():
    gates = np.float32([[1, 2], [3, 0]])
    np.testing.assert_array_equal(experts.spread(gates, 4), [[1, 1, 2, 2], [3, 3, 0, 0]])
    np.testing.assert_array_equal(experts.spread(gates, 2), gates)


def test_a_layer_has_one_open_gate_that_of_the_largest_mean():
    values = np.array([[0.5, 0, 0, 0], [0, 0, 0, 0]])
    means = np.array([[0.5, 0.1, 0.2, 0.3], [0.4, 0.1, 0.0, 0.0]])
    found = experts.always_some(values, means, (2, 2))
    np.testing.assert_allclose(found, [[0.5, 0, 0, 0.3], [0.4, 0, 1e-3, 0]])
    assert not values[1].any(), "what was given stays as it is"


GATES = np.float32([[1, 0, 2], [3, 0, 0], [0, 0, 8], [0, 4, 8]])
MEMBERS = np.array([0, 0, 1, 1])


def test_a_cluster_has_the_means_of_what_its_members_open():
    found = experts.cluster_gates(GATES, MEMBERS, 2, 0.0, (3,))
    np.testing.assert_allclose(found, [[2, 0, 1], [0, 2, 8]])


def test_what_few_members_open_is_removed():
    found = experts.cluster_gates(GATES, MEMBERS, 2, 0.6, (3,))
    np.testing.assert_allclose(found, [[2, 0, 0], [0, 0, 8]])
    kept = experts.cluster_gates(GATES, MEMBERS, 2, 0.5, (3,))
    np.testing.assert_allclose(kept, [[2, 0, 1], [0, 2, 8]], err_msg="half of them is not less than half")


def test_a_cluster_without_members_has_the_means_of_all():
    found = experts.cluster_gates(GATES, MEMBERS, 3, 0.0, (3,))
    np.testing.assert_allclose(found[2], [1, 1, 4.5])


def test_channels_are_ranked_by_their_norms():
    kernel = np.zeros((1, 1, 2, 3), "float32")
    kernel[0, 0] = [[1, -4, 2], [-1, 0, 2]]  # norms 2, 4, 4: of equals the first
    assert experts.norm_ranking(kernel).tolist() == [1, 2, 0]


def test_gates_of_others_come_from_the_same_group_or_from_the_other():
    labels, groups = np.array([0, 1, 2, 3, 0, 1]), np.array([0, 0, 1, 1])
    rng = np.random.default_rng(0)
    for draw in range(20):
        inside = experts.gates_of_others(labels, groups, True, rng)
        assert (groups[labels[inside]] == groups[labels]).all() and (labels[inside] != labels).all(), draw
        outside = experts.gates_of_others(labels, groups, False, rng)
        assert (groups[labels[outside]] != groups[labels]).all(), draw


def test_a_group_of_one_class_has_no_others():
    with pytest.raises(ValueError, match="expected images of another class in the group of label 2, received none"):
        experts.gates_of_others(np.array([0, 1, 2]), np.array([0, 0, 1]), True, np.random.default_rng(0))


def test_gates_pass_gradients_where_they_are_open():
    """Of ReLU(w) with the L1 loss the gradient is 1 where w is above zero, else 0."""
    import tensorflow as tf

    weights = tf.Variable([[2.0, -1.0]])
    with tf.GradientTape() as tape:
        loss = ops.sum(experts.l1(experts.sparse(tf.ones((1, 1)), weights)))
    np.testing.assert_allclose(tape.gradient(loss, weights), [[1.0, 0.0]])
