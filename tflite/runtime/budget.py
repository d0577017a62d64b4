"""What a caller can spend on one image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from ..errors import ChainError


@dataclass(frozen=True, slots=True)
class Budget:
    """An allowance for one run; None means no limit.

    Args:
        latency_ms: wall-clock time from the call of `run` to its answer, in milliseconds.
        macs: multiply-adds, counted as the manifest's costs count them.
        energy_uj: energy in microjoules; only for bundles whose parts carry `energy_uj`.

    Raises:
        ChainError: an allowance is not a positive finite number.
    """

    latency_ms: float | None = None
    macs: float | None = None
    energy_uj: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value <= 0:
                raise ChainError(f"budget {name}: expected a positive finite number or None, received {value!r}")
