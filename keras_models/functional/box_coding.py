"""Boxes as numbers to regress, what two boxes have in common, and anchors: which of them stand for which thing.

A box is (top, left, bottom, right) in shares of the picture. Ren et al., "Faster R-CNN", NIPS 2015: equation 2 codes a
box relative to another one, section 3.1.2 says which anchors are positive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_models.functional.boxes import aligned_overlaps

SCALES = (10.0, 10.0, 5.0, 5.0)  # of the four numbers, so that they are of about unit size (Fast R-CNN's code)
LARGEST = math.log(1000.0 / 16)  # of a side's logarithm: a diverged regression gives no infinite box


def _centres_and_sides(boxes):
    low, high = boxes[..., :2], boxes[..., 2:]
    return (low + high) / 2.0, high - low


def encode(boxes, others, scales: Sequence[float] = SCALES):
    """What a regression at `others` has to say so that `boxes` come out (equation 2).

    Args:
        boxes, others: `[..., 4]`, with sides above 0.
        scales: by which the four numbers are multiplied.

    Returns:
        `[..., 4]`: how far the centre is moved (down, right) in sides of the other box, and the logarithms of the
        quotients of height and width.
    """
    centres, sides = _centres_and_sides(boxes)
    origins, units = _centres_and_sides(others)
    coded = ops.concatenate([(centres - origins) / units, ops.log(sides / units)], axis=-1)
    return coded * ops.convert_to_tensor(np.array(scales, np.float32))


def decode(coded, others, scales: Sequence[float] = SCALES):
    """The boxes `[..., 4]` that `encode` has coded, held within the picture."""
    origins, units = _centres_and_sides(others)
    plain = coded * ops.convert_to_tensor(1.0 / np.array(scales, np.float32))
    centres = origins + plain[..., :2] * units
    halves = 0.5 * units * ops.exp(ops.minimum(plain[..., 2:], LARGEST))
    corners = ops.concatenate([centres - halves, centres + halves], axis=-1)
    return ops.minimum(ops.maximum(corners, 0.0), 1.0)


def overlaps(boxes, others):
    """Intersection over union of every pair: `[..., n, m]` of `[..., n, 4]` and `[..., m, 4]`; 0 of an empty union."""
    return aligned_overlaps(ops.expand_dims(boxes, -2), ops.expand_dims(others, -3))


def anchors(rows: int, columns: int, sides: Sequence[float], ratios: Sequence[float] = (1.0,)) -> np.ndarray:
    """Boxes around the centres of a grid's cells, cell by cell: float32 `[rows * columns * sides * ratios, 4]`.

    Args:
        rows, columns: of the grid.
        sides: roots of the areas, in shares of the picture.
        ratios: height over width.
    """
    down, along = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    centres = np.stack([down, along], axis=-1).reshape(-1, 1, 2)
    sizes = [(side * math.sqrt(ratio), side / math.sqrt(ratio)) for side in sides for ratio in ratios]
    halves = np.array(sizes)[None] / 2
    return np.concatenate([centres - halves, centres + halves], axis=-1).reshape(-1, 4).astype(np.float32)


def matched(boxes, things, present, positive: float = 0.5, negative: float | None = None, every: bool = False):
    """Which thing each box stands for: the one that it overlaps most, if by enough.

    Args:
        boxes: `[batch, n, 4]`, or anchors `[n, 4]`.
        things: boxes of things `[batch, m, 4]`.
        present: whether the rows of `things` are things, `[batch, m]`.
        positive: overlap from which a box stands for a thing.
        negative: overlap below which it stands for none; what lies between says nothing. None: `positive`.
        every: whether the boxes that overlap a thing most stand for it even where that is less than enough.

    Returns:
        (rows int32 `[batch, n]`, the thing that it overlaps most; sign `[batch, n]`, 1 where it stands for that, -1
        where it stands for none, 0 where it says nothing; its overlap `[batch, n]`).
    """
    shared = ops.where(ops.expand_dims(present, -2), overlaps(boxes, things), 0.0)
    most = ops.max(shared, axis=-1)
    sign = ops.where(most < (positive if negative is None else negative), -1.0, 0.0)
    found = most >= positive
    if every:
        best = ops.max(shared, axis=-2, keepdims=True)
        found = ops.logical_or(found, ops.any((shared >= best - 1e-6) & (best > 0), axis=-1))
    return ops.argmax(shared, axis=-1), ops.where(found, 1.0, sign), most
