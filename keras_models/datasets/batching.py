"""How pictures of a task come in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class Batching:
    """The keyword arguments of `Task.dataset`.

    Attributes:
        augment: shift and mirror the pictures at random, as the task allows; needs `shuffle_seed`, and a task that
            `augments`. Or what changes them in place of that (`augmentation.make`).
        cutout: side in pixels of a square that is blanked at random in each picture; 0 blanks none.
        shuffle_seed: None keeps the stored order; an int shuffles, differently in each epoch, the same in each run.
        data_dir: as for `Task.load`.
        distributions: float32 `[n, classes]` over the classes, in the stored order, to come in the labels' place.
        balanced: whether weights of the pictures come third, float32 `[b]`, that let classes weigh alike.
        marks: a feature of `Task.marks`, to come in a dictionary with `label`; for pictures that are not changed.
    """

    augment: bool | Callable = False
    cutout: int = 0
    shuffle_seed: int | None = None
    data_dir: str | Path | None = None
    distributions: np.ndarray | None = None
    balanced: bool = False
    marks: str | None = None

    def check(self, task) -> Batching:
        """Itself. Raises ValueError if a task's pictures are to be augmented that cannot."""
        if self.augment is True and not task.augments:
            raise ValueError(f"{task.name} has no augmentation: a shift or a mirror image may change its labels")
        return self

    def changes(self, weights: np.ndarray | None) -> dict:
        """The keyword arguments of `pipeline.batches`. weights: of the pictures, if any."""
        changed = {name: getattr(self, name) for name in ("augment", "cutout", "shuffle_seed")}
        return changed | {"weights": weights}
