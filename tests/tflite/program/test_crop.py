"""Crops of small images whose samples can be read off."""

import numpy as np
import pytest

from tests.goldens.tables import numbers, table
from tflite.program.crop import glimpse, theta_crop

# Rows 0..2, columns 0..2: pixel = 10 * row + column.
IMAGE = np.array([[0, 1, 2], [10, 11, 12], [20, 21, 22]], np.float32)[:, :, None]


def test_the_identity_gives_the_image_back():
    assert theta_crop(IMAGE, (0, 0, 1, 1), (3, 3)).tolist() == IMAGE[None].tolist()
    assert theta_crop(IMAGE, (0, 0, 1, 1), (3, 3)).dtype == np.float32


def test_half_the_scale_reads_between_pixels():
    # x and y in (-.5, 0, .5): pixels .5, 1 and 1.5.
    assert theta_crop(IMAGE, (0, 0, 0.5, 0.5), (3, 3))[0, :, :, 0].tolist() == [
        [5.5, 6.0, 6.5],
        [10.5, 11.0, 11.5],
        [15.5, 16.0, 16.5],
    ]


def test_tx_moves_columns_and_ty_rows():
    assert theta_crop(IMAGE, (1, 0, 0, 0), (1, 1)).ravel().tolist() == [12]
    assert theta_crop(IMAGE, (0, 1, 0, 0), (1, 1)).ravel().tolist() == [21]
    assert theta_crop(IMAGE, (0, 0, 1, 0), (1, 3)).ravel().tolist() == [10, 11, 12]
    assert theta_crop(IMAGE, (0, 0, 0, 1), (3, 1)).ravel().tolist() == [1, 11, 21]


def test_outside_is_zero_and_the_border_fades_to_it():
    # Centre column, half a pixel below the last row (y = 1.5): half of 21.
    assert theta_crop(IMAGE, (0, 1.5, 0, 0), (1, 1)).ravel().tolist() == [10.5]
    assert theta_crop(IMAGE, (-1.5, 1, 0, 0), (1, 1)).ravel().tolist() == [10.0]
    assert theta_crop(IMAGE, (0, 2, 0, 0), (1, 1)).ravel().tolist() == [0]
    assert theta_crop(IMAGE, (1.25, 0, 0, 0), (1, 1)).ravel().tolist() == [9.0]


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), -float("inf"), 3e38])
def test_wild_coordinates_read_zeros(wild):
    assert not theta_crop(IMAGE, (wild, 0, 1, 1), (2, 2)).any()
    assert not theta_crop(IMAGE, (0, 0, wild, 1), (2, 2)).any()
    assert not glimpse(IMAGE, (wild, 0), (2, 2), 1).any()
    assert not glimpse(IMAGE, (0, wild), (2, 2), 2).any()


def test_channels_are_cut_alike():
    two = np.concatenate([IMAGE, -IMAGE], axis=2)
    cut = theta_crop(two, (0.3, -0.2, 0.5, 0.7), (2, 2))
    assert cut.shape == (1, 2, 2, 2)
    assert (cut[..., 0] == -cut[..., 1]).all()


def test_a_glimpse_in_the_centre():
    # Centre pixel 1; first row floor(1 - 1.5 + .5) = 0.
    assert glimpse(IMAGE, (0, 0), (3, 3), 1).tolist() == IMAGE[None].tolist()


def test_an_even_glimpse_starts_at_the_rounded_corner():
    # First row floor(1 - 1 + .5) = 0, so the window is rows and columns 0 and 1.
    assert glimpse(IMAGE, (0, 0), (2, 2), 1).ravel().tolist() == [0, 1, 10, 11]
    # At x = 1, y = -1: column 2, row 0; the window is columns 1 and 2, rows -1 and 0.
    assert glimpse(IMAGE, (1, -1), (2, 2), 1).ravel().tolist() == [0, 0, 1, 2]


def test_the_second_scale_averages_blocks_and_pads_with_zeros():
    # Size 1, scale 1: the window of 2 x 2 whose first row is floor(1 - 1 + .5) = 0: (0 + 1 + 10 + 11) / 4.
    assert glimpse(IMAGE, (0, 0), (1, 1), 2).ravel().tolist() == [11, 5.5]
    # Scale 2: 4 x 4 from floor(1 - 2 + .5) = -1: all nine pixels, (99) / 16.
    assert glimpse(IMAGE, (0, 0), (1, 1), 3).ravel().tolist() == [11, 5.5, 6.1875]


def test_a_glimpse_outside_is_zero():
    assert not glimpse(IMAGE, (9, 9), (2, 2), 2).any()
    assert glimpse(IMAGE, (9, 9), (2, 2), 2).shape == (1, 2, 2, 2)


@pytest.mark.parametrize("case", table("crops"), ids=lambda case: case["why"])
def test_both_runtimes_cut_alike(case):
    """Pixels are 10 * row + column, and 100 more in the second channel."""
    rows, columns, channels = np.indices(case["image"])
    image = (10 * rows + columns + 100 * channels).astype(np.float32)
    at = numbers(case["at"])
    if case.get("mode") == "glimpse":
        cut = glimpse(image, at, case["size"], case.get("scales", 1))
    else:
        cut = theta_crop(image, at, case["size"])
    assert cut.shape == (1, *case["size"], case["image"][2] * case.get("scales", 1))
    assert cut.ravel().tolist() == case["expected"]
