"""Runs of Deep Elastic Networks that are looked at together: what each answers, with which structures, at what cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from keras_models import datasets
from keras_models.den_parts import HIGHEST_PRICE, PRICES
from tflite.bundle import Bundle
from tools import console
from tools.pipeline import observed, runs
from tools.studies.finished import JUDGED, FinishedRuns, kept_arrays
from tools.studies.study import kept_file

SINGLE = "label"  # what the one task of a run is called that has no several
ELASTIC, PLAIN, BLOCK_DROP, NESTED, FULL = "DEN", "DEN, plain form", "BlockDrop", "NestedNet", "full network"


class Answered(NamedTuple):
    """What was answered to some images.

    Attributes:
        right: bool `[images]`.
        levels: int `[images, blocks]`, structures that were run.
        tasks: int `[images]`, which task was asked.
        macs: `[images]`, multiply-adds of the estimator.
    """

    right: np.ndarray
    levels: np.ndarray
    tasks: np.ndarray
    macs: np.ndarray


def kind(config: Mapping) -> str:
    """What a run stands for, by its settings."""
    selectors = [own for name, own in config["stages"].items() if name.startswith("selector") and own["epochs"]]
    first, second = (config["stages"][f"estimator_{number}"] for number in (1, 2))
    if any(own["wrong"] is not None for own in selectors):
        return BLOCK_DROP
    if selectors:
        repaired = selectors[0]["baseline"] != "none" or selectors[0]["entropy"] > 0 or second["mix"] > 0
        return ELASTIC if repaired else PLAIN
    return NESTED if first["nested"] or first["assigned"] else FULL


def block_macs(network) -> np.ndarray:
    """Multiply-adds of each block by level, `[blocks, levels]`."""
    return np.array([[block.macs * width / block.filters for width in block.widths] for block in network.blocks])


def selector_macs(network) -> float:
    """Multiply-adds of deciding."""
    return float(network.part_macs["selector"] + network.part_macs["decide"])


def spent(network, levels: np.ndarray) -> np.ndarray:
    """Multiply-adds of an image by its structure, `[images]`, without the selector; stems and heads are counted."""
    table, macs = block_macs(network), network.part_macs
    ends = [name for name in macs if name.split("_")[0] in ("stem", "head")]
    fixed = sum(macs[name] for name in ends) / len(network.heads)
    if len(network.stems) == 1 < len(network.heads):  # one for all tasks
        fixed += macs["stem"] * (1 - 1 / len(network.heads))
    return fixed + table[np.arange(levels.shape[1]), levels].sum(axis=1)


def permuted(levels: np.ndarray, tasks: np.ndarray, seed: int) -> np.ndarray:
    """The same structures for other images of the same task: what they cost is the same, to the last bit."""
    found, rng = levels.copy(), np.random.default_rng(seed)
    for task in np.unique(tasks):
        rows = np.flatnonzero(tasks == task)
        found[rows] = levels[rng.permutation(rows)]
    return found


@dataclass(frozen=True)
class ElasticStudy(FinishedRuns):
    """Finished runs of one data set, or of one of its tasks, and what is asked of them.

    Attributes:
        run: the network that figures look at, with a selector.
        others: what it is compared with; runs of one of its tasks stand together for a network per task.
        bundles: conversions of the run.
        images: at most so many of each split and task (None: all).
        converted_images: at most so many for bundles.
        seed: of structures that are drawn.

    Raises ValueError if runs are of another family or of other data.
    """

    run: runs.Run
    others: tuple[runs.Run, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    images: int | None = None
    converted_images: int = 2_000
    seed: int = 0
    prices: tuple[float, ...] = PRICES

    def __post_init__(self):
        for run in self.every:
            if run.config["family"] != "den":
                raise ValueError(f"expected runs of the family den, received {run.folder} of {run.config['family']}")
            if run.config["task"] not in self.names:
                raise ValueError(
                    f"expected runs of {', '.join(self.names)}, received {run.folder}: {run.config['task']}"
                )
        if kind(self.run.config) in (NESTED, FULL):
            raise ValueError(f"expected a first run with a selector, received {self.run.folder} without")

    @property
    def every(self) -> tuple[runs.Run, ...]:
        """All runs."""
        return (self.run, *self.others)

    @property
    def task_names(self) -> tuple[str, ...]:
        """What the tasks are called."""
        return self.task.group_names if isinstance(self.task, datasets.ManyTasks) else (SINGLE,)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the data that runs may be of: all tasks, and each."""
        own = [task.name for task in self.task.tasks] if isinstance(self.task, datasets.ManyTasks) else []
        return (self.run.config["task"], *own)

    def split(self, name: str, task=None) -> tuple:
        """(images uint8, labels, tasks int) of a split, the first ones of each task."""
        task = task or self.task

        def load():
            images, labels, groups = task.load(name)
            groups = groups if isinstance(task, datasets.ManyTasks) else np.zeros(len(labels), int)
            rows = [np.flatnonzero(groups == number)[: self.images] for number in np.unique(groups)]
            rows = np.concatenate(rows)
            return images[rows], labels[rows], groups[rows]

        return self.once((task.name, name), load)

    def answered(self, run: runs.Run, split: str = JUDGED, price: float = 0.0, levels=None, key: str = "") -> Answered:
        """What a run's network answers; kept in RUN/reproduce/, so that an interrupted study goes on.

        Args:
            price: of computation.
            levels: function of tasks `[images]` to structures in the place of the selector's; `key` is its name.
        """
        network, task = self.network(run), datasets.get(run.config["task"])
        asked = [observed.digest(network, ()), task.name, split, self.images, price, key, self.seed]
        file = kept_file(run, asked, "answered-")
        images, labels, tasks = self.split(split, task)

        def answer():
            console.say(f"{run.folder} on {split}{f', {key}' if key else f', price {price:g}'}")
            given = None if levels is None else levels(tasks)
            found = network.decisions(task.normalise(images), tasks if network.tasks else None, price, given)
            return {"right": found["logits"].argmax(-1) == labels, "levels": found["levels"]}

        known = kept_arrays(file, answer)
        return Answered(known["right"], known["levels"], tasks, spent(network, known["levels"]))

    def whole(self, run: runs.Run, split: str = JUDGED) -> Answered:
        """Everything is run."""
        return self.answered(run, split, price=-HIGHEST_PRICE)

    def permuted(self, run: runs.Run, seen: Answered, key: str) -> Answered:
        """The structures of `seen` for other images, on the test images."""
        return self.answered(run, levels=lambda tasks: permuted(seen.levels, tasks, self.seed), key=f"permuted {key}")

    def uniform(self, run: runs.Run) -> Answered:
        """Every block's level drawn for itself: the source's random selection."""
        table = self.network(run).sizes

        def draw(tasks):
            return np.random.default_rng(self.seed).integers(0, table.shape[1], (len(tasks), table.shape[0]))

        return self.answered(run, levels=draw, key="uniform")

    def fixed(self, run: runs.Run, assigned: Sequence[int]) -> Answered:
        """One level for all blocks, that of the task."""
        blocks = len(self.network(run).blocks)

        def take(tasks):
            return np.repeat(np.array(assigned)[tasks][:, None], blocks, axis=1)

        return self.answered(run, levels=take, key=f"levels {' '.join(map(str, assigned))}")


def as_groups(run: runs.Run, folder):
    """Writes a finished run anew, deployed as a part for each group of channels; returns its folder."""
    network = runs.load_model(run)
    config = network.get_config() | {"increments": True}
    other = type(network).from_config(config)
    other.set_weights(network.get_weights())
    other.compile()
    arguments = run.config["arguments"] | {"increments": True}
    new = runs.start(folder, run.config | {"arguments": arguments})
    new.save(other, new.model_file)
    return new.folder
