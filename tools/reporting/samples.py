"""The images that a tool works on: a split of a task, labelled folders, an image file, a folder, or TASK:SPLIT:ROWS.

Data sets are known by the names of `keras_models.datasets`; a bundle says in its provenance which one it was made for.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

import tflite
from keras_models.datasets import pictures
from keras_models.datasets.picture_files import SUFFIXES, read
from tflite.bundle import queries
from tflite.bundle.manifest import ImageInput
from tflite.runtime.image import fit_pixels
from tools import console, native
from tools.console import UserError
from tools.pipeline import judge
from tools.reporting import labelled_folders
from tools.reporting.fitting import check_fit, picture_of, some

_ROWS = r"\d{1,4000}(?:-\d{1,4000})?"
_REFERENCE = re.compile(rf"(?P<task>[\w.-]+):(?P<split>\w+(?:\[[^\]]*\])?):(?P<rows>{_ROWS}(?:,{_ROWS})*)")


@dataclass(frozen=True)
class Samples:
    """Labelled images.

    Attributes:
        task, split: names; of a folder of one's own its path, and no split.
        images: uint8 `[n, height, width, channels]`.
        labels: int `[n]`; of pictures with things float32 `[n, most, 6]`, as `Annotated.things`.
        groups, group_names: int `[n]`, index into the names of kinds of images, or None.
        rows: int `[n]`, which images of the split these are.
        left_out: paths of pictures that could not be read.
        absent: labels of which there is no picture, where that is worth telling.
        unknown: labels whose pictures are left out, for no row of a table has them.
        kinds: names of what there is to find on them, where that is boxes.
    """

    task: str
    split: str | None
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    groups: np.ndarray | None = field(repr=False)
    group_names: tuple[str, ...]
    rows: np.ndarray = field(repr=False)
    left_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __len__(self):
        return len(self.labels)

    def described(self) -> dict:
        """What images these are, and how many; what is missing, if anything is."""
        told = {"dataset": self.task, "split": self.split, "samples": len(self)}
        return told | {name: getattr(self, name) for name in ("left_out", "absent", "unknown") if getattr(self, name)}

    @property
    def status(self) -> int:
        """Exit status of a command that did what it could with them."""
        return 1 if self.left_out else 0

    def among(self, names: Sequence[str], rows: Sequence[str]) -> Samples:
        """Those whose label is one of some rows', with the rows' numbers as labels.

        names: of the labels as they are numbered now. Raises UserError if no label is.
        """
        places = {name: place for place, name in enumerate(rows)}
        numbers = np.array([places.get(names[label], -1) for label in self.labels])
        kept = numbers >= 0
        if not kept.any():
            raise UserError(f"expected pictures of what the table has rows of ({some(rows)}), received others alone")
        unknown = tuple(dict.fromkeys(names[label] for label in self.labels[~kept]))
        groups = None if self.groups is None else self.groups[kept]
        chosen = {"images": self.images[kept], "labels": numbers[kept], "rows": self.rows[kept], "groups": groups}
        return replace(self, unknown=unknown, **chosen)

    def judge(self, manifest: tflite.Manifest):
        """Who compares a bundle's answers with the labels, or with what there is to find."""
        return judge.of_manifest(manifest, self.kinds) if self.kinds else judge.LabelJudge()

    def tuples(self) -> Iterator[tuple]:
        """Yields (image, label) or (image, label, name of its group), as `tflite.runtime.evaluation` takes them."""
        for i in range(len(self)):
            pair = (self.images[i], self.labels[i] if self.kinds else int(self.labels[i]))
            yield pair if self.groups is None else (*pair, self.group_names[self.groups[i]])


def place(report: dict) -> str:
    """Where the images of a report come from, in words: its "dataset" and "split"; what is missing of them, if any is.

    The task of a folder of pictures is told by the folder.
    """
    dataset, split = report["dataset"], report["split"]
    words = str(pictures.folder_of(str(dataset)) or dataset) + ("" if split is None else f":{split}")
    if report.get("absent"):
        words += f", which has none of {', '.join(report['absent'])}"
    if report.get("unknown"):
        words += f", without {len(report['unknown'])} classes that no row has"
    if report.get("left_out"):
        words += f" ({len(report['left_out'])} could not be read)"
    return words


