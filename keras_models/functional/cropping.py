"""Crops of images by a scale and a shift: bilinear, with a gradient in both, and direct, of whole pixels, without one.

A crop is of theta = (tx, ty, sx, sy): the point (x, y) of a grid over -1..1 reads the image at (sx x + tx, sy y + ty),
where -1 and 1 are the centres of the outermost pixels, and everything outside is 0 (Dai, WPI 2022, equations 2.1 to
2.3; Jaderberg et al., "Spatial transformer networks", NIPS 2015). Without rotation equation 2.2 is two matrix products.
"""

from __future__ import annotations

import numpy as np
from keras import ops


def grid(count: int) -> np.ndarray:
    """Points of an axis from -1 to 1, float32 `[count]`; one alone is 0."""
    return np.linspace(-1, 1, count, dtype=np.float32) if count > 1 else np.zeros(1, np.float32)


def coordinates(shift, scale, count: int, source: int):
    """Where an axis of the grid reads an axis of the image, in pixels: `[batch, count]` (equation 2.1).

    Args:
        shift, scale: of the axis, `[batch]`.
        count: points of the grid.
        source: pixels of the image.
    """
    points = ops.expand_dims(scale, 1) * ops.convert_to_tensor(grid(count)) + ops.expand_dims(shift, 1)
    return (points + 1.0) * ((source - 1) / 2.0)


def bilinear_weights(at, source: int):
    """F of equation 2.3, max(0, 1 - |a - b|), of every point `[batch, count]` and pixel: `[batch, count, source]`."""
    pixels = ops.arange(source, dtype="float32")
    return ops.relu(1.0 - ops.abs(ops.expand_dims(at, -1) - pixels))


def nearest_weights(at, source: int):
    """1 where the pixel is the nearest one of a point, else 0; as `bilinear_weights`, without a gradient."""
    pixels = ops.arange(source, dtype="float32")
    return ops.cast(ops.equal(ops.round(ops.expand_dims(at, -1)), pixels), "float32")


def averaging_weights(at, source: int):
    """Tents as wide as the steps between points, at least those of `bilinear_weights`: every pixel has its share.

    Read so, a point is a mean of what lies between its neighbours. Arguments and result as `bilinear_weights`; the
    width of the tents has no gradient.
    """
    step = ops.abs(ops.stop_gradient(at[:, 1:2] - at[:, :1])) if at.shape[1] > 1 else ops.ones_like(at)
    step = ops.expand_dims(ops.maximum(step, 1.0), -1)
    pixels = ops.arange(source, dtype="float32")
    return ops.relu(1.0 - ops.abs(ops.expand_dims(at, -1) - pixels) / step) / step


def crop(images, theta, size: tuple[int, int], weights=bilinear_weights):
    """The crop that a theta makes of every image (equation 2.2).

    Args:
        images: `[batch, height, width, channels]`.
        theta: (tx, ty, sx, sy), `[batch, 4]`.
        size: (height, width) of the result.
        weights: `bilinear_weights`, `averaging_weights` or `nearest_weights`.

    Returns:
        `[batch, *size, channels]`.
    """
    (_, height, width, channels), (rows, columns) = images.shape, size
    tx, ty, sx, sy = (theta[:, i] for i in range(4))
    down = weights(coordinates(ty, sy, rows, height), height)
    along = weights(coordinates(tx, sx, columns, width), width)
    upright = down @ ops.reshape(images, (-1, height, width * channels))
    turned = ops.transpose(ops.reshape(upright, (-1, rows, width, channels)), (0, 2, 1, 3))
    cut = along @ ops.reshape(turned, (-1, width, rows * channels))
    return ops.transpose(ops.reshape(cut, (-1, columns, rows, channels)), (0, 2, 1, 3))


def direct_crop(images, theta, size: tuple[int, int]):
    """A rectangle cut out and resized to the nearest pixels; as `crop`, without a gradient."""
    return crop(images, theta, size, nearest_weights)


def crop_with_averaged_gradient(images, theta, size: tuple[int, int]):
    """`crop` to the rounding of a sum, with the gradient that means about the same points have.

    A piece of few points reads pixels far from each other, and the slope between two pixels tells little of what is
    half a step away (Jiang et al., "Linearized multi-sampling for differentiable image transformation", ICCV 2019,
    who take the gradient from samples about a point). Here it is that of a crop by `averaging_weights`.
    """
    averaged = crop(images, theta, size, averaging_weights)
    return averaged + ops.stop_gradient(crop(images, theta, size) - averaged)


def taps(size: tuple[int, int], channels: int) -> int:
    """Multiply-adds of a bilinear crop where four pixels are read for each of its own."""
    return 4 * size[0] * size[1] * channels


def scale_penalty(theta):
    """sx^2 + sy^2, `[batch]`: without it the crop grows to the whole image, scaled down (section 2.3.4)."""
    return ops.sum(ops.square(theta[:, 2:]), axis=1)
