"""Answers of a cascade's members that can be checked by hand."""

import numpy as np

from tools.studies.idk_rules import Split


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
