"""Gradients of joint training."""

from __future__ import annotations

from keras import ops


def scale_gradient(x, factor: float):
    """x itself, with a gradient that is `factor` times as large."""
    return factor * x + ops.stop_gradient((1.0 - factor) * x)


def equilibrium(exit_number: int, exits: int) -> tuple[float, float]:
    """Factors of the gradients that an exit and everything behind it send into the trunk, exits counted from 1.

    1 / (N - i + 1) and (N - i) / (N - i + 1): every layer then learns from the mean of the exits behind it, not from
    their sum, and layers before many exits no more than others (Li et al., "Improved techniques for training adaptive
    deep networks", ICCV 2019, gradient equilibrium). The exits' own weights learn as before.
    """
    behind = exits - exit_number
    return 1.0 / (behind + 1), behind / (behind + 1)
