"""Two digits on a large canvas, and the look-alike of brain scans: their rules by hand."""

import numpy as np
import pytest

from keras_models.datasets import correlated_regions, two_digits
from keras_models.datasets.correlated_regions import CorrelatedRegions
from keras_models.datasets.draws import stream
from keras_models.datasets.sources import Sources
from keras_models.datasets.tasks import TASKS
from keras_models.datasets.two_digits import TwoDigits

NAMES = ["compare_mnist", "compare_digits", "add_mnist", "add_digits"]


def squares():
    """Ten source pictures: that of digit d is a full square of brightness 10 + d."""
    return Sources(np.tile(np.arange(10, 20, dtype=np.uint8)[:, None, None], (1, 14, 14)), np.arange(10))


@pytest.mark.parametrize("question", ["compare", "add"])
def test_digits_lie_where_they_are_said_to_and_answer_the_question(question, tmp_path):
    builder = TwoDigits(config=f"{question}_digits", data_dir=tmp_path)
    material = builder.prepare_sources(squares())
    for index in range(30):
        picture, label, kind, centres = builder.composite(material, index, stream(0, index))
        digits = []
        for (x, y), home in zip(centres, two_digits.HOMES, strict=True):
            column, row = (round((c + 1) * 79 / 2 - 6.5) for c in (x, y))
            assert abs(row + 7 - home) <= 8 and abs(column + 7 - home) <= 8
            window = picture[row : row + 14, column : column + 14]
            assert window.min() == window.max() and picture[row - 1, column] == 0
            digits.append(int(window[0, 0]) - 10)
        upper, lower = digits
        assert label == (upper + lower if question == "add" else int(lower <= upper))
        assert two_digits.DIFFERENCES[kind] == (
            "none" if upper == lower else "small" if abs(upper - lower) <= 3 else "large"
        )


def test_a_centre_is_between_its_pixels():
    """Pixels 0 to 13 of 80 have their centre at 6.5, which is 2 * 6.5 / 79 - 1."""
    assert two_digits.centre((0, 66)) == pytest.approx((2 * 72.5 / 79 - 1, 2 * 6.5 / 79 - 1))


def test_equal_digits_count_as_not_larger():
    assert [two_digits.answer("compare", *pair) for pair in ((3, 4), (4, 3), (4, 4))] == [0, 1, 1]


def test_regions_are_in_step_if_every_pair_is():
    course = np.arange(10.0)
    assert correlated_regions.in_step(np.stack([course, 2 * course + 1, course]))
    assert not correlated_regions.in_step(np.stack([course, course, -course]))


@pytest.mark.parametrize("normal", [False, True])
def test_a_slice_shows_its_regions(normal):
    """Read back at the centres, the series are in step as the label says, but for the texture's noise."""
    agreed = 0
    for index in range(10):
        image, centres = correlated_regions.picture(stream(0, 0, index), normal)
        assert image.shape == (91, 91, 10) and image.dtype == np.uint8 and image[0, 0].tolist() == [0] * 10
        series = []
        for x, y in centres:
            column, row = round((x + 1) * 45), round((y + 1) * 45)
            series.append(image[row - 4 : row + 5, column - 4 : column + 5].mean(axis=(0, 1)))
        agreed += correlated_regions.in_step(np.array(series)) == normal
    assert agreed >= 8


def test_series_have_a_mean_of_nothing_and_are_as_wanted():
    for normal in (False, True):
        series = correlated_regions.draw_series(stream(1), normal)
        np.testing.assert_allclose(series.mean(axis=1), 0, atol=1e-9)
        np.testing.assert_allclose(series.std(axis=1), 1)
        assert correlated_regions.in_step(series) == normal


def test_normal_numbers_are_normal():
    numbers = correlated_regions.normal_numbers(stream(0), 20_000)
    assert abs(numbers.mean()) < 0.03 and numbers.std() == pytest.approx(1, abs=0.02)


def test_the_tasks_are_those_of_the_builders(tmp_path):
    for name in NAMES:
        builder = TwoDigits(config=name, data_dir=tmp_path)
        assert builder.info.features["label"].num_classes == TASKS[name].classes
        assert tuple(dict(TASKS[name].sizes).values()) == builder.builder_config.sizes
        assert builder.info.features["centres"].shape == (2, 2)
    scans = CorrelatedRegions(config="four", data_dir=tmp_path)
    assert scans.info.features["image"].shape == TASKS["correlated_regions"].input_shape
    assert scans.sources("test").shape == (8_000, 1)


def test_examples_of_slices_take_turns(tmp_path):
    scans = CorrelatedRegions(config="four", data_dir=tmp_path)
    assert [example["label"] for _, example in scans._generate_examples(0, 4)] == [0, 1, 0, 1]


def test_marks_come_with_the_labels(tmp_path, monkeypatch):
    import dataclasses

    from keras_models.datasets import storage

    task = dataclasses.replace(TASKS["add_digits"], sizes=(("train", 6),))
    images, labels = np.zeros((6, 80, 80, 1), np.uint8), np.arange(6)
    centres = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    arrays = {"image": images, "label": labels, "difference": labels % 3, "centres": centres}
    monkeypatch.setattr(storage, "load", lambda name, split, data_dir: arrays)
    (_, answers), (_, rest) = task.dataset("train", 4, marks="centres")
    assert answers["label"].numpy().tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(rest["centres"], centres[4:])
    with pytest.raises(ValueError, match="expected one of centres, received 'boxes'"):
        task.load_marks("train", "boxes")
    with pytest.raises(ValueError, match="would move with them"):
        dataclasses.replace(task, shift=2).dataset("train", 4, augment=True, shuffle_seed=0, marks="centres")
