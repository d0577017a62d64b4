"""Whether a task's classes and pictures are those of a bundle."""

from __future__ import annotations

from collections.abc import Sequence

import tflite
from tflite.bundle import queries
from tools.console import UserError


def check_fit(manifest: tflite.Manifest, name: str, taught: Sequence[str] | None = None) -> None:
    """Raises UserError for a task of that name whose classes are not the bundle's, or whose pictures it cannot take.

    Of classes that are rows of a table some are enough. taught: labels of the rows, where others were taught.
    """
    from keras_models import datasets

    task = datasets.get(name)
    known, (entry, shape) = queries.labels_by_output(manifest), picture_of(manifest)
    answers = task.answers
    if isinstance(task, datasets.DetectionTask):
        _check_kinds(manifest, task)
    elif queries.of_table(manifest) and len(answers) == 1:
        labels = taught or queries.labels(manifest)
        if not set(labels) & set(task.labels):
            expected = f"expected a dataset with classes that the table has rows of ({some(labels)})"
            raise UserError(f"{expected}, received {task.name} with {some(task.labels)}")
    elif known != answers and (len(known) > 1 or list(known.values())[:1] != list(answers.values())):
        differs = next((name for name in known if known[name] != answers.get(name)), next(iter(answers)))
        labels, received = known.get(differs, ()), answers.get(differs, next(iter(answers.values())))
        raise UserError(
            f"expected a dataset with the bundle's labels ({some(labels)}), received {task.name} with {some(received)}"
        )
    if entry.resize == "none" and tuple(task.input_shape)[:2] != shape[:2]:
        raise UserError(
            f"expected images of {shape[0]} x {shape[1]} pixels, for the bundle does not resize, "
            f"received {task.name} with {task.input_shape[0]} x {task.input_shape[1]}"
        )


def _check_kinds(manifest: tflite.Manifest, task) -> None:
    """Raises UserError for a bundle that finds nothing, or none of the things that a task has."""
    own = next((o for o in manifest.outputs.values() if hasattr(o, "scores")), None)
    if own is None:
        raise UserError(f"expected a bundle that answers with boxes, received one of labels for {task.name}")
    names = own.labels if own.table is None else manifest.tables[own.table].labels
    if not set(names) & set(task.labels):
        raise UserError(
            f"expected a dataset with things that the bundle finds ({some(names)}), "
            f"received {task.name} with {some(task.labels)}"
        )


def picture_of(manifest: tflite.Manifest) -> tuple:
    """(input, (height, width, channels)) of the picture that a bundle takes. Raises UserError if it takes another."""
    taken = queries.picture(manifest)
    if taken is None:
        received = ", ".join(manifest.inputs)
        raise UserError(f"expected a bundle that takes one picture, received one that takes {received}")
    return taken


def some(labels) -> str:
    return ", ".join(labels[:4]) + (f", ... {len(labels)} in all" if len(labels) > 4 else "")
