"""Preprocessing: from an image to the input tensor, step by step as in docs/bundle.md, bit-equal in every runtime.

8-bit pixels become float32 by a look-up table of 256 numbers per channel. If the image's value is of 8 or 16 bits, the
table holds its codes, which gives the same bits as quantizing afterwards.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..bundle.manifest import ImageInput, Tensor
from ..errors import ChainError
from ..program.values import DTYPES, plain_array, quantize

# Comparing with a dtype is several times faster than with np.uint8, which every comparison converts to a dtype.
_FLOAT32, _UINT8 = np.dtype(np.float32), np.dtype(np.uint8)
MAX_PIXELS = 89_478_485  # of a picture that is padded; tools refuse larger files
# What to do about an image of a type that is refused, by the type's name or kind.
_INTEGERS = ": give pixels of 0..255 as image.astype(np.uint8)"
_ADVICE = {
    "uint16": ": make 8 bits of 16 by ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)",
    "u": _INTEGERS,
    "i": _INTEGERS,
    "b": ": make pixels of it by image * np.uint8(255)",
    "f": ": give normalised numbers as image.astype(np.float32), pixels of 0..255 as image.astype(np.uint8)",
}


class ImageReader:
    """Prepares images for one chain; the next call may overwrite the returned array.

    Args:
        spec: the manifest's description of the image.
        tensor: of the value to make, `[1, height, width, channels]`: float32, int8, uint8 or int16.
    """

    def __init__(self, spec: ImageInput, tensor: Tensor) -> None:
        self._spec, self._tensor = spec, tensor
        self._shape = tuple(tensor.shape[1:])
        self._result = np.empty((1, *self._shape), DTYPES[tensor.type])
        reals = [pixel_table(scale, offset) for scale, offset in zip(spec.scale, spec.offset, strict=True)]
        ranges = np.array([plausible_range(table) for table in reals], np.float32)
        if len(ranges) > 1:  # [width, channels] each: numpy is slow at repeating a few numbers
            self._lowest, self._highest = (np.tile(ends, (self._shape[1], 1)) for ends in ranges.T)
        else:
            self._lowest, self._highest = ranges.T
        self._tables = [quantize(table, tensor) for table in reals]
        self._one_table = self._tables[0] if all((t == self._tables[0]).all() for t in self._tables) else None
        # Four times faster than numpy, which widens every index to eight bytes.
        one_byte = self._one_table is not None and self._one_table.itemsize == 1
        self._byte_table = self._one_table.tobytes() if one_byte else None

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Prepares one image.

        Args:
            image: uint8 `[height, width]` or `[height, width, 1, 3 or 4]`, or float32 of exactly the bundle's shape,
                normalised; see `plausible_range`.

        Returns:
            An array `[1, height, width, channels]` of the tensor's type.

        Raises:
            ChainError: another type or shape, or a float that is not finite or cannot be a normalised one.
        """
        given, image = image, plain_array(image)
        if image is None:
            raise ChainError(f"image: expected a numpy array without a mask, received {type(given).__name__}")
        if image.dtype == _FLOAT32:
            return self._normalised(image)
        if image.dtype != _UINT8:
            raise ChainError(
                f"image: expected uint8 pixels or normalised float32, received {image.dtype}"
                + (_ADVICE.get(image.dtype.name) or _ADVICE.get(image.dtype.kind, ""))
            )
        pixels = image if image.shape == self._shape else fit_pixels(image, self._spec, self._shape)
        if self._byte_table is not None:
            codes = pixels.tobytes().translate(self._byte_table)
            return np.frombuffer(codes, self._result.dtype).reshape(self._result.shape)
        if self._one_table is not None:
            np.take(self._one_table, pixels, out=self._result[0], mode="clip")
        else:
            for channel, table in enumerate(self._tables):
                self._result[0, :, :, channel] = table[pixels[:, :, channel]]
        return self._result

    def _normalised(self, image):
        if image.shape != self._shape:
            raise ChainError(f"image: expected float32 of shape {list(self._shape)}, received {list(image.shape)}")
        if not ((image >= self._lowest) & (image <= self._highest)).all():  # NaN is neither
            raise ChainError(self._implausible(image))
        self._result[0] = quantize(image, self._tensor)
        return self._result

    def _implausible(self, image):
        """The sentence on float numbers that were refused."""
        if not np.isfinite(image).all():
            return "image: expected finite numbers, received NaN or infinity"
        row, column, channel = np.argwhere((image < self._lowest) | (image > self._highest))[0]
        return (
            f"image: expected normalised numbers (pixel * scale + offset) from {self._lowest.flat[channel]} to "
            f"{self._highest.flat[channel]} in channel {channel}, received {image[row, column, channel]}: "
            "give pixels of 0..255 as uint8"
        )


def pixel_table(scale: float, offset: float) -> np.ndarray:
    """Returns float32(float32(pixel * scale) + offset) of the pixels 0..255."""
    return np.arange(256, dtype=np.float32) * np.float32(scale) + np.float32(offset)


def plausible_range(table: np.ndarray) -> tuple[np.float32, np.float32]:
    """What a normalised number of a channel can be: the range of its pixels, and its width more on either side.

    A number beyond that was meant otherwise, such as a pixel of 0..255 as float. All arithmetic in float32.

    Args:
        table: `pixel_table` of the channel.
    """
    low, high = min(table[0], table[255]), max(table[0], table[255])
    return low - (high - low), high + (high - low)


