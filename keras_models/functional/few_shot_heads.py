"""Classifiers whose classes are rows of numbers, and steps that teach one a new row without a training library.

Wang et al., "Frustratingly simple few-shot object detection", ICML 2020: equation 2 of the paper, equation 7.2 of Wang,
UC Berkeley 2020, is the cosine classifier. A row of zeros is no class: its logit is so low that it is never answered.
"""

from __future__ import annotations

from keras import ops

ALPHA = 20.0  # of the cosine classifier, as printed
NONE = -1e4  # logit of a row that is no class
_TINY = 1e-6


def unit(vectors):
    """Vectors over their lengths along the last axis; one of zeros stays."""
    return vectors / ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + _TINY**2)


def cosine_logits(features, rows, alpha: float = ALPHA):
    """alpha F(x) w / (||F(x)|| ||w||) (equation 7.2): `[..., n, m]` of `[..., n, size]` and rows `[..., m, size]`."""
    return alpha * ops.matmul(unit(features), ops.swapaxes(unit(rows), -1, -2))


def dense_logits(features, rows):
    """F(x) w + b: `[..., n, m]` of `[..., n, size]` and rows `[..., m, size + 1]`, whose last number is b."""
    return ops.matmul(features, ops.swapaxes(rows[..., :-1], -1, -2)) + ops.expand_dims(rows[..., -1], -2)


def masked(logits, rows):
    """Logits `[..., n, m]`, those of rows `[..., m, size]` of zeros far below all others."""
    known = ops.cast(ops.any(ops.not_equal(rows, 0.0), axis=-1), "float32")
    return logits + NONE * (1.0 - ops.expand_dims(known, -2))


def smooth_l1(residuals, beta: float = 1.0):
    """Half the square over beta up to beta, linear beyond (Girshick, "Fast R-CNN", ICCV 2015, equation 3)."""
    size = ops.abs(residuals)
    return ops.where(size < beta, 0.5 * ops.square(size) / beta, size - 0.5 * beta)


def row_gradient(features, others, wanted, weights, row, alpha: float = ALPHA):
    """Gradient of the mean cross-entropy of a softmax in one row of a cosine classifier, in closed form.

    With s the new row's logit, p its share of the softmax, y 1 where the feature is of the new class and f, w unit
    vectors, dL/dw = sum_i weight_i (p_i - y_i) alpha (f_i - (f_i w) w) / ||w||.

    Args:
        features: `[batch, n, size]`.
        others: log of the sum of the exponentials of all other logits, `[batch, n, 1]`.
        wanted: y, `[batch, n, 1]`.
        weights: of the features, `[batch, n, 1]`, 1 together.
        row: the new row, `[batch, 1, size]`.

    Returns:
        `[batch, 1, size]`.
    """
    features, direction = unit(features), unit(row)
    cosine = ops.sum(features * direction, axis=-1, keepdims=True)
    share = ops.sigmoid(alpha * cosine - others)  # exp(s) / (exp(s) + sum of the others)
    pull = weights * (share - wanted) * alpha
    length = ops.sqrt(ops.sum(ops.square(row), axis=-1, keepdims=True) + _TINY**2)
    return ops.sum(pull * (features - cosine * direction), axis=-2, keepdims=True) / length


def log_sum_exp(logits):
    """log sum exp over the last axis, kept: `[..., n, 1]`; no number overflows."""
    largest = ops.max(logits, axis=-1, keepdims=True)
    # Not as a sum: Keras makes one of these shapes a BiasAdd over channels, which TFLite's converter refuses.
    return largest - (-ops.log(ops.sum(ops.exp(logits - largest), axis=-1, keepdims=True)))
