"""Branch classifiers: linear, or with hidden layers, by hand."""

import keras
import numpy as np
import pytest

from keras_models.layers.classifier import branch_classifier, branch_pooling


def test_without_hidden_layers_it_is_one_dense():
    made = branch_classifier(3, name="head_1")
    assert isinstance(made, keras.layers.Dense) and made.name == "head_1"
    made.build((None, 2))
    made.set_weights([np.array([[1, 0, 2], [0, 1, 0]], "float32"), np.array([0, 0, 1], "float32")])
    np.testing.assert_array_equal(made(np.float32([[3, 5]])), [[3, 5, 7]])


def test_hidden_layers_are_normalised_and_cut_at_zero():
    made = branch_classifier(1, (2,), name="head_1")
    made.build((None, 2))
    assert made.name == "head_1"
    assert [layer.name for layer in made.layers] == ["dense_0", "norm_0", "relu_0", "logits"]
    dense, norm, _, logits = made.layers
    dense.set_weights([np.array([[1, -1], [0, 0]], "float32")])
    norm.set_weights([np.float32([2, 2]), np.float32([0, 1]), np.float32([1, 0]), np.float32([1, 1]) - norm.epsilon])
    logits.set_weights([np.float32([[1], [10]]), np.float32([0.5])])
    # x = 3: (3 - 1) * 2 = 4, and -3 * 2 + 1 = -5 is cut; 4 * 1 + 0 * 10 + .5.
    np.testing.assert_allclose(made(np.float32([[3, 7]])), [[4.5]], rtol=1e-5)
    # x = -3: (-3 - 1) * 2 is cut, and 3 * 2 + 1 = 7; 70.5.
    np.testing.assert_allclose(made(np.float32([[-3, 7]])), [[70.5]], rtol=1e-5)


@pytest.mark.parametrize(
    ("hidden", "weights"),
    # A hidden layer has no bias of its own, and four numbers a channel in its normalisation.
    [((), 4 * 3 + 3), ((5,), 4 * 5 + 4 * 5 + 5 * 3 + 3), ((5, 2), 4 * 5 + 4 * 5 + 5 * 2 + 4 * 2 + 2 * 3 + 3)],
)
def test_weights_are_counted_by_hand(hidden, weights):
    made = branch_classifier(3, hidden)
    made.build((None, 4))
    assert made.count_params() == weights


def test_a_hidden_layer_relates_what_a_sum_cannot():
    """Whether exactly one of two things is there: no line through (0, 0), (0, 1), (1, 0), (1, 1) tells."""
    made = branch_classifier(1, (2,))
    made.build((None, 2))
    dense, norm, _, logits = made.layers
    dense.set_weights([np.float32([[1, 1], [1, 1]])])
    norm.set_weights([np.float32([1, 1]), np.float32([0, -1]), np.zeros(2, "float32"), np.ones(2, "float32")])
    logits.set_weights([np.float32([[1], [-2]]), np.zeros(1, "float32")])
    seen = np.asarray(made(np.float32([[0, 0], [0, 1], [1, 0], [1, 1]])))[:, 0]
    np.testing.assert_allclose(seen, [0, 1, 1, 0], atol=2e-3)


@pytest.mark.parametrize(
    ("shape", "kind", "names", "width"),
    [
        # 33 // 8 is 4: to 8 x 8, then to 4 x 4; as many filters as channels, but 16 at least and 64 at most.
        ((33, 32, 8), "auto", ["average", "conv", "norm", "relu", "pool"], 16),
        ((8, 8, 32), "auto", ["conv", "norm", "relu", "pool"], 32),
        ((5, 9, 96), "auto", ["conv", "norm", "relu", "pool"], 64),
        ((4, 4, 96), "auto", ["pool"], 96),
        ((2, 40, 96), "auto", ["average", "pool"], 96),
        ((33, 32, 8), "pool", ["pool"], 8),
        ((50, 12), "auto", ["pool"], 12),
        ((4, 4, 8), "expand", ["conv", "norm", "relu", "pool"], 256),
        ((50, 12), "expand", ["pool"], 12),
    ],
)
def test_large_maps_are_convolved_before_they_are_pooled(shape, kind, names, width):
    made = branch_pooling(shape, kind, "pooling_1")
    assert [layer.name for layer in made.layers] == names and made.name == "pooling_1"
    assert made.output_shape == (None, width)
    largest = made.get_layer("conv").input.shape[1:3] if "conv" in names else (0,)
    assert max(largest) <= 15


def test_pooling_is_the_mean_of_all_places_and_of_no_others():
    np.testing.assert_allclose(branch_pooling((2, 2, 1), "pool")(np.float32([[[[1], [2]], [[3], [10]]]])), [[4]])
    np.testing.assert_allclose(branch_pooling((2, 2))(np.float32([[[1, 0], [3, 8]]])), [[2, 4]])
    assert branch_pooling((7,)) is None
