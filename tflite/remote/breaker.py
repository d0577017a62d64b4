"""A circuit breaker: what has failed again and again is left alone for a while, and then tried again."""

from __future__ import annotations

import random


class Breaker:
    """Counts failures in a row. At `failures` it opens for a while, after which one call is let through to try.

    A try that fails opens it again, for twice as long; one that succeeds closes it.

    Args:
        failures: in a row, after which it opens.
        first_s: how long it is open at first.
        longest_s: the longest that it is.
        random: spreads the times by up to a half, so that many devices do not come back at once.
    """

    def __init__(self, failures: int, first_s: float, longest_s: float, random: random.Random) -> None:
        self._most, self._first, self._longest, self._random = failures, first_s, longest_s, random
        self._failures, self._wait, self._until, self._trying = 0, first_s, None, False

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, but for tries."""
        return self._until is not None

    def allows(self, now: float) -> bool:
        """Whether to call now, in seconds of any clock. Of calls at once one is let through as a try."""
        if self._until is None:
            return True
        if now < self._until:
            return False
        self._until = now + self._wait  # others wait for this one, and try again if it is never heard of
        self._trying = True
        return True

    def succeeded(self) -> None:
        """Takes a call that was answered."""
        self._failures, self._wait, self._until, self._trying = 0, self._first, None, False

    def failed(self, now: float) -> None:
        """Takes a call that was not, and when that was found."""
        self._failures += 1
        if self._failures < self._most or (self.is_open and not self._trying):
            return
        if self._trying:
            self._wait = min(2 * self._wait, self._longest)
        self._trying = False
        self._until = now + self._wait * self._random.uniform(1.0, 1.5)
