"""TAFE-Net: its parts, its rows, its counts, and what it refuses."""

import keras
import numpy as np
import pytest

from keras_models import datasets, seeding
from keras_models.tafe import TAFE

SETTINGS = {"epochs": 2, "batch_size": 8}
ARGUMENTS = {"layers": 2, "width": 6, "embedding": (5,), "classifier": (4,)}
SHAPE = (8, 8, 1)


def classifier(classes, ports=(4, 6)):
    """A classifier of two convolutions of so many filters; the first is called "early"."""
    image = keras.Input(SHAPE)
    early = keras.layers.Conv2D(ports[0], 3, activation="relu", name="early")(image)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(ports[1], 3, activation="relu")(early))
    return keras.Model(image, keras.layers.Dense(classes)(x))


def tiny(classes=3, ports=(4, 6), **arguments):
    """A network on such a trunk."""
    seeding.set_random_seed(1)
    return TAFE(SHAPE, classes, classifier(classes, ports), ("early",), **ARGUMENTS | arguments)


@pytest.fixture(scope="module")
def network():
    return tiny()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((5, *SHAPE)).astype("float32")


def test_the_trunk_gives_means_over_places_of_every_layer(network, images):
    pooled = network.observe(images)
    assert {port: value.shape for port, value in pooled.items()} == {"pooled_1": (5, 4), "pooled_2": (5, 6)}
    whole = network.specified.network
    early = keras.Model(whole.inputs[0], whole.get_layer("early").output)
    np.testing.assert_allclose(pooled["pooled_1"], np.asarray(early(images)).mean((1, 2)), rtol=1e-5)


def test_its_answers_are_the_scores_of_its_own_rows(network, images):
    rows = network.described_rows()
    assert rows.shape == (3, 2 * 6)
    expected = network.scores(network.observe(images), rows)
    np.testing.assert_allclose(np.asarray(network(images))[:, 0], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(network.tables()["classes"].content, rows)


def test_multiplications_are_those_of_its_layers(network):
    """Per class a layer of 6 x 6 behind the shared product, and the classifier; rows that are empty count too."""
    macs = network.part_macs
    assert macs["trunk"] == 6 * 6 * 9 * 4 + 4 * 4 * 9 * 4 * 6
    assert macs["project"] == 10 * 6
    assert macs["score"] == network.capacity * (6 * 6 + 6 * 4 + 4)
    assert macs["describe"] == 3 * 5 + 5 * 6 + 6 * 12
    assert macs["recognise"] == 10 * 5 + 5 * 6 + 6 * 12


def test_features_are_standardised_by_the_first_images(images):
    network = tiny()
    network.initialise({}, images)
    joined = np.asarray(network.joined(network.observe(images)))
    np.testing.assert_allclose(joined.mean(0), 0, atol=1e-5)
    assert joined.std(0).max() == pytest.approx(1, rel=1e-3)


def test_descriptions_of_new_classes_make_rows(network):
    rows = network.described_rows(np.array([[0, 1, 0], [1, 0, 1]], "float32"))
    np.testing.assert_allclose(rows[0], network.described_rows()[1], rtol=1e-5)
    assert rows.shape == (2, 12)


def test_a_task_says_its_names_descriptions_and_what_was_met(tmp_path):
    trunk = tmp_path / "trunk.keras"
    image = keras.Input((96, 96, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 9, 8)(image))
    keras.Model(image, keras.layers.Dense(160)(pooled)).save(trunk)
    made = TAFE.create((96, 96, 3), 160, "pairs_tiny", network=str(trunk), described="names", width=4)
    known = datasets.get("pairs_tiny")
    assert made.names == known.labels and made.met == known.met
    assert made.descriptions.shape == (160, 20 + 8) and made.capacity == 160 + 32


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"descriptions": np.eye(2)}, "expected descriptions of 3 classes, received 2"),
        ({"names": ("a", "b")}, "expected names of 3 classes, received 2"),
        ({"capacity": 2}, "expected a capacity of at least 3 rows, received 2"),
    ],
)
def test_other_counts_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        tiny(**arguments)


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="expected a layer of the network .*, received 'late'"):
        TAFE(SHAPE, 3, classifier(3), ("late",))
