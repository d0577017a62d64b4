"""Which blocks run for which image, at any threshold, in Keras or in a bundle; and what that costs."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tflite.batched.executor import Executor
from tools import console
from tools.pipeline.sweep import CHUNK, keras_parts


class Decided(NamedTuple):
    """What was decided on some images.

    Attributes:
        answers: int `[samples]`, class indices.
        run: bool `[samples, gates]`, whether blocks 2, 3, .. ran; no gates in a static network.
    """

    answers: np.ndarray
    run: np.ndarray

    @property
    def blocks(self) -> np.ndarray:
        """How many blocks ran with each image, the first one, which always does, among them: int `[samples]`."""
        return 1 + self.run.sum(axis=1)


@dataclass(frozen=True)
class Prices:
    """Multiply-adds of what a SkipNet consists of; those of blocks, shortcuts and gates by gate, `[gates]`.

    Attributes:
        fixed: what every image runs: the stem with the first block, and the head; all of a static network.
        blocks: of a block that runs.
        shortcuts: of what remains of a block that is skipped.
        gates: of deciding.
    """

    fixed: float
    blocks: np.ndarray
    shortcuts: np.ndarray
    gates: np.ndarray

    @property
    def reference(self) -> float:
        """All blocks and no gates: what the ResNet of the same depth costs."""
        return float(self.fixed + self.blocks.sum())

    def spent(self, run: np.ndarray, gates: bool = True) -> np.ndarray:
        """Multiply-adds of each image, `[samples]`; `run`: bool `[samples, gates]`, which blocks ran."""
        return self.fixed + run @ self.blocks + ~run @ self.shortcuts + (self.gates.sum() if gates else 0.0)


def prices(network) -> Prices:
    """The prices of a network's parts: of a SkipNet, or of a static network, which has no gates."""
    macs = network.part_macs
    numbers = [int(name.removeprefix("block_")) for name in macs if name.startswith("block_")]

    def of(*kinds: str) -> np.ndarray:
        return np.array([sum(macs.get(f"{kind}_{number}", 0) for kind in kinds) for number in numbers], float)

    blocks, shortcuts, gates = of("block"), of("shortcut"), of("gate", "decide")
    return Prices(float(sum(macs.values()) - sum(map(np.sum, (blocks, shortcuts, gates)))), blocks, shortcuts, gates)


def network_executor(network) -> Executor:
    """A trained network's program on its parts in Keras."""
    program = network.program()
    specs = {name: {"default": knob.default} for name, knob in network.parameters().items()}
    return Executor(program, keras_parts(network, program), specs)


def decide(executor: Executor, images: np.ndarray, settings: Sequence[Mapping[str, float]]) -> list[Decided]:
    """What a program whose branches are its gates decides on normalised images under each of some settings."""

    def read(outcomes):
        return outcomes.labels(), outcomes.branches()

    watch = functools.partial(console.progress, description="decisions")
    return [Decided(*arrays) for arrays in executor.under({"image": images}, settings, CHUNK, read, watch)]
