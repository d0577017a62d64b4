"""Pieces of features under boxes, with a gradient in the features: a bundle's `crop` of the mode `box`, in batches.

RoIAlign with one sample a cell (He et al., "Mask R-CNN", ICCV 2017, section 3): output row `i` of `n` reads at the row
`(top + (i + 0.5) / n * (bottom - top)) * height - 0.5`, bilinearly; everything outside of the features is 0.
"""

from __future__ import annotations

import numpy as np
from keras import ops

from keras_models.functional.cropping import bilinear_weights


def crop_boxes(features, boxes, size: tuple[int, int]):
    """The piece of its picture's features under each box.

    Args:
        features: `[batch, height, width, channels]`.
        boxes: (top, left, bottom, right), 0..1 over the edges, `[batch, n, 4]`; they get no gradient.
        size: (height, width) of a piece.

    Returns:
        `[batch, n, *size, channels]`.
    """
    (_, height, width, _), boxes = features.shape, ops.stop_gradient(boxes)
    down = _weights(boxes[..., 0], boxes[..., 2], size[0], height)
    along = _weights(boxes[..., 1], boxes[..., 3], size[1], width)
    upright = ops.einsum("bnsh,bhwc->bnswc", down, features)
    return ops.einsum("bntw,bnswc->bnstc", along, upright)


def _weights(low, high, count: int, source: int):
    """Of every cell and pixel of an axis, `[batch, n, count, source]`."""
    cells = ops.convert_to_tensor((np.arange(count, dtype=np.float32) + 0.5) / count)
    at = (ops.expand_dims(low, -1) + cells * ops.expand_dims(high - low, -1)) * float(source) - 0.5
    return bilinear_weights(at, source)
