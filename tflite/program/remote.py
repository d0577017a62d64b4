"""The server half of a chain: hands a part's inputs to the application's callable and checks what comes back."""

from __future__ import annotations

import numpy as np

from ..errors import ChainError
from .values import DTYPES


def call_remote(remote, part, inputs):
    """Calls `remote(part, inputs)`; whatever it raises becomes a ChainError with that cause."""
    try:
        return remote(part, inputs)
    except Exception as error:
        raise ChainError(f"remote part {part}: expected output arrays, but the callable raised {error!r}") from error


def remote_output(outputs, part, key, tensor):
    """Takes one output of a remote part.

    Args:
        outputs: what the callable returned: a dict from output name to array.
        part, key: names of the part and of the output.
        tensor: the `Tensor` that the manifest promises.

    Returns:
        The array.

    Raises:
        ChainError: it is missing or has another shape or type.
    """
    array = outputs.get(key) if isinstance(outputs, dict) else None
    if not isinstance(array, np.ndarray):
        received = type(array).__name__
        raise ChainError(f"remote part {part}: expected an array for the output {key!r}, received {received}")
    if array.shape != tensor.shape or array.dtype != DTYPES[tensor.type]:
        raise ChainError(
            f"remote part {part}: expected {tensor.type} {list(tensor.shape)} for the output {key!r}, "
            f"received {array.dtype} {list(array.shape)}"
        )
    return array
