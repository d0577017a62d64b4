"""Coded boxes, overlaps, anchors and their things, against numbers worked out by hand."""

import math

import numpy as np
import pytest
from keras import ops

from keras_models.functional import box_coding

OTHER = np.array([[0.2, 0.2, 0.4, 0.6]], np.float32)  # 0.2 high, 0.4 wide, about (0.3, 0.4)
BOX = np.array([[0.3, 0.2, 0.7, 0.4]], np.float32)  # 0.4 high, 0.2 wide, about (0.5, 0.3)


def test_a_box_is_coded_in_sides_of_the_other_one():
    coded = box_coding.encode(BOX, OTHER, (1, 1, 1, 1))
    np.testing.assert_allclose(coded, [[1.0, -0.25, math.log(2), -math.log(2)]], atol=1e-6)
    np.testing.assert_allclose(
        box_coding.encode(BOX, OTHER), [[10, -2.5, 5 * math.log(2), -5 * math.log(2)]], atol=1e-5
    )


def test_decoding_is_the_inverse_and_stays_in_the_picture():
    np.testing.assert_allclose(box_coding.decode(box_coding.encode(BOX, OTHER), OTHER), BOX, atol=1e-6)
    np.testing.assert_allclose(box_coding.decode(np.zeros((1, 4), np.float32), OTHER), OTHER, atol=1e-6)
    far = box_coding.decode(np.array([[0, 0, 1e6, 1e6]], np.float32), OTHER)
    np.testing.assert_array_equal(far, [[0, 0, 1, 1]])


def test_overlaps_are_intersections_over_unions():
    boxes = np.array([[0, 0, 0.5, 0.5], [0.25, 0.25, 0.75, 0.75], [0.9, 0.9, 0.9, 0.9]], np.float32)
    # A quarter of a box of 0.25 is shared: 0.0625 of 0.25 + 0.25 - 0.0625.
    np.testing.assert_allclose(box_coding.overlaps(boxes, boxes), [[1, 1 / 7, 0], [1 / 7, 1, 0], [0, 0, 0]], atol=1e-6)


def test_anchors_stand_around_the_centres_of_the_cells():
    made = box_coding.anchors(1, 2, (0.2, 0.4), (1.0, 4.0))
    assert made.shape == (8, 4) and made.dtype == np.float32
    np.testing.assert_allclose(made[0], [0.4, 0.15, 0.6, 0.35], atol=1e-6)
    np.testing.assert_allclose(made[1], [0.3, 0.2, 0.7, 0.3], atol=1e-6)  # 0.4 high, 0.1 wide: of the area 0.04
    np.testing.assert_allclose(made[6], [0.3, 0.55, 0.7, 0.95], atol=1e-6)


def test_boxes_stand_for_the_thing_that_they_overlap_enough():
    things = np.array([[[0, 0, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9], [0, 0, 0, 0]]], np.float32)
    present = np.array([[True, True, False]])
    boxes = np.array([[0, 0, 0.4, 0.36], [0, 0, 0.4, 0.16], [0.6, 0.6, 0.9, 0.9], [0, 0.6, 0.2, 0.8]], np.float32)
    # Overlaps: 0.9 with the first, 0.4 with the first, 0.5625 with the second, none.
    rows, sign, most = box_coding.matched(boxes, things, present, 0.5, 0.3)
    np.testing.assert_array_equal(rows[0, :3], [0, 0, 1])
    np.testing.assert_array_equal(sign[0], [1, 0, 1, -1])
    np.testing.assert_allclose(most[0], [0.9, 0.4, 0.5625, 0], atol=1e-5)
    _, sign, _ = box_coding.matched(boxes, things, present, 0.5)
    np.testing.assert_array_equal(sign[0], [1, -1, 1, -1])


@pytest.mark.parametrize(("every", "expected"), [(False, [-1, 0, -1]), (True, [-1, 1, -1])])
def test_every_thing_may_have_its_best_anchor(every, expected):
    things, present = np.array([[[0, 0, 0.4, 0.4]]], np.float32), np.array([[True]])
    boxes = np.array([[0, 0, 0.4, 0.1], [0, 0, 0.4, 0.18], [0.5, 0.5, 1, 1]], np.float32)  # 0.25, 0.45 and 0
    _, sign, _ = box_coding.matched(boxes, things, present, 0.5, 0.3, every)
    np.testing.assert_array_equal(sign[0], expected)


def test_a_picture_without_things_has_only_background():
    _, sign, most = box_coding.matched(BOX, np.zeros((2, 3, 4), np.float32), np.zeros((2, 3), bool), 0.5, 0.3, True)
    np.testing.assert_array_equal(sign, [[-1], [-1]])
    assert float(ops.max(most)) == 0
