"""First filters from the pictures themselves."""

from __future__ import annotations

import math

import numpy as np

NOISE = 5e-4  # variance below which a direction is rather noise than something to be made larger (Jordan 2024)


def whitening_filters(images, filters, size=3, unit=False) -> np.ndarray:
    """Principal directions of the patches of images, each with both signs: a kernel `[size, size, channels, filters]`.

    With the batch normalisation behind it such a convolution whitens what it sees: its answers are uncorrelated and of
    equal variance, and behind the ReLU nothing is lost, since one of the two signs lets it through (Page, "How to train
    your ResNet", 2018; Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024, whose filters are two pixels
    wide and stay as they are). Directions come in the order of their variance; a filter's norm is what He et al. (2015)
    start with, the square root of 2.

    Args:
        images: `[n, h, w, channels]`, normalised.
        filters: even, at most twice `size` x `size` x `channels`.
        unit: whether answers are of variance 1 on these images, but for `NOISE`, as where no normalisation is behind.

    Raises:
        ValueError: another number of filters.
    """
    images = np.asarray(images)
    channels = images.shape[-1]
    most = 2 * size * size * channels
    if filters % 2 or not 0 < filters <= most:
        raise ValueError(f"expected an even number of filters, at most {most}, received {filters}")
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))  # [n, h', w', c, size, size]
    patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size * size * channels)
    variances, directions = np.linalg.eigh(np.cov(patches, rowvar=False))  # columns, in rising order of variance
    gains = 1 / np.sqrt(variances + NOISE) if unit else np.full(len(variances), math.sqrt(2))
    kept = (gains * directions)[:, ::-1][:, : filters // 2]
    return np.concatenate([kept, -kept], axis=1).reshape(size, size, channels, filters).astype(np.float32)
