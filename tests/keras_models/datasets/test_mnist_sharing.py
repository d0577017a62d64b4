"""Pairs of digits: what is asked of them, which of them are inverted, and how their tasks are stated."""

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets.draws import stream
from keras_models.datasets.pair_questions import QUESTIONS
from keras_models.datasets.sources import Sources


def squares(side):
    """Ten source pictures: the one of digit d is full, of brightness 10 + d."""
    brightness = np.arange(10, 20, dtype=np.uint8)
    return Sources(np.tile(brightness[:, None, None], (1, side, side)), np.arange(10))


@pytest.fixture(params=QUESTIONS)
def builder(request, tmp_path):
    from keras_models.datasets.builders import MnistSharing

    return MnistSharing(config=request.param, data_dir=tmp_path)


def test_labels_are_what_is_asked_of_the_two_digits():
    pairs = [(7, 5), (2, 9), (4, 4)]
    answers = {name: [question.answer(*pair) for pair in pairs] for name, question in QUESTIONS.items()}
    assert answers == {"addition": [2, 1, 8], "difference": [2, 7, 0], "larger": [7, 9, 4], "smaller": [5, 2, 4]}
    assert [name for name, question in QUESTIONS.items() if question.inverted] == ["difference", "smaller"]


def test_a_picture_shows_its_pair_one_of_it_inverted_where_the_task_says(builder):
    material, kinds = builder.prepare_sources(squares(28)), []
    for index in range(40):
        picture, label, kind = builder.composite(material, index, stream(0, index))
        assert picture.shape == (28, 56)
        halves = [picture[:, :28], picture[:, 28:]]
        if kind:
            halves[kind - 1] = 255 - halves[kind - 1]
        digits = [int(half[0, 0]) - 10 for half in halves]
        assert all(0 <= digit <= 9 and (half == 10 + digit).all() for digit, half in zip(digits, halves, strict=True))
        assert label == builder.question.answer(*digits)
        kinds.append(kind)
    assert set(kinds) == ({1, 2} if builder.question.inverted else {0})


def test_every_task_draws_pairs_of_its_own(tmp_path):
    from keras_models.datasets.builders import MnistSharing

    seeds = [config.seed for config in MnistSharing.BUILDER_CONFIGS if not config.name.endswith("_digits")]
    assert sorted(seeds) == [0, 1, 2, 3]
    assert MnistSharing(config="addition", data_dir=tmp_path).info.features["image"].shape == (28, 56, 1)
    assert MnistSharing(config="larger_digits", data_dir=tmp_path).info.features["image"].shape == (16, 32, 1)


def test_small_digits_are_enlarged(tmp_path):
    from keras_models.datasets.builders import MnistSharing

    builder = MnistSharing(config="larger_digits", data_dir=tmp_path)
    assert builder.prepare_sources(squares(8)).images.shape == (10, 16, 16)


def test_four_tasks_are_asked_together():
    task = datasets.get("mnist_sharing")
    assert task.group_names == ("addition", "difference", "larger", "smaller")
    assert task.input_shape == (28, 56, 1) and set(task.classes.values()) == {10}
    assert dict(task.sizes)["train"] == 8_000 and dict(task.sizes)["test"] == 40_000
