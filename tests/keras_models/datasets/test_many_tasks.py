"""Several tasks as one: pictures one behind the other, each with the task that is asked, labels within it."""

import dataclasses

import numpy as np
import pytest

from keras_models import datasets
from keras_models.datasets import ManyTasks
from tests.families.toy_tasks import QUESTIONS
from tests.tools.stripes import STRIPES


def test_it_tells_what_the_tasks_are():
    assert QUESTIONS.group_names == ("direction", "third")
    assert QUESTIONS.classes == {"direction": 2, "third": 3}
    assert QUESTIONS.answers == {"direction": ("column", "row"), "third": ("first", "second", "third")}
    assert dict(QUESTIONS.sizes) == {"train": 128, "validation": 68, "test": 16, "held_out": 12}
    assert (QUESTIONS.input_shape, QUESTIONS.pixel_range) == ((12, 12, 1), (0.0, 1.0))
    assert not QUESTIONS.augments, "a stripe that is shifted may come into another third"
    assert QUESTIONS.bounds("validation[:50%]") == ("validation", 0, 17, 0, 17)


def test_a_slice_is_one_of_every_task():
    images, labels, groups = QUESTIONS.load("test[:25%]")
    assert (labels.tolist(), groups.tolist()) == ([0, 1, 0, 0], [0, 0, 1, 1])
    np.testing.assert_array_equal(images[:2], images[2:])
    assert QUESTIONS.values(images, groups)["task"].tolist() == [0, 0, 1, 1]


def test_batches_have_the_task_beside_the_picture():
    (inputs, labels), *_ = QUESTIONS.dataset("train", 200, shuffle_seed=1)
    stored, right, groups = QUESTIONS.load("train")
    assert set(inputs) == {"image", "task"} and len(labels) == 128
    assert inputs["task"].numpy()[:20].tolist() != groups[:20].tolist(), "mixed"
    known = {(image.tobytes(), int(g)): int(r) for image, g, r in zip(QUESTIONS.normalise(stored), groups, right)}
    for image, task, label in zip(inputs["image"].numpy(), inputs["task"].numpy(), labels.numpy(), strict=True):
        assert known[image.tobytes(), int(task)] == label


def test_every_batch_has_as_many_of_each_task_where_there_are_as_many():
    batches = [inputs["task"].numpy() for inputs, _ in QUESTIONS.dataset("train", 8, shuffle_seed=1)]
    assert [np.bincount(batch).tolist() for batch in batches] == [[4, 4]] * 16
    assert len(QUESTIONS.dataset("train", 8, shuffle_seed=1)) == 16
    odd = [inputs["task"].numpy() for inputs, _ in QUESTIONS.dataset("train", 5, shuffle_seed=1)]
    assert sorted(np.concatenate(odd).tolist()) == [0] * 64 + [1] * 64
    seen = [tuple(inputs["image"].numpy().ravel()) for inputs, _ in QUESTIONS.dataset("train", 2, shuffle_seed=1)]
    again = [tuple(inputs["image"].numpy().ravel()) for inputs, _ in QUESTIONS.dataset("train", 2, shuffle_seed=1)]
    assert seen == again and len(set(seen)) > 32


def test_weights_let_the_classes_of_each_task_weigh_alike():
    _, labels, weights = next(iter(QUESTIONS.dataset("train", 128, balanced=True)))
    labels, weights = labels.numpy()[64:], weights.numpy()[64:]
    sums = [weights[labels == number].sum() for number in range(3)]
    np.testing.assert_allclose(sums, 64 / 3, rtol=1e-5)


def test_what_cannot_be_one_network_is_refused():
    other = dataclasses.replace(STRIPES, scale=(1.0,))
    with pytest.raises(ValueError, match="many: expected pictures as of a, received others of b"):
        ManyTasks("many", (("a", STRIPES), ("b", other)))
    with pytest.raises(ValueError, match=r"expected tasks of names that differ, received \('a', 'a'\)"):
        ManyTasks("many", (("a", STRIPES), ("a", STRIPES)))
    with pytest.raises(ValueError, match="questions: expected labels"):
        QUESTIONS.dataset("train", 8, distributions=np.ones((128, 2)))
    with pytest.raises(ValueError, match="questions has no augmentation"):
        QUESTIONS.dataset("train", 8, augment=True, shuffle_seed=1)


@pytest.mark.parametrize("name", [name for name, task in datasets.TASKS.items() if not isinstance(task, datasets.Task)])
def test_members_of_several_tasks_are_tasks(name):
    several = datasets.get(name)
    assert several.name == name and 0 < len(several.title) <= 80 and 0 < len(several.question) <= 200
    assert all(datasets.get(task.name) == task for task in several.tasks)
