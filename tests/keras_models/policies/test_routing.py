"""Training of a policy network that chooses exits: labels, the weighted loss by hand, controls."""

import keras
import numpy as np
import pytest

from keras_models.functional import which_exit
from keras_models.policies import routing

COSTS = (1e6, 2e6, 4e6)
SETTINGS = {
    "rule": "score", "scale": 1e6, "weighted": True, "shuffled": False, "peak_learning_rate": 0.1,
    "weight_decay": None, "optimizer": "sgd",
}  # fmt: skip


def answers(*rows):
    """Logits of exits that say 0 or 1, the surer the larger the number: positive is 1."""
    return np.array([[[0, value] for value in row] for row in rows], float)


LOGITS = answers((1, 2, 3), (-1, 1, 0.5), (-3, -2, -1), (2, -1, -1))  # truth is 1


def test_labels_are_the_surest_right_exit_at_a_large_scale():
    assert routing.labels(LOGITS, np.ones(4, int), COSTS, (0, 1, 2), SETTINGS).tolist() == [2, 1, which_exit.NONE, 0]


def test_of_the_two_ends_the_rest_is_dropped():
    assert routing.labels(LOGITS, np.ones(4, int), COSTS, (0, 2), SETTINGS).tolist() == [1, 1, which_exit.NONE, 0]


def test_labels_of_the_first_right_exit():
    found = routing.labels(LOGITS, np.ones(4, int), COSTS, (0, 1, 2), SETTINGS | {"rule": "first_correct"})
    assert found.tolist() == [0, 1, which_exit.NONE, 0]


@pytest.fixture
def made():
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    return layer, routing.trainer(lambda x, training: layer(x), [layer], (0, 1, 2), COSTS, SETTINGS, 100, 0)


def test_the_loss_is_weighted_and_not_divided_by_the_weights(made):
    _, trainer = made
    scores = np.log([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]).astype("float32")
    loss = trainer.compute_loss(None, np.array([0, 1]), scores, np.array([1.0, 3.0]))
    assert float(loss) == pytest.approx((np.log(2) - 3 * np.log(0.8)) / 2, rel=1e-5)


def test_fitting_leaves_out_what_has_no_label_and_learns_what_can_be_seen(made):
    """What is right is seen: the two numbers of an image are those of its row."""
    layer, trainer = made
    logits, rows = np.tile(LOGITS, (16, 1, 1)), np.tile([[1, 0], [0, 1], [9, 9], [-1, -1]], (16, 1))
    values = {"image": rows.astype("float32")} | {f"logits_{i + 1}": logits[:, i] for i in range(3)}
    history = trainer.fit(values, np.ones(64, int), batch_size=16, epochs=25, verbose=0)
    assert history.history["accuracy"][-1] == 1 and np.isfinite(history.history["loss"]).all()
    assert np.argmax(layer(rows[[0, 1, 3]].astype("float32")), axis=-1).tolist() == [2, 1, 0]
    with pytest.raises(ValueError, match="expected images that some exit gets right, received 16 without"):
        trainer.fit({name: value[2::4] for name, value in values.items()}, np.ones(16, int), verbose=0)


def test_a_score_has_a_row_for_all_and_one_for_each():
    rows = routing.score(np.array([0, 1, 1, 0]), np.array([0, 1, 0, which_exit.NONE]), ("exit_1", "exit_2"))
    assert rows[0]["samples"] == 3 and rows[0]["accuracy"] == pytest.approx(2 / 3)
    assert rows[1:] == [
        {"exit": "exit_1", "accuracy": 0.5, "share": pytest.approx(2 / 3)},
        {"exit": "exit_2", "accuracy": 1.0, "share": pytest.approx(1 / 3)},
    ]
