"""How cluttered an image is, by its discrete cosine transform: what share of the coefficients holds nearly all of it.

Voorhout, TU Delft 2022, appendix A. The thesis sums signed coefficients and prints an index twice; here absolute values
are summed, of the orthonormal transform.
"""

from __future__ import annotations

import functools

import numpy as np

SHARE = 0.98
ORDERS = ("rows", "zigzag")
_GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601


@functools.lru_cache(maxsize=8)
def basis(size: int) -> np.ndarray:
    """The orthonormal transform of so many numbers, float `[frequencies, places]`."""
    frequencies, places = np.arange(size)[:, None], np.arange(size)
    rows = np.cos(frequencies * np.pi * (2 * places + 1) / (2 * size)) * np.sqrt(2 / size)
    rows[0] /= np.sqrt(2)
    return rows


def grey(images) -> np.ndarray:
    """Brightness of images `[n, h, w, 1 or 3]`, float `[n, h, w]`."""
    images = np.asarray(images, float)
    return images[..., 0] if images.shape[-1] == 1 else images @ np.array(_GREY)


def coefficients(brightness) -> np.ndarray:
    """The two-dimensional transform of `[n, h, w]`, of that shape."""
    brightness = np.asarray(brightness, float)
    return basis(brightness.shape[1]) @ brightness @ basis(brightness.shape[2]).T


def clutter(images, share: float = SHARE, power: int = 1, order: str = "rows") -> np.ndarray:
    """The least percentage of the coefficients, in their order, that holds a share of the sum of all: `[n]`.

    Args:
        images: `[n, h, w, 1 or 3]`.
        share: of the sum.
        power: of the absolute values that are summed: 1, or 2 for energies.
        order: "rows", one row after the other; "zigzag", by rising sum of both frequencies.

    Raises:
        ValueError: another order.
    """
    found = np.abs(coefficients(grey(images))) ** power
    if order not in ORDERS:
        raise ValueError(f"expected an order among {', '.join(ORDERS)}, received {order!r}")
    flat = found.reshape(len(found), -1)
    if order == "zigzag":
        v, u = np.indices(found.shape[1:]).reshape(2, -1)
        flat = flat[:, np.lexsort((np.where((v + u) % 2, v, u), v + u))]
    sums = np.cumsum(flat, axis=1)
    reached = sums >= share * sums[:, -1:] * (1 - 1e-12)
    return 100 * (reached.argmax(axis=1) + 1) / flat.shape[1]


def by_exit(percentages, correct) -> list[dict]:
    """Mean and variance of the clutter of what each exit gets right: {"mean", "variance", "samples"} an exit.

    percentages: `[samples]`. correct: bool `[samples, exits]`.
    """
    rows = []
    for right in np.asarray(correct, bool).T:
        own = np.asarray(percentages)[right]
        mean, variance = (float(own.mean()), float(own.var())) if len(own) else (None, None)
        rows.append({"mean": mean, "variance": variance, "samples": len(own)})
    return rows
