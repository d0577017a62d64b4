"""Hybrid reinforcement learning of a sequence of binary gates (SkipNet: Wang, UCB/EECS-2020-236, section 2.3).

The expected cost of sampled gates g_1 .. g_N is J = E[L(g) - alpha / N sum_i R_i], R_i = 1 - g_i, equation 2.5. Its
gradient is that of L along the sampled path, and the score function's: sum_i grad log p(g_i) times what comes after.
"""

from __future__ import annotations

from keras import ops


def log_probability(gate_logits, run):
    """Logarithm of the probability of decisions: Bernoulli with the sigmoid of a logit. Shapes are kept.

    Args:
        gate_logits: logits of running.
        run: 1 where the block is run, else 0.
    """
    return ops.log_sigmoid((2 * run - 1) * gate_logits)


def reward_to_go(rewards):
    """Sum of a reward and of those after it: `[batch, gates]` of the same."""
    return ops.flip(ops.cumsum(ops.flip(rewards, axis=-1), axis=-1), axis=-1)


def returns(losses, run, alpha: float, beta: float):
    """Returns of decisions, `[batch, gates]`: r_i = -(beta L - alpha / N sum of R_j for j >= i), equation 2.6.

    Args:
        losses: L, `[batch]`.
        run: sampled decisions `[batch, gates]`, 1 where the block is run.
        alpha: reward of skipping all blocks.
        beta: weight of the loss: 1 in the gradient of J, alpha / N in practice.
    """
    skipped = alpha / run.shape[-1] * (1 - run)
    return reward_to_go(skipped) - beta * ops.expand_dims(losses, -1)


def hybrid_loss(losses, gate_logits, run, alpha: float, beta: float, rl_weight=1.0, loss_weight=1.0):
    """Sampled losses `[batch]` whose mean gradient is equation 2.6 for weights of 1 and a beta of 1.

    Args:
        losses, run, alpha, beta: as for `returns`.
        gate_logits: logits of running, `[batch, gates]`.
        rl_weight: weight of the score function's gradient.
        loss_weight: weight of the loss's own gradient; 0 is pure reinforcement learning.
    """
    praise = ops.stop_gradient(returns(losses, run, alpha, beta))
    score = ops.sum(log_probability(gate_logits, run) * praise, axis=-1)
    return loss_weight * losses - rl_weight * score


def gaussian_log_probability(drawn, mean, deviation: float):
    """Logarithm of the density of normal draws about a mean, without its constant: `[batch, n]` each -> `[batch]`.

    No gradient goes to what was drawn (Williams, "Simple statistical gradient-following algorithms", 1992).
    """
    return -ops.sum(ops.square((ops.stop_gradient(drawn) - mean) / deviation), axis=-1) / 2
