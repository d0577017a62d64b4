"""The inputs of a run: one array, or several by name, each made what its value is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..bundle.manifest import ImageInput, Manifest, Tensor
from ..bundle.queries import inputs as inputs_read
from ..errors import ChainError
from ..program.values import quantize
from .budget import shown
from .image import ImageReader

Inputs = np.ndarray | Mapping[str, np.ndarray]


class InputReader:
    """Prepares the inputs of a program; the next call may overwrite the returned arrays.

    Args:
        manifest: the bundle's manifest, checked.
        program: which of its programs.

    Attributes:
        names: of the inputs that the program reads, in the order of the manifest.
    """

    def __init__(self, manifest: Manifest, program: str = "main") -> None:
        self.names = tuple(inputs_read(manifest, program))
        self._others = set(manifest.inputs) - set(self.names)
        self._readers = {
            name: ImageReader(manifest.inputs[name], manifest.values[name])
            if isinstance(manifest.inputs[name], ImageInput)
            else _vector_reader(manifest.values[name])
            for name in self.names
        }
        self._only = next(iter(self._readers.values())) if len(self._readers) == 1 else None
        self._unread = not self._readers and len(manifest.inputs) == 1  # the one input is there, and nobody looks at it

    def __call__(self, inputs: Inputs) -> list[np.ndarray]:
        """Prepares the inputs of a run.

        Args:
            inputs: name -> array; or the array alone, where there is one. Inputs of the bundle that it
                does not read may be there; nobody looks at them.

        Returns:
            An array for each of `names`, in the encodings of the manifest.

        Raises:
            ChainError: one is missing, unknown, or of another type or shape.
        """
        if self._only is not None and not isinstance(inputs, Mapping):
            return [self._only(inputs)]
        if self._unread and not isinstance(inputs, Mapping):
            return []
        if not isinstance(inputs, Mapping) or set(inputs) - self._others != set(self._readers):
            received = shown(sorted(map(str, inputs))) if isinstance(inputs, Mapping) else type(inputs).__name__
            raise ChainError(f"inputs: expected the inputs {sorted(self._readers)}, received {received}")
        return [self._read(name, inputs[name]) for name in self._readers]

    def _read(self, name, array):
        try:
            return self._readers[name](array)
        except ChainError as error:
            raise ChainError(f"input {name}: {error}") from None


def _vector_reader(tensor: Tensor):
    """Returns a function that checks float32 numbers and gives them in the encoding of the input's value."""

    def read(array):
        if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape != tensor.shape:
            received = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ChainError(f"vector: expected float32 {list(tensor.shape)}, received {received}")
        if not np.isfinite(array).all():
            raise ChainError("vector: expected finite numbers, received NaN or infinity")
        return quantize(array, tensor)

    return read
