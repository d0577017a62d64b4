"""A DeepMoE of a trained one's weights: with another deployment, or without the channels of the smallest norms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from keras import ops

from keras_models.deepmoe import DeepMoE
from keras_models.functional.experts import norm_ranking
from keras_models.layers.experts import gated_convolutions

KEPT = ("deploy", "clusters")  # arguments that may differ from the trained network's


def create(input_shape, classes: int, task: str | None, arguments: Mapping) -> DeepMoE:
    """The network of a preset that names a trained one.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        task: name of the task whose images it takes.
        arguments: `network`, a run or a file of a DeepMoE; perhaps `keep`, the share of the channels of each
            convolution that stay when those of the smallest norms are pruned; and of `KEPT` what differs.

    Raises:
        ValueError: the network is not to be had, is another family's, or has gates and is to be pruned.
    """
    from keras_models.cascade_files import load_network

    member, *_ = load_network(arguments["network"], task, input_shape, classes)
    donor = member.network
    if not isinstance(donor, DeepMoE) or donor.image_shape != tuple(input_shape) or donor.classes != classes:
        raise ValueError(
            f"{arguments['network']}: expected a DeepMoE for images {tuple(input_shape)} of {classes} labels, received "
            f"{type(donor).__name__} for {getattr(donor, 'image_shape', 'others')}"
        )
    if arguments.get("keep", 1.0) < 1:
        return pruned(donor, arguments["keep"])
    return changed(donor, **{name: arguments[name] for name in KEPT if name in arguments})


def changed(donor: DeepMoE, **arguments) -> DeepMoE:
    """A network with a trained one's weights, and other arguments that change none of their shapes."""
    network = DeepMoE.from_config({k: v for k, v in donor.get_config().items() if k != "name"} | arguments)
    pairs = [*zip(network.base_layers() + network.looking_layers(), donor.base_layers() + donor.looking_layers())]
    for layer, given in pairs:
        layer.set_weights(given.get_weights())
    return network


def pruned(donor: DeepMoE, keep: float) -> DeepMoE:
    """A static network with the share `keep` of the channels of each convolution that could have gates.

    Li et al., "Pruning filters for efficient ConvNets", ICLR 2017: those with the largest norms stay, and their places.

    Raises:
        ValueError: the network has gates.
    """
    if donor.gated:
        raise ValueError("expected a network without gates to prune by norms, received one with gates")
    rows, each = [], gated_convolutions(donor.base)
    for unit in (unit for block in donor.blocks for unit in block.units[_first(donor) : _first(donor) + each]):
        order = norm_ranking(ops.convert_to_numpy(unit.conv.kernel))
        rows.append(np.sort(order[: max(1, round(keep * len(order)))]))
    config = donor.get_config() | {"channels": tuple(map(len, rows))}
    network = DeepMoE.from_config({k: v for k, v in config.items() if k != "name"})
    if donor.stem is not None:
        network.stem.set_weights(donor.stem.get_weights())
    before, left = None, iter(rows)
    for block, given in zip(network.blocks, donor.blocks, strict=True):
        if given.project:
            block.projection.set_weights(given.projection.get_weights())
        before = before if given.kind == "vgg" else None
        for unit, other, conv in zip(block.units, given.units, given.plan, strict=True):
            after = next(left) if conv.gated else None
            kernel, *norms = other.get_weights()
            unit.set_weights([_cut(_cut(kernel, before, 2), after, 3), *(_cut(one, after, 0) for one in norms)])
            before = after
    kernel, bias = donor.head.get_weights()
    network.head.set_weights([_cut(kernel, before if donor.base == "vgg" else None, 0), bias])
    return network


def _first(donor: DeepMoE) -> int:
    """Place in a block of its first convolution that could have gates."""
    return 1 if donor.base == "bottleneck_b" else 0


def _cut(array: np.ndarray, rows: np.ndarray | None, axis: int) -> np.ndarray:
    return array if rows is None else np.take(array, rows, axis=axis)
