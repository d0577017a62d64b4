"""A model's inputs as the bytes that a runner in another process takes, and its outputs out of those that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..errors import FrugalError
from . import flatbuffer


class Packing:
    """The inputs and outputs of a model in the model's own order.

    Args:
        content: a flatbuffer of one subgraph.
        name: of the model, for messages.

    Raises:
        FlatbufferError: it is none.
    """

    def __init__(self, content: bytes, name: str):
        self.name = name
        self.inputs, self.outputs = (
            [(names, shape, np.dtype(kind)) for names, shape, kind in side]
            for side in flatbuffer.borders(content, name)
        )

    def pack(self, values: Mapping[str, np.ndarray]) -> bytes:
        """The inputs, one behind the other.

        Raises:
            FrugalError: one has another shape or type, or is missing.
        """
        packed = []
        for names, shape, dtype in self.inputs:
            array = np.asarray(next((values[name] for name in names if name in values), None))
            if array.shape != shape or array.dtype != dtype:
                raise FrugalError(
                    f"{self.name}: expected {dtype.name} {list(shape)} for the input {names[0]}, "
                    f"received {array.dtype.name} {list(array.shape)}"
                )
            packed.append(np.ascontiguousarray(array).tobytes())
        return b"".join(packed)

    def unpack(self, read: Callable[[int], bytes]) -> dict[str, np.ndarray]:
        """The outputs by name; `read` is a function from a number of bytes to as many of the reply."""
        values = {}
        for names, shape, dtype in self.outputs:
            size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
            array = np.frombuffer(read(size), dtype).reshape(shape)
            values |= dict.fromkeys(names, array)
        return values

    def drawn_inputs(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Inputs drawn at random, the same for the same seed: codes from the whole range, floats from 0 to 1."""
        generator, values = np.random.default_rng(seed), {}
        for names, shape, dtype in self.inputs:
            if dtype.kind == "f":
                values[names[0]] = generator.random(shape, dtype)
            else:
                span = np.iinfo(dtype) if dtype.itemsize <= 2 else np.iinfo(np.int8)
                values[names[0]] = generator.integers(span.min, span.max, shape, dtype, endpoint=True)
        return values
