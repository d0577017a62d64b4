"""How a composite picture is made from source pictures: cutting, scaling, placing, labelling.

Pure functions of arrays. Everything is integer arithmetic, or float64 arithmetic on integers below 2**53, which is
exact: the same sources and draws give the same bytes on every machine.
"""

import numpy as np

from keras_models.datasets.draws import below

CANVAS = 50
_ONE = 1 << 14  # a weight of 1 in the fixed-point resampling
_TRIES_PER_ROUND = {1: 1, 2: 16, 3: 128, 4: 2048}  # about the reciprocal of the share of layouts without overlap
_ROUNDS = 100


def crop_ink(image):
    """Cuts `image` [h, w] to the smallest window that holds every pixel above zero; an empty image is an error."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not rows.size:
        raise ValueError(f"expected an image with ink, received one of shape {image.shape} that is zero everywhere")
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def centre_in_box(image, size):
    """Puts `image` [h, w] in the middle of zeros [size, size]; an odd pixel of space goes below and to the right."""
    height, width = image.shape
    if height > size or width > size:
        raise ValueError(f"expected an image of at most {size}x{size}, received {height}x{width}")
    box = np.zeros((size, size), image.dtype)
    top, left = (size - height) // 2, (size - width) // 2
    box[top : top + height, left : left + width] = image
    return box


def ink_boxes(images, size):
    """Crops each of `images` [n, h, w] to its ink and centres it: uint8 [n, size, size]."""
    return np.stack([centre_in_box(crop_ink(image), size) for image in images])


def _weights(source, target):
    """Triangle filter of a resize from `source` to `target` pixels, in units of 1 / _ONE: float64 [target, source]."""
    ratio = source / target
    support = max(1.0, ratio)
    centres = (np.arange(target)[:, None] + 0.5) * ratio
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(source) + 0.5 - centres) / support)
    return np.round(weights / weights.sum(axis=1, keepdims=True) * _ONE)


def resize(images, size):
    """Scales square pictures bilinearly, with a filter that widens when it shrinks them.

    Args:
        images: uint8 [n, s, s].
        size: side of the result in pixels.

    Returns:
        uint8 [n, size, size].
    """
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.dtype != np.uint8:
        raise ValueError(f"expected square uint8 images [n, s, s], received {images.dtype} {images.shape}")
    weights = _weights(images.shape[1], size)
    sums = weights @ images.astype(np.float64) @ weights.T
    return np.clip((sums + _ONE**2 / 2) // _ONE**2, 0, 255).astype(np.uint8)


def scale_objects(images, factor):
    """Scales square pictures uint8 [n, s, s] by `factor`, to the nearest whole number of pixels."""
    return resize(images, int(images.shape[1] * factor + 0.5))


def place_boxes(bits, count, size, canvas=CANVAS):
    """Draws a layout of `count` square boxes on a square canvas, every layout without overlap being equally likely.

    All corners are drawn together and drawn again as long as any two boxes overlap.

    Args:
        bits: bit generator to draw from.
        count: how many boxes, 1 to 4.
        size: side of a box in pixels.
        canvas: side of the canvas in pixels.

    Returns:
        int64 [count, 2], row and column of each box's first pixel.

    Raises:
        ValueError: `count` is not 1 to 4, or so many boxes cannot lie side by side.
    """
    across = 1 if count == 1 else 2
    if count not in _TRIES_PER_ROUND or across * size > canvas:
        raise ValueError(f"expected 1 to 4 boxes that fit side by side, received {count} of {size} on {canvas}")
    tries = _TRIES_PER_ROUND[count]
    for _ in range(_ROUNDS):
        layouts = below(bits, canvas - size + 1, tries * count * 2).reshape(tries, count, 2)
        for first in range(count):
            for second in range(first):
                apart = (np.abs(layouts[:, first] - layouts[:, second]) >= size).any(axis=1)
                layouts = layouts[apart]
        if len(layouts):
            return layouts[0]
    raise ValueError(f"no layout of {count} boxes of {size} on {canvas} found in {_ROUNDS * tries} tries")


def paste(canvas, image, corner):
    """Draws the ink of `image`, its pixels above zero, over `canvas`, in place; its first pixel comes to `corner`."""
    height, width = image.shape
    window = canvas[corner[0] : corner[0] + height, corner[1] : corner[1] + width]
    if window.shape != image.shape:
        raise ValueError(f"{height}x{width} at {tuple(corner)} does not fit on a canvas of {canvas.shape}")
    np.copyto(window, image, where=image > 0)


def compose(images, corners, canvas=CANVAS):
    """Draws `images` one over the other, the last on top, at `corners` (row, column): uint8 [canvas, canvas]."""
    picture = np.zeros((canvas, canvas), np.uint8)
    for image, corner in zip(images, corners, strict=True):
        paste(picture, image, corner)
    return picture


def max_min_label(digits):
    """Label of a Max-Min picture: one digit's own value, |a - b| of two, largest less smallest of more."""
    if not len(digits):
        raise ValueError("expected at least one digit, received none")
    return int(digits[0]) if len(digits) == 1 else int(max(digits) - min(digits))
