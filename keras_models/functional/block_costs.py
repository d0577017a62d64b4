"""What the blocks of a SkipNet cost that run, that are skipped, and to decide about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


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


def prices(macs: Mapping[str, float]) -> Prices:
    """The prices of the parts of a SkipNet, by their names, or of a static network, which has no gates."""
    numbers = [int(name.removeprefix("block_")) for name in macs if name.startswith("block_")]

    def of(*kinds: str) -> np.ndarray:
        return np.array([sum(macs.get(f"{kind}_{number}", 0) for kind in kinds) for number in numbers], float)

    blocks, shortcuts, gates = of("block"), of("shortcut"), of("gate", "decide")
    return Prices(float(sum(macs.values()) - sum(map(np.sum, (blocks, shortcuts, gates)))), blocks, shortcuts, gates)
