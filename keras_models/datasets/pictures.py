"""Folders of picture files as tasks: a folder a class, or these within train/, test/ and perhaps validation/.

The name of such a task says all of it: FOLDER@HEIGHTxWIDTHxCHANNELS, and @LOW..HIGH behind it where a network sees
other numbers than 0..1. Pictures are cropped and resized as a bundle does it (docs/bundle.md), but for roundings.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from pathlib import Path

import numpy as np

from keras_models.datasets import picture_files
from keras_models.datasets.draws import permutation, stream
from keras_models.datasets.tasks import Task

# What is shared out of a folder: to be trained on, to fit policies on, to choose operating points on, to be tested on.
SHARES = {"train": 0.6, "validation": 0.13, "held_out": 0.07, "test": 0.2}
WITHIN = {
    "train": {"train": 0.75, "validation": 0.16, "held_out": 0.09},
    "validation": {"validation": 0.65, "held_out": 0.35},
    "test": {"test": 1.0},
}
SHOWN = 5  # names of files that are left out
_SEED = 2025  # of the order in which a class's pictures are shared out
_NUMBER = r"-?\d+(?:\.\d+)?"
_NAME = re.compile(rf"(?P<folder>.+)@(?P<h>\d+)x(?P<w>\d+)x(?P<c>[13])(?:@(?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER}))?")


@dataclasses.dataclass(frozen=True)
class Pictures(Task):
    """Pictures in files.

    Attributes:
        files: (split, (path, label) of each of its pictures) of each split.
        left_out: paths of files that are no pictures, or damaged ones.
    """

    files: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def notes(self):
        """What was left out."""
        if not self.left_out:
            return ()
        more = f" and {len(self.left_out) - SHOWN} more" if len(self.left_out) > SHOWN else ""
        return (f"left out, for no picture can be read there: {', '.join(self.left_out[:SHOWN])}{more}",)

    def load(self, split, *, data_dir=None):
        """Reads a split, or a slice of one; see `Task.load`. data_dir: not looked at.

        Raises:
            ValueError: a file is no picture; the sentence names it.
        """
        origin, start, stop = self.bounds(split)
        chosen = dict(self.files)[origin][start:stop]
        images = np.stack([read(path, self.input_shape) for path, _ in chosen])
        return self.checked(split, images, np.array([label for _, label in chosen], np.int64))


def name(folder: str | Path, shape, pixels: tuple[float, float] | None = None) -> str:
    """The name of the task of a folder.

    Args:
        folder: of pictures.
        shape: (height, width, channels) that they are brought to.
        pixels: what a network sees of black and of white; None is 0 and 1.
    """
    ends = "" if pixels is None else f"@{pixels[0]:g}..{pixels[1]:g}"
    return f"{folder}@{'x'.join(map(str, shape))}{ends}"


def folder_of(name: str) -> Path | None:
    """The folder in the name of such a task; None if it is the name of another one."""
    match = _NAME.fullmatch(name)
    return match and Path(match["folder"])


def find(name: str) -> Pictures | None:
    """The task of that name; None if it is not the name of such a task.

    Raises:
        ValueError: the folder holds no pictures of at least two classes, or too few.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    shape = tuple(int(match[side]) for side in "hwc")
    low, high = float(match["low"] or 0), float(match["high"] or 1)
    labels, files, left_out = _shared_out(Path(match["folder"]))
    sizes = tuple((split, len(files[split])) for split in SHARES)
    if min(size for _, size in sizes) == 0:
        shown = ", ".join(f"{size} of {split}" for split, size in sizes)
        raise ValueError(f"{match['folder']}: expected pictures for every split, some dozens a class, received {shown}")
    scale, offset = ((high - low) / 255,) * shape[2], (low,) * shape[2]
    found = tuple((split, tuple(files[split])) for split in SHARES)
    shift = min(shape[:2]) // 16
    return Pictures(
        name,
        "none",
        shape,
        labels,
        sizes,
        scale,
        offset,
        shift=shift,
        title=Path(match["folder"]).name[:80],
        question=f"Which of {len(labels)} kinds is on the picture?",
        files=found,
        left_out=tuple(left_out),
    )


@functools.lru_cache(maxsize=None)  # of every file, for a tool asks for its task several times
def _is_whole(path: Path, size: int, changed: int) -> bool:
    """As `picture_files.is_whole`, once for a file of that size, changed then."""
    del size, changed
    return picture_files.is_whole(path)


def _shared_out(folder: Path) -> tuple[tuple[str, ...], dict[str, list], list[str]]:
    """Names of the classes, (path, label) of the pictures of each split, and the files that are left out."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of pictures, received none")
    above = [split for split in WITHIN if (folder / split).is_dir()]
    parts = {folder / split: WITHIN[split] for split in above} if "train" in above else {folder: SHARES}
    classes = {part: tuple(sorted(entry.name for entry in part.iterdir() if entry.is_dir())) for part in parts}
    labels = next(iter(classes.values()))
    if "train" in above and "test" not in above:
        raise ValueError(f"{folder}: expected a folder test beside train, received none")
    for part, found in classes.items():
        if len(found) < 2 or found != labels:
            expected = f"the classes {', '.join(labels)}" if len(labels) > 1 else "a folder for each of several classes"
            raise ValueError(f"{part}: expected {expected}, received {', '.join(found) or 'none'}")
    files, left_out = {split: [] for split in SHARES}, []
    for part, shares in parts.items():
        if part.name == "train" and "validation" in above:
            shares = {"train": 1.0}
        for label, kind in enumerate(labels):
            found = sorted(name for name in os.listdir(part / kind) if name.lower().endswith(picture_files.SUFFIXES))
            stats = ((name, os.stat(part / kind / name)) for name in found)
            whole = [name for name, s in stats if _is_whole(part / kind / name, s.st_size, s.st_mtime_ns)]
            left_out += [str(part / kind / name) for name in sorted(set(found) - set(whole))]
            for split, some in _portions(part / kind, whole, label, shares).items():
                files[split] += [(str(path), label) for path in some]
    return labels, files, left_out


def _portions(folder: Path, names: list[str], label: int, shares: dict[str, float]) -> dict[str, list[Path]]:
    """The pictures of a class, shared out in an order that their number and the label alone decide."""
    order = permutation(stream(_SEED, label), len(names))
    ends = np.rint(np.cumsum(list(shares.values())) * len(names)).astype(int)
    cuts = np.split(order, ends[:-1])
    return {split: [folder / names[row] for row in sorted(rows)] for split, rows in zip(shares, cuts, strict=True)}


def read(path: str | Path, shape) -> np.ndarray:
    """A picture file as uint8 of a shape (height, width, channels): on white, cropped about its middle, resized.

    Raises:
        ValueError: it is no picture, or a damaged one.
    """
    from PIL import Image

    height, width, channels = shape
    try:
        with open(path, "rb") as stream:
            picture = picture_files.decoded(stream)
            if picture.mode == "RGBA":
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            picture = picture.convert("L" if channels == 1 else "RGB")
    except Exception as error:  # of any kind: thirty readers have their own ways to find a file damaged
        raise ValueError(f"{path}: expected a picture, but {error or type(error).__name__}") from None
    rows, columns = picture.height, picture.width
    kept = min(rows, max(1, columns * height // width)), min(columns, max(1, rows * width // height))
    top, left = (rows - kept[0]) // 2, (columns - kept[1]) // 2
    window = (left, top, left + kept[1], top + kept[0])
    picture = picture.crop(window).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture).reshape(shape)
