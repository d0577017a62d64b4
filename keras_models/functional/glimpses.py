"""The glimpse sensor: windows of doubling sides around a location, all brought to the smallest one's size.

Mnih et al., "Recurrent models of visual attention", NeurIPS 2014; Dai, WPI 2022, section 3.3.2. To the pixel what a
bundle's `crop` of the mode "glimpse" cuts (docs/bundle.md): outside of the image everything is 0.
"""

from __future__ import annotations

from typing import NamedTuple

from keras import ops


class Retina(NamedTuple):
    """Images made ready for many glimpses.

    Attributes:
        maps: of each scale k the means of all windows of 2^k by 2^k pixels that meet the image,
            `[batch * rows * columns, channels]`.
        image: (height, width) of an image.
        size: side of a glimpse in pixels.
    """

    maps: tuple
    image: tuple[int, int]
    size: int


def retina(images, size: int, scales: int) -> Retina:
    """Means over the blocks of every scale, once for all glimpses of a batch.

    Args:
        images: `[batch, height, width, channels]`.
        size: side of a glimpse in pixels.
        scales: number of windows; window k has `size * 2^k` pixels a side.
    """
    maps = []
    for block in (2**k for k in range(scales)):
        means = images
        if block > 1:
            means = ops.pad(images, ((0, 0), (block - 1, block - 1), (block - 1, block - 1), (0, 0)))
            means = ops.average_pool(means, block, strides=1, padding="valid", data_format="channels_last")
        maps.append(ops.reshape(means, (-1, images.shape[-1])))
    return Retina(tuple(maps), tuple(images.shape[1:3]), size)


def glimpse(seen: Retina, locations):
    """What is seen around a location: `[batch, size, size, channels * scales]`, without a gradient for the location.

    Args:
        seen: as `retina` makes it.
        locations: (x, y) `[batch, 2]`, -1..1 over the centres of the corner pixels; those beyond may be any.
    """
    locations = ops.stop_gradient(ops.cast(locations, "float32"))
    pieces = []
    for scale, flat in enumerate(seen.maps):
        block = 2**scale
        width, height = seen.image[1] + block - 1, seen.image[0] + block - 1
        rows, on_rows = _lines(locations[:, 1], seen, 0, block)
        columns, on_columns = _lines(locations[:, 0], seen, 1, block)
        first = ops.arange(ops.shape(locations)[0], dtype="int32") * (height * width)
        places = first[:, None, None] + rows[:, :, None] * width + columns[:, None, :]
        inside = ops.logical_and(on_rows[:, :, None], on_columns[:, None, :])[..., None]
        cut = ops.take(flat, places, axis=0)
        pieces.append(cut * ops.cast(inside, cut.dtype))
    return ops.concatenate(pieces, axis=-1)


def _lines(centres, seen: Retina, axis: int, block: int):
    """Rows (or columns) of a map that a glimpse reads, int `[batch, size]`, and which of them the image has.

    centres: -1..1, `[batch]`.
    """
    side = seen.image[axis]
    centre = (centres + 1.0) * ((side - 1) / 2.0)
    first = ops.floor(centre - seen.size * block / 2.0 + 0.5)
    beyond = (seen.size + 1) * block  # so far out nothing is seen
    first = ops.cast(ops.clip(first, -beyond, side + beyond), "int32")
    lines = first[:, None] + block * ops.arange(seen.size, dtype="int32")[None, :] + (block - 1)
    last = side + block - 2
    return ops.clip(lines, 0, last), ops.logical_and(lines >= 0, lines <= last)
