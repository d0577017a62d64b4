"""Runs units one after the other over many samples: what calibration, correction and validation look at."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from ..graph import flatbuffer
from .export import ConversionError


@dataclass
class Batch:
    """Values over samples, by name: the arrays as the units wrote them, `[samples, ...]`, and how int8 is read."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    quantization: dict[str, tuple[float, int]] = field(default_factory=dict)

    def real(self, name: str) -> np.ndarray:
        """A value as float32."""
        array = self.arrays[name]
        return array if array.dtype == np.float32 else dequantize(array, self.quantization[name])

    def first(self, count: int) -> Batch:
        """The values over the first samples alone."""
        return Batch({name: array[:count] for name, array in self.arrays.items()}, self.quantization)


class UnitRunner:
    """An interpreter of one unit.

    content: the flatbuffer. inspect: keep every intermediate tensor readable, which rules out XNNPACK.
    """

    def __init__(self, content: bytes, inspect: bool = False):
        options = {"num_threads": 2}
        if inspect:
            resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            options |= {"experimental_preserve_all_tensors": True, "experimental_op_resolver_type": resolver}
        self.interpreter = Interpreter(model_content=content, **options)
        self.interpreter.allocate_tensors()
        self.ports = flatbuffer.ports(flatbuffer.load(content))
        self.details = {detail["index"]: detail for detail in self.interpreter.get_tensor_details()}

    def form(self, index: int) -> tuple[type, tuple[float, int] | None]:
        """Type and (scale, zero point) of a tensor; None for a float."""
        detail = self.details[index]
        quantized = detail["dtype"] in (np.int8, np.uint8, np.int16)
        return detail["dtype"], tuple(detail["quantization"]) if quantized else None

    def feeds(self, batch: Batch, inputs: dict[str, str]) -> dict[int, np.ndarray]:
        """The values that a run step reads, in the form that the unit expects: tensor index -> `[samples, ...]`."""
        feeds = {}
        for port, value in inputs.items():
            index = self.ports.inputs[port]
            dtype, quantization = self.form(index)
            array = batch.arrays[value]
            if array.dtype != dtype or batch.quantization.get(value) != quantization:
                array = batch.real(value)
                array = array if quantization is None else quantize(array, quantization, dtype)
            feeds[index] = array
        return feeds

    def run(self, feeds: dict[int, np.ndarray], read: list[int]) -> list[np.ndarray]:
        """The tensors `read` for every sample, each `[samples, ...]`."""
        samples = len(next(iter(feeds.values())))
        outputs: list[list[np.ndarray]] = [[] for _ in read]
        for sample in range(samples):
            self._invoke(feeds, sample)
            for kept, index in zip(outputs, read, strict=True):
                kept.append(self.interpreter.get_tensor(index)[0])
        return [np.stack(kept) for kept in outputs]

    def reduce(self, feeds: dict[int, np.ndarray], read: list[int], function) -> list[np.ndarray]:
        """`function(tensor)` of the tensors `read`, for every sample: arrays `[samples, ...]`."""
        samples = len(next(iter(feeds.values())))
        outputs: list[list] = [[] for _ in read]
        for sample in range(samples):
            self._invoke(feeds, sample)
            for kept, index in zip(outputs, read, strict=True):
                kept.append(function(self.interpreter.get_tensor(index)))
        return [np.array(kept) for kept in outputs]

    def _invoke(self, feeds, sample):
        for index, array in feeds.items():
            self.interpreter.set_tensor(index, array[sample : sample + 1])
        self.interpreter.invoke()


def run_step(runner: UnitRunner, batch: Batch, step: dict) -> None:
    """Run one unit for all samples and add what it writes to the batch."""
    ports = list(step["outputs"])
    read = [runner.ports.outputs[port] for port in ports]
    arrays = runner.run(runner.feeds(batch, step["inputs"]), read)
    for port, index, array in zip(ports, read, arrays, strict=True):
        write(batch, step["outputs"][port], array, runner.form(index)[1])


def write(batch: Batch, value: str, array: np.ndarray, quantization: tuple[float, int] | None = None) -> None:
    """Put a value into the batch."""
    batch.arrays[value] = array
    batch.quantization.pop(value, None)
    if quantization is not None:
        batch.quantization[value] = quantization


def straight_steps(program: list[dict]) -> list[dict]:
    """The `run` steps of a program without branches, in order.

    Raises ConversionError for a program whose steps depend on the input: int8 needs to know what reaches each part.
    """
    known = ("run", "fill", "exit", "answer")
    other = [step["op"] for step in program if step["op"] not in known]
    if other:
        raise ConversionError(
            f"int8 expects a program of {', '.join(known)} steps, received {other[0]!r}: use float32 or dynamic"
        )
    return [step for step in program if step["op"] == "run"]


def start_batch(program: list[dict], images: np.ndarray, parameters: dict) -> Batch:
    """A batch that holds the images, `[samples, h, w, c]` normalised, and what the program's `fill` steps write."""
    batch = Batch()
    write(batch, "image", images)
    for step in program:
        if step["op"] == "fill":
            content = step["content"]
            number = parameters[content["parameter"]]["default"] if isinstance(content, dict) else content
            constant = np.broadcast_to(np.asarray(number, np.float32), step["shape"])
            write(batch, step["output"], np.repeat(constant, len(images), axis=0))
    return batch


def run_units(units: dict[str, bytes], steps: list[dict], batch: Batch) -> Batch:
    """Run the steps in order; returns the batch with every value that they write."""
    for step in steps:
        run_step(UnitRunner(units[step["part"]]), batch, step)
    return batch


def dequantize(array: np.ndarray, quantization: tuple[float, int]) -> np.ndarray:
    """real = (q - zero_point) * scale, in float32."""
    scale, zero_point = quantization
    return (array.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)


def quantize(array: np.ndarray, quantization: tuple[float, int], dtype=np.int8) -> np.ndarray:
    """q = clip(round(real / scale) + zero_point), ties to even."""
    scale, zero_point = quantization
    ends = np.iinfo(dtype)
    return np.clip(np.round(array / np.float32(scale)) + zero_point, ends.min, ends.max).astype(dtype)
