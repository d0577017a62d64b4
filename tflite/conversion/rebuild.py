"""Float units as one trainable tf_keras graph, from their flatbuffers, and the trained weights back into them.

tensorflow-model-optimization works on functional tf_keras models of standard layers alone. A unit's operators are few,
and they are what is deployed: so whatever family made a network, its units are rebuilt from them, operator by operator.
Their normalisation is folded into the weights; where weights are to change much, it is unfolded again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import tf_keras
from ai_edge_litert import schema_py_generated as schema

from ..graph import flatbuffer
from ..graph.weights import weighted_operators
from . import layers
from .export import ConversionError
from .passes import straight_steps

STATISTICS_BATCH = 64


@dataclass(frozen=True)
class Place:
    """Where a layer comes from: a unit, the operator's index in it, and the index of the tensor that it writes.

    weighted: whether the operator has weights.
    """

    unit: str
    operator: int
    tensor: int
    weighted: bool


@dataclass
class Weights:
    """The variables of a weighted operator: its kernel, its bias if there is one, the normalisation behind it or None.

    Wrappers of tensorflow-model-optimization put other tensors in their places in the layer.
    """

    variables: list
    norm: object = None

    def folded(self) -> list[np.ndarray]:
        """Kernel and bias with the normalisation folded in."""
        kernel, *bias = (variable.numpy() for variable in self.variables)
        if self.norm is None:
            return [kernel, *bias]
        gamma, beta, mean, variance = (variable.numpy() for variable in self.norm.weights)
        factor = gamma / np.sqrt(variance + self.norm.epsilon)
        return [kernel * factor, (bias[0] - mean) * factor + beta]


@dataclass
class Rebuilt:
    """A chain as one functional tf_keras model, images to the list of answers.

    weights: (unit, index of the operator) -> its `Weights`.
    """

    model: object
    weights: dict[tuple[str, int], Weights] = field(default_factory=dict)

    def write_back(self, units: Mapping[str, bytes]) -> dict[str, bytes]:
        """The units with the weights as they are now."""
        changed = dict(units)
        for name in {unit for unit, _ in self.weights}:
            model = flatbuffer.load(units[name])
            for operator in weighted_operators(model):
                kernel, *bias = self.weights[name, operator.index].folded()
                operator.kernel = layers.stored_kernel(operator.kind, kernel)
                if bias:
                    operator.bias = bias[0]
            changed[name] = flatbuffer.dump(model)
        return changed


def rebuild(
    units: Mapping[str, bytes],
    steps: list[dict],
    answers: list[str],
    image_shape: tuple[int, ...],
    wrap: Callable[[object, Place], object] = lambda layer, place: layer,
    enter: Callable[[object], object] = lambda image: image,
    unfold: np.ndarray | None = None,
) -> Rebuilt:
    """The units of a straight chain as one tf_keras model, `[batch, *image_shape]` to one tensor an answer.

    Args:
        units: name -> float32 flatbuffer.
        steps: the steps of the program.
        answers: names of the values to return.
        image_shape: height, width and channels.
        wrap: what a layer becomes that has weights or writes a tensor of a unit: itself, or the layer in a wrapper.
        enter: applied to the image's tensor.
        unfold: images `[n, *image_shape]`, or None; with them every weighted operator with a bias but an answer's is
            followed by a normalisation that has its statistics on those images, and changes nothing.

    Raises:
        ConversionError: a program that is not straight, or an operator that has no layer here.
    """
    image = tf_keras.Input(image_shape, name="image")
    values, rebuilt = {"image": enter(image)}, Rebuilt(None)
    for step in straight_steps(steps):
        folded = {port for port, value in step["outputs"].items() if value in answers}
        unit = _Unit(step["part"], units[step["part"]], wrap, rebuilt.weights, None if unfold is None else folded)
        values |= unit.apply({port: values[value] for port, value in step["inputs"].items()}, step["outputs"])
    rebuilt.model = tf_keras.Model(image, [values[name] for name in answers])
    if unfold is not None:
        _take_statistics(rebuilt, unfold)
    return rebuilt


def _take_statistics(rebuilt: Rebuilt, images: np.ndarray) -> None:
    """Give every normalisation, an identity so far, the statistics of what it sees on the images."""
    norms = [weights.norm for weights in rebuilt.weights.values() if weights.norm is not None]
    seen = tf_keras.Model(rebuilt.model.inputs, [norm.input for norm in norms])
    sums = [np.zeros((2, norm.input.shape[-1])) for norm in norms]
    for start in range(0, len(images), STATISTICS_BATCH):
        for total, values in zip(sums, seen(images[start : start + STATISTICS_BATCH]), strict=True):
            flat = values.numpy().reshape(-1, values.shape[-1]).astype("float64")
            total += len(flat) / len(images) * np.stack([flat.mean(0), np.square(flat).mean(0)])
    for norm, (mean, square), values in zip(norms, sums, (norm.input for norm in norms), strict=True):
        places = np.prod(values.shape[1:-1], dtype=int)
        mean, square = mean / places, square / places
        variance = np.maximum(square - mean**2, 0.0)
        norm.set_weights([np.sqrt(variance + norm.epsilon), mean, mean, variance])


class _Unit:
    """The operators of one unit as layers."""

    def __init__(self, name: str, content: bytes, wrap, weights: dict, folded: set[str] | None):
        """folded: output ports whose normalisation stays folded; None: all stay as they are."""
        self.name, self.wrap, self.weights = name, wrap, weights
        self.model = flatbuffer.load(content)
        self.graph = flatbuffer.only_subgraph(self.model, name)
        self.ports = flatbuffer.ports(self.model, name)
        self.unfolds = folded is not None
        self.folded = {self.ports.outputs[port] for port in folded or ()}

    def apply(self, inputs: dict, outputs: dict[str, str]) -> dict:
        """inputs: port -> tensor. outputs: port -> value. Returns value -> tensor."""
        known = {self.ports.inputs[port]: tensor for port, tensor in inputs.items()}
        for index, operator in enumerate(self.graph.operators):
            kind = flatbuffer.operator_name(self.model.operatorCodes[operator.opcodeIndex])
            read = [i for i in flatbuffer.integers(operator.inputs) if i >= 0]
            tensors = [known[i] for i in read if i in known]
            constants = tuple(self._constant(i) for i in read if i not in known)
            described = layers.Operator(kind, operator.builtinOptions, constants, len(tensors), f"{self.name}_{index}")
            place = Place(self.name, index, int(operator.outputs[0]), described.weighted)
            known[place.tensor] = self._operator(described, place, tensors)
        return {value: known[self.ports.outputs[port]] for port, value in outputs.items()}

    def _operator(self, operator: layers.Operator, place: Place, tensors: list):
        try:
            built = layers.build(operator, self.unfolds and place.tensor not in self.folded)
        except ValueError as error:
            raise ConversionError(f"part {self.name}: fine-tuning {error}") from None
        x = tensors[0] if len(tensors) == 1 else tensors
        norm = next((layer for layer in built if isinstance(layer, layers.Norm)), None)
        for layer in built:
            if isinstance(layer, layers.WEIGHTED):
                layer.build(x.shape)
                self.weights[place.unit, place.operator] = Weights(list(layer.weights), norm)
            wrapped = isinstance(layer, layers.WEIGHTED) or layer is built[-1]
            x = (self.wrap(layer, place) if wrapped else layer)(x)
        return x

    def _constant(self, index: int) -> np.ndarray:
        tensor = self.graph.tensors[index]
        data = flatbuffer.constant(self.model, tensor)
        form = "<i4" if tensor.type == schema.TensorType.INT32 else "<f4"
        return np.frombuffer(data.tobytes(), form).reshape(flatbuffer.shape(tensor))
