"""What a chain answers for one image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Result(NamedTuple):
    """One answer.

    Attributes:
        label: class index.
        name: the label of that class.
        probabilities: float32 `[classes]`.
        path: names of the parts run, in order.
        exit: name of the exit or answer.
        reason: "rule", "final", "latency", "macs" or "energy".
        macs: multiply-adds of the parts run, as the manifest states them.
        costs: the cost of the parts run, by unit of the manifest.
        elapsed_ms: milliseconds from the call to the answer.
        part_ms: (part, milliseconds) of every part run, in order.
        operating_point: name of the one in use.
        answer: float32 `[classes]`, the dequantized value of the answer, such as logits.
    """

    label: int
    name: str
    probabilities: np.ndarray
    path: tuple[str, ...]
    exit: str
    reason: str
    macs: int
    costs: dict
    elapsed_ms: float
    part_ms: tuple
    operating_point: str
    answer: np.ndarray
