"""Random integers that are the same on every machine and under every NumPy.

NumPy promises a stable stream for its bit generators, not for the distributions built on them. So the composites draw
raw 64-bit words, keyed by the caller's integers, and turn them into bounded integers here.
"""

import numpy as np


def stream(*key):
    """Returns the `np.random.PCG64` that belongs to `key`, non-negative integers such as (seed, split, index)."""
    return np.random.PCG64(np.random.SeedSequence(key))


def below(bits, bound, size):
    """Draws `size` integers from 0 to `bound - 1`.

    Args:
        bits: a bit generator, for instance from `stream`.
        bound: int from 1 to 2**31, exclusive upper end.
        size: how many to draw.

    Returns:
        int64 [size], uniform but for a bias of less than bound / 2**32.
    """
    if not 1 <= bound <= 2**31:
        raise ValueError(f"expected a bound from 1 to 2**31, received {bound}")
    return (((bits.random_raw(size) >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)


def permutation(bits, count):
    """Returns a permutation of 0 .. count - 1, int64 [count]: the order that sorts `count` raw words."""
    return np.argsort(bits.random_raw(count), kind="stable")
