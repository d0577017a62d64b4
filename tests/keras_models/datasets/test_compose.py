"""Cutting, scaling, placing and labelling, against pictures made by hand."""

import itertools

import numpy as np
import pytest

from keras_models.datasets import compose
from keras_models.datasets.draws import stream


def picture(*rows):
    return np.array(rows, np.uint8)


def test_crop_ink_keeps_the_bounding_box():
    image = picture([0, 0, 0, 0], [0, 0, 7, 0], [0, 9, 0, 0], [0, 0, 0, 0])
    assert compose.crop_ink(image).tolist() == [[0, 7], [9, 0]]


def test_crop_ink_refuses_an_empty_picture():
    with pytest.raises(ValueError, match="zero everywhere"):
        compose.crop_ink(np.zeros((3, 3), np.uint8))


def test_centre_in_box_leaves_the_odd_pixel_below_and_right():
    assert compose.centre_in_box(picture([5, 6]), 3).tolist() == [[0, 0, 0], [5, 6, 0], [0, 0, 0]]


def test_centre_in_box_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="expected an image of at most 3x3, received 1x4"):
        compose.centre_in_box(picture([1, 1, 1, 1]), 3)


def test_ink_boxes_moves_the_ink_to_the_middle():
    image = picture([8, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0])
    assert compose.ink_boxes(image[None], 3).tolist() == [[[0, 0, 0], [0, 8, 0], [0, 0, 0]]]


def test_resize_enlarges_bilinearly():
    # Two pixels to four: centres at .25, .75, 1.25, 1.75 of the source; the weights are 1, 3/4 and 1/4, 1/4 and 3/4, 1.
    assert compose.resize(picture([0, 100], [0, 100])[None], 4)[0, 0].tolist() == [0, 25, 75, 100]


def test_resize_averages_when_it_shrinks():
    # Four pixels to two: the triangle is two pixels wide on each side; for output 0 the weights are 3, 3, 1 of 7.
    row = [70, 0, 140, 0]
    expected = [(3 * 70 + 3 * 0 + 140) / 7, (0 + 3 * 140 + 3 * 0) / 7]
    assert compose.resize(np.tile(np.uint8(row), (4, 1))[None], 2)[0, 0].tolist() == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("size", [5, 17, 42])
def test_resize_keeps_white_white_and_black_black(size):
    for value in (0, 255):
        assert np.unique(compose.resize(np.full((1, 28, 28), value, np.uint8), size)).tolist() == [value]


def test_resize_transposes_with_the_picture():
    image = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    np.testing.assert_array_equal(compose.resize(image.swapaxes(1, 2), 20), compose.resize(image, 20).swapaxes(1, 2))


def test_resize_refuses_floats():
    with pytest.raises(ValueError, match="received float64"):
        compose.resize(np.zeros((1, 8, 8)), 4)


@pytest.mark.parametrize(("factor", "side"), [(0.6, 17), (1.5, 42)])
def test_scale_objects_rounds_the_side(factor, side):
    assert compose.scale_objects(np.zeros((2, 28, 28), np.uint8), factor).shape == (2, side, side)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_boxes_lie_on_the_canvas_and_apart(count):
    for index in range(30):
        corners = compose.place_boxes(stream(0, index), count, 20)
        assert corners.shape == (count, 2)
        assert corners.min() >= 0
        assert corners.max() <= 30
        cover = np.zeros((50, 50), int)
        for row, column in corners:
            cover[row : row + 20, column : column + 20] += 1
        assert cover.max() == 1


def test_every_layout_is_equally_likely():
    # Boxes of 1 on a canvas of 2, two of them: 4 * 3 = 12 ordered layouts.
    draws = [tuple(compose.place_boxes(stream(3, index), 2, 1, canvas=2).ravel()) for index in range(6_000)]
    _, counts = np.unique(draws, axis=0, return_counts=True)
    assert len(counts) == 12
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)


def test_four_boxes_that_fill_the_canvas_find_the_one_layout():
    corners = compose.place_boxes(stream(0), 4, 1, canvas=2)
    assert {tuple(corner) for corner in corners.tolist()} == set(itertools.product((0, 1), (0, 1)))


@pytest.mark.parametrize(("count", "size"), [(0, 20), (5, 20), (2, 26), (1, 51)])
def test_boxes_that_do_not_fit_are_refused(count, size):
    with pytest.raises(ValueError, match=f"received {count} of {size} on 50"):
        compose.place_boxes(stream(0), count, size)


def test_layouts_too_rare_to_be_drawn_are_an_error_not_a_hang(monkeypatch):
    monkeypatch.setattr(compose, "_ROUNDS", 2)
    with pytest.raises(ValueError, match="no layout of 4 boxes of 500 on 1000"):
        compose.place_boxes(stream(0), 4, 500, canvas=1000)


def test_compose_draws_ink_only_and_the_last_on_top():
    below, above = np.full((2, 2), 3, np.uint8), picture([9, 0], [0, 9])
    result = compose.compose([below, above], [(0, 0), (0, 0)], canvas=3)
    assert result.tolist() == [[9, 3, 0], [3, 9, 0], [0, 0, 0]]


def test_compose_leaves_its_pictures_alone():
    image = picture([1, 2])
    compose.compose([image, image], [(0, 0), (0, 1)], canvas=3)
    assert image.tolist() == [[1, 2]]


def test_compose_refuses_a_place_outside():
    with pytest.raises(ValueError, match="does not fit"):
        compose.compose([picture([1, 2])], [(0, 2)], canvas=3)


LABELLED = [([7], 7), ([0], 0), ([3, 8], 5), ([8, 3], 5), ([4, 4], 0), ([5, 1, 9, 9], 8), ([2, 2, 2, 2], 0)]


@pytest.mark.parametrize(("digits", "label"), LABELLED)
def test_max_min_label(digits, label):
    assert compose.max_min_label(np.array(digits)) == label


def test_max_min_label_needs_a_digit():
    with pytest.raises(ValueError, match="received none"):
        compose.max_min_label([])
