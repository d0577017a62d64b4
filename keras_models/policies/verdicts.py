"""Which of several ways to a wanted accuracy is the cheapest, and whether that is told by as many images as there are.

All ways have answered the same images, and are compared image by image: the standard error of a mean difference is far
smaller than those of the two means. What lies within `SURE` of them is not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_models.functional.evaluation import standard_error

SURE = 2.0  # standard errors


@dataclass(frozen=True)
class Way:
    """What a network, and who decides in it, gave on labelled images.

    Attributes:
        name: of the way.
        right: bool `[samples]`, whether the answer was right.
        cost: float `[measured]`, of each image or of some, the same for all ways, in one unit.
    """

    name: str
    right: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Wanted:
    """An accuracy from 0 to 1, or with `accuracy` None at most so many points of a hundred below the first way."""

    accuracy: float | None = None
    points: float = 1.0

    def margin(self, way: Way, first: Way) -> tuple[float, float]:
        """By how much a way is above what is wanted, from -1 to 1, and the standard error of that."""
        if self.accuracy is not None:
            return float(way.right.mean()) - self.accuracy, standard_error(way.right)
        difference = way.right.astype(float) - first.right
        return float(difference.mean()) + self.points / 100, standard_error(difference)


@dataclass(frozen=True)
class Verdict:
    """The cheapest way that is accurate enough.

    Attributes:
        best: its name; None if no way is.
        sure: whether it is accurate enough, and no other way may be the cheapest, by more than `SURE` standard errors.
        open: names of the other ways that may be, cheapest first.
        nearest: name of the way with the highest accuracy.
    """

    best: str | None
    sure: bool
    open: tuple[str, ...]
    nearest: str


def verdict(ways: Sequence[Way], wanted: Wanted, noise: float = 0.0) -> Verdict:
    """Compares ways, of which the first is what accuracy may be relative to.

    noise: two mean costs that differ by less than this share of the lower one are not told apart, whatever their
        standard errors say: a clock of a machine that others use has errors that are the same for all images.
    """
    margins = {way.name: wanted.margin(way, ways[0]) for way in ways}
    able = [way for way in ways if not _is_below(*margins[way.name])]
    able.sort(key=lambda way: way.cost.mean())
    best = next((way for way in able if margins[way.name][0] >= 0), None)
    nearest = max(ways, key=lambda way: way.right.mean()).name
    if best is None:
        return Verdict(None, not able, tuple(way.name for way in able), nearest)
    possible = [way for way in able if way is not best and not _is_more_expensive(way, best, noise)]
    margin, error = margins[best.name]
    certain = margin > SURE * error or (margin >= 0 and error == 0)
    return Verdict(best.name, certain and not possible, tuple(way.name for way in possible), nearest)


def _is_below(margin: float, error: float) -> bool:
    """Whether a margin is surely below zero."""
    return margin < -SURE * error


def _is_more_expensive(way: Way, other: Way, noise: float) -> bool:
    """Whether a way surely costs more than another."""
    difference = way.cost - other.cost
    return difference.mean() > max(SURE * standard_error(difference), noise * other.cost.mean())
