"""The state of one run of a program: its outcome, its records while tracing, and its meter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import NoAnswerError

# How long after its deadline a run may go on without an answer: the way to the first one is gone even if it is late.
GRACE_NS = 1_000_000_000


class Outcome(NamedTuple):
    """How a run ended: the exit or answer, the reason, and (output, value, its numbers) of all that is given."""

    name: str
    reason: str
    given: tuple[tuple[str, str, list], ...]


class Record(NamedTuple):
    """An exit or answer passed while tracing: an `Outcome`, whether its rule held, and how much there was before it."""

    name: str
    held: bool | None
    given: tuple[tuple[str, str, list], ...]
    events: int
    billed: int


class Meter:
    """What a run has spent, its limits, and what has happened; times are nanoseconds of the chain's clock.

    Attributes:
        events: plain tuples, which are quick to make: (kind, name, ...), as `runtime.result.Event` has them.
        billed: the costs of every crop and keep that has some.
    """

    __slots__ = (
        "deadline", "macs", "macs_limit", "energy", "energy_limit", "limited", "events", "billed", "answered",
        "_cancel",
    )  # fmt: skip

    def __init__(self) -> None:
        self.events, self.billed = [], []
        self.start(0, None)

    def start(self, now: int, budget: Any) -> None:
        """Starts a run.

        Args:
            now: the clock, in nanoseconds.
            budget: a `Budget`, or None for no limit.
        """
        self.macs, self.energy = 0, 0.0
        self.events.clear()
        self.billed.clear()
        self.limited = budget is not None
        if budget is not None:
            infinite = math.inf
            self.deadline = infinite if budget.latency_ms is None else now + float(budget.latency_ms) * 1e6
            self.macs_limit = infinite if budget.macs is None else budget.macs
            self.energy_limit = infinite if budget.energy_uj is None else budget.energy_uj
            self.answered, self._cancel = False, budget.cancel

    def beyond(self, now: int, ahead: Sequence[float]) -> str | None:
        """Which allowance does not reach what is ahead (nanoseconds, multiply-adds, energy); None if all do.

        Args:
            now: the clock, in nanoseconds.
            ahead: what is to be spent yet.
        """
        if now + ahead[0] > self.deadline:
            return "latency"
        if self.macs + ahead[1] > self.macs_limit:
            return "macs"
        return "energy" if self.energy + ahead[2] > self.energy_limit else None

    def check(self, now: int) -> None:
        """Ends a run that has been cancelled, or that is long over its deadline and has passed no exit yet.

        Args:
            now: the clock, in nanoseconds.

        Raises:
            NoAnswerError: the run ends here.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise NoAnswerError("run: expected an answer, received a cancellation before there was one", "cancelled")
        if not self.answered and now > self.deadline + GRACE_NS:
            late = (now - self.deadline) / 1e6
            raise NoAnswerError(
                f"run: expected an answer at most {GRACE_NS / 1e6:g} ms after the deadline, "
                f"received none yet {late:.0f} ms after it",
                "latency",
            )
