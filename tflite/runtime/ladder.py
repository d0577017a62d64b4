"""Which operating points a governor offers: none that another one beats, and none beyond the knee."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """An operating point.

    Attributes:
        name: of it.
        accuracy: 0..1; None if unknown.
        cost: mean of a run, in the unit that the points are sorted by; None if unknown.
    """

    name: str
    accuracy: float | None = None
    cost: float | None = None


def offered(points: Sequence[Point], knee: float) -> list[int]:
    """Indices of the points worth choosing, cheapest first.

    Left out is a point that is no more accurate than one that costs no more, and every point above the knee, which is
    the cheapest one that gives up at most `knee` of the best accuracy. All are offered where an accuracy or a cost is
    unknown.

    Args:
        points: at least one, cheapest first.
        knee: accuracy, 0..1.
    """
    if any(point.accuracy is None or point.cost is None for point in points):
        return list(range(len(points)))
    frontier: list[int] = []
    for index, point in enumerate(points):
        if frontier and point.accuracy <= points[frontier[-1]].accuracy:
            continue
        if frontier and point.cost <= points[frontier[-1]].cost:
            frontier.pop()
        frontier.append(index)
    enough = points[frontier[-1]].accuracy - knee
    above = [place for place, index in enumerate(frontier) if points[index].accuracy >= enough]
    return frontier[: above[0] + 1]
