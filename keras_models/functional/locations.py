"""What a location is worth, and how to learn to choose it (Dai, WPI 2022, section 3.3.3, equations 3.1 to 3.3)."""

from __future__ import annotations

import math

import numpy as np
from keras import ops

GRID = 40  # points of a side of the grid over -1..1 on which mixtures are compared; the thesis does not say how
FLOOR = 1e-8  # is added to every point's probability: far from all centres the logarithm stays finite


def mixture(centres, deviation: float):
    """A mixture of equal Gaussians as probabilities on a grid over -1..1: `[batch, GRID * GRID]`, which add up to 1.

    Args:
        centres: (x, y) `[batch, components, 2]`.
        deviation: standard deviation of every Gaussian, in the same units.
    """
    points = ((np.arange(GRID) + 0.5) * 2 / GRID - 1).astype("float32")
    off = (ops.expand_dims(centres, -1) - points) / deviation  # [batch, components, 2, GRID]
    falls = ops.exp(-ops.square(off) / 2)
    density = ops.matmul(ops.transpose(falls[:, :, 1], (0, 2, 1)), falls[:, :, 0])  # rows are y
    density = ops.reshape(density, (-1, GRID * GRID)) + FLOOR
    return density / ops.sum(density, axis=1, keepdims=True)


def divergence(one, other):
    """Kullback-Leibler divergence in nats of distributions `[batch, points]`, equation 3.2: `[batch]`."""
    return ops.sum(one * (ops.log(one) - ops.log(other)), axis=1)


def location_reward(locations, centres, deviation: float, covering: float = 0.0):
    """How well locations cover the regions that matter: less the divergence of their mixtures, at most 0, `[batch]`.

    Args:
        locations: that were looked at, (x, y) `[batch, glimpses, 2]`.
        centres: of the regions, `[batch, regions, 2]`.
        deviation: of the Gaussians.
        covering: weight of the divergence the other way round, which is not in the thesis. By the thesis's alone to
            look at one of two regions costs no more than ln 2, from where no small step leads to the other.
    """
    looked, wanted = mixture(locations, deviation), mixture(centres, deviation)
    return -divergence(looked, wanted) - covering * divergence(wanted, looked)


def log_probability(locations, means, deviation: float):
    """Logarithm of the density of locations drawn from Gaussians, up to a constant: `[batch, glimpses]`.

    locations, means: `[batch, glimpses, 2]`.
    """
    return -ops.sum(ops.square((locations - means) / deviation), axis=-1) / 2 - math.log(deviation * deviation)


def reinforce_loss(log_probabilities, rewards, baselines):
    """Losses `[batch]` whose gradient is less that of equation 3.3, with baselines that learn to expect the reward.

    What a reward is above its baseline is divided by its deviation in the batch, so that rewards of any unit do.

    Args:
        log_probabilities: of the locations drawn, `[batch, glimpses]`.
        rewards: one an episode, `[batch]`.
        baselines: expected rewards, `[batch, glimpses]`, which only their own squared error changes.
    """
    rewards = ops.stop_gradient(ops.expand_dims(rewards, -1))
    praise = rewards - ops.stop_gradient(baselines)
    praise = praise - ops.mean(praise, axis=0, keepdims=True)  # before the baselines know the level of the rewards
    praise = praise / (ops.std(praise) + 1e-3)
    return ops.sum(ops.square(rewards - baselines) / 2 - log_probabilities * praise, axis=-1)
