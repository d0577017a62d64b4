"""Finished runs that a study looks at together: each network read once, on the same images of one data set."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_models import datasets, files
from keras_models.datasets import scene_kinds
from keras_models.functional import average_precision as ap
from keras_models.functional.evaluation import standard_error
from tflite.bundle import places
from tools import console
from tools.pipeline import runs, training

JUDGED = "test"


class Labelled(NamedTuple):
    """Some images of a split, uint8 `[samples, height, width, channels]`, and their labels, int `[samples]`."""

    images: np.ndarray
    labels: np.ndarray


class FinishedRuns(ABC):
    """What a study asks of its runs; a frozen dataclass with `images`: at most so many of each split (None: all)."""

    images: int | None

    @property
    @abstractmethod
    def every(self) -> tuple[runs.Run, ...]:
        """All runs; the first one's data set is that of all."""

    @cached_property
    def task(self):
        """The data set."""
        return datasets.get(self.every[0].config["task"])

    @cached_property
    def _known(self) -> dict:
        return {}

    def once(self, key, make: Callable):
        """What `make()` gives, made when it is first asked for under a key."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def network(self, run: runs.Run):
        """The trained network of a run. Raises RunError if it has not ended."""
        return self.once(run.folder, lambda: runs.load_model(run))

    def split(self, name: str) -> Labelled:
        """The first images of a split."""

        def load():
            images, labels, _ = self.task.load(name)
            return Labelled(images[: self.images], labels[: self.images])

        return self.once(name, load)

    @property
    def judged(self) -> Labelled:
        """Those that all is told of."""
        return self.split(JUDGED)


class FinishedDetector:
    """A detector whose base stage has ended, and the annotated pictures of its task.

    Args:
        run: its folder.
        limit: test pictures, the first ones; None: all.
        family: that it is to be of; None: any.

    Raises:
        RunError: it is not trained.
        ValueError: another family.
    """

    def __init__(self, run, limit: int | None = None, family: str | None = None):
        self.run, self._test = runs.read(run), f"{JUDGED}[:{limit}]" if limit else JUDGED
        if family not in (None, self.run.config["family"]):
            raise ValueError(f"expected a run of the family {family}, received one of {self.run.config['family']}")
        self.network, self.task = runs.load_first_stage(self.run), datasets.get(self.run.config["task"])

    @cached_property
    def train(self):
        """The annotated training pictures."""
        return self.task.annotated("train")

    @cached_property
    def test(self):
        """The annotated test pictures."""
        return self.task.annotated(self._test)


def split_of(novel: Iterable[str]) -> int:
    """The split of the scenes' kinds whose new ones these are; 0 where it is another."""
    return next((number for number, names in scene_kinds.NOVEL.items() if set(names) == set(novel)), 0)


def precision_of(found, things, sides: Mapping[str, Sequence[int]]) -> dict:
    """AP50 and COCO's AP of the boxes that were found on pictures, of the kinds of each side, in percent."""
    told = {}
    for side, kinds in sides.items():
        precision = ap.average_precision(found, things, kinds)
        told[f"{side}_ap50"] = 100 * ap.mean_precision(precision[:, 0])
        told[f"{side}_ap"] = 100 * ap.mean_precision(precision)
    return told


def reached(right: np.ndarray) -> dict:
    """Accuracy (0..1) and its standard error of answers that are right, bool `[samples]`."""
    return {"accuracy": float(np.mean(right)), "error": standard_error(right)}


def trained_as(run: runs.Run, *more: str, unsaid: str = "") -> str:
    """How a run was trained, in one clause: its stages but for one, and what else is to be told of it."""
    config = run.config
    words = [f"{own['epochs']} epochs {name}" for name, own in config["stages"].items() if own["epochs"]]
    words = [word for word in words if not unsaid or not word.endswith(f" {unsaid}")]
    return f"{', '.join([*words, *more])}, seed {config['seed']}"


def trained(config: dict, folder: Path) -> runs.Run:
    """A run whose first stage is trained to the end; it goes on where it was interrupted."""
    run = training.start(config, folder)
    if not files.is_network(runs.first_stage_file(run)):
        training.train(run, until=1)
    return run


def kept_trial(file: Path, settings: Mapping, make: Callable[[], dict], only: bool = False) -> dict | None:
    """What was kept there with these settings, or what is made and kept now; None if nothing is to be made.

    Raises:
        UserError: it was made with other settings.
    """
    settings = json.loads(json.dumps(console.plain(settings)))
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        if known["settings"] != settings:
            raise console.UserError(f"{file}: expected a trial with the same settings; give another --folder")
        return known["found"]
    if only:
        return None
    found = console.plain(make())
    file.parent.mkdir(parents=True, exist_ok=True)
    runs.write_json(file, {"settings": settings, "found": found})
    return found


def kept_row(file: Path, make: Callable[[], dict]) -> dict:
    """The row of numbers in a JSON file; computed and written, whole, where there is none."""
    if row := places.read_object(file):
        return row
    row = console.plain(make())
    console.write_text(file, console.as_json(row))
    return row


def kept_arrays(file: Path, make: Callable[[], dict]) -> dict:
    """The arrays of a file by name; computed and written where it has none, so that an interrupted study goes on."""
    known = runs.kept(file, files.arrays)
    if known is None:
        known = make()
        files.write_arrays(file, **known)
    return known
