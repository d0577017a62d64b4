"""Answers of a cascade's members that can be checked by hand."""

import numpy as np

from keras_models.policies.deferral_rules import Split


def split(confidences, right) -> Split:
    """Answers of two classes, all images of label 0.

    Args:
        confidences: largest probability of every member but the last, `[images, members - 1]`.
        right: whether each member is, `[images, members]`.
    """
    sure, right = np.array(confidences, float), np.array(right, bool)
    images, members = right.shape
    odds = np.concatenate([np.log(sure / (1 - sure)), np.full((images, 1), 3.0)], axis=1)
    logits = np.zeros((images, members, 2))
    logits[..., 0], logits[..., 1] = np.where(right, odds, 0), np.where(right, 0, odds)
    return Split(logits, np.zeros(images, int))


THREE = np.array([1.0e6, 2.0e6, 10.0e6])  # costs of three members
# Four images; the first member is wrong where it is unsure, the last one never.
TINY = split([[0.99], [0.9], [0.8], [0.6]], [[1, 1], [1, 1], [0, 1], [0, 1]])
# Four images: the first member is right about two, the second about one more, the last about all.
TRIPLE = split([[0.99, 0.99], [0.9, 0.98], [0.8, 0.9], [0.6, 0.7]], [[1, 1, 1], [1, 1, 1], [0, 1, 1], [0, 0, 1]])
