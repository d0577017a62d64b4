"""A function of images, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import ops

BATCH_SIZE = 256


def in_batches(function: Callable[..., Mapping], images, batch_size: int = BATCH_SIZE) -> dict[str, np.ndarray]:
    """What a function gives for any number of images, without holding all that it computes.

    Args:
        function: from a tensor of images `[batch, ...]` to name -> tensor `[batch, ...]`.
        images: `[n, ...]`, at least one.
        batch_size: images at a time.

    Returns:
        Name -> array `[n, ...]`, numbers in float32 whatever the function computes in.
    """
    rows = []
    for start in range(0, len(images), batch_size):
        found = function(ops.convert_to_tensor(images[start : start + batch_size]))
        rows.append({name: ops.convert_to_numpy(_float32(value)) for name, value in found.items()})
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _float32(value):
    return ops.cast(value, "float32") if keras.backend.is_float_dtype(value.dtype) else value
