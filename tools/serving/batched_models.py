"""A part's TFLite model for several requests at once: the same operators with a larger first dimension.

A static model has its batch of 1 in its inputs and in the constants that reshape. Whether it then gives what the model
gives one by one is not argued but tried: on drawn numbers, when the server starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from tflite.bundle.manifest import Part
from tflite.graph import flatbuffer
from tflite.program.values import DTYPES

Arrays = dict[str, np.ndarray]
TOLERANCE = 1e-4  # of the largest number: kernels sum in another order when they do more at once


def with_batch(content: bytes, size: int) -> bytes:
    """A model whose inputs have `size` in the place of the first 1, and so have the constants that reshape.

    Args:
        content: a flatbuffer.
        size: of the batch.
    """
    model = flatbuffer.load(content)
    for graph in model.subgraphs:
        for index in graph.inputs:
            tensor = graph.tensors[index]
            tensor.shape = _grown(tensor.shape, size)
        for operator in graph.operators:
            if flatbuffer.builtin(model.operatorCodes[operator.opcodeIndex]) == schema.BuiltinOperator.RESHAPE:
                _grow_reshape(model, graph, operator, size)
    return flatbuffer.dump(model)


def _grown(shape, size):
    shape = np.array(shape, np.int32)
    if len(shape) and shape[0] == 1:
        shape[0] = size
    return shape


def _grow_reshape(model, graph, operator, size):
    if operator.builtinOptions is not None and operator.builtinOptions.newShape is not None:
        operator.builtinOptions.newShape = _grown(operator.builtinOptions.newShape, size)
    if len(operator.inputs) > 1 and operator.inputs[1] >= 0:
        tensor = graph.tensors[operator.inputs[1]]
        numbers = flatbuffer.constant(model, tensor)
        if numbers is not None:
            # A buffer of its own: other constants of the same bytes may share this one.
            tensor.buffer = len(model.buffers)
            model.buffers.append(schema.BufferT(data=np.frombuffer(_grown(numbers, size).tobytes(), np.uint8)))


class Runner:
    """An interpreter of a part for batches of one size; belongs to one thread at a time.

    Args:
        content: the part's flatbuffer.
        part: what the manifest says of it.
        size: of the batch.

    Raises:
        ValueError, RuntimeError: TensorFlow Lite does not take it.
    """

    def __init__(self, content: bytes, part: Part, size: int = 1) -> None:
        self._kept = content if size == 1 else with_batch(content, size)
        interpreter = Interpreter(model_content=self._kept, num_threads=1)
        signature = interpreter.get_signature_runner(part.signature)
        self._wrapper, self._graph = interpreter._interpreter, signature._subgraph_index
        self._inputs = {key: int(detail["index"]) for key, detail in signature.get_input_details().items()}
        self._outputs = {key: int(detail["index"]) for key, detail in signature.get_output_details().items()}
        self._interpreter, self.size = interpreter, size
        self._wrapper.AllocateTensors(self._graph)

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Outputs for inputs whose first dimension is the batch."""
        for key, index in self._inputs.items():
            self._wrapper.SetTensor(index, np.ascontiguousarray(inputs[key]), self._graph)
        self._wrapper.Invoke(self._graph)
        return {key: self._wrapper.GetTensor(index, self._graph) for key, index in self._outputs.items()}


def joined(requests: Sequence[Arrays], size: int) -> Arrays:
    """Inputs of several requests as one batch, zeros behind them."""
    first = requests[0]
    empty = size - len(requests)
    return {
        key: np.concatenate([*(request[key] for request in requests), *([np.zeros_like(first[key])] * empty)])
        for key in first
    }


def split(outputs: Arrays, count: int) -> list[Arrays]:
    """The outputs of each of the first `count` requests of a batch."""
    return [{key: array[row : row + 1] for key, array in outputs.items()} for row in range(count)]


def batches_hold(content: bytes, part: Part, size: int, seed: int = 0) -> bool:
    """Whether a part gives for a batch what it gives one by one.

    Args:
        content: the part's flatbuffer.
        part: what the manifest says of it.
        size: of the batch.
        seed: of the numbers that it is tried on.
    """
    tensors = (*part.inputs.values(), *part.outputs.values())
    if any(not tensor.shape or tensor.shape[0] != 1 for tensor in tensors):
        return False
    rng = np.random.default_rng(seed)
    requests = [{key: _drawn(rng, tensor) for key, tensor in part.inputs.items()} for _ in range(size)]
    alone: Callable = Runner(content, part)
    try:
        together = split(Runner(content, part, size)(joined(requests, size)), size)
    except (ValueError, RuntimeError):
        return False
    return all(_alike(alone(request), outputs) for request, outputs in zip(requests, together, strict=True))


def _drawn(rng, tensor):
    kind = DTYPES[tensor.type]
    if tensor.type == "float32":
        return rng.normal(size=tensor.shape).astype(np.float32)
    limits = np.iinfo(kind)
    return rng.integers(max(limits.min, -1000), min(limits.max, 1000) + 1, tensor.shape).astype(kind)


def _alike(expected, received):
    for key, array in expected.items():
        if received[key].shape != array.shape:
            return False
        most = float(np.abs(array.astype(np.float64)).max())
        room = TOLERANCE * max(most, 1e-3) if array.dtype.kind == "f" else 1  # a code: near-ties of rounding
        apart = np.abs(array.astype(np.float64) - received[key].astype(np.float64))
        if not float(apart.max()) <= room:
            return False
    return True
