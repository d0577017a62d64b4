"""FSRW by hand: weighted channels, the softmax over the kinds, its losses, few examples, and a table that is taught."""

import numpy as np
import pytest

from keras_models import seeding
from keras_models.datasets.annotated import few, gathered
from keras_models.fsrw import FAR, FSRW
from keras_models.policies.detecting import Detecting, Shown
from tests.families.tiny import DETECTOR

RNG = np.random.default_rng(0)


def make(**changes):
    seeding.set_random_seed(1)
    return FSRW((24, 24, 3), 3, **DETECTOR | changes)


def test_what_a_row_predicts_is_p_of_the_weighted_features():
    """Eq 6.1 and 6.2: with a vector of ones P of the features themselves; the order is x, y, w, h, sure, kind."""
    network = make()
    features = RNG.normal(size=(2, 6, 6, 8)).astype("float32")
    rows = np.stack([np.ones(8), RNG.normal(size=8)]).astype("float32")
    raw = network.predicted(features, rows[None])
    for row, vector in enumerate(rows):
        plain = np.asarray(network.predict(features * vector)).reshape(2, 36, 2, 6)
        np.testing.assert_allclose(np.asarray(raw["boxes"])[:, :, row], plain[..., :5], atol=1e-5)
        np.testing.assert_allclose(np.asarray(raw["kinds"])[:, :, row], plain[..., 5], atol=1e-5)


def test_scores_are_a_softmax_over_the_rows_that_there_are():
    network = make()
    boxes, kinds = np.zeros((1, 36, 5, 2, 5), "float32"), np.zeros((1, 36, 5, 2), "float32")
    kinds[0, 0, :, 0] = [1.0, 2.0, 3.0, 50.0, 50.0]
    boxes[0, 0, 1, 0, 4] = 2.0
    found, scores = network.decoded(boxes, kinds, np.array([[3.0]], "float32"))
    assert found.shape == (1, 360, 4) and scores.shape == (1, 360, 5)
    share = np.exp(2.0) / (np.exp(1.0) + np.exp(2.0) + np.exp(3.0))
    own = np.asarray(scores)[0].reshape(36, 5, 2, 5)
    assert own[0, 1, 0, 1] == pytest.approx(share / (1 + np.exp(-2.0)), rel=1e-5)
    assert own[..., 3:].max() < np.exp(FAR / 2) + 1e-6 and own[0, 1, 0, [0, 2]].max() == 0, "a row's box is of its kind"


def test_losses_by_hand():
    """One thing of the second row, in the middle of cell 14 and exactly an anchor: no box loss; ln 3 for its kind."""
    network = make()
    trainer = Detecting(network, network.order, negatives=0.0)
    top, left = (2 + 0.5) / 6 - 0.15, (2 + 0.5) / 6 - 0.15
    things = {
        "boxes": np.array([[[top, left, top + 0.3, left + 0.3], [0, 0, 0, 0]]], "float32"),
        "kinds": np.array([[network.order[1], -1]]),
        "difficult": np.zeros((1, 2), bool),
    }
    raw = {"boxes": np.zeros((1, 36, 3, 2, 5), "float32"), "kinds": np.zeros((1, 36, 3, 2), "float32")}
    raw = {name: np.asarray(array) for name, array in raw.items()}
    import keras

    raw = {name: keras.ops.convert_to_tensor(array) for name, array in raw.items()}
    found = {name: float(np.asarray(one)[0]) for name, one in trainer.losses_of(things, raw, training=True).items()}
    assert found["box"] == pytest.approx(0, abs=1e-6) and found["kind"] == pytest.approx(np.log(3), rel=1e-5)
    # Of the row's 72 boxes one is right (weight 5), and of the others those that overlap it by 0.6 are left alone.
    ignored = _overlapping(things["boxes"][0, 0])
    assert found["object"] == pytest.approx((5 + 71 - ignored) * np.log(2), rel=1e-4)


def _overlapping(box):
    """How many of the other boxes of zeros overlap one by 0.6 or more."""
    from keras_models.functional.boxes import overlaps

    centres = (np.stack(np.meshgrid(np.arange(6), np.arange(6), indexing="ij"), -1).reshape(-1, 2) + 0.5) / 6
    count = 0
    for height, width in DETECTOR["anchors"]:
        half = np.array([height, width]) / 2
        count += int((overlaps([box], np.concatenate([centres - half, centres + half], 1)) >= 0.6).sum())
    return count - 1


def test_difficult_and_unknown_things_teach_nothing():
    network = make()
    trainer = Detecting(network, network.base_kinds, negatives=0.0)
    boxes = np.array([[[0.1, 0.1, 0.4, 0.4]], [[0.1, 0.1, 0.4, 0.4]]], "float32")
    things = {"boxes": boxes, "kinds": np.array([[network.order[2]], [0]]), "difficult": np.array([[False], [True]])}
    raw = {"boxes": np.ones((2, 36, 2, 2, 5), "float32"), "kinds": np.ones((2, 36, 2, 2), "float32")}
    import keras

    raw = {name: keras.ops.convert_to_tensor(array) for name, array in raw.items()}
    assert all(np.asarray(one).max() == 0 for one in trainer.losses_of(things, raw, training=True).values())


def pictures():
    """Four pictures with a thing of kind 0, three of them with one of kind 1 too."""
    boxes = [[[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]] * 3 + [[[0, 0, 0.5, 0.5]]]
    return gathered([np.full((24, 24, 3), 10 * n, np.uint8) for n in range(4)], boxes, [[0, 1]] * 3 + [[0]])


def test_of_few_examples_nothing_else_is_known():
    found = few(pictures(), [0, 1], 2, seed=3)
    assert [(found.kinds == kind).sum() for kind in (0, 1)] == [2, 2]
    assert 2 <= len(found.images) <= 4
    shown = Shown([0, 1], 2, seed=3)
    assert np.array_equal(shown(pictures(), "train[:50%]").kinds, found.kinds)
    assert (shown(pictures(), "held_out").kinds >= 0).sum() == 7, "what it is judged by is all known"


def test_rows_are_the_mean_of_m_over_the_examples():
    network = make()
    shown = Shown([0, 1])
    shown(pictures(), "train")
    form = {"scale": (1 / 255,) * 3, "offset": (0.0,) * 3}
    examples = list(shown.examples([0, 1], form))
    assert [len(one) for one in examples] == [4, 3] and examples[1][..., 3].sum() == 3 * 144
    network.set_rows(examples)
    assert int(network.known) == 2 and network.tables()["classes"].labels == ("a", "c")
    rows = np.asarray(network.rows)
    for row, one in enumerate(examples):
        np.testing.assert_allclose(rows[row], np.asarray(network.vectors(one)).mean(axis=0), atol=1e-5)
    assert not rows[2:].any()


def test_what_contradicts_itself_is_refused():
    with pytest.raises(ValueError, match="expected novel kinds among 3 labels"):
        make(novel=("z",))
    with pytest.raises(ValueError, match="expected examples by picture or features, received 'crop'"):
        make(example="crop")
    with pytest.raises(ValueError, match="expected a trunk, lite0 or small, received 'large'"):
        make(trunk="large")
