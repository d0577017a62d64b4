"""Links between exits: nothing before they are trained, and by hand afterwards."""

import keras
import numpy as np
import pytest

from keras_models.layers import ExitLinks


def logits(*rows):
    return [keras.ops.convert_to_tensor(np.array([row], "float32")) for row in rows]


@pytest.mark.parametrize("kind", ["dense", "identity"])
def test_links_change_nothing_before_they_are_trained(kind):
    links = ExitLinks(3, 2, kind, width=4)
    given = logits([1, 2], [3, -4], [0, 5])
    for one, other in zip(links(given), given, strict=True):
        np.testing.assert_array_equal(one, other)


def test_identity_hands_on_what_came_over_the_link_before():
    links = ExitLinks(3, 2, "identity")
    links.build()
    for layer, factor in zip(links.added, (1, 2), strict=True):
        layer.kernel.assign(factor * np.eye(2))
    found = [np.array(one)[0].tolist() for one in links(logits([1, 2], [10, 20], [100, 200]))]
    # 10 + 1 and 20 + 2; then 100 + 2 * 11 and 200 + 2 * 22.
    assert found == [[1, 2], [11, 22], [122, 244]]


def test_dense_is_a_rectified_normalised_layer():
    links = ExitLinks(2, 2, "dense", width=2)
    links.build()
    links.widen[0].kernel.assign([[1, 0], [0, 1]])
    links.norms[0].set_weights([*np.array([[2, 2], [1, 1], [1, 3], [4 - 1e-5] * 2])])  # gamma, beta, mean, variance
    links.added[0].kernel.assign([[1, 0], [10, 5]])
    _, second = links(logits([3, 0], [0, 0]))
    # (3 - 1) / 2 * 2 + 1 = 3; (0 - 3) / 2 * 2 + 1 = -2, rectified.
    np.testing.assert_allclose(second, [[3, 0]], rtol=1e-5)
    np.testing.assert_allclose(links.single(1, logits([3, 0])[0]), [[3, 0]], rtol=1e-5)


def test_its_configuration_makes_the_same():
    links = ExitLinks(3, 5, "dense", width=7)
    again = ExitLinks.from_config(links.get_config())
    again.build()
    links.build()
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in links.weights]
    with pytest.raises(ValueError, match="expected links 'dense' or 'identity', received 'none'"):
        ExitLinks(3, 5, "none")
