"""The images that a tool works on: a split of a task, an image file, a folder of them, or TASK:SPLIT:ROWS.

Data sets are known by the names of `keras_models.datasets`; a bundle says in its provenance which one it was made for.
"""

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

import tflite
from keras_models.datasets.picture_files import SUFFIXES, read
from tflite.bundle import queries
from tools import console, native
from tools.console import UserError

_ROWS = r"\d{1,4000}(?:-\d{1,4000})?"
_REFERENCE = re.compile(rf"(?P<task>[\w.-]+):(?P<split>\w+(?:\[[^\]]*\])?):(?P<rows>{_ROWS}(?:,{_ROWS})*)")


@dataclass(frozen=True)
class Samples:
    """Labelled images.

    Attributes:
        task, split: names.
        images: uint8 `[n, height, width, channels]`.
        labels: int `[n]`.
        groups, group_names: int `[n]`, index into the names of kinds of images, or None.
        rows: int `[n]`, which images of the split these are.
    """

    task: str
    split: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    groups: np.ndarray | None = field(repr=False)
    group_names: tuple[str, ...]
    rows: np.ndarray = field(repr=False)

    def __len__(self):
        return len(self.labels)

    def described(self) -> dict:
        """What images these are, and how many."""
        return {"dataset": self.task, "split": self.split, "samples": len(self)}

    def tuples(self) -> Iterator[tuple]:
        """Yields (image, label) or (image, label, name of its group), as `Chain.evaluate` takes them."""
        for i in range(len(self)):
            pair = (self.images[i], int(self.labels[i]))
            yield pair if self.groups is None else (*pair, self.group_names[self.groups[i]])


def task_of(manifest: tflite.Manifest, given: str | None = None) -> str:
    """The task to use: the one given, or the one that the bundle was made for."""
    name = given or manifest.provenance.get("dataset")
    if not isinstance(name, str):
        raise UserError(
            f"expected a bundle that says which dataset it was made for, or --dataset TASK, received {name!r}"
        )
    return name


def load(
    manifest: tflite.Manifest, dataset: str | None = None, split: str = "test", limit: int | None = None
) -> Samples:
    """Loads a split, or `limit` images drawn from it, and checks that it fits the bundle.

    dataset: name of a task; None is the bundle's own. Raises UserError if the bundle names none, or if images and
    labels are not those of the bundle; ValueError for a task or split that is not there.
    """
    from keras_models import datasets

    task = datasets.get(task_of(manifest, dataset), console.progress)
    if not isinstance(split, str):
        raise UserError(f"expected a bundle that names its held-out split, or --split, received {split!r}")
    if limit is not None and limit < 1:
        raise UserError(f"expected at least one image, received --limit {limit}")
    _check_fit(manifest, task)
    native.load_tensorflow()  # the data sets will need it, and it would talk
    images, labels, groups = task.load(split)
    rows = draw_rows(len(labels), limit)
    chosen = None if groups is None else groups[rows]
    return Samples(task.name, split, images[rows], labels[rows], chosen, tuple(task.group_names), rows)


def draw_rows(count: int, limit: int | None) -> np.ndarray:
    """All of `count` rows, or `limit` of them, in order: the same ones at every call.

    They are drawn at random, since kinds of images may follow each other in a pattern that even steps would hit.
    """
    if limit is None or limit >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, limit, replace=False))


def _check_fit(manifest: tflite.Manifest, task) -> None:
    """Refuses a task whose classes are not the bundle's, or whose pictures it cannot take."""
    labels, taken = queries.labels(manifest), queries.picture(manifest)
    if taken is None:
        received = ", ".join(manifest.inputs)
        raise UserError(f"expected a bundle that takes one picture, received one that takes {received}")
    if tuple(task.labels) != labels:
        raise UserError(
            f"expected a dataset with the bundle's labels ({_some(labels)}), "
            f"received {task.name} with {_some(task.labels)}"
        )
    entry, shape = taken
    if entry.resize == "none" and tuple(task.input_shape)[:2] != shape[:2]:
        raise UserError(
            f"expected images of {shape[0]} x {shape[1]} pixels, for the bundle does not resize, "
            f"received {task.name} with {task.input_shape[0]} x {task.input_shape[1]}"
        )


def _some(labels) -> str:
    return ", ".join(labels[:4]) + (f", ... {len(labels)} in all" if len(labels) > 4 else "")


def files_of(source: str) -> list[str]:
    """The image files of a folder; a folder without any, and every other source, is its only one."""
    names = sorted(os.listdir(source)) if os.path.isdir(source) and os.access(source, os.R_OK) else []
    paths = [os.path.join(source, name) for name in names if name.lower().endswith(SUFFIXES)]
    return [path for path in paths if not os.path.isdir(path)] or [source]


def find(source: str) -> Iterator[tuple[str, np.ndarray, int | None]]:
    """Yields (name, uint8 image, right label or None) of whatever `source` names. Raises UserError if that is nothing.

    source: an image file, a folder of image files, or TASK:SPLIT:ROWS such as `max_min_digits:test:0,4-7`.
    """
    if os.path.isdir(source):
        files = files_of(source)
        if files == [source]:
            os.listdir(source)  # a folder that may not be read says so
            raise UserError(f"expected a folder with images ({', '.join(SUFFIXES)}), received none in {source}")
        for file in files:
            yield file, read(file), None
    elif os.path.isfile(source):
        yield source, read(source), None
    elif match := _REFERENCE.fullmatch(source):
        yield from _from_task(match["task"], match["split"], match["rows"])
    else:
        raise UserError(f"expected an image file, a folder of them or TASK:SPLIT:ROWS, received {source!r}")


def _from_task(name: str, split: str, places: str):
    """Yields the images of a task's split in the rows that `0,4-7` names, in that order."""
    from keras_models import datasets

    task = datasets.get(name)
    native.load_tensorflow()
    images, labels, _ = task.load(split)
    ends = (item.partition("-") for item in places.split(","))
    rows = [range(int(first), int(last or first) + 1) for first, _, last in ends]
    if not all(some and some[-1] < len(labels) for some in rows):  # before they are counted out
        raise UserError(f"expected rows below {len(labels)} in {name}:{split}, such as 0,4-7, received {places}")
    for row in itertools.chain(*rows):
        yield f"{name}:{split}:{row}", images[row], int(labels[row])
