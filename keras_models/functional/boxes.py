"""Boxes (top, left, bottom, right), in shares of the picture: overlaps, pixels, mirror images."""

from __future__ import annotations

import numpy as np
from keras import ops


def overlaps(some, others) -> np.ndarray:
    """Intersection over union of every box with every other: float64 `[some, others]`; 0 where both are empty."""
    some, others = np.asarray(some, np.float64)[:, None], np.asarray(others, np.float64)[None]
    inside = _areas(np.maximum(some[..., :2], others[..., :2]), np.minimum(some[..., 2:], others[..., 2:]))
    union = _areas(some[..., :2], some[..., 2:]) + _areas(others[..., :2], others[..., 2:]) - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)


def _areas(low, high):
    return np.prod(np.maximum(high - low, 0.0), axis=-1)


def aligned_overlaps(some, others):
    """Intersection over union of pairs of boxes `[..., 4]`, tensors of shapes that broadcast: `[...]`."""
    low, high = ops.maximum(some[..., :2], others[..., :2]), ops.minimum(some[..., 2:], others[..., 2:])
    inside = _tensor_areas(low, high)
    union = _tensor_areas(some[..., :2], some[..., 2:]) + _tensor_areas(others[..., :2], others[..., 2:]) - inside
    return inside / ops.maximum(union, 1e-9)


def _tensor_areas(low, high):
    sides = ops.maximum(high - low, 0.0)
    return sides[..., 0] * sides[..., 1]


def mirrored(boxes):
    """Boxes `[..., 4]` of pictures that are mirrored left and right; a row of zeros is none, and stays."""
    top, left, bottom, right = (boxes[..., place] for place in range(4))
    turned = ops.stack([top, 1.0 - right, bottom, 1.0 - left], axis=-1)
    return ops.where(ops.any(ops.not_equal(boxes, 0.0), axis=-1, keepdims=True), turned, boxes)


def box_mask(boxes, height: int, width: int):
    """The pixels whose centres lie in a box `[..., 4]`: float32 `[..., height, width, 1]` of 0 and 1."""
    down = (np.arange(height, dtype=np.float32) + 0.5) / height
    along = (np.arange(width, dtype=np.float32) + 0.5) / width
    top, left, bottom, right = (boxes[..., place : place + 1] for place in range(4))
    rows = ops.cast(ops.logical_and(ops.greater_equal(down, top), ops.less(down, bottom)), "float32")
    columns = ops.cast(ops.logical_and(ops.greater_equal(along, left), ops.less(along, right)), "float32")
    return ops.expand_dims(ops.expand_dims(rows, -1) * ops.expand_dims(columns, -2), -1)
