"""Mathematics of Deep Elastic Networks: structures, their probability and size, and a policy gradient's advantages.

Ahn, Kim and Oh, "Deep Elastic Networks with model selection for multi-task learning", ICCV 2019. A structure is a level
for each of n blocks, out of h; a selector gives each block a distribution over its levels. Losses are minimised, so an
advantage below 0 praises.
"""

from __future__ import annotations

from keras import ops


def smoothed(probabilities, epsilon):
    """The selector's distributions with a share of the uniform one, `[..., levels]`: what explores.

    It is both what is drawn from and what is differentiated, so that the gradient stays that of one policy.

    Args:
        probabilities: `[..., levels]`.
        epsilon: the share, a number or a scalar tensor.
    """
    return (1 - epsilon) * probabilities + epsilon / probabilities.shape[-1]


def drawn(probabilities, uniform):
    """Levels by the inverse of the cumulated probabilities, int32 `[...]`.

    Args:
        probabilities: `[..., levels]`.
        uniform: `[...]`, numbers from 0 to below 1.
    """
    below = ops.cumsum(probabilities, axis=-1)[..., :-1]
    return ops.sum(ops.cast(ops.expand_dims(uniform, -1) >= below, "int32"), axis=-1)


def log_probability(probabilities, levels):
    """log P(z) = sum over the blocks of log C_i(l_i), equation 3: `[...]`.

    Args:
        probabilities: `[..., blocks, levels]`.
        levels: int `[..., blocks]`.
    """
    chosen = ops.one_hot(levels, probabilities.shape[-1], dtype=probabilities.dtype)
    return ops.sum(ops.log(ops.sum(chosen * probabilities, axis=-1) + 1e-12), axis=-1)


def entropy(probabilities):
    """Sum over the blocks of the entropies of their distributions, in nats: `[...]` of `[..., blocks, levels]`."""
    return -ops.sum(probabilities * ops.log(probabilities + 1e-12), axis=(-2, -1))


def size(levels, table):
    """How much of a network structures use, 0..1: `[...]`.

    Args:
        levels: int `[..., blocks]`.
        table: `[blocks, levels]`: what a block adds at a level; the last column adds up to 1.
    """
    chosen = ops.one_hot(levels, table.shape[-1], dtype="float32")
    return ops.sum(chosen * ops.convert_to_tensor(table, "float32"), axis=(-2, -1))


def size_penalty(used, rho: float):
    """S(z) = rho (mean of d_i)^2, equation 5, in nats. used: as `size` gives it."""
    return rho * ops.square(used)


def block_drop_loss(right, used, penalty: float):
    """BlockDrop's reward with its sign turned: -(1 - used^2) of a right answer, a penalty of a wrong one.

    Wu et al., "BlockDrop: dynamic inference paths in residual networks", CVPR 2018, equation 2.

    Args:
        right: 1 where the answer is right, else 0.
        used: share of the blocks that run, of the same shape.
        penalty: gamma.
    """
    return ops.where(right > 0, ops.square(used) - 1.0, penalty * ops.ones_like(used))


def advantages(losses, baseline: str):
    """What multiplies grad log P of each drawn structure: `[batch, drawn]`.

    Args:
        losses: R of each structure `[batch, structures]`; the last one is the greedy one if it is the baseline.
        baseline: "none", as equation 7 has it; "leave_one_out", the mean of the other structures of the image, which
            keeps the gradient's mean; "greedy", the structure that the selector would take (BlockDrop's self-critical
            one), which itself is not praised.
    """
    if baseline == "none":
        return losses
    if baseline == "greedy":
        return losses[:, :-1] - losses[:, -1:]
    count = losses.shape[1]
    return count / (count - 1) * (losses - ops.mean(losses, axis=1, keepdims=True))
