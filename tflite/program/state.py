"""What one run of a program reads and writes: its values, its meter, and the records of its ends."""

from __future__ import annotations

import math
from typing import NamedTuple


class Outcome(NamedTuple):
    """How a run ended: exit or answer, reason, the numbers answered with, their activation and the tensor's type."""

    name: str
    reason: str
    numbers: list
    activation: str
    type: str


class Record(NamedTuple):
    """An exit or answer passed while tracing: as `Outcome`, with whether the rule held and how many parts had run."""

    name: str
    held: bool | None
    numbers: list
    activation: str
    type: str
    parts_run: int


class Meter:
    """What a run has spent and what it is allowed; times in nanoseconds of the chain's clock."""

    __slots__ = ("deadline", "macs", "macs_limit", "energy", "energy_limit", "limited", "timings")

    def __init__(self):
        self.timings = []
        self.start(0, None)

    def start(self, now, budget):
        """Begins a run at `now` with a `Budget` or None."""
        self.macs, self.energy = 0, 0.0
        self.timings.clear()
        self.limited = budget is not None
        if budget is not None:
            infinite = math.inf
            self.deadline = infinite if budget.latency_ms is None else now + budget.latency_ms * 1e6
            self.macs_limit = infinite if budget.macs is None else budget.macs
            self.energy_limit = infinite if budget.energy_uj is None else budget.energy_uj
