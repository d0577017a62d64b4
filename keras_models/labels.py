"""Images and the right answers to them, checked once, before the first step of a training: the steps do no more for it.

A pass over the labels, and one over images that are real numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

CHUNK = 1_024  # images that are looked at together, so that a data set needs no second place in memory
TOLERANCE = 1e-2  # of the sum of a distribution, whose numbers may be in half precision


def plain_labels(labels, classes: int) -> np.ndarray:
    """Labels `[n]` or `[n, 1]` of any type, int64 `[n]`, if they are whole numbers from 0 to `classes` - 1.

    Raises:
        ValueError: another shape or type, or a mask; or another number, of which the sentence names the first.
    """
    check_unmasked(labels, "labels")
    given = np.asarray(labels)
    if given.dtype.kind not in "iuf" or given.shape[1:] not in ((), (1,)) or given.ndim == 0:
        raise ValueError(
            f"expected labels, whole numbers from 0 to {classes - 1} of shape [n], received {given.dtype} of shape "
            f"{list(given.shape)}"
        )
    flat = given.reshape(-1)
    wrong = ~((flat >= 0) & (flat < classes) & (flat == np.floor(flat)))  # NaN is not equal to itself
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(
            f"expected labels that are whole numbers from 0 to {classes - 1}, received {flat[at]} for image {at} and "
            f"{int(wrong.sum())} such in all"
        )
    return flat.astype(np.int64)


def balanced_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Weights of images that let the classes that there are weigh alike, 1 in the mean: float32 `[n]`."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (np.count_nonzero(counts) * counts[labels])).astype(np.float32)


def check_answers(answers, classes: int) -> None:
    """Refuses what are neither labels nor distributions over the classes `[n, classes]`, such as one-hot vectors.

    Raises:
        ValueError: as for `plain_labels`; or numbers below 0, or a sum that is not 1.
    """
    check_unmasked(answers, "labels")
    answers = np.asarray(answers)
    if answers.dtype.kind not in "iuf" or answers.shape[1:] != (classes,):
        plain_labels(answers, classes)
        return
    wrong = ~((answers >= 0).all(axis=1) & (np.abs(answers.sum(axis=1, dtype=np.float64) - 1) <= TOLERANCE))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(
            f"expected distributions over {classes} classes, of numbers from 0 that add up to 1, received "
            f"{answers[at].tolist()} for image {at}"
        )


def check_unmasked(given, what: str) -> None:
    """Refuses arrays of which something is masked: everywhere else the numbers behind the mask would count.

    Raises:
        ValueError: something is; the sentence says how much.
    """
    if np.ma.is_masked(given):
        count = int(np.ma.count_masked(given))
        raise ValueError(f"expected {what} without a mask: leave out what is masked, received {count} masked numbers")


def check_finite(images, what: str = "images") -> None:
    """Refuses arrays `[n, ...]` with NaN or infinity in them, or a mask. what: they are, for the sentence.

    Raises:
        ValueError: the sentence names the first such image.
    """
    check_unmasked(images, what)
    for first in range(0, len(images) if images.dtype.kind == "f" else 0, CHUNK):
        some = np.isfinite(images[first : first + CHUNK])
        if not some.all():
            at = first + int(np.argmin(some.reshape(len(some), -1).all(axis=1)))
            raise ValueError(f"expected {what} of finite numbers, received NaN or infinity for image {at}")


def check_counts(images, labels) -> None:
    """Refuses another number of labels than of images.

    Raises:
        ValueError: they differ.
    """
    if len(images) != len(labels):
        raise ValueError(f"expected a label for every image, received {len(labels)} for {len(images)} images")


class CheckedFit:
    """A Keras model with `classes` whose `fit` checks images and labels first, also those to validate with.

    Only arrays can be looked at beforehand: of a tf.data.Dataset the loss tells (`SumOfCrossEntropies`).
    """

    def fit(self, x=None, y=None, *others, **options):
        """As in Keras.

        Raises:
            ValueError: labels that are none of these classes, NaN or infinity in images, or other counts.
        """
        held_out = options.get("validation_data")
        for images, answers in ((x, y), held_out[:2] if isinstance(held_out, tuple | list) else (None, None)):
            if isinstance(answers, np.ndarray | list | tuple):
                classes = self.classes  # of several tasks by name
                check_answers(answers, max(classes.values()) if isinstance(classes, Mapping) else classes)
            if isinstance(images, np.ndarray):
                check_finite(images)
                if isinstance(answers, np.ndarray | list | tuple):
                    check_counts(images, answers)
        return super().fit(x, y, *others, **options)