def fit_pixels(image: np.ndarray, spec: ImageInput, shape: tuple[int, int, int]) -> np.ndarray:
    """Steps 1 to 3: channels, crop and size.

    Args:
        image: uint8 `[height, width]` or `[height, width, channels]`.
        spec: the manifest's description of the image.
        shape: (height, width, channels) of what is to be made.

    Returns:
        uint8 array of that shape.

    Raises:
        ChainError: the shape cannot be made to fit.
    """
    height, width, channels = shape
    if spec.crop == "center" and image.ndim in (2, 3) and 0 not in image.shape:
        image = center_crop(image, height, width)  # what is cut need not be coloured first
    pixels = to_channels(image, channels)
    if spec.crop == "pad":
        pixels = padded(pixels, height, width, spec.padding)
    if pixels.shape[:2] == (height, width):
        return pixels
    if spec.resize == "none":
        raise ChainError(
            f"image: expected {height} x {width} pixels, for this bundle does not resize, "
            f"received {pixels.shape[0]} x {pixels.shape[1]}"
        )
    return resize(pixels, height, width)


def to_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Step 1: uint8 `[height, width]` or `[height, width, c]` to `[height, width, channels]`."""
    pixels = image[:, :, None] if image.ndim == 2 else image
    if pixels.ndim != 3 or 0 in pixels.shape:
        raise ChainError(f"image: expected [height, width] or [height, width, channels], received {list(image.shape)}")
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 4:
        pixels = on_white(pixels)
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 3 and channels == 1:
        grey = pixels[:, :, 0] * 0.299  # float64
        grey += pixels[:, :, 1] * 0.587
        grey += pixels[:, :, 2] * 0.114
        grey += 0.5
        return grey.astype(np.uint8)[:, :, None]  # none is below 0: cutting the digits off rounds down
    if pixels.shape[2] == 1 and channels == 3:
        return np.repeat(pixels, 3, axis=2)
    raise ChainError(
        f"image: expected {channels} channel(s) or a picture in grey or RGB, received {image.shape[2]} channels"
    )


def on_white(pixels: np.ndarray) -> np.ndarray:
    """A picture with alpha on white paper: uint8 `[height, width, 4]` to `[height, width, 3]`, rounded to nearest."""
    alpha = pixels[:, :, 3:].astype(np.int32)
    return ((pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def center_crop(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Step 2: the largest centred window of the aspect ratio height : width."""
    rows, columns = pixels.shape[:2]
    kept_rows = min(rows, max(1, columns * height // width))
    kept_columns = min(columns, max(1, rows * width // height))
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    return pixels[top : top + kept_rows, left : left + kept_columns]


def padded(pixels: np.ndarray, height: int, width: int, padding: int) -> np.ndarray:
    """Step 2 otherwise: the whole picture in the midst of the smallest window of that aspect ratio that holds it.

    Raises:
        ChainError: the window has more pixels than a picture may have.
    """
    rows, columns = pixels.shape[:2]
    all_rows = max(rows, -(-columns * height // width))
    all_columns = max(columns, -(-rows * width // height))
    if all_rows * all_columns > MAX_PIXELS:
        received = f"{rows} x {columns}, padded to {all_rows} x {all_columns}"
        raise ChainError(f"image: expected at most {MAX_PIXELS} pixels with the padding, received {received}")
    window = np.full((all_rows, all_columns, pixels.shape[2]), padding, np.uint8)
    top, left = (all_rows - rows) // 2, (all_columns - columns) // 2
    window[top : top + rows, left : left + columns] = pixels
    return window


def resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Step 3: resizes columns, then rows, with a triangle filter in float64; floor(v + 0.5), clipped to 0..255."""
    narrow = _resample(pixels.swapaxes(0, 1), width)
    real = _resample(narrow.swapaxes(0, 1), height)
    return np.clip(np.floor(real + 0.5), 0, 255).astype(np.uint8)


def _resample(lines, count):
    """Resamples the first axis to `count` points: each line is added to those that it is part of, in its turn."""
    lines = np.ascontiguousarray(lines)
    result, share = np.zeros((count, *lines.shape[1:])), np.empty(lines.shape[1:])
    for line, parts in zip(lines, _weights(len(lines), count), strict=True):
        line = line.astype(np.float64)
        for i, weight in parts:
            np.multiply(line, weight, out=share)
            result[i] += share
    return result


@lru_cache(maxsize=16)
def _weights(source, count):
    """What each of `source` points is part of: pairs (which of `count` points, weight)."""
    parts = [[] for _ in range(source)]
    ratio = source / count
    support = max(1.0, ratio)
    for i in range(count):
        centre = (i + 0.5) * ratio
        # Beyond these all weights are 0, which changes no sum.
        reach = range(max(0, int(centre - support - 0.5)), min(source, int(centre + support + 1.5)))
        weights = [max(0.0, 1.0 - abs(j + 0.5 - centre) / support) for j in reach]
        total = 0.0
        for weight in weights:
            total += weight
        for j, weight in zip(reach, weights, strict=True):
            if weight > 0.0:
                parts[j].append((i, weight / total))
    return parts
