"""Crops of an image: a spatial transformer's bilinear crop, that of a box, a recurrent attention model's glimpse.

Coordinates are in -1..1 between the centres of the corner pixels, those of boxes in 0..1 between the edges. Outside the
image everything is `padding`. Arithmetic is float64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# A centre farther out than this reads only padding; clipping keeps the arithmetic of diverged outputs in range.
_FAR = 1e9


Corners = tuple[float, float, float, float]  # top, left, bottom, right, 0..1 over the edges of the image


def theta_crop(image: np.ndarray, theta: Sequence[float], size: tuple[int, int], padding: float = 0.0) -> np.ndarray:
    """Samples the image at (sx * x + tx, sy * y + ty) for the points (x, y) of a -1..1 grid.

    Spatial transformer without rotation (Jaderberg et al., NIPS 2015, equation 1 with scales and shifts alone).

    Args:
        image: float array `[height, width, channels]`.
        theta: (tx, ty, sx, sy).
        size: (height, width) of the result. A side of one pixel samples the grid's middle, 0.
        padding: of every channel outside of the image.

    Returns:
        float32 array `[1, height, width, channels]`.
    """
    tx, ty, sx, sy = (float(v) for v in theta)
    with np.errstate(invalid="ignore"):  # infinity minus infinity, of a network that has diverged
        rows, columns = (
            (scale * _grid(count) + shift + 1.0) * (source - 1) / 2.0
            for scale, shift, count, source in zip((sy, sx), (ty, tx), size, image.shape)
        )
    return _bilinear(image, rows, columns, padding)


def theta_corners(theta: Sequence[float], sides: tuple[int, int]) -> Corners:
    """Where the grid's corners read an image of those sides (height, width)."""
    tx, ty, sx, sy = (float(v) for v in theta)

    def edge(at, side):
        return ((at + 1.0) * (side - 1) / 2.0 + 0.5) / side

    return edge(ty - sy, sides[0]), edge(tx - sx, sides[1]), edge(ty + sy, sides[0]), edge(tx + sx, sides[1])


def box_crop(image: np.ndarray, box: Sequence[float], size: tuple[int, int], padding: float = 0.0) -> np.ndarray:
    """Samples a box at the centres of `size` equal cells (RoIAlign, He et al., ICCV 2017, one sample a cell).

    Args:
        image: float array `[height, width, channels]`.
        box: (top, left, bottom, right), 0..1 over the edges of the image.
        size, padding: as for `theta_crop`.

    Returns:
        float32 array `[1, height, width, channels]`.
    """
    top, left, bottom, right = (float(v) for v in box)
    with np.errstate(invalid="ignore"):
        rows, columns = (
            (low + (np.arange(count) + 0.5) / count * (high - low)) * source - 0.5
            for low, high, count, source in zip((top, left), (bottom, right), size, image.shape)
        )
    return _bilinear(image, rows, columns, padding)


def box_corners(box: Sequence[float]) -> Corners:
    """The box itself."""
    return tuple(box)


def _grid(count):
    """Points of an axis, -1..1."""
    return np.zeros(1) if count == 1 else np.arange(count) * 2.0 / (count - 1) - 1.0


def _bilinear(image, rows, columns, padding):
    """Reads an image at all pairs of row and column, in pixels."""
    rows, row_weights = _taps(rows, image.shape[0])
    columns, column_weights = _taps(columns, image.shape[1])
    padded = np.pad(image.astype(np.float64), ((1, 1), (1, 1), (0, 0)), constant_values=padding)
    weight = column_weights[None, :, None]
    upper = (1.0 - weight) * padded[rows[:, None], columns] + weight * padded[rows[:, None], columns + 1]
    lower = (1.0 - weight) * padded[rows[:, None] + 1, columns] + weight * padded[rows[:, None] + 1, columns + 1]
    weight = row_weights[:, None, None]
    return ((1.0 - weight) * upper + weight * lower).astype(np.float32)[None]


def _taps(at, source):
    """Taps of one axis: the index of the one before each point, and the weight of the one after it.

    Indices are into the padded image, which has a border of one pixel.
    """
    # Beyond -1 and `source` both taps are in the border; NaN is mapped there too.
    at = np.clip(np.where(np.isnan(at), -1.0, at), -1.0, float(source))
    before = np.minimum(np.floor(at), source - 1.0)
    return before.astype(np.int64) + 1, at - before


def glimpse(
    image: np.ndarray, location: Sequence[float], size: tuple[int, int], scales: int, padding: float = 0.0
) -> np.ndarray:
    """Crops windows of size * 2^k pixels around a location, averages them down to `size` and stacks them as channels.

    Recurrent Models of Visual Attention (Mnih et al., NeurIPS 2014).

    Args:
        image: float array `[height, width, channels]`.
        location: (x, y) in -1..1.
        size: (height, width) of the result.
        scales: number of windows; window k covers `size * 2^k`.
        padding: of every channel outside of the image.

    Returns:
        float32 array `[1, height, width, channels * scales]`.
    """
    pieces = []
    for block in (2**k for k in range(scales)):
        top, left = _first_pixel(location, size, block, image.shape)
        window = _window(image, top, left, size[0] * block, size[1] * block, padding)
        pieces.append(_block_mean(window, block))
    return np.concatenate(pieces, axis=2).astype(np.float32)[None]


def glimpse_corners(location: Sequence[float], size: tuple[int, int], scales: int, sides: tuple[int, int]) -> Corners:
    """The edges of the largest window in an image of those sides (height, width)."""
    block = 2 ** (scales - 1)
    top, left = _first_pixel(location, size, block, sides)
    (height, width), (rows, columns) = sides, size
    return top / height, left / width, (top + rows * block) / height, (left + columns * block) / width


def _first_pixel(location, size, block, sides):
    """Row and column of the first pixel of a window of size * block pixels."""
    x, y = (min(max(float(v), -_FAR), _FAR) if v == v else _FAR for v in location)
    centres = ((c + 1.0) * (side - 1) / 2.0 for c, side in zip((y, x), sides))
    return [int(np.floor(centre - side * block / 2.0 + 0.5)) for centre, side in zip(centres, size)]


def _window(image, top, left, height, width, padding):
    """The window as float64, the padding outside the image."""
    window = np.full((height, width, image.shape[2]), float(padding))
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
