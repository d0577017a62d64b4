"""The pictures that composites are made of, and which split each of them belongs to.

No source picture serves two splits: policies are fitted on pictures of which the classifiers have never seen a part
(validation), and operating points are chosen, and quantization judged, on pictures that neither has seen (held_out).
"""

import dataclasses

import numpy as np

from keras_models.datasets.draws import permutation, stream

SPLITS = ("train", "validation", "test", "held_out")  # a split's draws are keyed by its place here: append alone
_HELD_OUT = 50  # percent of the pictures that are not trained or tested on
_DIGITS_SEED = 1797  # of the one fixed permutation that shares out scikit-learn's digits, of which there are so many


@dataclasses.dataclass(frozen=True)
class Sources:
    """Source pictures of one split: `images` uint8 [n, s, s] and `labels` int64 [n]."""

    images: np.ndarray
    labels: np.ndarray


def assign_digits(count):
    """Shares out `count` pictures: 55 % train, 25 % validation and held out, 20 % test, by a fixed permutation.

    Validation has more than is usual, because exit policies are fitted on it.

    Returns:
        dict from split to the int64 indices of its pictures; they are disjoint and cover 0 .. count - 1.
    """
    order = permutation(stream(_DIGITS_SEED), count)
    first, second = count * 55 // 100, count * 80 // 100
    cuts = [first, _held_out_from(first, second), second]
    train, validation, held_out, test = np.split(order, cuts)
    return {"train": train, "validation": validation, "test": test, "held_out": held_out}


def _held_out_from(start, stop):
    """Where, between the first picture that is not trained on and the last, those begin that are held out."""
    return max(start, stop - max(1, (stop - start) * _HELD_OUT // 100))


def assign_original(train_count):
    """Slices of an original data set: its train pictures to train (first 90 %), validation and held_out, test to test.

    Returns:
        dict from split to (the original's split, slice of its pictures).
    """
    cut = train_count * 9 // 10
    held_out = _held_out_from(cut, train_count)
    return {
        "train": ("train", slice(0, cut)),
        "validation": ("train", slice(cut, held_out)),
        "test": ("test", slice(None)),
        "held_out": ("train", slice(held_out, train_count)),
    }


def counts(original):
    """How many source pictures each split has: dict from split to int.

    original: (train, test) pictures of an original data set; None is scikit-learn's digits.
    """
    if original is None:
        return {split: len(rows) for split, rows in assign_digits(_DIGITS_SEED).items()}
    sizes = dict(zip(("train", "test"), original, strict=True))
    assigned = assign_original(sizes["train"]).items()
    return {split: len(range(*rows.indices(sizes[origin]))) for split, (origin, rows) in assigned}


def read_digits():
    """Reads scikit-learn's bundled digits and splits them: dict from split to `Sources` of 8x8 pixels, 0..255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = ((digits.images.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)
    assigned = assign_digits(len(images))
    return {split: Sources(images[rows], digits.target[rows].astype(np.int64)) for split, rows in assigned.items()}


def read_original(name, data_dir):
    """Reads (and fetches, if need be) the tensorflow-datasets data set `name`: dict from split to `Sources`."""
    from keras_models.datasets import storage

    original = {split: storage.load(name, split, data_dir) for split in ("train", "test")}
    sources = {}
    for split, (origin, rows) in assign_original(len(original["train"]["label"])).items():
        arrays = original[origin]
        sources[split] = Sources(arrays["image"][rows, :, :, 0], arrays["label"][rows].astype(np.int64))
    return sources
