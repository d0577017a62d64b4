"""Parts that run elsewhere, as on a phone or a server, held against the same parts here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..bundle import Bundle
from ..program.remote import Remote
from .parts import open_parts


@dataclass
class Difference:
    """How far the outputs of a part are off.

    Attributes:
        steps: the largest difference to this machine's outputs of 8 and 16 bits, in codes; None without such outputs.
        floats: the largest difference to its other outputs; None without such outputs.
    """

    steps: int | None = None
    floats: float | None = None

    @property
    def equal(self) -> bool:
        """Whether every output was that of this machine, to the bit."""
        return not self.steps and not self.floats

    def compare(self, expected: np.ndarray, received: np.ndarray) -> None:
        """Notes how far an output is off; NaN equals NaN, and is infinitely far from anything else."""
        quantized = expected.dtype.kind in "iu" and expected.dtype.itemsize <= 2
        same = (expected == received) | ((expected != expected) & (received != received))
        with np.errstate(invalid="ignore"):
            apart = np.abs(expected.astype(np.float64) - received.astype(np.float64))
        apart = float(np.max(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)), initial=0.0))
        if quantized:
            self.steps = max(self.steps or 0, int(apart))
        else:
            self.floats = max(self.floats or 0.0, apart)


class ComparedRemote:
    """A remote end of a chain that runs every part here as well, with the same inputs, and notes the `differences`.

    Args:
        remote: function (part, inputs) -> outputs.
        bundle: whose parts all have a file.
    """

    def __init__(self, remote: Remote, bundle: Bundle):
        self._remote, self._here = remote, open_parts(bundle)
        self.differences = {name: Difference() for name in self._here}

    def __call__(self, part: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The remote outputs of a part."""
        outputs, here = self._remote(part, inputs), self._here[part]
        for name, array in inputs.items():
            here.inputs[name](array)
        here.invoke()
        for name, array in outputs.items():
            self.differences[part].compare(here.copies[name](), array)
        return outputs
