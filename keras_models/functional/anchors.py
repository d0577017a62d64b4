"""Anchors of a one-stage detector: found by clustering, decoded into boxes, and given to things (YOLOv2's form).

Redmon and Farhadi, "YOLO9000: better, faster, stronger", CVPR 2017, section 2. Sizes are (height, width) in shares of
the picture; a grid is (rows, columns).
"""

from __future__ import annotations

import numpy as np
from keras import ops

LIMIT = 4.0  # of the logarithm of a size over its anchor's: e^4 is more than any picture


def cluster(sizes, count: int, seed: int = 0, rounds: int = 100) -> np.ndarray:
    """Sizes `[count, 2]` that overlap those of many things most: k-means by 1 less the intersection over union.

    sizes: `[things, 2]` above 0. From the smallest area to the largest.

    Raises:
        ValueError: fewer things than anchors.
    """
    sizes = np.asarray(sizes, np.float64)
    if len(sizes) < count:
        raise ValueError(f"expected at least {count} things to find {count} anchors of, received {len(sizes)}")
    centres = sizes[np.random.default_rng(seed).permutation(len(sizes))[:count]]
    before = None
    for _ in range(rounds):
        nearest = size_overlaps(sizes, centres).argmax(axis=1)
        if before is not None and np.array_equal(nearest, before):
            break
        for place in range(count):
            if (nearest == place).any():
                centres[place] = np.median(sizes[nearest == place], axis=0)
        before = nearest
    return centres[np.argsort(centres.prod(axis=1))]


def size_overlaps(sizes, others) -> np.ndarray:
    """Intersection over union of boxes of these sizes about one centre: `[sizes, others]`."""
    sizes, others = np.asarray(sizes)[:, None], np.asarray(others)[None]
    inside = np.minimum(sizes, others).prod(axis=-1)
    return inside / (sizes.prod(axis=-1) + others.prod(axis=-1) - inside)


def corners(raw, anchors, grid):
    """Boxes `[..., rows * columns, ..., anchors, 4]` of (x, y, w, h) as a network gives them.

    The centre lies sigmoid(x), sigmoid(y) of a cell inside of it; the size is the anchor's times exp(w), exp(h).

    Args:
        raw: `[batch, cells, classes, anchors, 4]`, cells row by row.
        anchors: `[anchors, 2]`.
        grid: (rows, columns).
    """
    rows, columns = grid
    places = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(1, -1, 1, 1, 2)
    centres = ops.add(ops.sigmoid(raw[..., :2]), places.astype("float32"))
    centres = ops.multiply(centres, np.array([1 / columns, 1 / rows], "float32"))
    half = ops.multiply(ops.exp(ops.minimum(raw[..., 2:4], LIMIT)), 0.5 * np.array(anchors, "float32")[:, ::-1])
    low, high = ops.subtract(centres, half), ops.add(centres, half)
    return ops.stack([low[..., 1], low[..., 0], high[..., 1], high[..., 0]], axis=-1)


def placed(boxes, anchors, grid):
    """Where the things of a batch belong, `[batch, things]` each: cell, anchor; and what is to be said of their boxes.

    A thing belongs to the cell that its centre lies in, and to the anchor whose size overlaps its own most.

    Args:
        boxes: tensor `[batch, things, 4]`; rows of zeros are taken as well as others.
        anchors: `[anchors, 2]`.
        grid: (rows, columns).

    Returns:
        (cells int32, anchors int32, wanted `[batch, things, 4]`: x and y inside the cell, 0..1, and the logarithms of
        width and height over the anchor's).
    """
    rows, columns = grid
    size = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-4)
    middle = 0.5 * (boxes[..., :2] + boxes[..., 2:])
    down, along = (middle[..., axis] * count for axis, count in ((0, rows), (1, columns)))
    row, column = (ops.clip(ops.floor(one), 0, count - 1) for one, count in ((down, rows), (along, columns)))
    sizes = np.array(anchors, "float32")
    inside = ops.prod(ops.minimum(size[..., None, :], sizes), axis=-1)
    union = ops.prod(size, axis=-1)[..., None] + sizes.prod(axis=-1) - inside
    anchor = ops.argmax(inside / union, axis=-1)
    scale = ops.log(size / ops.take(ops.convert_to_tensor(sizes), anchor, axis=0))
    wanted = ops.stack([along - column, down - row, scale[..., 1], scale[..., 0]], axis=-1)
    return ops.cast(row * columns + column, "int32"), ops.cast(anchor, "int32"), wanted
