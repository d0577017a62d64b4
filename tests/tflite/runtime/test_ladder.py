"""Which points are offered, by hand."""

import pytest

from tflite.runtime.ladder import Point, offered


def points(*rows):
    return [Point(f"p{i}", *row) for i, row in enumerate(rows)]


@pytest.mark.parametrize(
    "rows, knee, expected",
    [
        (((0.5, 1.0),), 0.0, [0]),
        (((0.5, 1.0), (0.6, 2.0)), 0.0, [0, 1]),
        (((0.5, 1.0), (0.5, 2.0)), 0.0, [0]),  # no more accurate
        (((0.6, 1.0), (0.5, 2.0), (0.7, 3.0)), 0.0, [0, 2]),
        (((0.5, 1.0), (0.6, 1.0)), 0.0, [1]),  # costs no more
        (((0.6, 1.0), (0.5, 1.0)), 0.0, [0]),
        (((0.5, 1.0), (0.6, 1.0), (0.7, 1.0), (0.9, 2.0)), 0.0, [2, 3]),
        (((0.5, 1.0), (0.75, 2.0), (1.0, 3.0)), 0.25, [0, 1]),  # .75 = 1 - .25: just at the knee
        (((0.5, 1.0), (0.75, 2.0), (1.0, 3.0)), 0.24, [0, 1, 2]),
        (((0.5, 1.0), (0.75, 2.0), (1.0, 3.0)), 1.0, [0]),
        (((0.5, 1.0), (None, 2.0), (0.4, 3.0)), 0.5, [0, 1, 2]),
        (((0.5, None), (0.4, 2.0)), 0.5, [0, 1]),
    ],
)
def test_offered(rows, knee, expected):
    assert offered(points(*rows), knee) == expected
