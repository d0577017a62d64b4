"""Training on described classes: who are the examples of a class, and what is reached on one never seen."""

import numpy as np
import pytest

from keras_models import presets, seeding
from keras_models.policies import describing
from tests.keras_models.test_tafe import SETTINGS, tiny


def settings(**changed):
    return presets.resolve("tafe", {"network": "x"}, {"tasks": SETTINGS | changed})[1]["tasks"]


KINDS, SIDES = 4, 3
NEW = (5, 10)  # pairs that training has not


def pairs(count, seed, classes):
    """Features in which both parts of a pair (class // 3, class % 3) are to be seen, and labels."""
    rng = np.random.default_rng(seed)
    labels = np.asarray(classes)[np.arange(count) % len(classes)]
    known = np.concatenate([np.eye(KINDS)[labels // SIDES], np.eye(SIDES)[labels % SIDES]], axis=1)
    known = (known + 0.1 * rng.normal(size=known.shape)).astype("float32")
    return {"pooled_1": known[:, :KINDS], "pooled_2": known[:, KINDS:]}, labels


def of_pairs(**arguments):
    """What `describing` needs of a network whose trunk gives two ports of four and three numbers."""
    kinds, sides = np.divmod(np.arange(KINDS * SIDES), SIDES)
    described = np.concatenate([np.eye(KINDS)[kinds], np.eye(SIDES)[sides]], axis=1)
    met = tuple(np.setdiff1d(np.arange(KINDS * SIDES), NEW).tolist())
    return tiny(classes=KINDS * SIDES, descriptions=described, met=met, ports=(KINDS, SIDES), **arguments)


def test_members_of_each_task_and_those_that_are_none():
    members, there = describing._members(np.array([7, 2, 7, 5]), np.array([2, 5, 7, 9]))
    assert [row[known].tolist() for row, known in zip(members, there, strict=True)] == [[1], [3], [0, 2], []]


@pytest.mark.parametrize("examples", [0.0, 0.5])
def test_a_pair_that_was_never_seen_is_known_by_its_description(examples):
    seeding.set_random_seed(0)
    network = of_pairs(width=24, embedding=(), classifier=(12,), layers=1, dropout=0.0)
    values, labels = pairs(100, 0, network.met)
    own = settings(epochs=30, batch_size=20, learning_rate=0.02, examples=examples, shots=2, feature_dropout=0.0)
    model = describing.trainer(network, own, 150, 0)
    history = model.fit(values, labels, batch_size=20, epochs=30, verbose=0)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    (row,) = describing.score(network, *pairs(120, 1, range(KINDS * SIDES)))
    assert row["s"] > 0.8 and row["u"] > 0.5 and row["H"] > 0.6, "of 12 pairs; by chance 0.08"
    (known,) = describing.score(network, *pairs(20, 2, network.met))
    assert set(known) == {"accuracy"} and known["accuracy"] > 0.8


def test_examples_are_of_the_class_and_not_of_the_batch():
    """With every task described by examples, embeddings are means of those of the class, none of them in the batch."""
    network = of_pairs(width=4, embedding=(), classifier=(), layers=1)
    values, labels = pairs(20, 0, network.met)  # two of each
    model = describing.trainer(network, settings(examples=0.999, shots=1), 10, 0)
    joined = model._joined(values)
    model._known = joined, *describing._members(labels, model.met)
    seen = np.asarray(network.recognised(joined))
    mixed = np.asarray(model._mixed(np.full((10, 4), -1.0, "float32"), np.arange(10)))
    np.testing.assert_allclose(mixed, seen[10:], rtol=1e-5)  # samples 0 to 9 are in the batch


def test_a_task_without_examples_keeps_its_description():
    network = of_pairs(width=4, embedding=(), classifier=(), layers=1)
    values, labels = pairs(18, 0, network.met[:-1])
    model = describing.trainer(network, settings(examples=0.999, shots=3), 10, 0)
    model._known = model._joined(values), *describing._members(labels, model.met)
    mixed = np.asarray(model._mixed(np.full((10, 4), -1.0, "float32"), None))
    assert (mixed[-1] == -1).all() and (mixed[:-1] >= 0).all()


def test_features_are_left_out_in_training_alone():
    network = of_pairs(width=4, embedding=(), classifier=(), layers=1)
    values, _ = pairs(10, 0, network.met)
    model = describing.trainer(network, settings(examples=0.0, feature_dropout=0.9), 10, 0)
    first, second, still = (np.asarray(model(values, training=on)["features"]) for on in (True, True, False))
    assert not np.allclose(first, second) and not np.allclose(first, still)
    np.testing.assert_array_equal(still, np.asarray(model(values, training=False)["features"]))


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
    given = np.random.default_rng(0).random((8, 3)).astype("float32")
    values, labels = {"pooled_1": given[:, :1], "pooled_2": given[:, 1:]}, np.arange(8) % 2
    model.fit(values, labels, batch_size=4, epochs=2, verbose=0)
    for weight, value in zip(network.described.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(weight, value)
