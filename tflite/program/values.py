"""What happens to a value between the tensor that wrote it and the one that reads it: conversions fixed at load time.

real = (q - zero_point) * scale in float32, and back q = clip(round(real / scale) + zero_point), ties to even. A value
of eight bits takes one look-up in a table of 256 entries, whatever it is converted to, which gives the same bits.
"""

from __future__ import annotations

import numpy as np

DTYPES = {"float32": np.float32, "int8": np.int8, "uint8": np.uint8, "int32": np.int32}


def encoding(tensor):
    """What makes two tensors hold numbers alike: (type, float32 scale, zero point)."""
    scale = None if tensor.scale is None else float(np.float32(tensor.scale))
    return tensor.type, scale, tensor.zero_point


def dequantize(array, tensor):
    """Reads an array that `tensor` describes as float32, of the same shape; always a new array."""
    if tensor.type in ("float32", "int32"):
        return array.astype(np.float32)
    return (array.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)


def quantize(array, tensor):
    """Writes a float32 array as `tensor` describes it; a NaN becomes the lowest number."""
    if tensor.type == "float32":
        return array.astype(np.float32)
    limits = np.iinfo(DTYPES[tensor.type])
    if tensor.type == "int32":
        wide = np.rint(array.astype(np.float64))
    else:
        with np.errstate(over="ignore"):  # what overflows is clipped
            wide = np.rint(array / np.float32(tensor.scale)) + np.float32(tensor.zero_point)
    return np.minimum(np.fmax(wide, limits.min), limits.max).astype(DTYPES[tensor.type])


def all_codes(tensor):
    """The 256 values of an eight-bit tensor type, in the order of their unsigned byte."""
    return np.arange(256, dtype=np.uint8).view(DTYPES[tensor.type])


def converter(source, target):
    """Builds the conversion from one tensor's encoding to another's.

    Args:
        source, target: `Tensor`s of one shape.

    Returns:
        A function from array to array, or None where the encodings are the same.
    """
    if encoding(source) == encoding(target):
        return None
    if source.type in ("int8", "uint8"):
        table = quantize(dequantize(all_codes(source), source), target)
        return lambda array: table[array.view(np.uint8)]
    if source.type == "float32" and target.type in ("int8", "uint8"):
        return _quantizer(target)
    return lambda array: quantize(dequantize(array, source), target)


def _quantizer(target):
    """`quantize` for a fixed shape, in two buffers of its own."""
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


def reader(tensor):
    """Builds a function from an array that `tensor` describes to the flat list of its real numbers.

    The numbers are float32 ones in Python's float64, as rules and answers want them.
    """
    if tensor.type in ("int8", "uint8"):
        # Codes below zero count from the end of a list, which is where all_codes has them.
        table = dequantize(all_codes(tensor), tensor).tolist()
        return lambda array: [table[code] for code in array.ravel().tolist()]
    if tensor.type == "int32":
        return lambda array: array.astype(np.float32).ravel().tolist()
    return lambda array: array.ravel().tolist()
