"""The best of many boxes: a threshold on their scores, and non-maximum suppression within each class.

A box is (top, left, bottom, right), 0..1 over the edges of the image. Arithmetic is float64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def keep_best(
    boxes: Sequence[float], scores: Sequence[float], threshold: float, overlap: float, most: int
) -> dict[str, np.ndarray]:
    """Chooses boxes by falling score; among equals by rising row, then by rising class.

    Args:
        boxes: four numbers a row.
        scores: as many numbers for each row, one a class.
        threshold: the least score; NaN is below any.
        overlap: a box is left out whose intersection over union with a better one of its class is more than this.
        most: how many to keep.

    Returns:
        float32 "boxes" `[1, most, 4]`, "scores", "classes" and "rows" (where a box stood) `[1, most]`, all 0 behind the
        last one kept, and "count" `[1, 1]`.
    """
    corners = np.reshape(np.asarray(boxes, np.float64), (-1, 4))
    table = np.reshape(np.asarray(scores, np.float64), (len(corners), -1))
    rows, classes = np.nonzero(table >= threshold)
    order = np.argsort(-table[rows, classes], kind="stable")
    rows, classes = rows[order], classes[order]
    kept: list[int] = []
    open_ = np.ones(len(rows), bool)
    while len(kept) < most and open_.any():
        best = int(np.argmax(open_))
        kept.append(best)
        open_[best] = False
        alike = np.flatnonzero(open_ & (classes == classes[best]))
        open_[alike[_overlaps(corners[rows[best]], corners[rows[alike]]) > overlap]] = False
    found = {
        "boxes": np.zeros((1, most, 4), np.float32),
        **{what: np.zeros((1, most), np.float32) for what in ("scores", "classes", "rows")},
        "count": np.array([[len(kept)]], np.float32),
    }
    number = len(kept)
    found["boxes"][0, :number], found["scores"][0, :number] = corners[rows[kept]], table[rows[kept], classes[kept]]
    found["classes"][0, :number], found["rows"][0, :number] = classes[kept], rows[kept]
    return found


def _overlaps(box, others):
    """Intersection over union of a box with others, `[others]`; 0 where the union is empty, NaN where a corner is."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    with np.errstate(invalid="ignore", over="ignore"):  # of corners that are not finite
        inside = _areas(low, high)
        union = _areas(box[None, :2], box[None, 2:]) + _areas(others[:, :2], others[:, 2:]) - inside
        return np.divide(inside, union, out=np.zeros_like(inside), where=union != 0)


def _areas(low, high):
    sides = np.maximum(high - low, 0.0)
    return sides[:, 0] * sides[:, 1]
