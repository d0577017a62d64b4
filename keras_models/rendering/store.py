"""Renders the pictures of a split, and keeps each as soon as it is drawn: who is interrupted goes on from there.

What is kept is a `record_file.RecordFile`, under a hash of all that decides what is drawn.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from keras_models import files
from keras_models.datasets.draws import stream
from keras_models.datasets.record_file import RecordFile
from keras_models.rendering import renderer

PROCESSES = "FRUGAL_RENDERERS"  # variable of the environment: how many processes draw
_AT_ONCE = 16  # pictures that are drawn before they are written


class Painter(Protocol):
    """Draws the pictures of a data set: plain data, which is taken to other processes.

    Attributes:
        size: bytes of a picture's record.
        apart: whether it is drawn in processes of its own: Mitsuba that comes into one after TensorFlow ends it by an
            abort, whatever it has done.
    """

    size: int
    apart: bool

    def record(self, split: int, index: int) -> bytes:
        """Draws a picture with Mitsuba: its record, which depends on nothing but the painter, split and index."""


def key(painter: Painter, split: int, index: int) -> bytes:
    """Hash of what decides a record: 32 bytes."""
    return hashlib.sha256(f"{renderer.VERSION} {painter!r} {split} {index}".encode()).digest()


def records(
    painter: Painter,
    split: int,
    count: int,
    file: Path,
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> Iterator[bytes]:
    """The records of the first pictures of a split, those drawn that are not kept yet.

    Args:
        painter: draws them.
        split: number of the split.
        count: how many pictures.
        file: where they are kept, with those of the other splits.
        progress: function (items, total) -> items, which shows how far it has come; of what is still to be drawn.

    Raises:
        renderer.CannotRender: some are to be drawn, and Mitsuba is not there.
    """
    keys = [key(painter, split, index) for index in range(count)]
    file.parent.mkdir(parents=True, exist_ok=True)
    with files.locked(file.with_name(f"{file.name}.lock")):
        kept = RecordFile(file, painter.size)
        lacking = set(kept.lacking(keys))
        wanted = [index for index in range(count) if keys[index] in lacking]
        if wanted:
            renderer.check()
        drawn = progress(_drawn(painter, split, wanted), len(wanted))
        while some := list(itertools.islice(drawn, _AT_ONCE)):
            kept.add((keys[index], record) for index, record in some)
    for one in keys:
        yield kept.read([one])[0].tobytes()


def forget(file: Path) -> None:
    """Removes what is kept in a file."""
    for path in (file, file.with_name(f"{file.name}.lock")):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def _drawn(painter: Painter, split: int, indices: list[int]) -> Iterator[tuple[int, bytes]]:
    """(index, record) of some pictures, in order."""
    if not painter.apart or not indices:
        yield from ((index, painter.record(split, index)) for index in indices)
        return
    processes = min(int(os.environ.get(PROCESSES) or 1), len(indices))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        work = ((painter, split, index) for index in indices)
        yield from zip(indices, pool.imap(_draw, work), strict=True)


def _draw(work: tuple) -> bytes:
    painter, split, index = work
    return painter.record(split, index)


def measured(painter: Painter, count: int) -> tuple[float, float]:
    """Draws some pictures of the first split anew, one after the other in one process.

    Returns:
        (seconds, seconds of all cores) that a picture takes, without what is loaded once.
    """
    if not painter.apart:
        return _measured(painter, count)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (painter, count))


def _measured(painter: Painter, count: int) -> tuple[float, float]:
    painter.record(0, count)  # loads Mitsuba and the meshes
    wall, processor = time.perf_counter(), time.process_time()
    for index in range(count):
        painter.record(0, index)
    return (time.perf_counter() - wall) / count, (time.process_time() - processor) / count


class Draws:
    """Random choices of one picture, the same on every machine (`draws`).

    Args:
        key: non-negative integers that belong to the picture.
    """

    def __init__(self, *key: int):
        self._bits = stream(*key)

    def below(self, bound: int) -> int:
        """An integer from 0 to `bound` - 1."""
        return int((int(self._bits.random_raw()) >> 32) * bound >> 32)

    def among(self, items):
        """One of some items."""
        return items[self.below(len(items))]

    def between(self, low: float, high: float) -> float:
        """A number, in steps of 2**-20 of the range."""
        return low + (high - low) * self.below(1 << 20) / (1 << 20)

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.below(1 << 20) < share * (1 << 20)

    def colour(self, about, spread: float) -> tuple[float, float, float]:
        """A colour near another one."""
        return tuple(float(np.clip(one + self.between(-spread, spread), 0, 1)) for one in about)
