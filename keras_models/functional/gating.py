"""Binary gates between blocks: what passes one, and gradients through its decision.

Wang, "The design of dynamic neural networks for efficient learning and inference", UCB/EECS-2020-236, chapter 2
(SkipNet: Wang et al., ECCV 2018).
"""

from __future__ import annotations

from keras import ops


def mix(run, ran, skipped):
    """What leaves a gated block, equation 2.1: the block's output where it runs, what remains of its input elsewhere.

    Args:
        run: the gate, `[batch, 1]`, 0 or 1; any number between in soft gates.
        ran, skipped: features `[batch, height, width, channels]`, both paths.
    """
    run = ops.reshape(ops.cast(run, ran.dtype), (-1, 1, 1, 1))
    return run * ran + (1 - run) * skipped


def hard(probability, threshold: float = 0.5):
    """1 where a block is run, else 0, in the type of the probability; without a gradient."""
    return ops.cast(probability >= threshold, probability.dtype)


def straight_through(probability, threshold: float = 0.5):
    """The hard decision, with the gradient of the probability (equation 2.7)."""
    # The difference is taken of constants: adding the probability to it first would round.
    return hard(probability, threshold) + (probability - ops.stop_gradient(probability))
