"""Pictures that nearly repeat one another, found by small thumbnails in time almost linear in their number.

**The rule.** Of a picture there is a thumbnail of 16 x 16 pixels in colour, the mean of what lies under each. Its mean
is taken off, and it is divided by its deviation, at least 16 of 255 levels, so that brightness and contrast do not
count. Two pictures are near-duplicates if the root mean square difference of these is at most 0.15 (a correlation of
0.989), and their means are at most 32 levels apart. Of 200 test images of CIFAR-10 all but one were found again after
JPEG at quality 75, at half the size, and 15 % brighter or with 20 % more contrast; of 2,000 none nearly repeats
another. Mirror images and crops are not found, and simple things in the same place, such as trousers on black, are.

**The search.** Not all pairs are compared, but those in one cell of a grid over six random projections, in six such
grids (locality-sensitive hashing: Datar, Immorlica, Indyk and Mirrokni, SoCG 2004). A projection of two thumbnails that
are 0.15 apart differs by 0.12 in the mean, and a cell is 1.2 wide: such a pair is in one cell with a probability of
0.9^6 = 0.53, and missed by all grids with 0.47^6 = 1 %; one half as far apart with 0.03 %. In a cell a picture is
compared with the 32 next ones at most, 192 in all, so that crowds of equal pictures take no longer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIDE = 16
FARTHEST, FARTHEST_MEAN = 0.15, 32.0  # of normalised thumbnails, and of means in levels
LEAST_DEVIATION = 16.0  # levels: the noise of a flat picture is not blown up
GRIDS, PROJECTIONS, CELL, WINDOW = 6, 6, 1.2, 32
_AT_ONCE = 8_192  # thumbnails or pairs that are turned into floats at a time
_SEED = 15  # of the projections


def pairs(thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The near-duplicates among pictures.

    Args:
        thumbnails: uint8 `[n, 16, 16, 3]`.

    Returns:
        int64 `[k, 2]`, the smaller row first, each pair once; and float32 `[k]`, how far apart they are: the nearest
        first, then by row.
    """
    flat = thumbnails.reshape(len(thumbnails), SIDE * SIDE * 3)
    means, deviations = _moments(flat)

    def normalised(rows):
        return (flat[rows].astype(np.float32) - means[rows, None]) / deviations[rows, None]

    found = [np.zeros((0, 2), np.int64)]
    for cells in _cells(normalised, len(flat)):
        order = np.argsort(cells, kind="stable")
        for step in range(1, WINDOW + 1):
            first = np.flatnonzero(cells[order][step:] == cells[order][:-step])
            if not first.size:
                break
            couples = np.sort(np.stack([order[first], order[first + step]], axis=1), axis=1)
            found.append(couples[np.abs(means[couples[:, 0]] - means[couples[:, 1]]) <= FARTHEST_MEAN])
    candidates = np.unique(np.concatenate(found), axis=0)
    far = np.concatenate([_distances(normalised, some) for some in _in_turn(candidates)])
    near = np.flatnonzero(far <= FARTHEST)
    near = near[np.argsort(far[near], kind="stable")]
    return candidates[near], far[near]


def equal(digests: Sequence[bytes]) -> np.ndarray:
    """The pictures of the same content, the first of them with each other: int64 `[k, 2]`. digests: of the content."""
    first: dict[bytes, int] = {}
    found = [(first.setdefault(digest, row), row) for row, digest in enumerate(digests)]
    return np.array([pair for pair in found if pair[0] != pair[1]], np.int64).reshape(-1, 2)


def _moments(flat):
    """Mean and deviation of each, float32 `[n]`, the latter not below `LEAST_DEVIATION`."""
    means = flat.mean(axis=1, dtype=np.float64)
    squares = np.einsum("ij,ij->i", flat, flat, dtype=np.float64) / flat.shape[1]
    deviations = np.sqrt(np.maximum(squares - means**2, LEAST_DEVIATION**2))
    return means.astype(np.float32), deviations.astype(np.float32)


def _cells(normalised, count: int) -> np.ndarray:
    """The cell of each picture in each grid, as a number: int64 `[grids, n]`."""
    random = np.random.Generator(np.random.PCG64(_SEED))
    directions = random.standard_normal((SIDE * SIDE * 3, GRIDS * PROJECTIONS)).astype(np.float32) / (SIDE * 3**0.5)
    shifts = random.random(GRIDS * PROJECTIONS)
    rows = [normalised(some) @ directions for some in _in_turn(np.arange(count))]
    places = np.floor(np.concatenate(rows) / CELL + shifts).astype(np.int64) % 1024
    digits = places.reshape(count, GRIDS, PROJECTIONS) << 10 * np.arange(PROJECTIONS)
    return digits.sum(axis=2).T


def _in_turn(rows: np.ndarray) -> list[np.ndarray]:
    """Some rows after others; at least one, which may be none."""
    return np.split(rows, range(_AT_ONCE, len(rows), _AT_ONCE))


def _distances(normalised, couples) -> np.ndarray:
    """Root mean square difference of the thumbnails of each couple, float32 `[k]`."""
    return np.sqrt(np.mean((normalised(couples[:, 0]) - normalised(couples[:, 1])) ** 2, axis=1))


def groups(count: int, couples: np.ndarray) -> np.ndarray:
    """The smallest row that each of `count` pictures is joined with by couples, itself or others between: int64."""
    joined = np.arange(count)
    while len(couples):
        before = joined.copy()
        least = joined[couples].min(axis=1)
        for side in range(2):
            np.minimum.at(joined, couples[:, side], least)
        joined = joined[joined]
        if (joined == before).all():
            break
    return joined
