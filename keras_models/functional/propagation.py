"""Shapes from boxes: saliency by multiple-instance learning, and its spread by learned messages between neighbours.

Zhou et al., "Learning saliency propagation for semi-supervised instance segmentation" (ShapeProp), CVPR 2020; Wang, UC
Berkeley 2020, chapter 8, whose equations these are. A propagation step is sums and products of shifted maps alone.
"""

from __future__ import annotations

from keras import ops

TINY = 1e-5  # beside the sum of a kernel, as in the released code


def bag_loss(maps, positive, counted):
    """Equation 8.3: what is salient for a box's kind pulls its mean up, what is salient in other boxes down.

    A region is a bag of pixels (equation 8.1): of its own kind where it overlaps a thing enough, of no other kind.

    Args:
        maps: saliency of every kind, `[..., height, width, kinds]`.
        positive: 1 for the kind of which a region is a positive bag, 0 else, `[..., kinds]`.
        counted: whether a region is a bag at all, `[...]`.

    Returns:
        The loss of each region, `[...]`: the mean over kinds of minus or plus the mean saliency, each through the
        logistic loss, without which equation 8.3 has no lower end.
    """
    mean = ops.mean(maps, axis=(-3, -2))
    return ops.mean(ops.softplus(mean) - mean * positive, axis=-1) * counted


def kernels(weights, reach: int = 3):
    """Kernels of each channel and place, which sum to 1: the last axis `channels * reach^2` becomes two.

    Args:
        weights: any numbers, `[..., height, width, channels * reach * reach]`; their logistic counts.
        reach: side of a kernel.

    Returns:
        `[..., height, width, reach * reach, channels]`; numbers that stand for the same place are the same for all
        channels where there are `reach * reach` weights alone.
    """
    count = weights.shape[-1] // reach**2
    shares = ops.reshape(ops.sigmoid(weights), (-1, *weights.shape[1:-1], reach**2, count))
    return shares / (ops.sum(shares, axis=-2, keepdims=True) + TINY)


def propagate(maps, shares, steps: int, reach: int = 3):
    """Equation 8.4, `steps` times: every place becomes the sum of its neighbours by its own kernel.

    Beyond the edge everything is 0.

    Args:
        maps: `[batch, height, width, channels]`.
        shares: of `kernels`, `[batch, height, width, reach * reach, channels or 1]`, row by row.
    """
    height, width = maps.shape[1:3]
    edge = reach // 2
    by_place = [shares[..., place, :] for place in range(reach**2)]
    for _ in range(steps):
        padded = ops.pad(maps, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        moved = [
            padded[:, row : row + height, column : column + width] for row in range(reach) for column in range(reach)
        ]
        products = [one * share for one, share in zip(moved, by_place, strict=True)]
        maps = sum(products[1:], products[0])
    return maps


def fused(features, activation):
    """A shape activation `[..., 1]` beside region features: positive parts, over the largest of the region.

    Returns `[..., height, width, channels + 1]`; an activation that is positive nowhere is 0.
    """
    positive = ops.relu(activation)
    largest = ops.max(positive, axis=(-3, -2, -1), keepdims=True)
    return ops.concatenate([features, positive / ops.maximum(largest, TINY)], axis=-1)
