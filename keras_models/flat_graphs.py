"""The operations of functional and Sequential models one by one, those of models inside among them."""

from __future__ import annotations

import keras
from keras.src.models.functional import Functional


def check_layers(network) -> None:
    """Refuses a model that does other things than its graph says, and layers that could not be read from a file.

    Raises:
        ValueError: a call of its own, a Lambda, a layer of a class that is not registered, or two of one name; the
            sentence says which.
    """
    if not is_transparent(network):
        raise ValueError(
            "expected a functional or Sequential model that runs its layers as they are connected, received "
            f"{type(network).__name__} with a call of its own"
        )
    names: dict[str, object] = {}
    for operation in dict.fromkeys(node.operation for node in nodes(network, inside=True)):
        kind = type(operation)
        if isinstance(operation, keras.layers.Lambda):
            raise ValueError(
                f"expected layers of registered classes, received the Lambda {operation.name!r}: write it as a layer "
                "with @keras.saving.register_keras_serializable()"
            )
        registered = keras.saving.get_registered_object(keras.saving.get_registered_name(kind)) is kind
        if not registered and kind.__module__.partition(".")[0] != "keras":
            raise ValueError(
                f"expected layers of registered classes, received {operation.name!r} of {kind.__name__}: put "
                "@keras.saving.register_keras_serializable() before the class"
            )
        if names.setdefault(operation.name, operation) is not operation:
            raise ValueError(f"expected layers with names of their own, received two called {operation.name!r}")


def is_transparent(operation) -> bool:
    """Whether it is a model that does what its graph says and nothing else."""
    return isinstance(operation, Functional | keras.Sequential) and type(operation).call in (
        Functional.call,
        keras.Sequential.call,
    )


def nodes(network, inside: bool = False):
    """The calls of a model's operations, in an order in which they can run.

    inside: whether those of transparent models stand in the place of these models' own.
    """
    graph = network._functional if isinstance(network, keras.Sequential) else network
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if inside and is_transparent(node.operation):
                yield from nodes(node.operation, inside)
            elif not node.is_input:
                yield node


def replay(network, inputs) -> list:
    """Call the operations of a model on other tensors, and those of models inside; returns its outputs."""
    graph = network._functional if isinstance(network, keras.Sequential) else network
    values = {id(own): given for own, given in zip(graph.inputs, inputs, strict=True)}
    for node in nodes(network):
        if is_transparent(node.operation):
            given = [values[id(tensor)] for tensor in node.input_tensors]
            values |= {id(t): made for t, made in zip(node.outputs, replay(node.operation, given), strict=True)}
        else:
            run(node, values)
    return [values[id(tensor)] for tensor in graph.outputs]


def run(node, values: dict, operation=None):
    """Call a node's operation on values, id of its symbolic tensor -> tensor, and note what it gives there.

    It is called as in inference; a model that is made so runs as in training all the same where its caller says that.

    operation: what is called in the place of the node's own.
    """
    operation = node.operation if operation is None else operation
    args, kwargs = node.arguments.fill_in(values)
    kwargs.pop("training", None)
    if getattr(operation, "_call_has_training_arg", False):
        kwargs["training"] = False  # some layers that augment have another default
    made = keras.tree.flatten(operation(*args, **kwargs))
    values |= {id(tensor): value for tensor, value in zip(node.outputs, made, strict=True)}
    return made
