"""The inputs of a run: one array, or several by name, each made what its value is, in the run or before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..bundle.manifest import BoxInput, ImageInput, Manifest, Tensor
from ..bundle.queries import inputs as inputs_read
from ..errors import ChainError
from ..program.values import plain_array, quantize
from .budget import shown
from .image import ImageReader

Inputs = np.ndarray | Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Inputs of a program in the encodings of their values: what a run takes as it is.

    Attributes:
        manifest: of the bundle that they were prepared for.
        arrays: input -> array, its own.
    """

    manifest: Manifest
    arrays: dict[str, np.ndarray]


class InputReader:
    """Prepares the inputs of a program; the next call may overwrite the returned arrays.

    Args:
        manifest: the bundle's manifest, checked.
        program: which of its programs.

    Attributes:
        names: of the inputs that the program reads, in the order of the manifest.
    """

    def __init__(self, manifest: Manifest, program: str = "main") -> None:
        self.names, self._manifest = tuple(inputs_read(manifest, program)), manifest
        self._others = set(manifest.inputs) - set(self.names)
        self._readers = {name: _reader(manifest.inputs[name], manifest.values[name]) for name in self.names}
        self._only = next(iter(self._readers.values())) if len(self._readers) == 1 else None
        self._unread = not self._readers and len(manifest.inputs) == 1  # the one input is there, and nobody looks at it

    def __call__(self, inputs: Inputs | Prepared) -> list[np.ndarray]:
        """Prepares the inputs of a run, unless that has been done.

        Args:
            inputs: name -> array; or the array alone, where there is one. Inputs of the bundle that it
                does not read may be there; nobody looks at them.

        Returns:
            An array for each of `names`, in the encodings of the manifest.

        Raises:
            ChainError: one is missing, unknown, or of another type or shape.
        """
        if isinstance(inputs, Prepared):
            return self._prepared(inputs)
        if self._only is not None and not isinstance(inputs, Mapping):
            return [self._only(inputs)]
        if self._unread and not isinstance(inputs, Mapping):
            return []
        if not isinstance(inputs, Mapping) or set(inputs) - self._others != set(self._readers):
            received = shown(sorted(map(str, inputs))) if isinstance(inputs, Mapping) else type(inputs).__name__
            raise ChainError(f"inputs: expected the inputs {sorted(self._readers)}, received {received}")
        return [self._read(name, inputs[name]) for name in self._readers]

    def _prepared(self, inputs):
        if inputs.manifest is not self._manifest and inputs.manifest != self._manifest:
            raise ChainError("inputs: expected some prepared for this bundle, received some for another one")
        if not inputs.arrays.keys() >= self._readers.keys():
            received = f"some prepared for {sorted(inputs.arrays)}"
            raise ChainError(f"inputs: expected the inputs {sorted(self._readers)}, received {received}")
        return [inputs.arrays[name] for name in self._readers]

    def _read(self, name, array):
        try:
            return self._readers[name](array)
        except ChainError as error:
            raise ChainError(f"input {name}: {error}") from None


class Preparer:
    """Makes inputs ready on a thread of its own, such as the camera's, while a chain answers on another.

    Args:
        manifest: the bundle's.
        program: which of its programs.
    """

    def __init__(self, manifest: Manifest, program: str = "main") -> None:
        if not isinstance(program, str) or program not in manifest.programs:
            raise ChainError(f"program: expected one of {sorted(manifest.programs)}, received {shown(program)}")
        self._manifest, self._read = manifest, InputReader(manifest, program)

    def __call__(self, inputs: Inputs) -> Prepared:
        """Prepares inputs; `Chain.run` takes the result as often as one likes.

        Raises:
            ChainError: as `InputReader` does.
        """
        arrays = self._read(inputs)
        return Prepared(self._manifest, {n: array.copy() for n, array in zip(self._read.names, arrays, strict=True)})


def _reader(entry, tensor):
    if isinstance(entry, ImageInput):
        return ImageReader(entry, tensor)
    return _box_reader(tensor) if isinstance(entry, BoxInput) else _vector_reader(tensor)


def _box_reader(tensor: Tensor):
    """Returns a function that reads a vector of four numbers which are a box inside of the picture."""
    read_vector = _vector_reader(tensor)

    def read(given):
        read = read_vector(given)
        top, left, bottom, right = corners = np.asarray(given).ravel().tolist()
        if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
            expected = "top, left, bottom and right, 0..1, top above bottom and left before right"
            raise ChainError(f"box: expected {expected}, received {[float(f'{corner:g}') for corner in corners]}")
        return read

    return read


def _vector_reader(tensor: Tensor):
    """Returns a function that checks float32 numbers and gives them in the encoding of the input's value."""

    def read(given):
        array = plain_array(given)
        if array is None or array.dtype != np.float32 or array.shape != tensor.shape:
            received = type(given).__name__ if array is None else f"{array.dtype} {list(array.shape)}"
            raise ChainError(f"vector: expected float32 {list(tensor.shape)}, received {received}")
        if not np.isfinite(array).all():
            raise ChainError("vector: expected finite numbers, received NaN or infinity")
        return quantize(array, tensor)

    return read
