"""Files that are resumed from: written whole or not at all, by one process at a time, and known when they are damaged.

A command may be killed, the disk may be full, and processes of several machines may share a folder. Only the standard
library is imported here, numpy where there are arrays, Keras where there are networks.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import platform
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

_DRAFT = ".draft."


@contextlib.contextmanager
def draft(file: str | Path) -> Iterator[Path]:
    """A path beside a file, of the same ending, that becomes the file when the block ends well.

    Else it is removed, and the file stays as it was. What a killed process of this machine left of it is removed too.

    Raises:
        OSError: it cannot be written, such as on a full disk; the file is named.
    """
    file = Path(file)
    # Several processes may share the folder, and those of two machines may have the same number.
    path = file.with_name(f"{_DRAFT}{platform.node()}.{os.getpid()}.{file.name}")
    _forget_drafts(file)
    try:
        try:
            yield path
            with path.open("rb") as stream:
                os.fsync(stream.fileno())  # else a power failure may leave an empty file of that name
            path.replace(file)
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
    except OSError as error:
        if error.filename not in (None, str(path), path):
            raise
        text = f"{_reason(error)}, so it is not written, and what was there is as it was"
        raise OSError(error.errno or errno.EIO, text, str(file)) from error


@contextlib.contextmanager
def whole(file: str | Path) -> Iterator:
    """A stream of bytes that become that file when the block ends well (`draft`)."""
    with draft(file) as path, path.open("wb") as stream:
        yield stream


def is_draft(name: str, of: str) -> bool:
    """Whether that is the name of a draft of a file of another name."""
    return name.startswith(_DRAFT) and name.endswith(f".{of}")


def _forget_drafts(file: Path) -> None:
    """Remove the drafts of a file whose processes, of this machine, are no more."""
    start = f"{_DRAFT}{platform.node()}."
    for path in file.parent.glob(f"{_DRAFT}*"):
        number = path.name.removeprefix(start).removesuffix(f".{file.name}")
        if path.name == f"{start}{number}.{file.name}" and number.isdecimal() and not _lives(int(number)):
            with contextlib.suppress(OSError):
                path.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user
        return True
    return True


def _reason(error: BaseException) -> str:
    words = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return (words.splitlines() or [type(error).__name__])[0]


def damage(error: Exception) -> str | None:
    """Why what a file holds could not be read, in some words; None for what is no damage: it could not be got at.

    Those who parse damaged files fail in every way; only errors of the system name the file. A file for which there is
    no memory, in Python's or TensorFlow's words, is as good as it was.
    """
    if isinstance(error, OSError) and error.filename is not None:
        return None
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return None
    return _reason(error)


def kept(file: Path, read: Callable, say: Callable[[str], None]):
    """What `read(file)` gives; None where there is no such file, or a damaged one, which is said: it is made again."""
    if not file.exists():
        return None
    try:
        return read(file)
    except Exception as error:
        reason = damage(error)
        if reason is None:
            raise
    say(f"{file} is damaged, it is made again ({reason})")
    return None


def arrays(file: Path) -> dict:
    """All arrays of an .npz file by name."""
    import numpy as np

    with file.open("rb") as stream, np.load(stream) as found:
        return {name: found[name] for name in found.files}


def write_arrays(file: Path, **named) -> None:
    """Write an .npz file, whole or not at all."""
    import numpy as np

    with whole(file) as stream:
        np.savez(stream, **named)


def tells_full_disk(error: Exception) -> bool:
    """Whether an error says so, whoever wrote: files tell by a number, TensorFlow in words."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return getattr(error, "errno", None) in numbers or os.strerror(errno.ENOSPC) in str(error)


def is_network(file: str | Path) -> bool:
    """Whether that is a network that Keras saved, every byte of it as it was written."""
    try:
        with zipfile.ZipFile(file) as archive:
            return {"config.json", "metadata.json"} <= set(archive.namelist()) and archive.testzip() is None
    except Exception as error:
        if damage(error) is None and not isinstance(error, FileNotFoundError):
            raise
        return False


def read_network(file: str | Path, compile: bool = False) -> tuple:
    """A network that Keras saved: (it, None), or (None, why the file cannot be read: some words).

    compile: whether it is ready for training as it was when it was saved.
    """
    import keras

    try:
        return keras.models.load_model(file, compile=compile), None
    except Exception as error:
        reason = (_unknown(file) or damage(error)) if is_network(file) else "it is damaged"
        if reason is None:
            raise
    return None, reason


def _unknown(file: str | Path) -> str | None:
    """What in a network that Keras saved it cannot make (`own_layers.unknown`)."""
    from keras_models import own_layers  # which reads this module

    try:
        with zipfile.ZipFile(file) as archive:
            return own_layers.unknown(json.loads(archive.read("config.json")))
    except (ValueError, RecursionError):  # which Keras has told of
        return None


@contextlib.contextmanager
def locked(file: str | Path, wait: bool = True) -> Iterator[bool]:
    """Holds the lock of that file while it is open; the file is made if there is none. Gives whether it holds it.

    It is the kernel's (flock): a process that dies lets go of it. Where the file system knows no locks there is none.

    Args:
        file: of the lock.
        wait: whether it waits for a process that holds it.
    """
    with open(file, "a") as stream:
        held = True
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            held = error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        yield held
