"""The best of many boxes, case by case from a table that the Java runtime reads too."""

import numpy as np
import pytest

from tests.goldens.tables import numbers, table
from tflite.program.keep import keep_best


@pytest.mark.parametrize("case", table("keep"), ids=lambda case: case["why"])
def test_what_is_kept(case):
    boxes, scores = (np.array([numbers(row) for row in case[key]], np.float32) for key in ("boxes", "scores"))
    found = keep_best(boxes.ravel(), scores.ravel(), case["threshold"], case["overlap"], case["most"])
    count, behind = len(case["rows"]), [0.0] * (case["most"] - len(case["rows"]))
    assert found["count"].tolist() == [[count]]
    assert found["rows"].tolist() == [case["rows"] + behind]
    assert found["classes"].tolist() == [case["classes"] + behind]
    assert found["scores"].tolist() == [numbers(case["kept"]) + behind]
    expected = np.zeros((1, case["most"], 4), np.float32)
    expected[0, :count] = boxes[case["rows"]]
    np.testing.assert_array_equal(found["boxes"], expected)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


def test_a_box_is_kept_unless_a_better_one_of_its_class_covers_it():
    """Against the definition, pair by pair, for random boxes of three classes."""
    rng = np.random.default_rng(5)
    corners = np.sort(rng.random((40, 2, 2)), axis=1).reshape(40, 4)
    scores = rng.random((40, 3))
    found = keep_best(corners.ravel(), scores.ravel(), 0.6, 0.4, 1000)
    count = int(found["count"][0, 0])
    kept = list(zip(found["rows"][0, :count].astype(int), found["classes"][0, :count].astype(int), strict=True))

    def share(a, b):
        (top, left), (bottom, right) = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
        inside = max(bottom - top, 0) * max(right - left, 0)
        return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside)

    for row in range(40):
        for label in range(3):
            better = [r for r, c in kept if c == label and scores[r, c] > scores[row, label]]
            covered = any(share(corners[r], corners[row]) > 0.4 for r in better)
            assert ((row, label) in kept) == (scores[row, label] >= 0.6 and not covered)
    assert found["scores"][0, :count].tolist() == sorted(found["scores"][0, :count].tolist(), reverse=True)
