"""What a network learns from others that have learnt before it: RUN/lessons.npy.

The teachers' mean answer to a training image and to its mirror image, blended with its label (Hinton, Vinyals and Dean
2015, "Distilling the knowledge in a neural network", at temperature 1; Furlanello et al. 2018, "Born-again neural
networks", where pupil and teacher have the same shape). Computed once, on images as they are stored.
"""

from __future__ import annotations

import numpy as np

from tools import console, runs

IMAGES = 2_500  # answered at a time, so that they fit into memory as numbers


def answers(network, task, images) -> np.ndarray:
    """Softmax of the last exit, float32 `[n, classes]`; the mean with the mirror image's where a task may mirror."""
    from keras import ops

    def answer(pixels):
        return np.asarray(ops.softmax(network.predict(task.normalise(pixels), batch_size=250, verbose=0)[:, -1]))

    rows = []
    for first in console.progress(range(0, len(images), IMAGES), "lessons"):
        stored = images[first : first + IMAGES]
        views = [stored, stored[:, :, ::-1]] if task.mirror else [stored]
        rows.append(sum(map(answer, views)) / len(views))
    return np.concatenate(rows)


def lessons(run: runs.Run, task, teachers: list[str], share: float, smoothing: float) -> np.ndarray:
    """Distributions to learn in the place of the training labels, float32 `[n, classes]`.

    A share of each is the mean of the teachers', the rest its label, smoothed. Read from the run folder if they are
    there, so that a resumed training goes on with the lessons that it began with.
    """
    file = run.folder / "lessons.npy"
    if file.exists():
        return np.load(file)
    from keras_models.training import smoothed

    images, labels, _ = task.load("train")
    taught = [answers(runs.load_classifiers(runs.read(teacher)), task, images) for teacher in teachers]
    own = np.asarray(smoothed(labels, task.classes, smoothing))
    blended = ((1 - share) * own + share * np.mean(taught, axis=0)).astype("float32")
    draft = file.with_name(f".{file.name}")
    with draft.open("wb") as stream:
        np.save(stream, blended)
    draft.replace(file)
    return blended
