"""A stem's first filters, where the directions can be worked out by hand."""

import numpy as np
import pytest

from keras_models.functional.whitening import whitening_filters


def test_patches_of_one_pixel_have_the_axes_of_their_covariance():
    """Two channels that go together, and hardly apart: (1, 1) comes first, (1, -1) behind it, each with both signs."""
    along, across = np.array([3, -3, 0, 0.0]), np.array([0, 0, 1, -1.0])
    images = np.stack([along + across, along - across], axis=-1).reshape(1, 2, 2, 2)
    kernel = whitening_filters(images, 4, size=1)
    assert kernel.shape == (1, 1, 2, 4) and kernel.dtype == np.float32
    first, second = kernel[0, 0, :, 0], kernel[0, 0, :, 1]
    np.testing.assert_allclose(first * np.sign(first[0]), [1, 1], rtol=1e-6)
    np.testing.assert_allclose(second * np.sign(second[0]), [1, -1], rtol=1e-6)
    np.testing.assert_array_equal(kernel[..., 2:], -kernel[..., :2])


def test_what_comes_out_is_uncorrelated_and_ordered():
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(8, 12, 12, 3))
    images = rough + np.roll(rough, 1, axis=1) + 0.5 * np.roll(rough, 1, axis=2) + rough[..., :1]
    kernel = whitening_filters(images, 12)
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    seen = np.einsum("nhwcij,ijcf->nhwf", windows, kernel[..., :6]).reshape(-1, 6)
    covariance = np.cov(seen, rowvar=False)
    variances = np.diag(covariance)
    np.testing.assert_allclose(covariance, np.diag(variances), atol=1e-6 * variances[0])
    assert (np.diff(variances) < 0).all()


@pytest.mark.parametrize("filters", [0, 7, 56])
def test_another_number_of_filters_is_refused(filters):
    with pytest.raises(ValueError, match=f"expected an even number of filters, at most 54, received {filters}"):
        whitening_filters(np.zeros((1, 4, 4, 3)), filters)
