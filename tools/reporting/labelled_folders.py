"""A folder of pictures of one's own, a folder a class, on which a network or a bundle is judged.

Classes are matched by their names; a folder that is no class is refused, for its pictures would count neither right nor
wrong. What cannot be read is left out and named.
"""

import difflib
import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_models.datasets import pictures
from keras_models.datasets.picture_files import SUFFIXES, PictureError
from tflite.errors import ChainError
from tools import console
from tools.console import UserError

SHOWN = 4  # names of classes in an error


@dataclass(frozen=True)
class Labelled:
    """Pictures and their labels.

    Attributes:
        images: uint8 `[n, height, width, channels]`.
        labels: int `[n]`.
        rows: int `[n]`, which of all pictures of the folder these are, in the order of classes and names.
        left_out: paths of pictures that could not be read; each has been told.
        absent: labels without a picture.
    """

    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    left_out: tuple[str, ...]
    absent: tuple[str, ...]


def read(folder: str, labels: Sequence[str], read_one: Callable, draw_rows: Callable, trained_on=None) -> Labelled:
    """The pictures of a folder; those that cannot be read are told on stderr, one by one.

    Args:
        folder: with a folder for each of some of the classes, named as its label.
        labels: of the network.
        read_one: path -> uint8 image of the shape that all have.
        draw_rows: number of pictures -> rows to take, in order.
        trained_on: name of the task that the network was made for, which is perhaps a folder.

    Raises:
        UserError: no such folder, a folder in it that is no class, or no picture that can be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserError(f"expected a folder of pictures, a folder a class, received {folder}, which is none")
    _check_unseen(root, trained_on)
    files = [(str(path), label) for path, label in _find(root, tuple(labels))]
    rows = draw_rows(len(files))
    images, taken, left_out = [], [], []
    for row in console.progress(rows, f"reading {folder}"):
        path, _ = files[row]
        try:
            images.append(read_one(path))
            taken.append(row)
        except (PictureError, ChainError, OSError) as error:
            console.complain(error, path)
            left_out.append(path)
    if not images:
        raise UserError(f"expected pictures that can be read, received {len(left_out)} that cannot in {folder}")
    found = np.array([files[row][1] for row in taken], np.int64)
    absent = tuple(name for label, name in enumerate(labels) if label not in found)
    return Labelled(np.stack(images), found, np.array(taken), tuple(left_out), absent)


def _find(root: Path, labels: tuple[str, ...]) -> list[tuple[Path, int]]:
    """(file, label) of the pictures in folders of these names, class by class, in the order of their names."""
    known = {_plain(name): label for label, name in enumerate(labels)}
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir())
    unknown = [entry for entry in folders if _plain(entry.name) not in known and entry.name[0] not in "._"]
    folders = [entry for entry in folders if _plain(entry.name) in known]
    if unknown or not folders:
        raise UserError(_no_class(root, unknown, known, labels))
    found = [
        (entry / name, known[_plain(entry.name)])
        for entry in folders
        for name in sorted(os.listdir(entry))
        if name.lower().endswith(SUFFIXES) and name[0] != "."  # as macOS adds
    ]
    if not found:
        raise UserError(f"expected pictures ({', '.join(SUFFIXES)}) in the folders of {root}, received none")
    return sorted(found, key=lambda pair: pair[1])


def _plain(name: str) -> str:
    """A name as it is compared: file systems write an umlaut in one sign or in two."""
    return unicodedata.normalize("NFC", name)


def _no_class(root: Path, unknown: list[Path], known: dict, labels: tuple[str, ...]) -> str:
    """The sentence on folders that are no classes, or on there being none."""
    more = f", ... {len(labels)} in all" if len(labels) > SHOWN else ""
    text = f"{root}: expected a folder a class, named as the labels ({', '.join(labels[:SHOWN])}{more}), received "
    if not unknown:
        return text + "no folder"
    first = unknown[0]
    split = next((entry for entry in unknown if any((entry / name).is_dir() for name in labels)), None)
    if split is not None:  # folders of classes within train/ and test/
        test = root / "test" if (root / "test").is_dir() else split
        return f"{text}{', '.join(entry.name for entry in unknown[:SHOWN])}: give {test}"
    near = difflib.get_close_matches(_plain(first.name).lower(), {name.lower(): name for name in known}, 1)
    meant = [name for name in labels if near and _plain(name).lower() == near[0]]
    advice = f"is it {meant[0]}? Rename it" if meant else "move it elsewhere"
    return f"{text}{first.name}: {advice}"


def _check_unseen(root: Path, trained_on: str | None) -> None:
    """Raises UserError for the folder that a network was trained on; what is in its test/ was kept from it."""
    known = pictures.folder_of(trained_on or "")
    if known is None or not known.is_dir():
        return
    seen, own = known.resolve(), root.resolve()
    is_apart = own.is_relative_to(seen / "test") and (seen / "train").is_dir()
    if own.is_relative_to(seen) and not is_apart:
        raise UserError(
            f"expected pictures that the network has not been trained on, received {root}: leave --data out for the "
            f"pictures of {known} that were kept for tests"
        )
