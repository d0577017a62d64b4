"""Several tasks for one network: every picture comes with the task that is asked of it.

Importing this module is cheap, for the sake of `--help`: TensorFlow is imported where data is first touched.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_models.datasets.batching import Batching
from keras_models.datasets.task import ASKED, Task
from keras_models.labels import balanced_weights


@dataclasses.dataclass(frozen=True)
class ManyTasks:
    """Tasks over pictures of one form, one behind the other; it answers as a `Task` does.

    What it says of each picture besides is which of the tasks is asked: `groups` of `load`, the parameter `task` of a
    program, and "task" beside "image" of what its networks are called on. Labels are those of the task asked.

    Attributes:
        name: of all together.
        members: (name, task) of each; the name is the output that answers it, and what a caller asks for.
        title: for people: what it is, in at most 80 characters; may be empty.
        question: for people: what is asked of a picture, a sentence of at most 200 characters; may be empty.

    Raises:
        ValueError: no task, one name twice, or tasks whose pictures are of another shape or normalised otherwise.
    """

    name: str
    members: tuple[tuple[str, Task], ...]
    title: str = ""
    question: str = ""

    def __post_init__(self):
        names = self.group_names
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.name}: expected tasks of names that differ, received {names}")
        for name, task in self.members:
            form = task.input_shape, task.scale, task.offset
            if form != (self.input_shape, self.scale, self.offset):
                raise ValueError(f"{self.name}: expected pictures as of {names[0]}, received others of {name}")

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks, in order."""
        return tuple(task for _, task in self.members)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Name of each task."""
        return tuple(name for name, _ in self.members)

    @property
    def classes(self) -> dict[str, int]:
        """Number of classes of each task, by name."""
        return {name: task.classes for name, task in self.members}

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Names of the classes of each task, by its name."""
        return {name: task.labels for name, task in self.members}

    @property
    def answers(self) -> dict[str, tuple[str, ...]]:
        """Names of the classes of each output, as of a `Task`."""
        return self.labels

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture."""
        return self.tasks[0].input_shape

    @property
    def scale(self) -> tuple[float, ...]:
        """As of a `Task`."""
        return self.tasks[0].scale

    @property
    def offset(self) -> tuple[float, ...]:
        """As of a `Task`."""
        return self.tasks[0].offset

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """(split, number of pictures) of each split, those of all tasks together."""
        counts = [dict(task.sizes) for task in self.tasks]
        return tuple((split, sum(count[split] for count in counts)) for split in counts[0])

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the data that a user should know."""
        return tuple(dict.fromkeys(note for task in self.tasks for note in task.notes))

    @property
    def augments(self) -> bool:
        """Whether there is a change of a picture that keeps its label, whatever is asked."""
        return self.shift > 0 or self.mirror

    @property
    def shift(self) -> int:
        """Pixels by which training pictures of every task may be shifted."""
        return min(task.shift for task in self.tasks)

    @property
    def mirror(self) -> bool:
        """Whether those of every task may be mirrored."""
        return all(task.mirror for task in self.tasks)

    @property
    def pixel_range(self) -> tuple[float, float]:
        """As of a `Task`."""
        return self.tasks[0].pixel_range

    def bounds(self, split: str) -> tuple:
        """(split, first picture, one after the last of the first task, first of the second, ...), as of a `Task`."""
        return (split.partition("[")[0], *(number for task in self.tasks for number in task.bounds(split)[1:]))

    def load(self, split: str, *, data_dir=None):
        """Loads a split of all tasks into memory.

        Args:
            split: as of a `Task`; a slice is one of every task's split.
            data_dir: as of a `Task`.

        Returns:
            (images uint8 [n, h, w, c], labels int64 [n] within the task asked, number of that task int64 [n]).
        """
        loaded = [task.load(split, data_dir=data_dir)[:2] for task in self.tasks]
        images, labels = (np.concatenate(arrays) for arrays in zip(*loaded, strict=True))
        return images, labels, np.repeat(np.arange(len(loaded)), [len(own) for _, own in loaded])

    def sources(self, split: str):
        """As of a `Task`; tasks that share source pictures are taken to name them alike."""
        found = [task.sources(split) for task in self.tasks]
        if any(rows is None for rows in found):
            return None
        most = max(rows.shape[1] for rows in found)
        padded = (np.pad(rows, ((0, 0), (0, most - rows.shape[1])), constant_values=-1) for rows in found)
        return np.concatenate(list(padded))

    def normalise(self, images):
        """As of a `Task`."""
        return self.tasks[0].normalise(images)

    def values(self, images, groups) -> dict[str, np.ndarray]:
        """What a program starts from: normalised images, and the number of the task that is asked of each."""
        return {"image": self.normalise(images), ASKED: np.asarray(groups, np.int64)}

    augment = Task.augment  # by its own shift and mirror

    def dataset(self, split, batch_size, **how):
        """Returns a tf.data.Dataset of ({"image": float32 [b, h, w, c], "task": int64 [b]}, int64 labels [b]).

        Shuffled it has the pictures of all tasks mixed; where there are as many of each, and a batch can hold as many
        of each, evenly in every batch. Arguments and errors are those of `Task.dataset`, but that there are no
        distributions, for tasks have other numbers of classes, and no marks.
        """
        how = Batching(**how).check(self)
        if how.distributions is not None:
            raise ValueError(f"{self.name}: expected labels, for its tasks differ in their classes, received teachers")
        if how.marks is not None:
            words = f"expected no marks, for only some of its tasks have any, received {how.marks}"
            raise ValueError(f"{self.name}: {words}")
        from keras_models.datasets import pipeline

        images, labels, groups = self.load(split, data_dir=how.data_dir)
        weights = self._weights(labels, groups) if how.balanced else None
        counts, count = np.bincount(groups, minlength=len(self.members)), len(self.members)
        even = bool((counts == counts[0]).all()) and batch_size % count == 0
        changes = how.changes(weights) | {"turns": count if even else 1}
        made = pipeline.batches(self, images, np.stack([labels, groups], axis=1), batch_size, **changes)
        return made.map(lambda seen, both, *rest: ({"image": seen, ASKED: both[:, 1]}, both[:, 0], *rest))

    def _weights(self, labels, groups):
        """Weights that let the classes of each task weigh alike."""
        weights = np.ones(len(labels), np.float32)
        for number, task in enumerate(self.tasks):
            own = groups == number
            weights[own] = balanced_weights(labels[own], task.classes)
        return weights
