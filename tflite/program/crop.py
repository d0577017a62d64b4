"""Crops of an image: the bilinear crop of a spatial transformer, the glimpse of a recurrent attention model.

Coordinates are in -1..1 between the centres of the corner pixels. Outside the image all values are zero. Arithmetic is
float64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# A centre farther out than this reads only zeros; clipping keeps the arithmetic of diverged outputs in range.
_FAR = 1e9


def theta_crop(image: np.ndarray, theta: Sequence[float], size: tuple[int, int]) -> np.ndarray:
    """Samples the image at (sx * x + tx, sy * y + ty) for the points (x, y) of a -1..1 grid.

    Spatial transformer without rotation (CiNet, SDM 2021, equations 2.1 to 2.3).

    Args:
        image: float array `[height, width, channels]`.
        theta: (tx, ty, sx, sy).
        size: (height, width) of the result. A side of one pixel samples the grid's middle, 0.

    Returns:
        float32 array `[1, height, width, channels]`.
    """
    tx, ty, sx, sy = (float(v) for v in theta)
    rows, row_weights = _taps(sy, ty, size[0], image.shape[0])
    columns, column_weights = _taps(sx, tx, size[1], image.shape[1])
    padded = np.pad(image.astype(np.float64), ((1, 1), (1, 1), (0, 0)))
    weight = column_weights[None, :, None]
    upper = (1.0 - weight) * padded[rows[:, None], columns] + weight * padded[rows[:, None], columns + 1]
    lower = (1.0 - weight) * padded[rows[:, None] + 1, columns] + weight * padded[rows[:, None] + 1, columns + 1]
    weight = row_weights[:, None, None]
    return ((1.0 - weight) * upper + weight * lower).astype(np.float32)[None]


def _taps(scale, shift, count, source):
    """Taps of one axis: the index of the one before each point, and the weight of the one after it.

    Indices are into the padded image, which has a border of one zero pixel.
    """
    grid = np.zeros(1) if count == 1 else np.arange(count) * 2.0 / (count - 1) - 1.0
    with np.errstate(invalid="ignore"):  # infinity minus infinity, of a network that has diverged
        at = (scale * grid + shift + 1.0) * (source - 1) / 2.0
    # Beyond -1 and `source` both taps are in the border of zeros; NaN is mapped there too.
    at = np.clip(np.where(np.isnan(at), -1.0, at), -1.0, float(source))
    before = np.minimum(np.floor(at), source - 1.0)
    return before.astype(np.int64) + 1, at - before


def glimpse(image: np.ndarray, location: Sequence[float], size: tuple[int, int], scales: int) -> np.ndarray:
    """Crops windows of size * 2^k pixels around a location, averages them down to `size` and stacks them as channels.

    Recurrent Models of Visual Attention (Mnih et al., NeurIPS 2014).

    Args:
        image: float array `[height, width, channels]`.
        location: (x, y) in -1..1.
        size: (height, width) of the result.
        scales: number of windows; window k covers `size * 2^k`.

    Returns:
        float32 array `[1, height, width, channels * scales]`.
    """
    height, width, _ = image.shape
    x, y = (min(max(float(v), -_FAR), _FAR) if v == v else _FAR for v in location)
    centre_y, centre_x = (y + 1.0) * (height - 1) / 2.0, (x + 1.0) * (width - 1) / 2.0
    pieces = []
    for k in range(scales):
        block = 2**k
        top = int(np.floor(centre_y - size[0] * block / 2.0 + 0.5))
        left = int(np.floor(centre_x - size[1] * block / 2.0 + 0.5))
        window = _window(image, top, left, size[0] * block, size[1] * block)
        pieces.append(_block_mean(window, block))
    return np.concatenate(pieces, axis=2).astype(np.float32)[None]


def _window(image, top, left, height, width):
    """The window as float64, zero outside the image."""
    window = np.zeros((height, width, image.shape[2]))
    first_row, first_column = max(top, 0), max(left, 0)
    last_row, last_column = min(top + height, image.shape[0]), min(left + width, image.shape[1])
    if first_row < last_row and first_column < last_column:
        inside = image[first_row:last_row, first_column:last_column]
        window[first_row - top : last_row - top, first_column - left : last_column - left] = inside
    return window


def _block_mean(window, block):
    """Means of block x block pixels, summed row by row so that every runtime rounds alike."""
    total = np.zeros((window.shape[0] // block, window.shape[1] // block, window.shape[2]))
    for row in range(block):
        for column in range(block):
            total += window[row::block, column::block]
    return total / (block * block)
