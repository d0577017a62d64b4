"""Preprocessing, each step against constants worked out by hand."""

import itertools
import zlib

import numpy as np
import pytest

from tests.goldens.tables import table
from tests.tflite.bundles import picture as spec
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.program.values import quantize
from tflite.runtime.image import ImageReader, center_crop, fit_pixels, pixel_table, resize, to_channels


def read(image, spec_):
    return ImageReader(spec_[0], m.Tensor(shape=spec_[1], type="float32"))(image)


def test_colour_to_grey():
    # .299 * 100 + .587 * 50 + .114 * 200 = 82.05; white stays white.
    image = np.array([[[100, 50, 200], [255, 255, 255]]], np.uint8)
    assert to_channels(image, 1).ravel().tolist() == [82, 255]


def test_grey_to_colour_and_alpha_is_laid_on_white():
    assert to_channels(np.array([[7]], np.uint8), 3).ravel().tolist() == [7, 7, 7]
    assert to_channels(np.array([[[1, 2, 3, 255]]], np.uint8), 3).ravel().tolist() == [1, 2, 3]
    # Nothing is white; at an alpha of 51, a fifth: 100 / 5 + 255 * 4 / 5 = 224, 50 to 214, 200 to 244; 220.25 in grey.
    assert to_channels(np.array([[[100, 50, 200, 0]]], np.uint8), 1).ravel().tolist() == [255]
    assert to_channels(np.array([[[100, 50, 200, 51]]], np.uint8), 3).ravel().tolist() == [224, 214, 244]
    assert to_channels(np.array([[[100, 50, 200, 51]]], np.uint8), 1).ravel().tolist() == [220]


def test_the_largest_centred_window():
    wide = np.arange(2 * 5, dtype=np.uint8).reshape(2, 5, 1)
    assert center_crop(wide, 10, 10)[:, :, 0].tolist() == [[1, 2], [6, 7]]
    assert center_crop(wide.transpose(1, 0, 2), 4, 8).shape == (1, 2, 1)
    assert center_crop(wide, 2, 5).shape == (2, 5, 1)
    assert center_crop(np.zeros((1, 9, 1), np.uint8), 9, 1).shape == (1, 1, 1)


def test_halving_takes_the_triangle():
    # ratio 2, support 2; centre 1: weights of j = 0..3 are .75 .75 .25 0 (sum 1.75); centre 3 mirrors them.
    # (.75 * 0 + .75 * 70 + .25 * 140) / 1.75 = 50; (.25 * 70 + .75 * 140 + .75 * 210) / 1.75 = 160.
    image = np.array([[0, 70, 140, 210]], np.uint8)[:, :, None]
    assert resize(image, 1, 2).ravel().tolist() == [50, 160]
    assert resize(image.transpose(1, 0, 2), 2, 1).ravel().tolist() == [50, 160]


def test_doubling_is_linear_between_centres():
    # ratio .5, support 1; centres .25 .75 1.25 1.75: (1, 0) (.75, .25) (.25, .75) (0, 1), each divided by its sum.
    image = np.array([[0, 100]], np.uint8)[:, :, None]
    assert resize(image, 1, 4).ravel().tolist() == [0, 25, 75, 100]


def test_a_constant_picture_stays_constant():
    image = np.full((7, 11, 3), 200, np.uint8)
    assert (resize(image, 5, 4) == 200).all()


def test_scale_and_offset_by_channel():
    image = np.array([[[0, 100, 255]]], np.uint8)
    made = read(image, spec((1, 1, 3), (1.0, 0.5, 0.1), (0.0, -1.0, 1.0)))
    assert made.dtype == np.float32
    assert made.ravel().tolist() == [0.0, 49.0, float(np.float32(255) * np.float32(0.1) + np.float32(1))]


def test_the_table_rounds_the_product_and_then_the_sum():
    """9 * .1 is .90000004 in float32, and 1 more lies between two: the even one. In one step it would be 1.9."""
    table = pixel_table(0.1, 1.0)
    assert (table[9], table[255]) == (np.float32(1.9000001), np.float32(26.5))
    assert np.float32(1.9000001) != np.float32(1.9)


