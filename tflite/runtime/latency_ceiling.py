"""The ceiling of a latency target: an allowance of late answers, and tries that become rarer as they fail.

Evidence is about one point, and begins anew when another one is used. A share of `1 - percentile` of the answers may be
late. What is late beyond that is the debt: it grows by one with a late answer, shrinks by that share with every answer,
and stays between `-CREDIT` and `PATIENCE`. At `PATIENCE` the point has failed, at `-CREDIT` it holds. After a failure
the next point begins with a debt of `CARRIED`. (A cumulative sum test with some credit: Page, "Continuous inspection
schemes", Biometrika 1954.)

How slow the device was when a point failed is remembered. The point is left at once when the device is as slow again,
and taken again at once when the device is clearly faster. Otherwise it is tried again after a wait, which doubles while
tries fail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .policy import Observation, Policy
from .slowdown import Slowdown

LATE = 1.025  # times the target: an answer that takes longer is late
PATIENCE, CREDIT, CARRIED = 10.0, 5.0, 5.0
FASTER = 0.85  # of the slowdown at which a point failed: when the device is taken to be clearly faster
AT_ONCE, MOST_AT_ONCE = 16, 12  # runs, times
LONGEST = 32  # times the policy's wait
FORGET = 4  # times a wait, after which a failure counts as a first one again
BEAT_MS = 100.0  # in a stream that is slower than that, time counts for runs


class LatencyCeiling:
    """A place among the points offered; one place behind the last of them is no ceiling.

    Args:
        policy: with a latency target.
        ladder: indices of the points offered, cheapest first.

    Attributes:
        place: from 0 to the number of points offered.
    """

    def __init__(self, policy: Policy, ladder: Sequence[int]) -> None:
        self._policy, self._ladder = policy, ladder
        self.place = len(ladder)
        places = len(ladder) + 1
        self._slowdown = Slowdown()
        self._failed = [math.inf] * places  # the slowdown at which a place failed; infinite where none is known
        self._left = [(0, 0.0)] * places  # runs and time when it was left
        self._waits = [policy.wait] * places
        self._runs, self._now, self._streak = 0, 0.0, 0
        self._point, self._debt, self._since, self._carried = None, 0.0, (0, 0.0), 0.0

    def observe(self, run: Observation, point: int) -> None:
        """Takes a run, and the index of the point that it ran at."""
        if point != self._point:
            self._point, self._debt, self._since = point, self._carried, (self._runs, self._now)
            self._carried = 0.0
        policy = self._policy
        self._runs += 1
        if run.slowdown is not None:
            self._slowdown.observe(run.slowdown, self._now)
        late = 1.0 if run.cut or run.latency_ms > LATE * policy.latency_target_ms else 0.0
        self._debt = min(max(self._debt + late - (1 - policy.percentile), -CREDIT), PATIENCE)

    def steer(self, now: float, highest: int) -> None:
        """Moves the ceiling, before a decision.

        Args:
            now: milliseconds.
            highest: index of the point that would be taken if nothing spoke against it.
        """
        self._now = now
        top = self._place_of(highest)
        if self._debt >= PATIENCE:
            self._fall()
        elif self._is_as_slow(self.place):
            self._retreat()
        elif self.place < top and self._ladder[self.place] == self._point:
            self._climb(top)

    def _place_of(self, point):
        """How many of the points offered are cheaper."""
        return sum(index < point for index in self._ladder)

    def _fall(self):
        """Leaves the point used, which has failed."""
        failed, stay = self._place_of(self._point), self._age(self._since)
        streak = min(self._streak + 1, MOST_AT_ONCE) if stay < AT_ONCE else 0
        lower = max(
            0, failed - max(1, 2**streak // 4)
        )  # 1, 1, 2, 4, 8 places, if one point after another fails at once
        if failed == 0 or lower >= self.place:
            return
        self._back_off(failed, stay)
        for place in range(failed, len(self._failed)):
            self._failed[place] = min(self._failed[place], self._slowdown.recent)
            self._left[place] = (self._runs, self._now)
        self.place, self._streak, self._carried = lower, streak, CARRIED

    def _back_off(self, failed, stay):
        """Sets how long a place is not tried: longer if it failed sooner than the last wait was long."""
        first, last = self._policy.wait, self._waits[failed]
        if self._age(self._left[failed]) >= FORGET * last:
            last = first
        if stay < last:
            self._waits[failed] = min(2 * last, LONGEST * first)
        else:
            self._waits[failed], self._failed[failed] = max(last // 2, first), math.inf

    def _retreat(self):
        """Leaves the places that failed when the device was no slower than now."""
        while self.place > 0 and self._is_as_slow(self.place):
            self._left[self.place] = (self._runs, self._now)
            self.place -= 1

    def _climb(self, top):
        """Takes the highest place that failed on a clearly slower device; or tries the next one, if it is time."""
        stay = self._age(self._since)
        known = [place for place in range(self.place + 1, top + 1) if self._is_faster_than_at(place)]
        if known and stay >= AT_ONCE:
            self.place, self._streak = known[-1], 0
        elif self._debt <= -CREDIT and stay >= self._policy.dwell and self._may_try(self.place + 1):
            self.place, self._streak = self.place + 1, 0
            self._failed[self.place] = math.inf

    def _may_try(self, place):
        return self._failed[place] == math.inf or self._age(self._left[place]) >= self._waits[place]

    def _is_as_slow(self, place):
        return self._slowdown.recent >= self._failed[place]

    def _is_faster_than_at(self, place):
        return self._failed[place] < math.inf and self._slowdown.lasting <= FASTER * self._failed[place]

    def _age(self, since):
        """Runs since then, or beats of time if they are more."""
        runs, time = since
        return max(self._runs - runs, (self._now - time) / BEAT_MS)
