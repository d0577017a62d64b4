"""Folders that are replaced whole or not at all, by one process at a time, whenever it is killed.

A folder is written as a draft beside its place, and takes that by a rename; what was there is renamed before, and
removed after. A third file beside them, the claim, says whose they are. A process holds its claim's lock while it
lives, so what one that was killed has left is known: the next write, or the next load, puts back what was there.

Only the standard library is imported here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .places import SHOWN, Patterns, PlaceError, absolute, check_new, check_room, naming

try:
    import fcntl
except ImportError:  # where there is none, nobody looks after claims
    fcntl = None

_CLAIM, _OLD = ".claim", ".old"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def folder_in_place(
    out: str | os.PathLike, force: bool = False, *inputs: str | os.PathLike, kind: str = "bundle", own: Patterns = None
) -> Iterator[Path]:
    """A draft folder beside `out` to write in; it becomes `out` when the block ends, and is removed when it fails.

    Args:
        out, force, inputs, kind, own: as for `check_new`, which is asked before and after.

    Raises:
        PlaceError: as `check_new`, or another process is writing that folder.
    """
    path = absolute(out)
    check_room(path.parent, path)
    with _claimed(path) as claim:
        check_new(out, force, *inputs, kind=kind, own=own)
        draft, old = _beside(claim)
        draft.mkdir()
        try:
            with _in_place_of(draft, path), naming(path):
                yield draft
            check_new(out, force, *inputs, kind=kind, own=own)
            if path.exists():
                path.rename(old)
            draft.rename(path)
        finally:
            _finish(claim, path)


@contextlib.contextmanager
def _in_place_of(draft: Path, path: Path) -> Iterator[None]:
    """An error that names a file of a draft names it where it was to be: nobody has heard of the draft."""
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and Path(error.filename).is_relative_to(draft):
            error.filename = str(path / Path(error.filename).relative_to(draft))
        raise


def recover(out: str | os.PathLike) -> bool:
    """Puts back what a process that was killed has moved away from `out`; returns whether something is there now."""
    out = absolute(out)
    with contextlib.suppress(OSError, PlaceError), _locked(out.parent):
        _settle(out)
    return out.exists()


def _beside(claim: Path) -> tuple[Path, Path]:
    """The draft of a claim, and where what it replaces is meanwhile."""
    draft = claim.with_name(claim.name.removesuffix(_CLAIM))
    return draft, draft.with_name(draft.name + _OLD)


@contextlib.contextmanager
def _claimed(out: Path) -> Iterator[Path]:
    """The claim of this process on a folder, while it is open. Raises PlaceError if another process has one."""
    with _locked(out.parent):
        _settle(out)
        number, name = tempfile.mkstemp(prefix=f".{out.name[:SHOWN]}.", suffix=_CLAIM, dir=out.parent)
        with contextlib.ExitStack() as undo:
            claim = Path(name)
            undo.callback(claim.unlink, missing_ok=True)
            stream = undo.enter_context(open(number, "wb"))
            _lock(stream)
            with naming(out):
                stream.write(os.fsencode(out.name))
                stream.flush()
            undo = undo.pop_all()
    with undo:
        yield claim


def _settle(out: Path) -> None:
    """Ends what processes that are no more have begun with a folder. Raises PlaceError if one that lives is at it."""
    pattern = re.compile(re.escape(f".{out.name[:SHOWN]}.") + r"\w{8}" + re.escape(_CLAIM))
    for claim in filter(lambda path: pattern.fullmatch(path.name), list(out.parent.iterdir())):
        with contextlib.suppress(FileNotFoundError), claim.open("rb") as stream:
            whose = stream.read()
            if whose not in (os.fsencode(out.name), b""):  # empty where it was killed before it could say more
                continue
            if not _lock(stream):
                expected = "expected a folder that no other process is writing"
                raise PlaceError(f"{expected}, received {out}; wait until that ends, or give another one")
            if whose and (back := _finish(claim, out)):
                log.warning("%s: a process that replaced it was killed; %s", out, back)
            claim.unlink()


def _finish(claim: Path, out: Path) -> str:
    """Puts back what was at `out` if nothing else is, and removes the rest; returns what was found, in words."""
    draft, old = _beside(claim)
    told = "what was there is back" if old.exists() and not out.exists() else ""
    if told:
        old.rename(out)
    for rest in (draft, old):
        if rest.exists():
            told = told or "what it left is removed"
            shutil.rmtree(rest, ignore_errors=True)
    return told


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else looks at the claims in a folder while it is open."""
    number = os.open(folder, os.O_RDONLY)
    try:
        _lock(number, wait=True)
        yield
    finally:
        os.close(number)


def _lock(file, wait: bool = False) -> bool:
    """Whether this process holds the lock of an open file now, which ends with it; True where there are no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # the file system knows none
        return True
    return True
