"""Masks in whole pictures, and how far they overlap: what average precision of masks is counted by.

He et al., "Mask R-CNN", ICCV 2017: a mask is stretched over its box, and a pixel belongs to the thing where it is a
half or more. Everything is numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def pasted(masks, boxes, height: int, width: int) -> np.ndarray:
    """Which pixels of a picture are of each thing: bool `[n, height, width]`.

    Args:
        masks: how much of each cell of a box is of the thing, 0..1, `[n, rows, columns]`; between the centres of cells
            it changes linearly, beyond the last ones not at all.
        boxes: (top, left, bottom, right), 0..1 over the edges, `[n, 4]`.
    """
    masks, boxes = np.asarray(masks, np.float64), np.asarray(boxes, np.float64)
    full = np.zeros((len(masks), height, width), bool)
    for place, (mask, (top, left, bottom, right)) in enumerate(zip(masks, boxes, strict=True)):
        down, inside_down = _taps(top, bottom, height, mask.shape[0])
        along, inside_along = _taps(left, right, width, mask.shape[1])
        full[place] = (down @ mask @ along.T >= 0.5) & inside_down[:, None] & inside_along
    return full


def _taps(low: float, high: float, pixels: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of cells for pixels of an axis, `[pixels, cells]`, and which pixels have their centre inside."""
    centres = (np.arange(pixels) + 0.5) / pixels
    at = np.clip((centres - low) / max(high - low, 1e-9) * cells - 0.5, 0, cells - 1)
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells)))
    return weights, (centres >= low) & (centres < high)


def overlaps_of(some, others) -> np.ndarray:
    """Intersection over union of masks, bool `[n, height, width]` and `[m, ...]`: `[n, m]`; 0 where both are empty."""
    some, others = (np.asarray(one, np.float64).reshape(len(one), np.prod(one.shape[1:])) for one in (some, others))
    inside = some @ others.T
    union = some.sum(axis=1)[:, None] + others.sum(axis=1)[None] - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)


def between(found: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> Callable:
    """What `average_precision` takes as `shared`: found, truth: of each picture bool `[rows, height, width]`."""
    return lambda picture, rows, things: overlaps_of(found[picture][rows], truth[picture][things])
