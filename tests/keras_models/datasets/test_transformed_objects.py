"""Transformed objects: waves by hand, sizes, places, and that they come out the same each time."""

import hashlib

import numpy as np
import pytest

from keras_models.datasets import transformed_objects as made
from keras_models.datasets.draws import stream
from keras_models.datasets.sources import Sources
from keras_models.datasets.transformed_objects import TransformedObjects

ONE = 1 << 16  # a cycle along a side
DIGEST = "9b6dbf8daeedfc91e94b726637d6d30816fa6b77b62c953a57c28a211d072886"


@pytest.fixture
def digits(tmp_path):
    return TransformedObjects(config="digits", data_dir=tmp_path)


@pytest.fixture
def garments(tmp_path):
    return TransformedObjects(config="fashion_mnist", data_dir=tmp_path)


def squares(*brightness):
    """Full squares, labelled by their number."""
    return Sources(np.tile(np.array(brightness, np.uint8)[:, None, None], (1, 28, 28)), np.arange(len(brightness)))


def test_a_wave_by_hand():
    """One cycle along eight pixels: 0, 1, 0, -1 times the amplitude at every second one, and alike in all rows."""
    found = made.waves([ONE], [0], [0], side=8)
    assert found[0, ::2].tolist() == [0, made.AMPLITUDE, 0, -made.AMPLITUDE]
    assert (found == found[0]).all()
    assert found[0, 1] == round(made.AMPLITUDE * np.sin(np.pi / 4))


def test_waves_run_down_too_and_add_up():
    down = made.waves([0], [ONE], [0], side=8)
    np.testing.assert_array_equal(down, made.waves([ONE], [0], [0], side=8).T)
    both = made.waves([ONE, ONE], [0, 0], [0, 1 << 11], side=8)
    assert not both.any(), "two waves half a cycle apart are none"


def test_frequencies_have_the_mean_and_deviation_of_the_thesis():
    drawn = made.draw_frequencies(stream(3), 20_000) / ONE
    assert drawn.mean() == pytest.approx(5, abs=0.1) and drawn.std() == pytest.approx(5, abs=0.1)
    assert (drawn < 0).mean() == pytest.approx(0.159, abs=0.01), "one deviation below the mean"


def test_light_of_ten_waves_has_a_tenth_of_the_range():
    draws = [made.draw_frequencies(stream(seed), made.WAVES) for seed in range(40)]
    light = [made.waves(one, other, np.arange(10) * 400) for one, other in zip(draws, draws[1:], strict=False)]
    assert np.std(light) / 255 == pytest.approx(0.105, abs=0.01)


def test_an_object_lies_wholly_inside_in_its_size(garments):
    material, sizes = garments.prepare_sources(squares(*range(100, 110))), set()
    for index in range(60):
        picture, label, kind = garments.composite(material, index, stream(0, index))
        ink = np.argwhere(picture == 100 + label)
        extent = ink.max(0) - ink.min(0) + 1
        assert label == index % 10 and len(ink) == np.count_nonzero(picture) == extent[0] * extent[1]
        assert extent[0] == extent[1] and 28 <= extent[0] <= 70
        assert kind == (0 if extent[0] <= 42 else 1 if extent[0] <= 56 else 2)
        sizes.add(int(extent[0]))
    assert len(sizes) > 25 and min(sizes) < 32 and max(sizes) > 66


def test_digits_lie_among_waves_that_stay_within_black_and_white(digits):
    material = digits.prepare_sources(squares(255))
    pictures = np.stack([digits.composite(material, 0, stream(0, index))[0] for index in range(20)])
    assert pictures.dtype == np.uint8 and pictures.shape == (20, 100, 100)
    assert 0.1 < np.mean(pictures == 0) < 0.6 and np.mean(pictures == 255) > 0.02
    around = pictures[(pictures > 0) & (pictures < 200)]
    assert len(around) > 50_000, "light outside of the objects"


def test_every_source_has_its_turn(digits):
    assert [digits.chosen(3, index, None).item() for index in range(5)] == [0, 1, 2, 0, 1]


def test_pictures_are_the_same_each_time_and_everywhere(digits):
    material = digits.prepare_sources(squares(*range(100, 110)))
    pictures = [digits.composite(material, index, stream(0, 0, index))[0] for index in range(8)]
    assert hashlib.sha256(np.stack(pictures).tobytes()).hexdigest() == DIGEST


def test_variants_sizes_and_citation(digits):
    assert list(digits.builder_configs) == ["mnist", "fashion_mnist", "digits"]
    assert digits.info.features["image"].shape == (100, 100, 1)
    assert digits.info.features["scale"].names == ["small", "medium", "large"]
    assert "WPI" in digits.info.citation or "Worcester" in digits.info.citation
