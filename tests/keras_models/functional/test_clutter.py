"""The cosine transform and the clutter of images, by hand."""

import numpy as np
import pytest

from keras_models.functional import clutter


def test_the_basis_is_orthonormal_and_that_of_the_source_for_eight():
    np.testing.assert_allclose(clutter.basis(8) @ clutter.basis(8).T, np.eye(8), atol=1e-12)
    v, h = 3, 5  # 1/4 C_v C_u of the source is the product of a half each, for 8 places
    assert clutter.basis(8)[v, h] == pytest.approx(0.5 * np.cos(v * np.pi * (2 * h + 1) / 16))
    assert clutter.basis(8)[0, 0] == pytest.approx(0.5 / np.sqrt(2))


def test_energy_is_preserved_on_rectangles():
    image = np.random.default_rng(0).random((2, 6, 4))
    found = clutter.coefficients(image)
    np.testing.assert_allclose((found**2).sum(axis=(1, 2)), (image**2).sum(axis=(1, 2)))


def test_two_by_two_by_hand():
    """Half the sum; half the difference of columns; of rows; of both."""
    np.testing.assert_allclose(clutter.coefficients([[[1, 2], [3, 8]]]), [[[7, -3], [-4, 2]]])


def test_clutter_counts_coefficients_in_their_order():
    image = np.array([[[[1], [2]], [[3], [8]]]])
    # Absolute sums 7, 10, 14, 16 of 16; squares 49, 58, 74, 78 of 78.
    assert [float(clutter.clutter(image, share)[0]) for share in (0.4, 0.6, 0.875, 0.98)] == [25, 50, 75, 100]
    assert clutter.clutter(image, 0.9, power=2).tolist() == [75]


def test_a_constant_image_has_one_coefficient_and_a_zero_one_no_more():
    assert clutter.clutter(np.full((1, 8, 8, 1), 7)).tolist() == [100 / 64]
    assert clutter.clutter(np.zeros((1, 8, 8, 1))).tolist() == [100 / 64]


def test_zigzag_goes_along_the_diagonals():
    """A coefficient at row 0, column 2 is the third of a row, and the sixth on the diagonals 1, 2 and 3 long."""
    size = 4
    wanted = np.zeros((1, size, size))
    wanted[0, 0, 2] = 1
    image = (clutter.basis(size).T @ wanted @ clutter.basis(size))[..., None]
    assert clutter.clutter(image).tolist() == [100 * 3 / 16]
    assert clutter.clutter(image, order="zigzag").tolist() == [100 * 6 / 16]
    with pytest.raises(ValueError, match="expected an order among rows, zigzag, received 'spiral'"):
        clutter.clutter(image, order="spiral")


def test_colours_are_brightness():
    assert clutter.grey(np.array([[[[10, 20, 30]]]])) == pytest.approx(2.99 + 11.74 + 3.42)


def test_clutter_of_what_each_exit_gets_right():
    rows = clutter.by_exit([10, 20, 40], [[1, 0, 0], [1, 0, 1], [0, 0, 1]])
    assert rows == [
        {"mean": 15, "variance": 25, "samples": 2},
        {"mean": None, "variance": None, "samples": 0},
        {"mean": 30, "variance": 100, "samples": 2},
    ]
