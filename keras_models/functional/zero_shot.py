"""How a classifier does on classes that it was not trained on, from its scores `[samples, classes]`. All numpy.

Zero-shot and generalised zero-shot learning as Xian et al. measure them ("Zero-shot learning - a comprehensive
evaluation", TPAMI 2018), calibrated stacking of Chao et al. (ECCV 2016), and retrieval of compositions as Misra et al.
measure it ("From red wine to red tomato", CVPR 2017). Classes are given by their columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def predictions(scores, classes: Sequence[int], seen: Sequence[int] = (), handicap: float = 0.0) -> np.ndarray:
    """The class of the largest score of each sample, among some.

    Args:
        scores: `[samples, all classes]`.
        classes: columns that may be answered.
        seen: those of them that were met in training.
        handicap: taken off the scores of the seen ones (calibrated stacking, Chao et al., equation 1).

    Returns:
        int `[samples]`, numbers of columns.
    """
    classes = np.asarray(classes)
    return classes[(np.asarray(scores)[:, classes] - handicap * np.isin(classes, seen)).argmax(1)]


def per_class_accuracy(answers, labels) -> float:
    """Mean over the classes that there are of the share of their samples that is answered right, 0..1."""
    answers, labels = np.asarray(answers), np.asarray(labels)
    return float(np.mean([np.mean(answers[labels == one] == one) for one in np.unique(labels)]))


def harmonic_mean(one: float, other: float) -> float:
    """2 a b / (a + b); 0 of two zeros."""
    return 2 * one * other / (one + other) if one + other else 0.0


def generalised(scores, labels, seen: Sequence[int], unseen: Sequence[int], handicap: float = 0.0) -> dict[str, float]:
    """Accuracy where seen and unseen classes may be answered alike.

    Args:
        scores: `[samples, all classes]`.
        labels: int `[samples]`, of seen and of unseen classes.
        seen, unseen: columns.
        handicap: as for `predictions`.

    Returns:
        `u` and `s`, the per-class accuracies of the samples of unseen and seen classes, and `H`, their harmonic mean.
    """
    labels = np.asarray(labels)
    answers = predictions(scores, [*seen, *unseen], seen, handicap)
    u, s = (
        per_class_accuracy(answers[rows], labels[rows]) for rows in (np.isin(labels, unseen), np.isin(labels, seen))
    )
    return {"u": u, "s": s, "H": harmonic_mean(u, s)}


def best_handicap(scores, labels, seen: Sequence[int], unseen: Sequence[int], tries: int = 41) -> float:
    """The handicap of seen classes with the highest H on these samples, which are to be others than those judged on.

    Tried are quantiles of what each sample's best seen class has over its best unseen one, and 0.
    """
    scores = np.asarray(scores)
    leads = scores[:, list(seen)].max(1) - scores[:, list(unseen)].max(1)
    found = [0.0, *np.quantile(leads, np.linspace(0, 1, tries)).tolist()]
    return max(found, key=lambda one: (generalised(scores, labels, seen, unseen, one)["H"], -abs(one)))


def top_k_accuracy(scores, labels, classes: Sequence[int], k: int) -> float:
    """Share of the samples whose class is among the k largest scores of some classes, 0..1."""
    classes = np.asarray(classes)
    largest = classes[np.argsort(-np.asarray(scores)[:, classes], axis=1, kind="stable")[:, :k]]
    return float(np.mean((largest == np.asarray(labels)[:, None]).any(1)))


def mean_average_precision(scores, labels, classes: Sequence[int]) -> float:
    """Mean over those of some classes that there are of the average precision with which their samples are retrieved.

    A class is asked for, and all samples are put in the order of their scores for it: the average precision is the mean
    over its own samples of the share of its own among all that stand no lower.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    found = []
    for one in np.intersect1d(classes, labels):
        own = (labels == one)[np.argsort(-scores[:, one], kind="stable")]
        found.append(float(np.mean((np.cumsum(own) / np.arange(1, len(own) + 1))[own])))
    return float(np.mean(found))
