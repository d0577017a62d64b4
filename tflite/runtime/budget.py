"""What a caller can spend on one image."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..bundle.manifest import Manifest
from ..errors import ChainError


def is_finite(value: Any) -> bool:
    """Whether a value is a number that float64 can hold; one beyond it, such as 10**400, counts as infinite."""
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(float(value))
    except (OverflowError, ValueError, TypeError):
        return False


def shown(value: Any) -> str:
    """How a sentence shows what it received; Python refuses to write whole numbers of thousands of digits."""
    try:
        text = repr(value)
    except ValueError:
        return "a number that is too long to write"
    return text if len(text) <= 100 else text[:100] + "..."


@dataclass(frozen=True, slots=True)
class Budget:
    """An allowance for one run; None means no limit.

    Args:
        latency_ms: wall-clock time from the call of `run` to its answer, in milliseconds. The way to the first exit is
            gone even if it takes longer, though not by more than a second.
        macs: multiply-adds, counted as the manifest's costs count them.
        energy_uj: energy in microjoules; only for bundles whose parts carry `energy_uj`.
        cancel: an event; once another thread has set it, the run ends with `NoAnswerError` at its next step.
        bytes_sent: bytes of inputs that are handed to remote parts.
        deadline_ms: when the run ends with `NoAnswerError` if it has passed no exit yet; None is a second after
            `latency_ms`. Exits look at the lesser of the two.
        remote: whether remote parts are asked that have something to do otherwise.

    Raises:
        ChainError: an allowance is not a positive finite number, or `cancel` is no event.
    """

    latency_ms: float | None = None
    macs: float | None = None
    energy_uj: float | None = None
    cancel: threading.Event | None = None
    bytes_sent: float | None = None
    deadline_ms: float | None = None
    remote: bool = True

    def __post_init__(self) -> None:
        for name in ("latency_ms", "macs", "energy_uj", "bytes_sent", "deadline_ms"):
            value = getattr(self, name)
            if value is not None and not (is_finite(value) and value > 0):
                received = shown(value)
                raise ChainError(f"budget {name}: expected a positive finite number or None, received {received}")
        if self.cancel is not None and not isinstance(self.cancel, threading.Event):
            received = type(self.cancel).__name__
            raise ChainError(f"budget cancel: expected a threading.Event or None, received {received}")
        if not isinstance(self.remote, bool):
            raise ChainError(f"budget remote: expected True or False, received {shown(self.remote)}")


def check_budget(budget: Any, manifest: Manifest) -> None:
    """Checks that a bundle can keep a budget.

    Raises:
        ChainError: it is none, or allows energy that the bundle's parts do not carry.
    """
    if not isinstance(budget, Budget):
        raise ChainError(f"budget: expected a Budget or None, received {type(budget).__name__}")
    if budget.energy_uj is not None and not all("energy_uj" in part.costs for part in manifest.parts.values()):
        raise ChainError(
            f"budget energy_uj: expected None, for this bundle's parts carry no energy_uj, "
            f"received {shown(budget.energy_uj)}"
        )
