"""How long parts take that run elsewhere, learned from the last calls, and whether they are worth asking."""

from __future__ import annotations

import math
import sys
from collections import deque

FEW = 11  # calls
FIRST_WAIT_MS, LONGEST_WAIT_MS = 2000.0, 64_000.0


class RoundTrips:
    """The last calls, before the first as if it had seen 11 that took no time.

    A call has a usual time and any longer one, up to none at all: so they are ranked.

    Args:
        percentile: share of the calls, between 0 and 1, that the usual time is to cover.
    """

    __slots__ = ("_percentile", "_last")

    def __init__(self, percentile: float = 0.5) -> None:
        self._percentile = percentile
        self.forget()

    def forget(self) -> None:
        """Returns to the state of new ones."""
        self._last = deque([0.0] * FEW, maxlen=FEW)

    def observe(self, ms: float) -> None:
        """Takes how long a call took, in milliseconds; infinite for one that was lost."""
        self._last.append(ms)

    @property
    def usual(self) -> float:
        """Milliseconds that `percentile` of the last 11 did not exceed."""
        return sorted(self._last)[math.floor(self._percentile * FEW)]


class Reach:
    """Whether remote parts are asked: not while they usually take too long, but for a try after a wait.

    A try that is quick ends that at once; each one that is not doubles the wait.

    Args:
        limit_ms: what a call may take; None where only those that are lost take too long.
        percentile: as of `RoundTrips`.
    """

    __slots__ = ("_limit", "_trips", "_since", "_wait")

    def __init__(self, limit_ms: float | None, percentile: float) -> None:
        self._limit = sys.float_info.max if limit_ms is None else limit_ms
        self._trips = RoundTrips(percentile)
        self._since: float | None = None  # when they were last seen to take too long; None while they do not
        self._wait = FIRST_WAIT_MS

    def observe(self, ms: float, now: float) -> None:
        """Takes how long a call took, infinite for one that was lost, and when; both in milliseconds."""
        if self._since is not None:
            if ms <= self._limit:
                self._trips.forget()
                self._since, self._wait = None, FIRST_WAIT_MS
            else:
                self._since, self._wait = now, min(2 * self._wait, LONGEST_WAIT_MS)
        self._trips.observe(ms)
        if self._since is None and self._trips.usual > self._limit:
            self._since = now

    def allows(self, now: float) -> bool:
        """Whether to ask now, in milliseconds."""
        return self._since is None or now - self._since >= self._wait
