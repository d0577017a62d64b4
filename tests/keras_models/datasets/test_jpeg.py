"""JPEG with tables of one's own, against numbers worked out by hand and against the decoder."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_models.datasets import jpeg


@pytest.mark.parametrize(
    ("quality", "first", "last"),
    # 50 leaves the table as it is, 25 doubles it, 100 is all ones, and 0.5 a hundred times it, held at 255.
    [(50, 16, 99), (25, 32, 198), (75, 8, 50), (100, 1, 1), (0.5, 255, 255)],
)
def test_a_table_is_scaled_as_libjpeg_does(quality, first, last):
    table = jpeg.scaled(jpeg.STANDARD, quality)
    assert (table[0, 0], table[7, 7]) == (first, last)


@pytest.mark.parametrize("quality", [0, -1, 101])
def test_another_quality_is_refused(quality):
    with pytest.raises(ValueError, match="expected a quality above 0 and up to 100"):
        jpeg.scaled(jpeg.STANDARD, quality)


@pytest.mark.parametrize("quality", [10, 50, 90])
def test_scaled_tables_are_those_that_pillow_writes(quality):
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", quality=quality)
    written = np.array(Image.open(file).quantization[0]).reshape(8, 8)
    np.testing.assert_array_equal(written, jpeg.scaled(jpeg.STANDARD, quality))


def test_a_table_of_ones_own_arrives_in_the_file_in_its_order():
    table = np.arange(1, 65).reshape(8, 8)
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", qtables=[table.ravel().tolist()])
    np.testing.assert_array_equal(np.array(Image.open(file).quantization[0]).reshape(8, 8), table)


def test_coefficients_of_a_flat_block_and_of_one_wave():
    """A block of 138 is 10 above the middle: 8 x 10 in the mean. A wave of one frequency has that coefficient alone."""
    wave = 128 + np.rint(100 * jpeg.cosines()[3])[None, :].repeat(8, axis=0)
    flat, waved = jpeg.coefficients(np.stack([np.full((8, 8), 138), wave]).astype(np.uint8))[:, 0]
    assert flat[0, 0] == pytest.approx(80) and np.abs(flat).sum() == pytest.approx(80)
    assert np.unravel_index(np.abs(waved).argmax(), (8, 8)) == (0, 3)
    assert waved[0, 3] == pytest.approx(100 * np.sqrt(8), rel=0.01)


def test_sides_are_filled_up_to_whole_blocks():
    image = np.zeros((1, 10, 8), np.uint8)
    image[0, 9] = 200
    assert jpeg.coefficients(image).shape == (1, 2, 8, 8)
    # Of the second block one row is black, and seven are the last row.
    assert jpeg.coefficients(image)[0, 1, 0, 0] == pytest.approx(8 * (200 * 7 / 8 - 128))


def test_black_costs_one_number_however_large_it_is():
    """The first block's mean is told, and no difference to it."""
    assert jpeg.values_sent(np.zeros((2, 32, 32), np.uint8), jpeg.STANDARD).tolist() == [1, 1]


def test_deepn_tables_are_fine_where_pictures_differ():
    rng = np.random.default_rng(0)
    waves = jpeg.cosines()[1][None, :] * jpeg.cosines()[0][:, None]
    pictures = np.clip(128 + rng.normal(0, 100, (300, 1, 1)) * waves, 0, 255).astype(np.uint8)
    table = jpeg.deepn_table(pictures)
    # One coefficient has a deviation near 100: its step is 5, the least. Others vary by rounding alone: 255 - 9.75 d.
    assert table[0, 1] == 5
    assert (table[2:, 2:] > 240).all()
    spread = jpeg.coefficients(pictures).std(axis=(0, 1))
    assert table[5, 5] == pytest.approx(255 - 9.75 * spread[5, 5])


def test_the_lines_of_deepn_meet():
    (a, k), (b, m), (c, n) = jpeg.LINES
    assert a - k * jpeg.FINE == b - m * jpeg.FINE == 60
    assert b - m * jpeg.COARSE == c - n * jpeg.COARSE == 20


def test_a_round_trip_is_near_at_high_quality_and_coarse_at_a_low_one():
    ramp = np.tile(np.arange(0, 200, 2, dtype=np.uint8), (100, 1))
    near, large = jpeg.round_trip([ramp], jpeg.scaled(jpeg.STANDARD, 95))
    far, small = jpeg.round_trip([ramp], jpeg.scaled(jpeg.STANDARD, 0.5))
    errors = [np.abs(one[0].astype(int) - ramp).mean() for one in (near, far)]
    assert near.shape == (1, 100, 100) and near.dtype == np.uint8
    assert errors[0] < 1 < 5 < errors[1] and small[0] < large[0]
