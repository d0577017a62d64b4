"""What may be written where: files and folders appear whole or not at all, and only what is one's own is replaced.

Only the standard library is imported here.
"""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import json
import os
import platform
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath

from ..errors import FrugalError

Patterns = Callable[[Path], list[str]]  # of the files that belong to the thing in a folder; none where there is no such
OF_BUNDLE = ("manifest.json", "MODEL_CARD.md", "validation.json", "phone_check.json", "frontier.json")
SHOWN = 40  # characters of a name in that of its draft: with them it is no longer than a file system takes


class PlaceError(FrugalError):
    """Nothing can be written there, or what is there is to stay; the sentence says why and what to do."""


def plain_name(text: str, ending: str = "") -> str:
    """A name that a manifest and any file system take: accents are left out, any other sign but A-Za-z0-9_.- is a _.

    ending: follows the text, which is cut so that both have 100 characters at most.
    """
    letters = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.sub(r"[^A-Za-z0-9_.-]", "_", "".join(letters))[: 100 - len(ending)] + ending


def absolute(path: str | os.PathLike) -> Path:
    """The path without `.` and `..`, so that its last part is a name; links stay.

    Raises:
        PlaceError: no file system takes it: it has a NUL, or a sign that is in no encoding.
    """
    if "\0" in os.fspath(path) or not _encodes(path):
        raise PlaceError(f"expected a path that a file system takes, received {os.fspath(path)!r}; give another one")
    return Path(os.path.abspath(path))


def _encodes(path: str | os.PathLike) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


@contextlib.contextmanager
def whole(file: str | os.PathLike) -> Iterator:
    """A stream of bytes that become that file when it ends well: an interruption leaves no half of it."""
    if os.path.exists(file) and not os.path.isfile(file) and not os.path.isdir(file):  # a pipe, /dev/null
        with naming(Path(file)), open(file, "wb") as stream:
            yield stream
        return
    file = Path(os.path.realpath(file))
    # Several processes may share the folder.
    draft = file.with_name(f".{file.name[:SHOWN]}.{platform.node()}.{os.getpid()}")
    try:
        with naming(file), draft.open("wb") as stream:
            yield stream
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """An error of writing that names no file names this one; numpy tells a full disk without its number."""
    try:
        yield
    except OSError as error:
        if error.filename is None and (error.errno is not None or "requested and" in str(error)):
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        raise


def check_file(
    file: str | os.PathLike,
    inputs: Sequence[str | os.PathLike] = (),
    own: Sequence[Patterns] = (),
    picture: bool = False,
) -> None:
    """Checks before the work that a file can be written, in the place of another if need be.

    Args:
        file: where.
        inputs: files that are read.
        own: what tells the files of a thing, as a bundle is, that none is written over.
        picture: whether one is written beside the file, of the same name.

    Raises:
        PlaceError: it cannot, or what is there is read, part of such a thing, or a picture of something else.
    """
    page = absolute(file)
    if os.path.basename(file) in ("", ".", ".."):
        raise PlaceError(f"expected a file to write, received {str(file)!r}, which is how a folder is written")
    drawn = page.with_suffix(".png") if picture and page.name else page
    if picture and page == drawn:
        raise PlaceError(f"expected a page such as {page.stem}.md, which has a picture beside it, received {file}")
    for place in (page, drawn):
        if os.path.isdir(place):
            raise PlaceError(f"expected a file to write, received the folder {place}")
        if not os.path.exists(place) or os.path.isfile(place):
            check_room(place.parent, place)
        real = place.resolve()
        known = ((folder, patterns(folder)) for folder in real.parents[:4] for patterns in own)
        part = any(matches(str(real.relative_to(folder)), names) for folder, names in known)
        if part or real in [Path(source).resolve() for source in inputs]:
            raise PlaceError(
                f"expected a file to write that is not read, nor part of a bundle or run, received {place}"
            )
    if drawn.exists() and drawn != page and not (page.is_file() and f"]({drawn.name})".encode() in page.read_bytes()):
        raise PlaceError(f"expected no {drawn.name} beside {file} but that page's own, received one; give another name")


def check_folder(folder: str | os.PathLike) -> Path:
    """Returns a folder. Raises PlaceError unless files can be written into it; it need not be there yet."""
    path = absolute(folder)
    inside = os.path.isdir(path)
    if os.path.lexists(path) and not inside:
        raise PlaceError(f"expected a folder to write into, or none yet, received the file {folder}")
    check_room(path if inside else path.parent, path)
    return Path(folder)


def check_room(folder: Path, path: Path) -> None:
    """Raises PlaceError unless a file can be made in a folder, which is made, and the path there has a fit name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder), contextlib.suppress(FileNotFoundError):
            os.lstat(path)
    except OSError as error:
        reason = "Not a directory" if isinstance(error, FileExistsError) else error.strerror
        told = f"{reason}: {error.filename or folder}"
        raise PlaceError(f"expected a place where {path} can be written, received {told}; give another one") from None


def check_new(
    out: str | os.PathLike, force: bool, *inputs: str | os.PathLike, kind: str = "bundle", own: Patterns = None
) -> None:
    """Checks that a folder is new or may be replaced.

    Args:
        out: the folder.
        force: whether one of that kind may be replaced, if nothing else is in it.
        inputs: what it is made of, which stays.
        kind: what it is called.
        own: tells what belongs to it; None is that of a bundle.

    Raises:
        PlaceError: it stands there and is to stay, or it cannot be written.
    """
    path = absolute(out)
    check_room(path.parent, path)
    if not os.path.lexists(path):
        return
    if not force:
        raise PlaceError(f"{out} exists: expected a new folder; give --force to replace it, or another --out")
    if problem := _reason_to_stay(path, inputs, kind, (own or bundle_files)(path)):
        expected = f"expected a new folder or a {kind} for --force to replace, with nothing else in it"
        raise PlaceError(f"{expected}, received {out}, {problem}; give another one, or remove it yourself")


def _reason_to_stay(path: Path, inputs, kind: str, own: list[str]) -> str | None:
    """Why a folder is not to be replaced, or None."""
    if path.is_symlink() or not path.is_dir():
        return "a link" if path.is_symlink() else "a file"
    if os.path.ismount(path):
        return "where a file system begins"
    real, kept = path.resolve(), [Path(source).resolve() for source in inputs]
    around = [Path.cwd(), Path(os.path.expanduser("~")), *kept]
    if any(place.resolve().is_relative_to(real) for place in around) or any(map(real.is_relative_to, kept)):
        return "which is, holds or lies in what is used itself"
    above = [str(folder) for name in own for folder in PurePath(name).parents]
    for place in sorted(path.rglob("*")):
        folder, name = place.is_dir() and not place.is_symlink(), str(place.relative_to(path))
        if not (folder and any(place.iterdir())) and not matches(name, [*own, *above] if folder else own):
            return f"{'where' if own else f'no {kind}:'} {name} is"
    return None


def matches(name: str, patterns: list[str]) -> bool:
    """Whether a file's name, relative to its folder, is one of these."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def bundle_files(folder: Path) -> list[str]:
    """Patterns of the files of the bundle in a folder, be it whole or not; none where there is no bundle."""
    said = read_object(folder / "manifest.json")
    if said.get("format") != "frugal":
        return []
    return [*OF_BUNDLE, *map(glob.escape, re.findall(r'"file": "([^"\\]+)"', json.dumps(said, ensure_ascii=False)))]


def read_object(file: Path) -> dict:
    """The JSON object in a file; empty where there is none that can be read."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
