"""One caller at a time: values, meters and interpreters of a chain are those of the call that is under way."""

from __future__ import annotations

import threading

from ..errors import ChainError


class Owner:
    """Holds a chain for one call; a second one is refused at once rather than answered from the first one's numbers.

    Threads may take turns: whoever comes when a call has ended sees all of what it did. A call from inside a call, such
    as of what runs remote parts, is a second one too.
    """

    __slots__ = ("_take", "_free")

    def __init__(self) -> None:
        held = threading.Lock()
        self._take, self._free = held.acquire, held.release

    def __enter__(self) -> None:
        if not self._take(False):
            raise ChainError(
                "chain: expected one call at a time, received a second one before the first had ended: give each "
                "thread a chain of its own, from one Bundle"
            )

    def __exit__(self, *error: object) -> None:
        self._free()
