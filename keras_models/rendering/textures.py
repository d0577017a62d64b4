"""Textures of the ground: pictures made of numbers."""

from __future__ import annotations

import numpy as np

KINDS = ("plain", "tiles", "planks", "speckled", "clouded")
SIDE = 128  # pixels


def texture(kind: str, colour, second, seed: int) -> np.ndarray:
    """A texture that can be laid side by side: float32 `[128, 128, 3]`, as bright as a screen, 0..1."""
    if kind not in KINDS:
        raise ValueError(f"expected a ground among {', '.join(KINDS)}, received {kind!r}")
    share = _SHARES[kind](np.random.PCG64(np.random.SeedSequence((seed, KINDS.index(kind)))))[..., None]
    return (np.array(colour) * (1 - share) + np.array(second) * share).astype(np.float32)


def _uniform(bits, *shape):
    """Numbers from 0 to 1 that are the same under every NumPy."""
    return ((bits.random_raw(int(np.prod(shape))) >> np.uint64(40)) / 2.0**24).reshape(shape)


def _smooth(bits, cells):
    """Noise that goes smoothly between random values at `cells` x `cells` points, around the edges too."""
    values = _uniform(bits, cells, cells)
    place = np.arange(SIDE) * cells / SIDE
    low = place.astype(int)
    share = place - low
    share = share * share * (3 - 2 * share)
    high = (low + 1) % cells
    rows = values[low] * (1 - share)[:, None] + values[high] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, high] * share


def _clouded(bits):
    return sum(_smooth(bits, cells) * weight for cells, weight in ((3, 0.4), (6, 0.3), (16, 0.2), (48, 0.1)))


def _speckled(bits):
    return np.clip(0.3 * _smooth(bits, 8) + 0.9 * (_uniform(bits, SIDE, SIDE) - 0.15), 0, 1)


def _tiles(bits):
    del bits
    half = np.arange(SIDE) * 4 // SIDE % 2
    joint = (np.arange(SIDE) % (SIDE // 4) < 2).astype(float)
    checks = (half[:, None] ^ half[None, :]).astype(float)
    return np.maximum(checks, 0.6 * np.maximum(joint[:, None], joint[None, :]))


def _planks(bits):
    count = 6
    row = np.arange(SIDE) * count // SIDE
    grain = _smooth(bits, 6)[:, :1] * 0.2 + 0.3 * _uniform(bits, SIDE, 1) + 0.25 * _uniform(bits, count, 1)[row]
    joint = (np.arange(SIDE) * count % SIDE < count)[:, None]
    return np.where(joint, 1.0, np.broadcast_to(grain, (SIDE, SIDE)) + 0.25 * _smooth(bits, 12))


_SHARES = {
    "plain": lambda bits: np.zeros((SIDE, SIDE)),
    "tiles": _tiles,
    "planks": _planks,
    "speckled": _speckled,
    "clouded": _clouded,
}
