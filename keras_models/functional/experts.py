"""Channels as experts: sparse gates, what they let run, and gate patterns in groups.

Wang, "The design of dynamic neural networks for efficient learning and inference", UCB/EECS-2020-236, chapter 3
(DeepMoE: Wang et al., UAI 2019).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops


def sparse(mixture, weights):
    """Gates of all layers from the latent mixture, equation 3.6: ReLU(W_g e), `[batch, gates]`.

    Args:
        mixture: e, `[batch, dim]`, non-negative numbers that add up to 1.
        weights: `[dim, gates]`.
    """
    return ops.relu(ops.matmul(mixture, weights))


def l1(gates):
    """The sparsity loss of each image, equation 3.8, `[batch]`: the sum of all layers' gates `[batch, gates]`."""
    return ops.sum(ops.abs(gates), axis=-1)


def spread(gates, channels: int):
    """Gates of a layer for its channels, `[batch, channels]`: each is that of a run of as many neighbours."""
    each = channels // gates.shape[-1]
    if each == 1:
        return gates
    return ops.reshape(ops.tile(ops.expand_dims(gates, -1), (1, 1, each)), (-1, channels))


def always_some(values: np.ndarray, means: np.ndarray, widths: Sequence[int]) -> np.ndarray:
    """Gates `[rows, gates]` of which each row has one above zero in each layer: where none is, the largest mean's.

    Args:
        values: gates, 0 where closed.
        means: `[rows, gates]`, what decides, and what opens; at least 0.001, for a network without a layer is none.
        widths: gates of each layer.
    """
    values, start = values.copy(), 0
    for width in widths:
        layer = slice(start, start + width)
        for row in np.flatnonzero(~(values[:, layer] > 0).any(axis=1)):
            best = start + int(np.argmax(means[row, layer]))
            values[row, best] = max(float(means[row, best]), 1e-3)
        start += width
    return values


def cluster_gates(gates: np.ndarray, members: np.ndarray, count: int, rare: float, widths: Sequence[int]):
    """The gates of a static network for each cluster of gate vectors, float32 `[count, gates]`.

    A gate is the members' mean, and 0 where less than the share `rare` of them open it, or none does.

    Args:
        gates: `[samples, gates]`.
        members: int `[samples]`, the cluster of each.
        count: number of clusters; one without members has all gates at the mean of all samples.
        rare: share of the members.
        widths: gates of each layer, one of which stays open (`always_some`).
    """
    means, values = np.zeros((count, gates.shape[1])), np.zeros((count, gates.shape[1]))
    for cluster in range(count):
        own = gates[members == cluster] if (members == cluster).any() else gates
        opened = (own > 0).mean(axis=0)
        means[cluster] = own.mean(axis=0)
        values[cluster] = np.where((opened > 0) & (opened >= rare), means[cluster], 0.0)
    return always_some(values, means, widths).astype("float32")


def norm_ranking(kernel: np.ndarray) -> np.ndarray:
    """Output channels of a convolution, those with the largest sum of absolute weights first: int `[channels]`.

    Li et al., "Pruning filters for efficient ConvNets", ICLR 2017. kernel: `[height, width, in, out]`.
    """
    return np.argsort(-np.abs(kernel).sum(axis=(0, 1, 2)), kind="stable")


def gates_of_others(labels: np.ndarray, groups: np.ndarray, inside: bool, rng: np.random.Generator) -> np.ndarray:
    """For each image another one whose gates it is given: int `[samples]` (figure 3.4 of the thesis).

    Args:
        labels: int `[samples]`.
        groups: int `[classes]`, the coarse group of each class.
        inside: whether the other is of another class in the same group, or of another group.
        rng: draws them, with replacement.

    Raises:
        ValueError: a class has no such others.
    """
    found = np.empty(len(labels), int)
    for label in np.unique(labels):
        same = groups[labels] == groups[label]
        others = np.flatnonzero(same & (labels != label) if inside else ~same)
        if not len(others):
            where = "another class in the group" if inside else "a group that is not that"
            raise ValueError(f"expected images of {where} of label {label}, received none")
        own = labels == label
        found[own] = rng.choice(others, own.sum())
    return found
