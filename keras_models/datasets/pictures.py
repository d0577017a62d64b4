"""Pictures of one's own as tasks: folders of files, and the data sets of tensorflow-datasets by their names.

The name of such a task says all of it: ORIGIN@HEIGHTxWIDTHxCHANNELS, and @LOW..HIGH behind it where a network sees
other numbers than 0..1. ORIGIN is a folder (`picture_folders`) or tfds:NAME (`named_pictures`). Pictures are cropped
and resized as a bundle does it (docs/bundle.md), but for roundings.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_models.datasets import picture_notes
from keras_models.datasets.named_pictures import PREFIX, NamedPictures
from keras_models.datasets.near_duplicates import groups
from keras_models.datasets.picture_folders import Listing, PictureFolder
from keras_models.datasets.picture_store import Facts, PictureStore, silently
from keras_models.datasets.shares import SPLITS, share_out, shares_of
from keras_models.datasets.tasks import Task

_NUMBER = r"-?\d+(?:\.\d+)?"
_NAME = re.compile(rf"(?P<origin>.+)@(?P<h>\d+)x(?P<w>\d+)x(?P<c>[13])(?:@(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER}))?")


@dataclasses.dataclass(frozen=True)
class Pictures(Task):
    """Pictures of one's own.

    Attributes:
        origin: where they are.
        pictures: (split, (SHA-256, label) of each of its pictures) of each split.
        names: (split, name of each of its pictures) of each split.
        told: see `Task.notes`.
    """

    origin: PictureFolder | NamedPictures | None = None
    pictures: tuple[tuple[str, tuple[tuple[bytes, int], ...]], ...] = ()
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    told: tuple[str, ...] = ()

    @property
    def notes(self):
        """What was left out, changed or is dubious."""
        return self.told

    def load(self, split, *, data_dir=None):
        """Reads a split, or a slice of one; see `Task.load`. data_dir: not looked at.

        Raises:
            ValueError: a picture is no longer there as it was.
        """
        part, start, stop = self.bounds(split)
        chosen = dict(self.pictures)[part][start:stop]
        digests, store = [digest for digest, _ in chosen], PictureStore(self.origin.name)
        if not store.has_all(digests, self.input_shape):  # somebody has removed or damaged them meanwhile
            _prepared(self.origin, self.origin.listing(), self.input_shape, silently)
        try:
            images = store.pixels(digests, self.input_shape)
        except KeyError:
            raise ValueError(
                f"{self.name}: expected the pictures that there were, received others: start again"
            ) from None
        return self.checked(split, images, np.array([label for _, label in chosen], np.int64))


def name(origin: str | Path, shape, pixels: tuple[float, float] | None = None) -> str:
    """The name of the task of some pictures.

    Args:
        origin: a folder, or tfds:NAME.
        shape: (height, width, channels) that they are brought to.
        pixels: what a network sees of black and of white; None is 0 and 1.
    """
    ends = "" if pixels is None else f"@{pixels[0]:g}..{pixels[1]:g}"
    return f"{origin}@{'x'.join(map(str, shape))}{ends}"


def folder_of(name: str) -> Path | None:
    """The folder in the name of such a task; None if it is the name of another one."""
    match = _NAME.fullmatch(name)
    return None if match is None or match["origin"].startswith(PREFIX) else Path(match["origin"])


def find(name: str, progress: Callable = silently) -> Pictures | None:
    """The task of that name; None if it is not the name of such a task. The pictures are decoded if they have not been.

    progress: see `PictureStore.prepare`.

    Raises:
        ValueError: there are no pictures of at least two classes, or too few; OSError: they are not to be had.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    named = match["origin"].startswith(PREFIX)
    origin = (NamedPictures if named else PictureFolder)(match["origin"].removeprefix(PREFIX if named else ""))
    shape = tuple(int(match[side]) for side in "hwc")
    listing = origin.listing(progress)
    _prepared(origin, listing, shape, progress)
    return _task(name, origin, listing, shape, (float(match["low"] or 0), float(match["high"] or 1)))


@functools.lru_cache(maxsize=4)  # a tool asks for its task several times
def _task(name, origin, listing: Listing, shape, ends) -> Pictures:
    facts = _prepared(origin, listing, shape, silently)
    picture_notes.check_given(origin.shown, listing, facts)
    couples = PictureStore(origin.name).couples(facts)
    rows = _splits(listing, facts, groups(len(listing.entries), couples))
    picture_notes.check_splits(origin.shown, rows)
    pixels = {"scale": ((ends[1] - ends[0]) / 255,) * shape[2], "offset": (ends[0],) * shape[2]}
    entries = listing.entries
    return Pictures(
        name,
        "none",
        shape,
        listing.labels,
        tuple((split, len(some)) for split, some in rows.items()),
        shift=min(shape[:2]) // 16,
        title=Path(origin.name).name[:80],
        question=f"Which of {len(listing.labels)} kinds is on the picture?",
        origin=origin,
        pictures=tuple(
            (split, tuple((facts.digests[row], entries[row].label) for row in some)) for split, some in rows.items()
        ),
        names=tuple((split, tuple(entries[row].name for row in some)) for split, some in rows.items()),
        told=tuple(picture_notes.notes(listing, facts, rows, couples, shape[2])),
        **pixels,
    )


def _prepared(origin, listing: Listing, shape, progress) -> Facts:
    """What is known of the pictures, all of which are decoded."""

    def open_some(rows):
        return origin.open_some([listing.entries[row] for row in rows])

    stamps = [entry.stamp for entry in listing.entries]
    return PictureStore(origin.name).prepare(stamps, shape, open_some, progress)


def _splits(listing: Listing, facts: Facts, joined: np.ndarray) -> dict[str, list[int]]:
    """The rows of each split's pictures, in an order that mixes the classes: any stretch of them stands for all.

    Statistics and calibration are taken from the first ones, and slices such as "test[:10%]" are asked for.
    """
    entries, found = listing.entries, {split: [] for split in SPLITS}
    parts = shares_of(dict.fromkeys(entry.part for entry in entries))
    cells: dict[tuple[str, int], list[int]] = {}
    for row, entry in enumerate(entries):
        if facts.readable[row]:
            cells.setdefault((entry.part, entry.label), []).append(row)
    for (part, _), rows in cells.items():
        out = share_out([facts.digests[row] for row in rows], [joined[row] for row in rows], parts[part])
        for split, some in out.items():
            found[split] += [rows[place] for place in some]
    return {split: sorted(rows, key=lambda row: (facts.digests[row], row)) for split, rows in found.items()}
