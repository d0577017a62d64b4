"""A bundle's samples: labelled pictures to show and to measure with, which cost on average what its points say."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import manifest as m
from . import queries
from .files import file_entry

IMAGES = "samples/images.bin"


def spread(costs: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Chooses pictures whose mean costs are those of all, and whose labels are mixed as among all.

    Sorted by what they cost, and by label where that is equal, every n-th one is taken, beginning in the middle of the
    first n (systematic sampling of ordered strata: Cochran, "Sampling Techniques", 8.5).

    Args:
        costs: `[images, points]`, what each picture costs at each operating point.
        labels: int `[images]`.
        count: how many.

    Returns:
        Indices of at most `count` pictures, rising.
    """
    order = np.lexsort((labels, *costs.T[::-1]))
    count = min(count, len(order))
    places = (np.arange(count) + 0.5) * len(order) / count
    return np.sort(order[places.astype(int)])


def write_samples(folder: str | PathLike, images: np.ndarray, labels: np.ndarray) -> m.Samples:
    """Writes pictures into a bundle's folder.

    Args:
        folder: the bundle's.
        images: uint8 `[count, height, width, channels]`, of the shape of its input.
        labels: int `[count]`.

    Returns:
        The `Samples` to put in the manifest.
    """
    file = Path(folder) / IMAGES
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(np.ascontiguousarray(images, np.uint8).tobytes())
    return m.Samples(images=file_entry(folder, IMAGES), labels=tuple(int(label) for label in labels))


def read_samples(bundle: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Reads a bundle's samples: (uint8 `[count, height, width, channels]`, int `[count]`); None where it has none."""
    samples = bundle.manifest.samples
    if samples is m.UNSET:
        return None
    _, shape = queries.picture(bundle.manifest)
    flat = np.frombuffer(bundle.read(samples.images.file), np.uint8)
    return flat.reshape(len(samples.labels), *shape), np.array(samples.labels)
