"""Locks between processes that share a folder. They are the kernel's (flock): a process that dies lets go of them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from pathlib import Path


@contextlib.contextmanager
def locked(file):
    """Holds the lock of that file while it is open, and waits for it; the file is made if there is none."""
    with open(file, "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


class Worker:
    """A process among those that share a folder, for as long as it holds the lock of its own file there.

    Make and close it while holding a lock that all of them respect: a file that nobody has locked yet is a dead one's.
    """

    def __init__(self, folder):
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._file = Path(folder) / self.name
        self._stream = self._file.open("a")
        fcntl.flock(self._stream, fcntl.LOCK_EX)

    def close(self) -> None:
        """From now on it counts as dead."""
        self._file.unlink(missing_ok=True)
        self._stream.close()


def alive(folder, name: str) -> bool:
    """Whether the worker of that name still holds its lock; the file that a dead one left is removed."""
    file = Path(folder) / name
    try:
        stream = file.open("r+")
    except FileNotFoundError:
        return False
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        file.unlink(missing_ok=True)
        return False
