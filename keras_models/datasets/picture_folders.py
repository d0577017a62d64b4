"""What lies in a folder of pictures: a folder a class, or these within train/, test/ and perhaps validation/."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from keras_models.datasets import picture_files
from keras_models.datasets.shares import TEST, TRAIN, VALIDATION, WHOLE

PARTS = {TRAIN: TRAIN, TEST: TEST, VALIDATION: VALIDATION, "val": VALIDATION, "valid": VALIDATION}
SHOWN = 3  # names that stand for more


class Entry(NamedTuple):
    """A picture: its name for people, the part that it is given in, its label, 32 bytes that change when it does."""

    name: str
    part: str
    label: int
    stamp: bytes


@dataclass(frozen=True)
class Listing:
    """What pictures there are.

    Attributes:
        labels: name of each class.
        entries: the pictures.
        notes: sentences about what else is there.
    """

    labels: tuple[str, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureFolder:
    """A folder of pictures as an origin of pictures.

    Attributes:
        folder: its path.
    """

    folder: str

    @property
    def name(self) -> str:
        """What tells it from others: the path that it has from anywhere."""
        return os.path.realpath(self.folder)

    @property
    def shown(self) -> str:
        """As it was given."""
        return self.folder

    def listing(self, progress: Callable | None = None) -> Listing:
        """The pictures in it, by their names; none is opened.

        Raises:
            ValueError: it is no folder of at least two classes, or their names say nothing certain.
        """
        del progress
        return _Walk(Path(self.folder)).listing()

    def open_some(self, entries: Sequence[Entry]) -> Iterator[Callable]:
        """See `picture_store.PictureStore.prepare`."""
        for entry in entries:
            yield lambda path=entry.name: _opened(path)


def _opened(path: str) -> tuple:
    import io

    from PIL import Image

    content = Path(path).read_bytes()
    return Image.open(io.BytesIO(content)), hashlib.sha256(content).digest()


def some(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


class _Walk:
    """A look at a folder: what is met on the way is noted."""

    def __init__(self, folder: Path):
        if not folder.is_dir():
            raise ValueError(f"{folder}: expected a folder of pictures, received none")
        self.folder = folder
        self.hidden, self.others, self.outside, self.nested = [], [], [], []

    def listing(self) -> Listing:
        parts = self._parts()
        labels = self._labels(parts)
        entries = [
            Entry(path, part, label, stamp)
            for part, place in parts.items()
            for label, kind in enumerate(labels)
            if (place / kind).is_dir()
            for path, stamp in self._pictures(place / kind)
        ]
        return Listing(labels, tuple(entries), tuple(self._notes(parts, labels)))

    def _parts(self) -> dict[str, Path]:
        """The folders of classes by the part that they are; WHOLE where all are in one."""
        found = self._folders(self.folder)
        if TRAIN not in found or not self._folders(self.folder / TRAIN):
            return {WHOLE: self.folder}
        parts = {}
        for name in found:
            if name not in PARTS:
                self.outside.append(str(self.folder / name))
            elif parts.setdefault(PARTS[name], self.folder / name) != self.folder / name:
                raise ValueError(f"{self.folder}: expected one folder {PARTS[name]}, received {name} too")
        if set(parts) == {TRAIN}:
            raise ValueError(f"{self.folder}: expected a folder test beside train, received none")
        return {part: parts[part] for part in (TRAIN, VALIDATION, TEST) if part in parts}

    def _labels(self, parts: dict[str, Path]) -> tuple[str, ...]:
        """The classes: those to be trained on."""
        first = parts.get(TRAIN, self.folder)
        labels = tuple(self._folders(first))
        every = {name: str(place) for place in parts.values() for name in self._folders(place)}
        _check_names(self.folder, every)
        if len(labels) < 2:
            inner = self._folders(first / labels[0]) if labels else []
            hint = f": perhaps {first / labels[0]} is the folder to name" if len(inner) > 1 else ""
            raise ValueError(
                f"{first}: expected a folder for each of several classes, received {', '.join(labels) or 'none'}{hint}"
            )
        return labels

    def _folders(self, place: Path) -> list[str]:
        """Names of the folders of a place that are not hidden."""
        return sorted(name for name in os.listdir(place) if not name.startswith(".") and (place / name).is_dir())

    def _pictures(self, folder: Path) -> Iterator[tuple[str, bytes]]:
        """(path, stamp) of the pictures of a class, those of folders within among them, by their names."""
        seen = set()  # links may lead round in circles
        for place, folders, names in os.walk(folder, followlinks=True):
            self.hidden += [os.path.join(place, name) for name in folders if name.startswith(".")]
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if os.path.realpath(place) in seen:
                folders.clear()
                continue
            seen.add(os.path.realpath(place))
            paths = [os.path.join(place, name) for name in sorted(names)]
            self.hidden += [path for path in paths if os.path.basename(path).startswith(".")]
            shown = [path for path in paths if not os.path.basename(path).startswith(".")]
            pictures = [path for path in shown if _may_be_picture(path)]
            self.others += sorted({*shown} - {*pictures})
            if pictures and Path(place) != folder:
                self.nested.append(place)
            yield from ((path, _stamp(path)) for path in pictures)

    def _notes(self, parts: dict[str, Path], labels: Sequence[str]) -> Iterator[str]:
        for place in {self.folder, *parts.values()}:
            names = [str(place / name) for name in os.listdir(place)]
            hidden = {name for name in names if os.path.basename(name).startswith(".")}
            self.hidden += hidden
            self.outside += [name for name in names if name not in hidden and not os.path.isdir(name)]
        for part, place in parts.items():
            more = [str(place / name) for name in self._folders(place) if name not in labels]
            if more and part not in (WHOLE, TRAIN):
                yield f"left out, for {parts[TRAIN]} has no such class: {some(more)}"
        if self.nested:
            yield f"folders within a class's are taken as part of it: {some(self.nested)}"
        for reason, names in (
            ("they are hidden", self.hidden),
            (f"they are no files of pictures ({', '.join(picture_files.SUFFIXES)})", self.others),
            ("they are in no class's folder", self.outside),
        ):
            if names:
                yield f"left out, for {reason}: {some(sorted(names))}"


def _check_names(folder: Path, names: dict[str, str]) -> None:
    """Raises ValueError for names that are no text, or of which two differ in case alone, or in how accents are coded.

    names: name of a class -> where it is.
    """
    found: dict[str, str] = {}
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{folder}: expected names of classes that are text, received {ascii(name)}") from None
        same = found.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if same != name:
            raise ValueError(
                f"{folder}: expected classes whose names differ in more than capitals, received {same} "
                f"({names[same]}) and {name} ({names[name]}): give both one name"
            )


def _may_be_picture(path: str) -> bool:
    return path.lower().endswith(picture_files.SUFFIXES) and (os.path.isfile(path) or os.path.islink(path))


def _stamp(path: str) -> bytes:
    """Of a file as it is now; a link that leads nowhere has one too."""
    try:
        state = os.stat(path)
    except OSError:
        state = os.lstat(path)
    told = (os.fsencode(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    return hashlib.sha256(repr(told).encode()).digest()
