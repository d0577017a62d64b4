"""Values of a run's frozen network that later stages and policies read, computed once: RUN/observed/*.npz."""

import hashlib
import re

import numpy as np

from keras_models import files
from keras_models.datasets import DetectionTask, network_input
from tools import console
from tools.pipeline import runs


def digest(network, stages) -> str:
    """Of the weights that observed values depend on: all but those of stages that read such values."""
    later = {id(weight) for stage in stages if stage.reads for weight in stage.weights}
    found = hashlib.sha256()
    for weight in network.weights:
        if id(weight) not in later:
            found.update(np.ascontiguousarray(weight).tobytes())
    return found.hexdigest()


def compute(network, task, images, views: int = 1, groups=None) -> dict[str, np.ndarray]:
    """Observed values of uint8 images, stored ones first and then `views - 1` times augmented ones.

    groups: as of `Task.load`. The same images shifted give other features and the same answers: what is fitted on them
    is learned less by heart.
    """
    seen = [images] + [task.augment(images, seed) for seed in range(1, views)]
    given = (network_input(task.values(view, groups)) for view in console.progress(seen, "observed values"))
    rows = [network.observe(values) for values in given]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def load(run: runs.Run, network, task, split: str, views: int = 1, keep: bool = True) -> dict[str, np.ndarray]:
    """Observed values of a split by name, with `labels` and, where the task has kinds of images, `groups`.

    Read from the run folder if they are there, of these weights and pictures. views: as for `compute`; one for a task
    that is not augmented. keep: whether they are written there: of several workers one does.
    """
    views = views if task.augments and not isinstance(task, DetectionTask) else 1  # boxes move with their pictures
    rows = split if split in dict(task.sizes) else " ".join(map(str, task.bounds(split)))  # [:10], [10:], [:10%] differ
    name = re.sub(r"[^a-z0-9]+", "-", f"{task.name} {rows}".lower()).strip("-")
    file = run.folder / "observed" / f"{name}-{views}.npz"
    _, *pictures = task.bounds(split)
    now = f"{digest(network, runs.stages_of(run, network))} {pictures}"  # a split may come to have others
    known = runs.kept(file, files.arrays) or {}
    if str(known.pop("digest", None)) == now:
        return known
    images, labels, groups = task.load(split)
    values = compute(network, task, images, views, groups) | {"labels": np.concatenate([labels] * views)}
    values |= {} if groups is None else {"groups": np.tile(groups, views)}
    if keep:
        file.parent.mkdir(exist_ok=True)
        files.write_arrays(file, digest=now, **values)
    return values
