"""Task-aware feature embeddings: the products and the losses of TAFE-Net.

X. Wang, F. Yu, R. Wang, T. Darrell and J. E. Gonzalez, "TAFE-Net: Task-aware feature embeddings for low shot learning",
CVPR 2019; chapter 5 of X. Wang, "Computation-efficient deep learning", UC Berkeley 2020, whose equations are named.
"""

from __future__ import annotations

from keras import ops


def task_scaled(products, scales):
    """(x W_s) * W_t: what a layer gives for each task, equation 5.5.

    A task's own weights are one number for each output of the shared layer (equation 5.4), so the product is shared.

    Args:
        products: of the shared weights, `[batch, width]` of all tasks, or `[batch, tasks, width]`.
        scales: W_t of each task, `[tasks, width]`, or `[batch, tasks, width]`.

    Returns:
        `[batch, tasks, width]`.
    """
    products = ops.expand_dims(products, 1) if len(products.shape) == 2 else products
    return products * (ops.expand_dims(scales, 0) if len(scales.shape) == 2 else scales)


def classification_losses(logits, matches):
    """-sum_t y_t log softmax_t: equation 5.6, in which y stands inside of the logarithm, and is meant before it.

    Args:
        logits: of how well sample and task go together, `[batch, tasks]`.
        matches: y, 1 where they do and 0 elsewhere, `[batch, tasks]`.

    Returns:
        `[batch]`.
    """
    return -ops.sum(matches * ops.log_softmax(logits, axis=-1), axis=-1)


def embedding_losses(features, embeddings, matches):
    """Mean over the tasks of (max(cos(TAFE, e_t), 0) - y_t)^2: equation 5.7.

    Args:
        features: TAFE of each sample under each task, `[batch, tasks, width]`.
        embeddings: e_t of the tasks, `[tasks, width]`.
        matches: y, `[batch, tasks]`.

    Returns:
        `[batch]`.
    """
    similar = ops.sum(_directions(features) * ops.expand_dims(_directions(embeddings), 0), axis=-1)
    return ops.mean(ops.square(ops.relu(similar) - matches), axis=-1)


def _directions(vectors):
    """Vectors of the length 1; those of no length stay as they are."""
    return vectors / ops.sqrt(ops.maximum(ops.sum(ops.square(vectors), axis=-1, keepdims=True), 1e-12))
