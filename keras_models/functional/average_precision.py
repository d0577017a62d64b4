"""Average precision of boxes that were found, as COCO counts it (Lin et al., ECCV 2014: 101 points of recall).

`found` is float `[pictures, rows, 6]`: a box (top, left, bottom, right), its score, its kind, which is -1 where nothing
was found. `truth` is float `[pictures, rows, 6]`: a box, its kind (-1: no thing), and whether it is difficult: then it
counts neither as found nor as missed (Everingham et al., IJCV 2010). Everything is numpy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from keras_models.functional.boxes import overlaps as overlaps_of

HALF = (0.5,)
COCO = tuple(np.linspace(0.5, 0.95, 10).tolist())
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # boxes a picture that count, of each kind the surest
SCORE, KIND = 4, 5  # columns of `found`
TRUE_KIND, DIFFICULT = 4, 5  # of `truth`


class Matches(NamedTuple):
    """The boxes of one kind that count, surest first, at one overlap.

    Attributes:
        pictures: int `[boxes]`, on which picture each is.
        right: bool `[boxes]`, whether it is a thing's first.
        things: int `[pictures]`, how many things of the kind there are to find.
    """

    pictures: np.ndarray
    right: np.ndarray
    things: np.ndarray

    def precision(self, without: int | None = None) -> float:
        """Average precision, 0..1; NaN where there is nothing to find. without: a picture that is left out."""
        right, things = self.right, int(self.things.sum())
        if without is not None:
            right, things = right[self.pictures != without], things - int(self.things[without])
        if things == 0:
            return float("nan")
        return interpolated(right, things)


def interpolated(right: np.ndarray, things: int) -> float:
    """Mean over 101 recalls of the best precision at that recall or a higher one, 0 where it is not reached.

    right: bool `[boxes]`, surest first. things: how many there are to find.
    """
    hits = np.cumsum(right)
    if not len(hits):
        return 0.0
    best = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    places = np.searchsorted(hits / things, RECALLS, side="left")
    return float(np.sum(best[places[places < len(hits)]]) / len(RECALLS))


def average_precision(found, truth, kinds, overlaps=COCO, shared=None) -> np.ndarray:
    """Average precision `[kinds, overlaps]` of each of some kinds (numbers); NaN where there is nothing to find.

    shared: as for `matches`.
    """
    every = matches(found, truth, kinds, overlaps, shared)
    return np.array([[one.precision() for one in row] for row in every]).reshape(len(list(kinds)), len(overlaps))


def mean_precision(precision: np.ndarray) -> float:
    """The mean over kinds (and overlaps) that there are; 0 where there are none."""
    known = precision[~np.isnan(precision)]
    return float(known.mean()) if len(known) else 0.0


def picture_values(found, truth, kinds, overlaps=HALF) -> np.ndarray:
    """What each picture adds: float64 `[pictures]`, whose mean is the mean average precision.

    Average precision is no mean over pictures. These are the jackknife's pseudo-values, moved so that the mean is what
    it is of all pictures (Tukey 1958): their standard error, and that of the difference of two networks picture by
    picture, is the jackknife's.
    """
    every = [one for row in matches(found, truth, kinds, overlaps) for one in row]
    count = len(found)
    whole = np.array([one.precision() for one in every])
    without = np.tile(whole, (count, 1))
    for place, one in enumerate(every):
        for picture in np.union1d(one.pictures, np.flatnonzero(one.things)):
            without[picture, place] = one.precision(int(picture))
    left = np.array([mean_precision(row) for row in without])
    return mean_precision(whole) + (count - 1) * (left.mean() - left)


def matches(found, truth, kinds, overlaps=HALF, shared=None) -> list[list[Matches]]:
    """For each of some kinds, and each least overlap, which boxes are right, the surest first.

    A box takes the thing that it overlaps most of those of its kind that no surer box has taken; one that overlaps no
    such thing enough, but a difficult one, does not count.

    Args:
        found, truth: as above.
        kinds: numbers.
        overlaps: least ones.
        shared: function (picture, rows of found, rows of truth) -> how far each pair overlaps, `[boxes, things]`, where
            that is not by their boxes (`mask_precision`).

    Raises:
        ValueError: other shapes, or another number of pictures.
    """
    found, truth = np.asarray(found, np.float64), np.asarray(truth, np.float64)
    for what, array in (("found", found), ("truth", truth)):
        if array.ndim != 3 or array.shape[2] != 6 or len(array) != len(found):
            raise ValueError(f"{what}: expected the shape [{len(found)}, rows, 6], received {list(array.shape)}")

    def by_boxes(picture, boxes, things):
        return overlaps_of(found[picture, boxes, :4], truth[picture, things, :4])

    return [_of_kind(found, truth, kind, overlaps, shared or by_boxes) for kind in kinds]


def _of_kind(found, truth, kind: int, overlaps, shared) -> list[Matches]:
    pictures: list[int] = []
    scores: list[np.ndarray] = []
    right: list[np.ndarray] = []
    things = np.zeros(len(found), int)
    for picture, (boxes, rows) in enumerate(zip(found, truth, strict=True)):
        own, at = np.flatnonzero(boxes[:, KIND] == kind), np.flatnonzero(rows[:, TRUE_KIND] == kind)
        own = own[np.argsort(-boxes[own, SCORE], kind="stable")][:MOST]
        difficult = rows[at, DIFFICULT] > 0
        things[picture] = np.count_nonzero(~difficult)
        if len(own):
            both = shared(picture, own, at)
            pictures += [picture] * len(own)
            scores.append(boxes[own, SCORE])
            right.append(np.stack([_taken(both, difficult, least) for least in overlaps]))
    if not pictures:
        return [Matches(np.zeros(0, int), np.zeros(0, bool), things) for _ in overlaps]
    order = np.argsort(-np.concatenate(scores), kind="stable")
    on, verdicts = np.array(pictures)[order], np.concatenate(right, axis=1)[:, order]
    return [Matches(on[row >= 0], row[row >= 0] > 0, things) for row in verdicts]


def _taken(shared: np.ndarray, difficult: np.ndarray, least: float) -> np.ndarray:
    """Of boxes, surest first, with overlaps `[boxes, things]`: 1 right, 0 wrong, -1 does not count."""
    free, verdicts = ~difficult, np.zeros(len(shared), int)
    for place, row in enumerate(shared):
        enough = row >= min(least, 1 - 1e-10)
        if (enough & free).any():
            taken = int(np.argmax(np.where(enough & free, row, -1.0)))
            free[taken], verdicts[place] = False, 1
        elif (enough & difficult).any():
            verdicts[place] = -1
    return verdicts
