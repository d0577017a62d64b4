"""A finished network whose classes are means of its features: the mathematics by hand, and the bundle written."""

import numpy as np
import pytest

from tests.goldens.make import HERE
from tflite.bundle import Bundle, queries
from tflite.bundle import manifest as m
from tflite.runtime.chain import Chain
from tools.console import UserError
from tools.pipeline import prototypes

FOLDER = HERE / "families/with_exits"


@pytest.fixture(scope="module")
def network():
    return Bundle.load(FOLDER)


@pytest.fixture(scope="module")
def images(network):
    shape = network.manifest.values["image"].shape[1:]
    return np.random.default_rng(3).integers(0, 256, (12, *shape), np.uint8)


@pytest.fixture(scope="module")
def made(network, images, tmp_path_factory):
    """A bundle of two classes with room for two more, and the features that it is made of."""
    folder = tmp_path_factory.mktemp("made") / "teachable"
    folder.mkdir()
    value, steps = prototypes.steps_to(network.manifest, None)
    seen = prototypes.pooled(network, value, steps, images)
    middle, rows = prototypes.class_means(seen, np.arange(12) % 2, 2)
    means = prototypes.Means(("even", "odd"), rows, middle, 8.0, 4)
    prototypes.write(network, folder, "teachable", value, steps, means)
    return folder, seen, means


def test_classes_are_directions_from_the_middle_of_all():
    """Around (1, 1): one class lies to the right and above it, the other to the left and below."""
    features = np.array([[2, 1], [1, 2], [0, 1], [1, 0]], np.float32)
    middle, rows = prototypes.class_means(features, np.array([0, 0, 1, 1]), 2)
    assert middle.tolist() == [1, 1]
    np.testing.assert_allclose(rows, np.array([[1, 1], [-1, -1]]) / np.sqrt(2), atol=1e-6)


def test_a_class_needs_a_picture():
    with pytest.raises(UserError, match="expected pictures of every class, received none of class 1"):
        prototypes.class_means(np.ones((2, 2)), np.array([0, 2]), 3)


def test_answers_are_as_sharp_as_they_are_right():
    cosines = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert prototypes.likeliest(cosines, np.array([0, 1])) == 64, "all are right: the sharper the better"
    assert prototypes.likeliest(cosines, np.array([1, 0])) == 1, "all are wrong"


def test_the_way_to_the_features_has_no_decision(network):
    value, steps = prototypes.steps_to(network.manifest, None)
    assert len(network.manifest.values[value].shape) == 4
    assert all(isinstance(step, (m.Fill, m.Run)) for step in steps)
    with pytest.raises(UserError, match="expected features of the way that everything is run .*, received logits"):
        prototypes.steps_to(network.manifest, "logits")


def test_the_nearest_direction_is_answered_and_a_new_one_is_taught(made, images):
    folder, seen, means = made
    chain = Chain(Bundle.load(folder), warm_up=False)
    directions = prototypes.unit(seen - means.middle)
    for image, direction in zip(images, directions):
        result = chain.run(image)
        np.testing.assert_allclose(result.answer, 8 * means.rows @ direction, atol=1e-4)
        assert result.label == np.argmax(means.rows @ direction)
    row = chain.teach("third", list(images[:3]))
    np.testing.assert_allclose(row, prototypes.unit(directions[:3].mean(0)), atol=1e-5)
    np.testing.assert_allclose(chain.run(images[0]).answer[2], 8 * row @ directions[0], atol=1e-4)
    assert queries.teaching(chain.manifest) == {"teach": "classes"}


def test_what_was_measured_and_a_self_test_come_into_it(made, images):
    folder, _, means = made
    finished = prototypes.finish(folder, 0.75, 12, images[..., :], np.arange(12) % 2, {"of": "toy"}, {"title": "Toys"})
    (point,) = finished.operating_points
    assert (point.accuracy, point.samples, finished.title, finished.provenance["of"]) == (0.75, 12, "Toys", "toy")
    assert Chain(Bundle.load(folder), self_test=True, warm_up=False).manifest.samples.labels[:3] == (0, 1, 0)
    assert queries.labels(finished) == means.labels
