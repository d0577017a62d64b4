"""Observed values in a run folder: which images they are of, and when they are computed again."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_models.datasets.tasks import Task
from tools.pipeline import observed, runs

SIZES = (("train", 40), ("validation", 20), ("held_out", 10), ("test", 30))


@dataclasses.dataclass(frozen=True)
class Numbered(Task):
    """Pictures of one pixel whose label is their number in the split; shifted by a seed they are larger by it."""

    def load(self, split, *, data_dir=None):
        _, start, stop = self.bounds(split)
        numbers = np.arange(start, stop)
        images = numbers.astype(np.uint8)[:, None, None, None]
        return images, numbers, numbers % 2 if self.group_names else None

    def augment(self, images, seed):
        return images + np.uint8(100 * seed)


TASK = Numbered("Some Numbers", "none", (1, 1, 1), ("a",), SIZES, (1.0,), (0.0,), shift=1)


class Stage:
    def __init__(self, reads, *weights):
        self.reads, self.weights = reads, weights


class Network:
    """Observes the pixels times its weight; another weight belongs to a stage that reads them."""

    def __init__(self, weight=2.0):
        self.weights = [np.array([weight], np.float32), np.array([0.5], np.float32)]
        self.seen = []

    def stages(self, settings, seed):
        return [Stage(False, self.weights[0]), Stage(True, self.weights[1])]

    def observe(self, images):
        self.seen.append(len(images))
        return {"features": images[:, 0, 0] * self.weights[0], "logits": -images[:, 0, 0]}


@pytest.fixture
def run(tmp_path):
    return runs.Run(tmp_path, {"stages": {}, "seed": 0})


def files(run):
    return sorted(file.name for file in (run.folder / "observed").iterdir())


def test_values_are_computed_once_and_read_back(run):
    network = Network()
    first = observed.load(run, network, TASK, "held_out")
    again = observed.load(run, network, TASK, "held_out")
    assert network.seen == [10] and files(run) == ["some-numbers-held-out-1.npz"]
    assert first.keys() == again.keys() == {"features", "logits", "labels"}
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert again["features"][:, 0].tolist() == [2.0 * number for number in range(10)]


def test_other_weights_are_observed_anew_but_not_other_deciders(run):
    network = Network()
    observed.load(run, network, TASK, "test")
    network.weights[1] += 1
    observed.load(run, network, TASK, "test")
    assert network.seen == [30], "what decides later reads these values, and does not make them"
    network.weights[0] += 1
    assert observed.load(run, network, TASK, "test")["features"][1, 0] == 3
    assert network.seen == [30, 30] and len(files(run)) == 1, "the old ones are replaced"


def test_views_are_the_images_themselves_first_and_shifted_ones_behind(run):
    values = observed.load(run, Network(1.0), TASK, "validation[:3]", views=3)
    assert values["features"][:, 0].tolist() == [0, 1, 2, 100, 101, 102, 200, 201, 202]
    assert values["labels"].tolist() == [0, 1, 2] * 3


def test_a_task_that_is_not_augmented_has_one_view_whatever_is_asked(run):
    network = Network()
    still = dataclasses.replace(TASK, shift=0)
    assert len(observed.load(run, network, still, "validation", views=4)["labels"]) == 20
    observed.load(run, network, still, "validation")
    assert network.seen == [20] and files(run) == ["some-numbers-validation-1.npz"]


def test_kinds_of_images_stay_beside_their_values(run):
    grouped = dataclasses.replace(TASK, group_names=("even", "odd"))
    values = observed.load(run, Network(), grouped, "validation[:2]", views=2)
    assert values["groups"].tolist() == [0, 1, 0, 1]
    assert "groups" not in observed.load(run, Network(), TASK, "test")


def test_a_worker_that_does_not_keep_them_writes_nothing(run):
    assert len(observed.load(run, Network(), TASK, "test", keep=False)["labels"]) == 30
    assert not (run.folder / "observed").exists()


@pytest.mark.parametrize("splits", [("test[:10]", "test[10:]"), ("test[:10]", "test[:10%]"), ("test", "test[:1]")])
def test_slices_are_not_taken_for_each_other(run, splits):
    network = Network()
    for split in (*splits, *splits):
        values = observed.load(run, network, TASK, split)
        np.testing.assert_array_equal(values["labels"], TASK.load(split)[1])
    assert len(network.seen) == 2


SPLITS = st.builds(
    lambda name, start, stop, unit: f"{name}[{start}{unit}:{stop}{unit}]",
    st.sampled_from([name for name, _ in SIZES]),
    st.integers(0, 30),
    st.integers(31, 60),
    st.sampled_from(["", "%"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SPLITS, min_size=2, max_size=4))
def test_whatever_was_kept_before_a_split_is_its_own(run, splits):
    for split in splits:
        try:
            _, labels, _ = TASK.load(split)
        except ValueError:  # an empty slice
            continue
        np.testing.assert_array_equal(observed.load(run, Network(), TASK, split)["labels"], labels)


def test_a_split_that_is_not_there_is_told_before_anything_is_written(run):
    with pytest.raises(ValueError, match="expected one of train, validation, held_out, test or a slice like .*'tset'"):
        observed.load(run, Network(), TASK, "tset")
    assert not (run.folder / "observed").exists()
