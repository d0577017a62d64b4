"""Who may ask, and how often."""

from __future__ import annotations

import hmac
from collections import OrderedDict

ADDRESSES = 10_000  # whose rate is remembered


def is_allowed(token: str | None, header: str | None) -> bool:
    """Whether an Authorization header carries the token; compared in a time that tells nothing of it.

    Args:
        token: that is wanted; None for none.
        header: of the request, or None.
    """
    if token is None:
        return True
    kind, _, given = (header or "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())
    return same and kind.lower() == "bearer"


class Rate:
    """A token bucket for each address: `rate` requests a second, and as many at once.

    Args:
        rate: requests a second; 0 for any.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (requests left, when)

    def wait_s(self, address: str, now: float) -> float:
        """Takes a request, in seconds of any clock; returns 0, or after which time there is room for one."""
        if not self._rate:
            return 0.0
        most = max(self._rate, 1.0)
        left, since = self._buckets.pop(address, (most, now))
        left = min(left + (now - since) * self._rate, most)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._buckets[address] = (left if wait else left - 1, now)
        if len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        return wait
