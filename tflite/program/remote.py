"""Remote parts: hands a part's inputs to the application's callable and checks the outputs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..bundle.check_size import walk
from ..bundle.manifest import Part, Step, Tensor
from ..errors import ChainError
from .values import DTYPES, plain_array

# (part name, inputs) -> outputs. One that has a method `within(part, inputs, seconds)` as well keeps a limit of time.
Remote = Callable[[str, dict[str, np.ndarray]], dict[str, np.ndarray]]


class HandOver:
    """What a chain hands the inputs of remote parts to: the application's callable, or zeros while it rehearses.

    Args:
        remote: of the application.
        parts: part name -> what the manifest says of it.

    Attributes:
        rehearsing: whether parts give zeros, and nobody is called.
        within: (part, inputs, seconds) -> outputs; None where the callable keeps no limit of time.
    """

    def __init__(self, remote: Remote, parts: Mapping[str, Part]) -> None:
        self._remote, self._parts, self.rehearsing = remote, parts, False
        self._limited = getattr(remote, "within", None)
        self.within = None if self._limited is None else self._within

    def __call__(self, part: str, inputs: dict[str, np.ndarray]) -> Any:
        """Outputs of a part."""
        return zero_outputs(self._parts[part]) if self.rehearsing else self._remote(part, inputs)

    def _within(self, part, inputs, seconds):
        return zero_outputs(self._parts[part]) if self.rehearsing else self._limited(part, inputs, seconds)


@contextlib.contextmanager
def rehearsing(hand_over: HandOver | None) -> Iterator[None]:
    """While it is open remote parts give zeros; None where there is nobody to call anyhow."""
    if hand_over is None:
        yield
        return
    hand_over.rehearsing = True
    try:
        yield
    finally:
        hand_over.rehearsing = False


def call_remote(remote: Remote, part: str, inputs: dict[str, np.ndarray], seconds: float | None = None) -> Any:
    """Calls `remote(part, inputs)`, or `remote.within(part, inputs, seconds)`, and returns what it returns.

    Args:
        remote: the callable.
        part: name of the part.
        inputs: its inputs by name.
        seconds: what it may take; None for no limit.

    Raises:
        ChainError: it raised an exception, which is the cause.
    """
    try:
        return remote(part, inputs) if seconds is None else remote.within(part, inputs, seconds)
    except Exception as error:
        raise ChainError(f"remote part {part}: expected output arrays, but the callable raised {error!r}") from error


def remote_output(outputs: Any, part: str, key: str, tensor: Tensor) -> np.ndarray:
    """Checks one output of a remote part and returns a copy, because the callable may use its buffers again.

    Args:
        outputs: what the callable returned; expected is a dict from output name to array.
        part: name of the part.
        key: name of the output.
        tensor: the manifest's description of the output.

    Raises:
        ChainError: it is missing or has another shape or type.
    """
    given = outputs.get(key) if isinstance(outputs, dict) else None
    array = plain_array(given)
    if array is None:
        received = type(given).__name__
        raise ChainError(f"remote part {part}: expected an array for the output {key!r}, received {received}")
    if array.shape != tensor.shape or array.dtype != DTYPES[tensor.type]:
        raise ChainError(
            f"remote part {part}: expected {tensor.type} {list(tensor.shape)} for the output {key!r}, "
            f"received {array.dtype} {list(array.shape)}"
        )
    return np.array(array, order="C")


def zero_outputs(part: Part) -> dict[str, np.ndarray]:
    """Stands in for what a remote part gives, where nobody is to be called."""
    return {key: np.zeros(tensor.shape, DTYPES[tensor.type]) for key, tensor in part.outputs.items()}


def remote_parts(steps: Iterable[Step]) -> list[str]:
    """Lists the parts that a program has to run remotely, each once: without them it knows no other way."""
    every = (step for step in walk(steps) if getattr(step, "on", "local") == "remote" and step.otherwise is None)
    return list(dict.fromkeys(step.part for step in every))
