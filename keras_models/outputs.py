"""What the answers of a network mean, and the tables that they may be taken from: plain data for docs/bundle.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Labels:
    """An output that is one of several labels, the largest of as many logits.

    Attributes:
        classes: how many; those of the task, or of `names`.
        names: of the classes, where they are not the task's.
        table: whose rows the classes are, in their place.
    """

    classes: int = 0
    names: tuple[str, ...] = ()
    table: str | None = None

    def described(self, labels: Sequence[str]) -> dict:
        """The output's entry in a manifest; `labels` are the task's."""
        return {"kind": "labels"} | _labels(self, labels)


@dataclass(frozen=True)
class Vector:
    """An output of any numbers."""

    def described(self, labels: Sequence[str]) -> dict:
        """The output's entry in a manifest."""
        del labels
        return {"kind": "vector"}


@dataclass(frozen=True)
class Boxes:
    """An output of boxes `[1, rows, 4]` (top, left, bottom, right, 0..1), and the values that say what they are.

    Attributes:
        scores: the value with a number a row.
        classes: that with the index of each row's class; None where there is one class.
        count: that with how many rows there are; None where all are.
        masks: that with a mask a row, `[1, rows, height, width]`, as logits; None where there are none.
        names: of the classes, where they are not the task's.
        table: whose rows the classes are, in their place.
    """

    scores: str
    classes: str | None = None
    count: str | None = None
    masks: str | None = None
    names: tuple[str, ...] = ()
    table: str | None = None

    def described(self, labels: Sequence[str]) -> dict:
        """The output's entry in a manifest; `labels` are the task's."""
        values = {key: getattr(self, key) for key in ("scores", "classes", "count", "masks")}
        values = {key: value for key, value in values.items() if value is not None}
        return {"kind": "boxes" if self.masks is None else "masks"} | values | _labels(self, labels)


@dataclass(frozen=True)
class Row:
    """An output that becomes a row of a table: the mean over examples, or with "unit" its direction."""

    table: str
    combine: Literal["mean", "unit"] = "mean"

    def described(self, labels: Sequence[str]) -> dict:
        """The output's entry in a manifest."""
        del labels
        return {"kind": "row", "table": self.table, "combine": self.combine}


@dataclass(frozen=True)
class Table:
    """Rows of numbers with a label each, which a device may add to.

    Attributes:
        rows: the value `[1, capacity, ...]` that holds them, with 0 behind the last one.
        row_shape: of a row.
        capacity: how many there can be.
        count: the value `[1, 1]` of how many there are; None where no step reads it.
        labels: of the rows that it comes with.
        content: float32 `[labels, ...]`.
    """

    rows: str
    row_shape: tuple[int, ...]
    capacity: int
    count: str | None = None
    labels: tuple[str, ...] = ()
    content: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        expected = (len(self.labels), *self.row_shape)
        if self.labels and self.content.shape != expected:
            raise ValueError(f"table: expected rows of the shape {expected}, received {self.content.shape}")
        if len(self.labels) > self.capacity:
            raise ValueError(f"table: expected at most {self.capacity} labels, received {len(self.labels)}")

    def values(self, samples: int) -> dict[str, np.ndarray]:
        """What programs read of it as it comes, for as many samples: value -> float32 `[samples, ...]`."""
        full = np.zeros((1, self.capacity, *self.row_shape), np.float32)
        if self.labels:
            full[0, : len(self.labels)] = self.content
        found = {self.rows: full}
        if self.count is not None:
            found[self.count] = np.array([[len(self.labels)]], np.float32)
        return {value: np.broadcast_to(array, (samples, *array.shape[1:])) for value, array in found.items()}


def _labels(output, labels):
    if output.table is not None:
        return {"table": output.table}
    return {"labels": list(output.names or labels)}
