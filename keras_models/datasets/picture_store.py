"""Pictures decoded once: pixels of the size that a network wants, and what tells them apart, in files that are kept.

    CACHE/pictures-1/NAME-HASH/facts      of each picture: SHA-256 of its content, kinds, thumbnail
    CACHE/pictures-1/NAME-HASH/32x32x3    pixels of that size, under the SHA-256
    CACHE/pictures-1/NAME-HASH/pairs      near-duplicates

CACHE is $FRUGAL_CACHE_DIR, or else frugal in $XDG_CACHE_HOME or ~/.cache; where nothing can be written there, a folder
that goes with the process. All of it may be removed at any time. It takes height x width x channels + 36 bytes a
picture and size, and 838 a picture, in all at most $FRUGAL_CACHE_GB (20): data sets used longest ago are the first to
go.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_models import files
from keras_models.datasets import near_duplicates, picture_files, storage
from keras_models.datasets.near_duplicates import SIDE
from keras_models.datasets.record_file import KEY, RecordFile

LIMIT_GB = 20.0
_UNREADABLE = 1 << 15  # among the bits of `picture_files.KINDS`
_THUMBNAIL = SIDE * SIDE * 3
_FACTS = KEY + 2 + _THUMBNAIL
_AT_ONCE = 64  # pictures that are decoded before they are written
_LOCK = ".lock"

Opened = Callable[[], tuple]  # gives (picture that Pillow has opened, SHA-256 of its content), or fails as it likes


@dataclass(frozen=True)
class Facts:
    """What is known of some pictures.

    Attributes:
        digests: SHA-256 of the content of each; of nothing where no picture can be read.
        readable: bool `[n]`.
        kinds: int `[n]`, bits of `picture_files.KINDS`.
        thumbnails: uint8 `[n, 16, 16, 3]`.
    """

    digests: tuple[bytes, ...]
    readable: np.ndarray
    kinds: np.ndarray
    thumbnails: np.ndarray


def silently(items: Iterable, description: str, total: int | None = None) -> Iterable:
    """Shows no progress."""
    del description, total
    return items


class PictureStore:
    """The decoded pictures of one origin.

    Args:
        origin: what tells it from others, such as a folder's path.
    """

    def __init__(self, origin: str):
        name = re.sub(r"[^\w.-]+", "_", Path(origin).name)[-40:]
        self.origin = origin
        self.folder = _root() / f"{name}-{hashlib.sha256(os.fsencode(origin)).hexdigest()[:16]}"

    def prepare(self, stamps: Sequence[bytes], shape, open_some: Callable, progress: Callable = silently) -> Facts:
        """What is known of pictures, which are decoded as far as they have not been.

        Of processes that share a folder one decodes, the others wait for it. An interrupted one has kept what it has.

        Args:
            stamps: of each picture, 32 bytes that change when it does.
            shape: (height, width, channels) that pixels are kept of.
            open_some: function (rows) -> an `Opened` for each of these rows of `stamps`, in order.
            progress: function (items, description, total) -> the items, which shows how far it has come.

        Raises:
            ValueError: they take more than may be kept.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with files.locked(self.folder / _LOCK):
            os.utime(self.folder)
            facts, pixels = self._facts(), self._pixels(shape)
            lacking = set(self._lacking(stamps, facts, pixels))
            rows = [row for row, stamp in enumerate(stamps) if stamp in lacking]
            self._make_room(len(rows) * (math.prod(shape) + _FACTS + 2 * (KEY + 4)), shape, len(rows))
            made = progress(zip(rows, _decoded(open_some(rows), shape)), f"reading {self.origin}", len(rows))
            with picture_files.strictly():
                for some in _chunks(made):
                    pixels.add((one[:KEY], content) for _, (one, content) in some if content)
                    facts.add((stamps[row], one) for row, (one, _) in some)
            facts.keep_only(stamps)
            told = facts.read(stamps)
            digests = tuple(row[:KEY].tobytes() for row in told)
            pixels.keep_only(digests)
        return Facts(
            digests,
            (told[:, KEY + 1] & (_UNREADABLE >> 8)) == 0,
            told[:, KEY].astype(int) | (told[:, KEY + 1].astype(int) << 8 & ~_UNREADABLE),
            told[:, KEY + 2 :].reshape(-1, SIDE, SIDE, 3),
        )

    def couples(self, facts: Facts) -> np.ndarray:
        """The near-duplicates among the readable pictures (`near_duplicates.pairs`), the same ones among them.

        Returns:
            int64 `[k, 2]`, rows of `facts`, the nearest first; kept, for many pictures take a while.
        """
        key = hashlib.sha256(b"".join(facts.digests)).hexdigest()
        known = files.kept(self.folder / "pairs", files.arrays, lambda text: None) or {}
        if str(known.get("key")) != key:
            rows = np.flatnonzero(facts.readable)
            same = near_duplicates.equal([facts.digests[row] for row in rows])
            near = near_duplicates.pairs(facts.thumbnails[rows])[0]
            _, first = np.unique(found := np.concatenate([same, near]), axis=0, return_index=True)
            known = {"couples": rows[found[np.sort(first)]]}
            files.write_arrays(self.folder / "pairs", key=key, **known)
        return known["couples"]

    def pixels(self, digests: Sequence[bytes], shape) -> np.ndarray:
        """The pixels of pictures that have been prepared: uint8 `[n, height, width, channels]`."""
        return self._pixels(shape).read(digests).reshape(-1, *shape)

    def has_all(self, digests: Sequence[bytes], shape) -> bool:
        """Whether the pixels of pictures are there, every byte of them as it was written."""
        return not self._pixels(shape).lacking(digests)

    def _facts(self) -> RecordFile:
        return _records(self.folder / "facts", _FACTS)

    def _pixels(self, shape) -> RecordFile:
        return _records(self.folder / "x".join(map(str, shape)), math.prod(shape))

    def _lacking(self, stamps, facts: RecordFile, pixels: RecordFile) -> list[bytes]:
        """The stamps of pictures that have to be decoded."""
        unknown = set(facts.lacking(stamps))
        known = [stamp for stamp in dict.fromkeys(stamps) if stamp not in unknown]
        rows = facts.read(known)
        digests = [None if row[KEY + 1] & (_UNREADABLE >> 8) else row[:KEY].tobytes() for row in rows]
        missing = set(pixels.lacking(digest for digest in digests if digest))
        return [*unknown, *(stamp for stamp, digest in zip(known, digests, strict=True) if digest in missing)]

    def _make_room(self, wanted: int, shape, count: int) -> None:
        """Removes the pictures of other origins that would be too much with what is wanted, in bytes."""
        limit = _limit()
        total = _size(self.folder) + wanted
        if total > limit:
            raise ValueError(
                f"{self.origin}: expected pictures that take at most {limit / 1e9:g} GB in {self.folder.parent}, "
                f"received {count} of {'x'.join(map(str, shape))}, {total / 1e9:.3g} GB: set FRUGAL_CACHE_GB"
            )
        with files.locked(self.folder.parent / _LOCK):
            others = [folder for folder in self.folder.parent.iterdir() if folder.is_dir() and folder != self.folder]
            others.sort(key=lambda folder: folder.stat().st_mtime_ns)
            total += sum(map(_size, others))
            while total > limit and others:
                total -= _forget(others.pop(0))


