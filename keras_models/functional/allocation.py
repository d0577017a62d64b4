"""Choices of filters from pools by a categorical distribution, and gradients through them.

X. Dai, "Redesigning deep neural networks for resource-efficient inference", WPI 2022, chapter 5 (FishNet, CIKM 2021).
Everywhere `logits` are theta of equation 5.3, `[..., pool]`, whose softmax is the distribution pi.
"""

from __future__ import annotations

import math

import keras
from keras import ops

LEAST = 1e-20  # a uniform number is held above it, so that both logarithms of the noise are finite


def gumbel(shape, seed):
    """Standard Gumbel noise: -log(-log u), u uniform. seed: a `keras.random.SeedGenerator` or a number."""
    uniform = keras.random.uniform(shape, minval=LEAST, maxval=1.0, dtype="float32", seed=seed)
    return -ops.log(ops.maximum(-ops.log(uniform), LEAST))


def hard_choice(logits, noise=0.0):
    """One-hot of the candidate that is drawn, equation 5.6, in the type of the logits; without a gradient.

    The source prints the smallest of noise + log pi. Drawn from pi, which is what Gumbel noise is for, is the largest.
    Without noise it is the likeliest candidate, the first one among equals.
    """
    return ops.one_hot(ops.argmax(logits + noise, axis=-1), logits.shape[-1], dtype=logits.dtype)


def soft_choice(logits, noise, temperature):
    """Relaxed one-hot: softmax of (noise + log pi) / temperature, equation 5.7.

    A low temperature is near to a draw from pi, a high one near to the mean of all candidates.
    """
    return ops.softmax((noise + ops.log_softmax(logits, axis=-1)) / temperature, axis=-1)


def straight_through(soft):
    """The one-hot of a relaxed choice's largest share, with the gradient of the shares (Jang et al., ICLR 2017)."""
    # The difference is taken of constants: adding the shares to it first would round.
    return ops.stop_gradient(hard_choice(soft)) + (soft - ops.stop_gradient(soft))


def temperature_at(share, start: float, end: float):
    """Temperature after a share (0..1) of a training: falls, or rises, by the same factor in every step."""
    return start * ops.exp(ops.cast(share, "float32") * math.log(end / start))


def score_function(logits, choice, reward, baseline):
    """What has REINFORCE's gradient for a rising reward: -(reward - baseline) sum of log pi(choice), a scalar.

    Args:
        logits, choice: `[tasks, filters, pool]`; the choice is one-hot and was drawn from pi.
        reward: of each task, `[tasks]`.
        baseline: of each task, `[tasks]`: what is expected of it.
    """
    logarithm = ops.sum(ops.stop_gradient(choice) * ops.log_softmax(logits, axis=-1), axis=(1, 2))
    return -ops.sum(ops.stop_gradient(reward - baseline) * logarithm)


def mixed_kernels(pool, choice):
    """Kernels of all tasks, `[tasks, height, width, inputs, filters]`: of each filter's candidates the chosen mixture.

    A convolution is linear in its kernel: mixing candidates before it is equation 5.4, which mixes what they give, at
    the cost of one convolution instead of a pool of them.

    Args:
        pool: candidates `[height, width, inputs, filters, pool]`, phi of equation 5.1.
        choice: shares `[tasks, filters, pool]`; one-hot picks one candidate, equation 5.5.
    """
    return ops.einsum("hwiom,kom->khwio", pool, choice)


def reshaped_kernels(pool, reshaper, choice):
    """Kernels `[tasks, height, width, inputs, filters]` from a pool that all convolutions share (section 6.2).

    The source has no equation for its reshaper; here it maps the candidates' channels to those of a convolution, by one
    matrix for all its filters.

    Args:
        pool: candidates `[height, width, channels, pool]`.
        reshaper: `[channels, inputs]`.
        choice: shares `[tasks, filters, pool]`.
    """
    return ops.einsum("hwcm,ci,kom->khwio", pool, reshaper, choice)


def even_half(images):
    """A fixed half of the images, told by what they show: 1 for an even number of lit pixels, else 0, float `[batch]`.

    So a training set falls into two that never mix, in whatever order its batches come.
    """
    lit = ops.sum(ops.cast(images > ops.mean(images, axis=(1, 2), keepdims=True), "int32"), axis=(1, 2, 3))
    return ops.cast(ops.equal(lit % 2, 0), "float32")
