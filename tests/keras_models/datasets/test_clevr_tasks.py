"""The sixteen tasks of CLEVR-sharing, on scenes whose answers are worked out by hand."""

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import clevr_tasks
from keras_models.datasets.clevr_tasks import COLOURS, GROUPS, MATERIALS, QUESTIONS, SHAPES, SIZES
from keras_models.rendering.store import Draws


def scene(*objects):
    """A scene of four descriptions such as "small red rubber cube"."""
    kinds = SIZES, COLOURS, MATERIALS, SHAPES
    numbers = [[names.index(word) for names, word in zip(kinds, one.split(), strict=True)] for one in objects]
    return np.array([[shape, material, size, colour] for size, colour, material, shape in numbers])


MIXED = scene(
    "small red rubber cube", "large yellow metal cylinder", "large gray metal cube", "small blue rubber sphere"
)
ROUND = scene(*["small cyan rubber sphere"] * 3, "large brown metal cylinder")


@pytest.mark.parametrize(
    ("task", "mixed", "round_ones"),
    [
        (1, "equal", "less"),  # warm cylinders 1, cool spheres 1; 1 and 3
        (2, "equal", "more"),  # small spheres 1, large cubes 1; 3 and 0
        (3, "equal", "less"),  # rubber cubes 1, metal cylinders 1; 0 and 1
        (4, "2120", "0001"),
        (5, "2112", "2221"),  # a cool cube is 1, a cool sphere 2
        (6, "2010", "0000"),  # a large cylinder is 0, a large cube 1
        (7, "2010", "0000"),  # a metal cylinder is 0, a metal cube 1
        (8, "1", "0"),
        (9, "0", "0"),
        (10, "1", "0"),
        (11, "0", "0"),
        (12, "0", "0"),
        (13, "0", "0"),
        (14, "2120", "0001"),
        (15, "equal", "more"),
        (16, "equal", "less"),
    ],
)
def test_answers_by_hand(task, mixed, round_ones):
    asked = QUESTIONS[task]
    found = asked.answers(np.stack([MIXED, ROUND]))
    assert [asked.labels[label] for label in found] == [mixed, round_ones]


def test_counts_by_hand():
    """What the pictures above have none of: two yellow spheres, a green cube, a cyan cylinder."""
    other = scene(
        "small yellow metal sphere", "large yellow rubber sphere", "small green metal cube", "large cyan metal cylinder"
    )
    answers = {task: int(QUESTIONS[task].answers(other[None])[0]) for task in GROUPS[3]}
    assert answers == {8: 1, 9: 3, 10: 2, 11: 1, 12: 2, 13: 1}


def test_the_groups_are_those_of_the_source():
    assert GROUPS == {1: (1, 2, 3, 4), 2: (4, 5, 6, 7), 3: (8, 9, 10, 11, 12, 13), 4: (1, 14, 15, 16)}
    assert [len(QUESTIONS[task].labels) for task in range(1, 17)] == [3] * 3 + [81] * 4 + [5] * 6 + [81, 3, 3]
    assert set(clevr_tasks.WARM) < set(COLOURS) and len(clevr_tasks.WARM) == 4


def drawn(count, **options):
    return np.stack([clevr_tasks.draw(Draws(0, index), index, **options) for index in range(count)])


def test_attributes_are_uniform():
    """Of 4 x 1,500 objects each colour has an eighth; five standard errors are 0.021."""
    scenes = drawn(1_500)
    assert scenes.shape == (1_500, 4, 4)
    for place, names in enumerate((SHAPES, MATERIALS, SIZES, COLOURS)):
        shares = np.bincount(scenes[..., place].ravel(), minlength=len(names)) / 6_000
        assert np.abs(shares - 1 / len(names)).max() < 5 * np.sqrt(1 / len(names) / 6_000)


@pytest.mark.parametrize("task", GROUPS[3])
def test_counts_come_equally_often_and_anywhere(task):
    scenes = drawn(500, balanced=QUESTIONS[task])
    assert np.bincount(QUESTIONS[task].answers(scenes)).tolist() == [100] * 5
    where = QUESTIONS[task].counts(scenes).mean(axis=0)  # each region in half of them; 0.11 is five standard errors
    assert np.abs(where - 0.5).max() < 0.11


def test_few_colours_are_kept_to():
    scenes = drawn(50, colours=("brown", "purple"))
    assert set(scenes[..., 3].ravel()) == {COLOURS.index("brown"), COLOURS.index("purple")}


def test_every_task_and_group_is_registered():
    names = [f"clevr_t{task}" for task in range(1, 17)] + [f"clevr_g{group}" for group in GROUPS]
    assert set(names) < set(datasets.TASKS)
    for group, tasks in GROUPS.items():
        many = datasets.get(f"clevr_g{group}")
        assert many.group_names == tuple(f"t{task}" for task in tasks)
    assert dict(datasets.get("clevr_g1").sizes) == {
        "train": 8_000,
        "validation": 4_000,
        "test": 8_000,
        "held_out": 4_000,
    }
    assert dict(datasets.get("clevr_g3").sizes)["train"] == 6_000, "a thousand a task"
    assert datasets.get("clevr_t14").label_feature == "t4", "it asks the same of fewer colours"
