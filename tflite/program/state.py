"""The state of one run of a program: its outcome, its records while tracing, and its meter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import NoAnswerError

# How long after its latency a run may go on without an answer: the way to the first one is gone even if it is late.
GRACE_NS = 1_000_000_000
UNITS = 5  # of what is ahead: nanoseconds here, multiply-adds, energy, bytes sent, nanoseconds of remote parts


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
        "deadline", "macs", "macs_limit", "energy", "energy_limit", "sent", "sent_limit", "limited", "events", "billed",
        "answered", "slowdown", "remote", "_begin", "_last", "_cancel",
    )  # fmt: skip

    def __init__(self) -> None:
        self.events, self.billed = [], []
        self.start(0, None)

    def start(self, now: int, budget: Any, slowdown: float = 1.0) -> None:
        """Starts a run.

        Args:
            now: the clock, in nanoseconds.
            budget: a `Budget`, or None for no limit.
            slowdown: how many times longer parts take now than the medians that they are expected with.
        """
        self.macs, self.energy, self.sent, self.slowdown = 0, 0.0, 0, slowdown
        self.events.clear()
        self.billed.clear()
        self.limited = budget is not None
        if budget is not None:
            infinite = math.inf
            latency, last = budget.latency_ms, budget.deadline_ms
            self.deadline = infinite if latency is None else now + float(latency) * 1e6
            self._last = self.deadline + GRACE_NS if last is None else now + float(last) * 1e6
            self.deadline = min(self.deadline, self._last)
            self.macs_limit = infinite if budget.macs is None else budget.macs
            self.energy_limit = infinite if budget.energy_uj is None else budget.energy_uj
            self.sent_limit = infinite if budget.bytes_sent is None else budget.bytes_sent
            self.answered, self._begin, self._cancel, self.remote = False, now, budget.cancel, budget.remote

    def beyond(self, now: int, ahead: Sequence[float]) -> str | None:
        """Which allowance does not reach what is ahead; None if all do.

        Args:
            now: the clock, in nanoseconds.
            ahead: what is to be spent yet, in the order of `UNITS`.
        """
        if now + self.slowdown * ahead[0] + ahead[4] > self.deadline:
            return "latency"
        if self.macs + ahead[1] > self.macs_limit:
            return "macs"
        if self.energy + ahead[2] > self.energy_limit:
            return "energy"
        return "bytes" if self.sent + ahead[3] > self.sent_limit else None

    def left(self, now: int, otherwise: Sequence[float] | None, timed: bool) -> float:
        """How long a remote part may take, in nanoseconds; infinite for no limit.

        Args:
            now: the clock, in nanoseconds.
            otherwise: what the next answer costs by way of what is done otherwise, in the order of `UNITS`; or None.
            timed: whether the part is given up at the end of that time; then enough of it is left for the other way.
        """
        if otherwise is None:
            return self._last - now
        kept = self.slowdown * otherwise[0] + otherwise[4] if timed else 0.0
        return self.deadline - now - kept

    def check(self, now: int) -> None:
        """Ends a run that has been cancelled, or that is over its last moment and has passed no exit yet.

        Args:
            now: the clock, in nanoseconds.

        Raises:
            NoAnswerError: the run ends here.
        """
        if self._cancel is not None and self._cancel.is_set():
            raise NoAnswerError("run: expected an answer, received a cancellation before there was one", "cancelled")
        if not self.answered and now > self._last:
            allowed, taken = ((moment - self._begin) / 1e6 for moment in (self._last, now))
            problem = f"run: expected an answer within {allowed:g} ms, received none after {taken:g} ms"
            raise NoAnswerError(problem, "latency")
