"""A classifier without its last Dense as a trunk: features of its end and of layers inside, averaged over places."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from keras_models.base import AdaptiveModel
from keras_models.cascade_members import reference_network, split_classifier
from keras_models.flat_graphs import check_layers, nodes
from keras_models.graph_cuts import Graph
from keras_models.layers.residual import LAST


def pooled_trunk(network: keras.Model, shape, at: Sequence[str]) -> keras.Model:
    """A functional model from images to one vector `[batch, channels]` a layer, and the network's last features.

    Args:
        network: a Keras classifier of one image, or an `AdaptiveModel`, of which all is run; its layers are shared.
        shape: (height, width, channels) of the images.
        at: names of layers inside.

    Raises:
        ValueError: a layer that is not there, or whose output has no places or channels.
    """
    network = reference_network(network) if isinstance(network, AdaptiveModel) else network
    check_layers(network)
    body, _ = split_classifier(network)
    model = Graph(body, shape).model
    made = {node.operation.name: node.outputs[0] for node in nodes(model)}
    outputs = [_pooled(made, name) for name in at]
    return keras.Model(model.inputs[0], [*outputs, _vector(model.outputs[0], "the network")], name="trunk")


def _pooled(made, name: str):
    if name not in made:
        raise ValueError(f"expected a layer of the network (tools/train.py FILE --exits list), received {name!r}")
    return _vector(made[name], name)


def _vector(tensor, name: str):
    if len(tensor.shape) == 4:
        return keras.layers.GlobalAveragePooling2D(LAST)(tensor)
    if len(tensor.shape) != 2:
        raise ValueError(f"expected features with places or channels, received {tuple(tensor.shape[1:])} of {name}")
    return tensor
