"""k-means, as far as gate patterns need it: pure functions of arrays and a seed."""

from __future__ import annotations

import numpy as np

STARTS = 4  # of Lloyd's algorithm, which ends where it began badly
CHUNK = 8_192  # rows whose distances are in memory at a time


def nearest(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Index of the nearest centre of every row by Euclidean distance, the first of equals: int `[rows]`.

    rows: `[rows, dims]`. centres: `[count, dims]`.
    """
    half = 0.5 * (centres**2).sum(axis=1)
    found = [np.argmax(rows[at : at + CHUNK] @ centres.T - half, axis=1) for at in range(0, max(len(rows), 1), CHUNK)]
    return np.concatenate(found)


def first_centres(rows: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Rows far apart: each is drawn by its squared distance to the nearest before (k-means++).

    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007. Of fewer different rows than
    `count` some are taken twice.
    """
    chosen = [rows[rng.integers(len(rows))]]
    distances = ((rows - chosen[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        total = distances.sum()
        index = rng.choice(len(rows), p=distances / total) if total > 0 else rng.integers(len(rows))
        chosen.append(rows[index])
        distances = np.minimum(distances, ((rows - chosen[-1]) ** 2).sum(axis=1))
    return np.array(chosen)


def k_means(rows: np.ndarray, count: int, rounds: int, seed: int) -> tuple[np.ndarray, list[float]]:
    """Centres of clusters by Lloyd's algorithm, the best of `STARTS` first centres.

    Args:
        rows: `[rows, dims]`, at least one.
        count: number of clusters.
        rounds: how often rows are given to their centres, and centres moved; it ends earlier where nothing changes.
        seed: of the first centres.

    Returns:
        (centres `[count, dims]` float32, mean squared distance of the rows before every round). A centre without rows
        stays where it is.
    """
    rng = np.random.default_rng(seed)
    found = [_lloyd(np.asarray(rows, float), count, rounds, rng) for _ in range(STARTS)]
    centres, losses = min(found, key=lambda one: one[1][-1])
    return centres.astype("float32"), losses


def _lloyd(rows: np.ndarray, count: int, rounds: int, rng: np.random.Generator) -> tuple[np.ndarray, list[float]]:
    centres, losses = first_centres(rows, count, rng), []
    for _ in range(rounds):
        members = nearest(rows, centres)
        losses.append(float(((rows - centres[members]) ** 2).sum(axis=1).mean()))
        moved = np.array(
            [rows[members == k].mean(axis=0) if (members == k).any() else centres[k] for k in range(count)]
        )
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres, losses