def _forget(folder: Path) -> int:
    """Removes the pictures of an origin, unless they are being decoded; returns how many bytes that were."""
    with files.locked(folder / _LOCK, wait=False) as held:
        size = _size(folder) if held else 0
        if held:
            shutil.rmtree(folder, ignore_errors=True)
    return size


def _limit() -> float:
    """Bytes that may be kept in all."""
    text = os.environ.get("FRUGAL_CACHE_GB") or str(LIMIT_GB)
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"expected FRUGAL_CACHE_GB as a number of gigabytes, received {text!r}")
    return float(text) * 1e9


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


def _records(file: Path, size: int) -> RecordFile:
    state = file.stat() if file.exists() else None
    return _looked_at(file, size, state and (state.st_ino, state.st_size, state.st_mtime_ns))


@functools.lru_cache(maxsize=8)
def _looked_at(file: Path, size: int, state) -> RecordFile:
    """The records of a file in that state: their checks are read once."""
    del state
    return RecordFile(file, size)


def _root() -> Path:
    own, shared = os.environ.get("FRUGAL_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    root = (Path(own) if own else Path(shared, "frugal")).expanduser() / "pictures-1"
    return root if storage.is_writable(root) else Path(_temporary().name)


@functools.cache
def _temporary() -> tempfile.TemporaryDirectory:
    """A folder that is removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="frugal-pictures-")


def _chunks(items: Iterable) -> Iterator[list]:
    items = iter(items)
    while some := list(itertools.islice(items, _AT_ONCE)):
        yield some


def _decoded(opened: Iterable[Opened], shape) -> Iterator[tuple[bytes, bytes]]:
    """(facts, pixels) of each picture, on all cores; no pixels where none can be read."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for some in _chunks(opened):
            yield from pool.map(functools.partial(_made, shape=shape), some)


def _made(opened: Opened, shape) -> tuple[bytes, bytes]:
    from PIL import Image

    try:
        picture, digest = opened()
        kinds = sum(1 << picture_files.KINDS.index(kind) for kind in picture_files.kinds(picture))
        flat = picture_files.on_white(picture_files.upright(picture))
        thumbnail = flat.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX).tobytes()
        return digest + kinds.to_bytes(2, "little") + thumbnail, picture_files.fitted(flat, shape).tobytes()
    except MemoryError:
        raise
    except Exception:  # of any kind: thirty readers have their own ways to find a file damaged
        return bytes(KEY) + _UNREADABLE.to_bytes(2, "little") + bytes(_THUMBNAIL), b""
