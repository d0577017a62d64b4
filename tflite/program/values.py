"""Conversions of a value between the tensor that writes it and the tensor that reads it, fixed at load time.

real = (q - zero_point) * scale in float32, and back q = clip(round(real / scale) + zero_point), ties to even. An 8-bit
value is converted by a table of 256 entries, which gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..bundle.manifest import Tensor

Conversion = Callable[[np.ndarray], np.ndarray]
DTYPES = {"float32": np.float32, "int8": np.int8, "uint8": np.uint8, "int16": np.int16, "int32": np.int32}


def plain_array(value: Any) -> np.ndarray | None:
    """An array without what a subclass makes of it, as `np.matrix` does; None for what is none or has a mask.

    A mask would be passed over, and what it hides taken for numbers.
    """
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        return None
    return value if type(value) is np.ndarray else np.asarray(value)


def encoding(tensor: Tensor) -> tuple[str, float | None, int | None]:
    """Returns how a tensor encodes numbers: (type, float32 scale, zero point)."""
    scale = None if tensor.scale is None else float(np.float32(tensor.scale))
    return tensor.type, scale, tensor.zero_point


def dequantize(array: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Converts an array in the encoding of `tensor` to a new float32 array of the same shape."""
    if tensor.type in ("float32", "int32"):
        return array.astype(np.float32)
    return (array.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)


def quantize(array: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Converts a float32 array to the encoding of `tensor`; a NaN becomes the lowest number."""
    if tensor.type == "float32":
        return array.astype(np.float32)
    limits = np.iinfo(DTYPES[tensor.type])
    if tensor.type == "int32":
        wide = np.rint(array.astype(np.float64))
    else:
        with np.errstate(over="ignore"):  # what overflows is clipped
            wide = np.rint(array / np.float32(tensor.scale)) + np.float32(tensor.zero_point)
    return np.minimum(np.fmax(wide, limits.min), limits.max).astype(DTYPES[tensor.type])


def all_codes(tensor: Tensor) -> np.ndarray:
    """Returns the 256 values of an 8-bit type, in the order of their unsigned bytes."""
    return np.arange(256, dtype=np.uint8).view(DTYPES[tensor.type])


def converter(source: Tensor, target: Tensor) -> Conversion | None:
    """Builds the conversion from one tensor's encoding to another's.

    Args:
        source: the tensor that writes the value.
        target: the tensor that reads it, of the same shape.

    Returns:
        A function from array to array, or None if the encodings are the same.
    """
    if encoding(source) == encoding(target):
        return None
    if source.type in ("int8", "uint8"):
        table = quantize(dequantize(all_codes(source), source), target)
        return lambda array: table[array.view(np.uint8)]
    if source.type == "float32" and target.scale is not None:
        return _quantizer(target)
    return lambda array: quantize(dequantize(array, source), target)


def _quantizer(target):
    """Returns `quantize` for a fixed shape, with two buffers of its own."""
    real, result = np.empty(target.shape, np.float32), np.empty(target.shape, DTYPES[target.type])
    scale, zero_point = np.float32(target.scale), np.float32(target.zero_point)
    limits = np.iinfo(DTYPES[target.type])
    low, high = np.float32(limits.min), np.float32(limits.max)

    def convert(array):
        with np.errstate(over="ignore"):  # what overflows is clipped
            np.divide(array, scale, out=real)
        np.rint(real, out=real)
        np.add(real, zero_point, out=real)
        np.fmax(real, low, out=real)
        np.minimum(real, high, out=real)
        np.copyto(result, real, casting="unsafe")
        return result

    return convert


def reader(tensor: Tensor) -> Callable[[np.ndarray], list[float]]:
    """Builds a function that reads an array in the encoding of `tensor` as a flat list of real numbers.

    The numbers have float32 precision in Python's float64.
    """
    if tensor.type in ("int8", "uint8"):
        # Negative codes index from the end of the list, which is where all_codes has them.
        table = dequantize(all_codes(tensor), tensor).tolist()
        return lambda array: [table[code] for code in array.ravel().tolist()]
    if tensor.type == "float32":
        return lambda array: array.ravel().tolist()
    return lambda array: dequantize(array, tensor).ravel().tolist()
