"""Five images of the hand-made bundle with learned exits, and the way of each."""

import numpy as np
import pytest

from tools.reporting.samples import Samples

# (a, b) of 255, and what happens at the point `exact`, which leaves first at a >= .7 and second at b >= .7:
PIXELS = [
    (255, 0),  # first, label 0: right
    (204, 255),  # first, label 0, for only a is looked at there: wrong
    (0, 255),  # second, label 1: right
    (51, 102),  # last, label 1: right
    (140, 0),  # last, label 0: right; at `fast`, which leaves first at a >= .5, it leaves first, right too
]


@pytest.fixture
def five():
    """Rows 3, 5, 8, 13 and 21 of a split; the last two are hard."""
    images = np.array(PIXELS, np.uint8).reshape(-1, 1, 2, 1)
    kinds, rows = np.array([0, 0, 0, 1, 1]), np.array([3, 5, 8, 13, 21])
    return Samples("pixels", "test", images, np.array([0, 1, 1, 1, 0]), kinds, ("easy", "hard"), rows)
