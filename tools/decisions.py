"""What a run's network shows its policies, computed once and kept in the run folder: RUN/decisions/*.npz."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from tools import console, runs


def digest(run) -> str:
    """Of the trunk and classifiers, which decision inputs depend on."""
    file = run.classifiers_file if run.classifiers_file.exists() else run.model_file
    return hashlib.sha256(file.read_bytes()).hexdigest()


def compute(network, task, images, views: int = 1) -> dict:
    """Decision inputs of images, stored ones first and then `views - 1` times augmented ones.

    The same images shifted give other features and the same answers: controllers fitted on them learn less by heart.
    """
    seen = [images] + [task.augment(images, seed) for seed in range(1, views)]
    rows = [network.decision_inputs(task.normalise(view)) for view in console.progress(seen, "decision inputs")]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def load(run, network, task, split: str, views: int = 1) -> dict:
    """Decision inputs of a split, with `labels` and, where the task has kinds of images, `groups`.

    views: as for `compute`; one for a task that is not augmented. Read from the run folder if they are there and of
    these classifiers.
    """
    views = views if task.augments else 1
    name = re.sub(r"[^a-z0-9]+", "-", f"{task.name} {split}".lower()).strip("-")
    file, now = run.folder / "decisions" / f"{name}-{views}.npz", digest(run)
    if file.exists():
        with np.load(file) as kept:
            if str(kept["classifiers"]) == now:
                return {key: kept[key] for key in kept.files if key != "classifiers"}
    images, labels, groups = task.load(split)
    inputs = compute(network, task, images, views) | {"labels": np.tile(labels, views)}
    inputs |= {} if groups is None else {"groups": np.tile(groups, views)}
    file.parent.mkdir(exist_ok=True)
    with runs.whole(file) as stream:
        np.savez(stream, classifiers=now, **inputs)
    return inputs
