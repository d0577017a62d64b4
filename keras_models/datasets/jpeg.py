"""Grey pictures through a JPEG encoder with any quantization table, and what of them is sent.

Tables are 8x8, in the order of rows (not of the zigzag), of steps from 1 to 255. Liu et al., "DeepN-JPEG: a deep neural
network favorable JPEG-based image compression framework", DAC 2018, makes them of a data set's own statistics: what
varies much among its pictures is kept finely, whatever eyes make of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np

BLOCK = 8
STANDARD = np.array(  # of brightness: ITU-T T.81, table K.1
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
# DeepN-JPEG's piecewise linear map from the deviation of a coefficient to its step: below FINE, up to COARSE, above.
FINE, COARSE, SMALLEST = 20.0, 60.0, 5.0
LINES = ((255.0, 9.75), (80.0, 1.0), (200.0, 3.0))  # a - k * deviation; they meet at both limits


def scaled(table: np.ndarray, quality: float) -> np.ndarray:
    """A table as libjpeg scales it for a quality from above 0 to 100, which may be a fraction: int `[8, 8]`.

    Raises:
        ValueError: another quality.
    """
    if not 0 < quality <= 100:
        raise ValueError(f"expected a quality above 0 and up to 100, received {quality}")
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    return np.clip((table * percent + 50) // 100, 1, 255).astype(int)


def cosines() -> np.ndarray:
    """The orthonormal cosine transform of eight numbers, float64 `[8, 8]`: a row a frequency."""
    places = (2 * np.arange(BLOCK) + 1) * np.arange(BLOCK)[:, None] * np.pi / (2 * BLOCK)
    rows = np.cos(places) * np.sqrt(2 / BLOCK)
    rows[0] /= np.sqrt(2)
    return rows


def coefficients(images: np.ndarray) -> np.ndarray:
    """Coefficients of all blocks of pictures, float64 `[n, blocks, 8, 8]`, row by row.

    images: uint8 `[n, h, w]`; sides are filled up to eighths with the last row and column.
    """
    count, height, width = images.shape
    filled = np.pad(images.astype(float), [(0, 0), (0, -height % BLOCK), (0, -width % BLOCK)], mode="edge") - 128
    rows, columns = (side // BLOCK for side in filled.shape[1:])
    blocks = filled.reshape(count, rows, BLOCK, columns, BLOCK).transpose(0, 1, 3, 2, 4)
    return (cosines() @ blocks @ cosines().T).reshape(count, rows * columns, BLOCK, BLOCK)


def deepn_table(images: np.ndarray) -> np.ndarray:
    """The table that DeepN-JPEG makes of a data set's pictures uint8 `[n, h, w]`: float64 `[8, 8]`, before scaling."""
    spread = coefficients(images).reshape(-1, BLOCK, BLOCK).std(axis=0)
    (a, k), (b, m), (c, n) = LINES
    steps = np.where(spread <= FINE, a - k * spread, np.where(spread <= COARSE, b - m * spread, c - n * spread))
    return np.maximum(steps, SMALLEST)


def values_sent(images: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Numbers other than zero that stand for each picture, int `[n]`: the means of blocks by their differences."""
    steps = np.rint(coefficients(images) / table).astype(int)
    steps[:, 1:, 0, 0] = np.diff(steps[:, :, 0, 0], axis=1)
    return np.count_nonzero(steps.reshape(len(images), -1), axis=1)


def round_trip(images: Iterable[np.ndarray], table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures encoded and decoded by a real JPEG encoder.

    Args:
        images: uint8 `[h, w]` each.
        table: int `[8, 8]`.

    Returns:
        (uint8 `[n, h, w]`, bytes of every file int `[n]`).
    """
    from PIL import Image

    decoded, sizes = [], []
    for image in images:
        file = io.BytesIO()
        # Pillow takes tables in the order of rows.
        Image.fromarray(image).save(file, "JPEG", qtables=[table.ravel().tolist()], optimize=True)
        sizes.append(file.tell())
        decoded.append(np.asarray(Image.open(file)))
    return np.array(decoded), np.array(sizes)
