"""TFLite models as batched parts: callables from {port: Value} to {port: Value}, one invocation a sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ..bundle import Bundle
from ..bundle.manifest import Part, Tensor
from ..graph import flatbuffer
from ..program.values import DTYPES
from ..runtime.parts import OpenPart, open_parts
from .values import Quantization, Value

THREADS = 2


class UnitRunner:
    """A TFLite model of one subgraph as a batched part.

    Args:
        content: the flatbuffer.
        inspect: keep every intermediate tensor readable, which rules out XNNPACK.

    Attributes:
        ports: the names of inputs and outputs with their tensor indices.
    """

    def __init__(self, content: bytes, inspect: bool = False):
        options = {"num_threads": THREADS}
        if inspect:
            resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            options |= {"experimental_preserve_all_tensors": True, "experimental_op_resolver_type": resolver}
        self.interpreter = Interpreter(model_content=content, **options)
        self.interpreter.allocate_tensors()
        self.ports = flatbuffer.ports(flatbuffer.load(content))
        self._details = {detail["index"]: detail for detail in self.interpreter.get_tensor_details()}

    def __call__(self, inputs: dict[str, Value]) -> dict[str, Value]:
        """The outputs for every sample of the inputs, port for port."""
        arrays = self.run(self.feeds(inputs), list(self.ports.outputs.values()))
        return {
            port: Value(array, self.form(index)[1])
            for (port, index), array in zip(self.ports.outputs.items(), arrays, strict=True)
        }

    def form(self, index: int) -> tuple[type, Quantization | None]:
        """Type and (scale, zero point) of a tensor; None for one that is not quantized."""
        detail = self._details[index]
        quantized = detail["dtype"] in (np.int8, np.uint8, np.int16)
        return detail["dtype"], tuple(detail["quantization"]) if quantized else None

    def feeds(self, inputs: dict[str, Value]) -> dict[int, np.ndarray]:
        """The inputs in the form that the model expects: tensor index -> `[samples, *shape of the tensor]`."""
        feeds = {}
        for port, value in inputs.items():
            index = self.ports.inputs[port]
            array = value.requantized(*self.form(index)).array
            feeds[index] = array.reshape(len(array), *self._details[index]["shape"])
        return feeds

    def run(self, feeds: dict[int, np.ndarray], read: list[int]) -> list[np.ndarray]:
        """The tensors `read` for every sample, each `[samples, ...]`."""
        return self.reduce(feeds, read, sample_of)

    def reduce(self, feeds: dict[int, np.ndarray], read: list[int], function: Callable) -> list[np.ndarray]:
        """`function(tensor)` of the tensors `read`, for every sample: arrays `[samples, ...]`."""
        samples = len(next(iter(feeds.values())))
        outputs: list[list] = [[] for _ in read]
        for sample in range(samples):
            for index, array in feeds.items():
                self.interpreter.set_tensor(index, array[sample])
            self.interpreter.invoke()
            for kept, index in zip(outputs, read, strict=True):
                kept.append(function(self.interpreter.get_tensor(index)))
        return [np.array(kept) for kept in outputs]


class BundlePart:
    """A part of a bundle as a batched part, run by the interpreter that the one-by-one runtime uses.

    Args:
        opened: an `OpenPart`.
        described: the manifest's `Part`.
    """

    def __init__(self, opened: OpenPart, described: Part):
        self._opened, self._described = opened, described

    def __call__(self, inputs: dict[str, Value]) -> dict[str, Value]:
        """The outputs for every sample of the inputs, port for port."""
        feeds = {}
        for port, value in inputs.items():
            tensor = self._described.inputs[port]
            array = value.requantized(DTYPES[tensor.type], quantization(tensor)).array
            feeds[port] = array.reshape(len(array), *tensor.shape)
        outputs: dict[str, list] = {port: [] for port in self._described.outputs}
        for sample in range(len(next(iter(feeds.values())))):
            for port, array in feeds.items():
                self._opened.inputs[port](array[sample])
            self._opened.invoke()
            for port, rows in outputs.items():
                rows.append(sample_of(self._opened.copies[port]()))
        return {
            port: Value(np.array(rows), quantization(self._described.outputs[port])) for port, rows in outputs.items()
        }


def bundle_parts(bundle: Bundle, threads: int = 1) -> dict[str, BundlePart]:
    """Every part of a bundle that has a file, as a batched part, by name."""
    opened = open_parts(bundle, threads)
    return {name: BundlePart(part, bundle.manifest.parts[name]) for name, part in opened.items()}


def sample_of(tensor: np.ndarray) -> np.ndarray:
    """A sample's share of a value: what a tensor holds behind an axis of one."""
    return tensor[0] if tensor.ndim and tensor.shape[0] == 1 else tensor


def quantization(tensor: Tensor) -> Quantization | None:
    """(scale, zero point) of a manifest's tensor; scales as float32, which is how TFLite stores them."""
    return None if tensor.scale is None else (float(np.float32(tensor.scale)), tensor.zero_point)