def task_of(manifest: tflite.Manifest, given: str | None = None) -> str:
    """The task to use: the one given, or the one that the bundle was made for."""
    name = given or manifest.provenance.get("dataset")
    if not isinstance(name, str):
        raise UserError(
            f"expected a bundle that says which dataset it was made for, or --dataset TASK, received {name!r}"
        )
    return name


def load(
    manifest: tflite.Manifest,
    dataset: str | None = None,
    split: str | None = None,
    limit: int | None = None,
    folder: str | None = None,
    taught: Sequence[str] | None = None,
) -> Samples:
    """Loads a split, or `limit` images drawn from it, and checks that it fits the bundle.

    Args:
        manifest: of the bundle.
        dataset: name of a task; None is the bundle's own.
        split: of the task; None is "test".
        limit: None is all.
        folder: of pictures of one's own, a folder a class, in the place of a task.
        taught: labels of the rows of the table that the bundle answers from, where they are not those that it came
            with. Pictures of classes that no row has are left out.

    Raises:
        UserError: the bundle names no task, or images and labels are not those of the bundle.
        ValueError: a task or split that is not there.
    """
    from keras_models import datasets

    if limit is not None and limit < 1:
        raise UserError(f"expected at least one image, received --limit {limit}")
    if folder is not None:
        if dataset or split:
            raise UserError(f"expected --data or --dataset and --split, received both, {folder} and {dataset or split}")
        entry, shape = picture_of(manifest)
        made_for = manifest.provenance.get("dataset")
        return _load_folder(folder, taught or queries.labels(manifest), entry, shape, made_for, limit)
    split, name = "test" if split is None else split, task_of(manifest, dataset)
    _check_there(name)
    task = datasets.get(name, console.progress)
    if not isinstance(split, str):
        raise UserError(f"expected a bundle that names its held-out split, or --split, received {split!r}")
    check_fit(manifest, name, taught)
    if pictures.folder_of(name) is None:
        native.load_tensorflow()  # the data sets will need it, and it would talk
    images, labels, groups = task.load(split)
    rows = draw_rows(len(labels), limit)
    chosen = None if groups is None else groups[rows]
    kinds = task.labels if isinstance(task, datasets.DetectionTask) else ()
    found = Samples(task.name, split, images[rows], labels[rows], chosen, tuple(task.group_names), rows, kinds=kinds)
    of_rows = not kinds and queries.of_table(manifest)
    return found.among(task.labels, taught or queries.labels(manifest)) if of_rows else found


def load_for_task(task, folder: str) -> Samples:
    """Pictures of one's own, a folder a class, as a bundle for that task would take them; UserError as for `load`."""
    entry = ImageInput(resize="bilinear", crop="center", scale=list(task.scale), offset=list(task.offset))
    return _load_folder(folder, task.labels, entry, task.input_shape, task.name, None)


def _check_there(task: str) -> None:
    """Raises UserError if a task is a folder of pictures that is not here: a bundle may have come from elsewhere."""
    folder = pictures.folder_of(task)
    if folder is not None and not folder.is_dir():
        raise UserError(
            f"expected the pictures that the bundle was made with in {os.path.abspath(folder)}, received no folder "
            "there: call it where they are, or give others with --data"
        )


def _load_folder(folder, labels, entry, shape, made_for, limit) -> Samples:
    found = labelled_folders.read(
        folder,
        labels,
        lambda path: fit_pixels(read(path), entry, shape),
        lambda count: draw_rows(count, limit),
        made_for,
    )
    return Samples(folder, None, found.images, found.labels, None, (), found.rows, found.left_out, found.absent)


def draw_rows(count: int, limit: int | None) -> np.ndarray:
    """All of `count` rows, or `limit` of them, in order: the same ones at every call.

    They are drawn at random, since kinds of images may follow each other in a pattern that even steps would hit.
    """
    if limit is None or limit >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, limit, replace=False))


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
        yield f"{name}:{split}:{row}", images[row], int(labels[row]) if labels.ndim == 1 else None
