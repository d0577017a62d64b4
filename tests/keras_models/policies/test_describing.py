"""Training on described classes: who are the examples of a class, and what is reached on one never seen."""

import numpy as np
import pytest

from keras_models import presets, seeding
from keras_models.policies import describing
from tests.keras_models.test_tafe import SETTINGS, tiny


def settings(**changed):
    return presets.resolve("tafe", {"network": "x"}, {"tasks": SETTINGS | changed})[1]["tasks"]


def pairs(count, seed, classes):
    """Features in which both parts of a pair (class // 2, class % 2) are to be seen, and labels."""
    rng = np.random.default_rng(seed)
    labels = np.asarray(classes)[np.arange(count) % len(classes)]
    known = np.stack([labels // 2, labels % 2, np.ones(count)], axis=1) + 0.1 * rng.normal(size=(count, 3))
    return {"pooled_1": known[:, :1].astype("float32"), "pooled_2": known[:, 1:].astype("float32")}, labels


class OfPairs:
    """What `describing` needs of a network whose trunk gives two ports of one and two numbers."""

    def __new__(cls, **arguments):
        names = np.array([[i == n for i in range(3)] for n in (0, 0, 1, 1, 2, 2)], float)
        sides = np.array([[i == n for i in range(2)] for n in (0, 1) * 3], float)
        described = np.concatenate([names, sides], axis=1)
        return tiny(classes=6, descriptions=described, met=(0, 1, 2, 3, 4), ports=(1, 2), **arguments)


def test_members_of_each_task_and_those_that_are_none():
    members, there = describing._members(np.array([7, 2, 7, 5]), np.array([2, 5, 7, 9]))
    assert [row[known].tolist() for row, known in zip(members, there, strict=True)] == [[1], [3], [0, 2], []]


@pytest.mark.parametrize("examples", [0.0, 0.5])
def test_a_pair_that_was_never_seen_is_known_by_its_description(examples):
    seeding.set_random_seed(0)
    network = OfPairs(width=12, embedding=(8,), classifier=(8,), layers=2, dropout=0.0)
    values, labels = pairs(60, 0, (0, 1, 2, 3, 4))
    own = settings(epochs=60, batch_size=12, learning_rate=0.01, examples=examples, shots=2)
    model = describing.trainer(network, own, 300, 0)
    history = model.fit(values, labels, batch_size=12, epochs=60, verbose=0)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    held, truth = pairs(24, 1, (0, 1, 2, 3, 4, 5))
    (row,) = describing.score(network, held, truth)
    assert row["s"] > 0.8 and row["u"] > 0.5 and 0 < row["H"] <= 1
    (known,) = describing.score(network, *pairs(20, 2, (0, 1, 2, 3, 4)))
    assert set(known) == {"accuracy"} and known["accuracy"] > 0.8


def test_examples_are_of_the_class_and_not_of_the_batch():
    """With every task described by examples, embeddings are means of those of the class, none of them in the batch."""
    network = OfPairs(width=4, embedding=(), classifier=(), layers=1)
    values, labels = pairs(10, 0, (0, 1, 2, 3, 4))  # two of each
    model = describing.trainer(network, settings(examples=0.999, shots=1), 10, 0)
    joined = model._joined(values)
    model._known = joined, *describing._members(labels, model.met)
    seen = np.asarray(network.recognised(joined))
    mixed = np.asarray(model._mixed(np.full((5, 4), -1.0, "float32"), np.arange(5)))
    np.testing.assert_allclose(mixed, seen[5:], rtol=1e-5)  # samples 0 to 4 are in the batch


def test_a_task_without_examples_keeps_its_description():
    network = OfPairs(width=4, embedding=(), classifier=(), layers=1)
    values, labels = pairs(10, 0, (0, 1, 2, 3))
    model = describing.trainer(network, settings(examples=0.999, shots=3), 10, 0)
    model._known = model._joined(values), *describing._members(labels, model.met)
    mixed = np.asarray(model._mixed(np.full((5, 4), -1.0, "float32"), None))
    assert (mixed[4] == -1).all() and (mixed[:4] >= 0).all()


def test_the_loss_is_both_of_the_source():
    """Of logits 0, 0 for two tasks: log 2, and beta times the mean of (1 - 1)^2 and (0 - 0)^2, or of others."""
    network = tiny(classes=2, ports=(1, 2), width=2, embedding=(), classifier=(), layers=1)
    model = describing.trainer(network, settings(beta=0.5, examples=0.0), 1, 0)
    given = {"logits": np.zeros((1, 2), "float32"), "embeddings": np.eye(2, dtype="float32")}
    given["features"] = np.array([[[3.0, 0.0], [4.0, 3.0]]], "float32")  # cos 1 and 0.6
    loss = model.compute_loss(y=np.array([0]), y_pred=given)
    assert float(loss) == pytest.approx(np.log(2) + 0.5 * (0 + 0.6**2) / 2)


def test_embeddings_have_a_rate_of_their_own():
    network = tiny(classes=2, ports=(1, 2))
    model = describing.trainer(network, settings(embedding_rate=0.0), 4, 0)
    before = [np.array(w) for w in network.described.trainable_variables]
    values, labels = pairs(8, 0, (0, 1))
    model.fit(values, labels, batch_size=4, epochs=2, verbose=0)
    for weight, value in zip(network.described.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(weight, value)