def test_the_whole_way():
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[:, 2:6] = 255  # the centred 4 x 4 window is white
    made = read(picture, spec((2, 2, 1), 1 / 255, 0.0, crop="center", resize="bilinear"))
    assert made.shape == (1, 2, 2, 1)
    assert made.ravel() == pytest.approx([1.0] * 4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("type, zero_point", [("int8", -128), ("uint8", 3), ("int16", 0)])
def test_the_table_of_codes_gives_the_bits_of_quantizing_afterwards(channels, type, zero_point):
    rng = np.random.default_rng(1)
    scale, offset = tuple(rng.uniform(0.001, 0.1, channels)), tuple(rng.uniform(-1, 1, channels))
    spec_ = spec((16, 16, channels), scale, offset)
    tensor = m.Tensor(shape=(1, 16, 16, channels), type=type, scale=0.0173, zero_point=zero_point)
    image = rng.integers(0, 256, (16, 16, channels), dtype=np.uint8)
    made = ImageReader(spec_[0], tensor)(image)
    assert made.dtype == type
    assert (made == quantize(read(image, spec_), tensor)).all()


def test_float_images_are_taken_as_they_are():
    image = np.array([[[0.25], [-3.0]]], np.float32)
    assert read(image, spec((1, 2, 1), 9.0, 9.0)).ravel().tolist() == [0.25, -3.0]


@pytest.mark.parametrize(
    "image, words",
    [
        ([[1, 2]], "a numpy array without a mask, received list"),
        (np.ma.zeros((2, 2), np.uint8), "a numpy array without a mask, received MaskedArray"),
        (np.zeros((1, 2), np.int64), "uint8 pixels or normalised float32, received int64: give pixels of 0..255 as "),
        (np.full((1, 2), -1, np.int32), "received int32: give pixels"),
        (np.zeros((1, 2), np.uint16), r"received uint16: make 8 bits of 16 by .* 257"),
        (np.zeros((1, 2), bool), r"received bool: make pixels of it by image \* np.uint8\(255\)"),
        (np.zeros((1, 2), np.float64), r"received float64: give normalised numbers as image.astype\(np.float32\)"),
        (np.zeros((1, 2), np.complex64), "received complex64$"),
        (np.zeros((1, 2), np.float32), r"float32 of shape \[1, 2, 1\], received \[1, 2\]"),
        (np.zeros((2, 2), np.uint8), "1 x 2 pixels, .* received 2 x 2"),
        (np.zeros((2,), np.uint8), r"received \[2\]"),
        (np.zeros((0, 2), np.uint8), r"received \[0, 2\]"),
        (np.zeros((1, 2, 2), np.uint8), "received 2 channels"),
        (np.zeros((1, 1, 2, 1), np.uint8), r"received \[1, 1, 2, 1\]"),
        (np.full((1, 2, 1), np.nan, np.float32), "finite numbers, received NaN or infinity"),
        (np.full((1, 2, 1), np.inf, np.float32), "finite numbers"),
        (np.float32([[[0], [510.5]]]), r"from -255.0 to 510.0 in channel 0, received 510.5: give .* as uint8"),
    ],
)
def test_other_images_are_refused(image, words):
    with pytest.raises(ChainError, match="image: expected .*" + words):
        read(image, spec((1, 2, 1)))


@pytest.mark.parametrize("case", table("pictures"), ids=lambda case: case["why"])
def test_both_runtimes_fit_pictures_alike(case):
    options = {key: case[key] for key in ("crop", "resize") if key in case}
    picture = np.array(case["pixels"], np.uint8).reshape(case["picture"])
    if "refused" in case:
        with pytest.raises(ChainError) as caught:
            read(picture, spec(tuple(case["input"]), **options))
        assert str(caught.value) == case["refused"]
    else:
        assert read(picture, spec(tuple(case["input"]), **options)).ravel().tolist() == case["expected"]


def test_every_small_size_becomes_every_other_as_in_java():
    """The sum over all of them is in the test of the other runtime too."""
    total = 0
    for rows, columns, height, width in itertools.product(range(1, 6), range(1, 6), range(1, 5), range(1, 5)):
        picture = (np.arange(rows * columns * 3) * 89 + 31 * rows).astype(np.uint8).reshape(rows, columns, 3)
        for crop, channels in (("none", 3), ("center", 1)):
            shape = height, width, channels
            made = fit_pixels(picture, spec(shape, crop=crop, resize="bilinear")[0], shape)
            assert made.shape == shape
            total = zlib.crc32(made.tobytes(), total)
    assert total == 3425932537


def test_padding_lays_the_whole_picture_in_the_midst():
    """A row of four pixels for a square: one of four by four, with a row above and two below."""
    picture = np.array([[10, 20, 30, 40]], np.uint8)
    padded_spec = spec((4, 4, 1), 1.0, 0.0, crop="pad", resize="bilinear", padding=7)
    made = read(picture, padded_spec)[0, :, :, 0]
    assert made.tolist() == [[7] * 4, [10, 20, 30, 40], [7] * 4, [7] * 4]
    tall = read(picture.T, padded_spec)[0, :, :, 0]
    assert tall.tolist() == [[7, p, 7, 7] for p in (10, 20, 30, 40)]


def test_a_padded_picture_is_resized_as_a_whole():
    """Two rows of four become four by four with a row of 90 above and below; half the size is the mean of blocks."""
    picture = np.full((2, 4), 10, np.uint8)
    made = read(picture, spec((2, 2, 1), 1.0, 0.0, crop="pad", resize="bilinear", padding=90))[0, :, :, 0]
    assert len(set(made.ravel().tolist())) == 1 and 10 < made[0, 0] < 90
    same = read(np.full((3, 3), 5, np.uint8), spec((3, 3, 1), 1.0, 0.0, crop="pad", padding=90))
    assert (same == 5).all(), "what has the ratio already is left alone"


def test_a_picture_whose_padding_would_fill_the_memory_is_refused():
    with pytest.raises(ChainError, match="at most 89478485 pixels with the padding, received 1 x 20000, padded to"):
        read(np.zeros((1, 20_000), np.uint8), spec((4, 4, 1), 1.0, 0.0, crop="pad", resize="bilinear"))
