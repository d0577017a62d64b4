"""A lock between processes that share a folder. It is the kernel's (flock): a process that dies lets go of it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(file: str | Path) -> Iterator[None]:
    """Holds the lock of that file while it is open, and waits for it; the file is made if there is none."""
    with open(file, "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
