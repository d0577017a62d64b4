"""Makes the input tensor of a picture, each step as docs/bundle.md says, so that every runtime gets the same bits.

A picture of eight-bit pixels becomes float32 by a look-up table (256 numbers a channel); where only parts of one
eight-bit encoding read the image, the table holds their codes, which gives the same bits as converting afterwards.
"""

from __future__ import annotations

import numpy as np

from ..errors import ChainError
from ..program.values import DTYPES, quantize

# Comparing with a dtype is several times cheaper than with np.uint8, which is made a dtype in every comparison.
_FLOAT32, _UINT8 = np.dtype(np.float32), np.dtype(np.uint8)


class ImageReader:
    """Prepares images for one chain; the array that it returns may be overwritten by the next call.

    Args:
        spec: the manifest's `Input`.
        tensor: the `Tensor` to make: float32, or int8 or uint8 of the parts that read it.
    """

    def __init__(self, spec, tensor):
        self._spec, self._tensor = spec, tensor
        self._shape = tuple(spec.shape)
        self._result = np.empty((1, *self._shape), DTYPES[tensor.type])
        self._tables = [
            quantize(pixel_table(scale, offset), tensor) for scale, offset in zip(spec.scale, spec.offset, strict=True)
        ]
        self._one_table = self._tables[0] if all((t == self._tables[0]).all() for t in self._tables) else None
        # Four times faster than numpy, which widens every index to eight bytes.
        one_byte = self._one_table is not None and self._one_table.itemsize == 1
        self._byte_table = self._one_table.tobytes() if one_byte else None

    def __call__(self, image):
        """Prepares one image.

        Args:
            image: uint8 `[height, width]` or `[height, width, 1, 3 or 4]`, or float32 of exactly the bundle's shape.

        Returns:
            An array `[1, height, width, channels]` of the tensor's type.

        Raises:
            ChainError: another type or shape, or a float that is not finite.
        """
        if not isinstance(image, np.ndarray):
            raise ChainError(f"image: expected a numpy array, received {type(image).__name__}")
        if image.dtype == _FLOAT32:
            return self._normalised(image)
        if image.dtype != _UINT8:
            raise ChainError(f"image: expected uint8 pixels or normalised float32, received {image.dtype}")
        pixels = image if image.shape == self._shape else fit_pixels(image, self._spec)
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
        if not np.isfinite(image).all():
            raise ChainError("image: expected finite numbers, received NaN or infinity")
        self._result[0] = quantize(image, self._tensor)
        return self._result


def pixel_table(scale, offset):
    """float32(float32(pixel * scale) + offset) of the pixels 0..255."""
    return np.arange(256, dtype=np.float32) * np.float32(scale) + np.float32(offset)


def fit_pixels(image, spec):
    """Steps 1 to 3: colour, crop and size.

    Args:
        image: uint8 `[height, width]` or `[height, width, channels]`.
        spec: the manifest's `Input`.

    Returns:
        uint8 array of the bundle's shape.

    Raises:
        ChainError: a shape that cannot be made to fit.
    """
    height, width, channels = spec.shape
    pixels = to_channels(image, channels)
    if spec.crop == "center":
        pixels = center_crop(pixels, height, width)
    if pixels.shape[:2] == (height, width):
        return pixels
    if spec.resize == "none":
        raise ChainError(
            f"image: expected {height} x {width} pixels, for this bundle does not resize, "
            f"received {pixels.shape[0]} x {pixels.shape[1]}"
        )
    return resize(pixels, height, width)


def to_channels(image, channels):
    """Step 1: uint8 `[height, width]` or `[height, width, c]` to `[height, width, channels]`."""
    pixels = image[:, :, None] if image.ndim == 2 else image
    if pixels.ndim != 3 or 0 in pixels.shape:
        raise ChainError(f"image: expected [height, width] or [height, width, channels], received {list(image.shape)}")
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 4:
        pixels = pixels[:, :, :3]
    if pixels.shape[2] == channels:
        return pixels
    if pixels.shape[2] == 3 and channels == 1:
        red, green, blue = (pixels[:, :, i].astype(np.float64) for i in range(3))
        grey = np.floor(0.299 * red + 0.587 * green + 0.114 * blue + 0.5)
        return grey.astype(np.uint8)[:, :, None]
    if pixels.shape[2] == 1 and channels == 3:
        return np.repeat(pixels, 3, axis=2)
    raise ChainError(
        f"image: expected {channels} channel(s) or a picture in grey or RGB, received {image.shape[2]} channels"
    )


def center_crop(pixels, height, width):
    """Step 2: the largest centred window of the aspect ratio height : width."""
    rows, columns = pixels.shape[:2]
    kept_rows = min(rows, max(1, columns * height // width))
    kept_columns = min(columns, max(1, rows * width // height))
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    return pixels[top : top + kept_rows, left : left + kept_columns]


def resize(pixels, height, width):
    """Step 3: columns, then rows, with a triangle filter; float64, floor(v + 0.5), held in 0..255."""
    real = _resample(pixels.astype(np.float64), width, axis=1)
    real = _resample(real, height, axis=0)
    return np.clip(np.floor(real + 0.5), 0, 255).astype(np.uint8)


def _resample(real, count, axis):
    """Resamples one axis to `count`; every weighted sum runs by rising source index."""
    source = real.shape[axis]
    ratio = source / count
    support = max(1.0, ratio)
    moved = np.moveaxis(real, axis, 0)
    result = np.empty((count, *moved.shape[1:]))
    for i in range(count):
        centre = (i + 0.5) * ratio
        weights = [max(0.0, 1.0 - abs(j + 0.5 - centre) / support) for j in range(source)]
        total = 0.0
        for weight in weights:
            total += weight
        row = np.zeros(moved.shape[1:])
        for j, weight in enumerate(weights):
            if weight > 0.0:
                row += moved[j] * (weight / total)
        result[i] = row
    return np.moveaxis(result, 0, axis)
