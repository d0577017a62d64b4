"""Losses and metrics, by hand."""

import math

import keras
import numpy as np
import pytest

from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, smoothed

# Two exits, two classes: softmax (1/4, 3/4) and (1/2, 1/2); then (1/2, 1/2) and (3/4, 1/4).
LOGITS = np.array([[[0, math.log(3)], [0, 0]], [[1, 1], [math.log(3), 0]]], "float32")


def test_the_loss_is_the_sum_over_exits_and_the_mean_over_images():
    # Labels 1 and 0: -log(3/4 * 1/2) and -log(1/2 * 3/4).
    loss = SumOfCrossEntropies()
    assert float(loss(np.array([1, 0]), LOGITS)) == pytest.approx(-math.log(3 / 8), rel=1e-6)
    # Label 0 for the first: -log(1/4 * 1/2); in the mean with the second.
    expected = -(math.log(1 / 8) + math.log(3 / 8)) / 2
    assert float(loss(np.array([[0], [0]]), LOGITS)) == pytest.approx(expected, rel=1e-6)


def test_early_exits_learn_from_the_last_one():
    """Of the first image, softmax (1/4, 3/4) and (1/2, 1/2): the divergence is log(2) / 2 + log(2/3) / 2."""
    loss = SumOfCrossEntropies(distillation=0.25, temperature=1.0)
    expected = -0.75 * math.log(3 / 4) + 0.25 * math.log(4 / 3) / 2 - math.log(1 / 2)
    assert float(loss(np.array([1]), LOGITS[:1])) == pytest.approx(expected, rel=1e-6)
    # At a temperature of 2 the first answer is (1, sqrt 3) / (1 + sqrt 3), and four times as much.
    divergence = math.log((1 + math.sqrt(3)) / 2) - math.log(math.sqrt(3)) / 2
    softened = SumOfCrossEntropies(distillation=1.0, temperature=2.0)
    assert float(softened(np.array([1]), LOGITS[:1])) == pytest.approx(4 * divergence + math.log(2), rel=1e-5)


def test_the_teacher_does_not_learn_from_its_pupils():
    """The gradient at the last exit is that of its own cross-entropy: probabilities less labels."""
    import tensorflow as tf

    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = SumOfCrossEntropies(distillation=0.9)(np.array([1, 0]), logits)
    gradient = tape.gradient(loss, logits)[:, -1]
    np.testing.assert_allclose(gradient, np.array([[0.5, -0.5], [-0.25, 0.25]]) / 2, atol=1e-6)


def test_weights_say_how_much_an_exit_counts():
    """Of the first image with label 1: -log(3/4) at the first exit and -log(1/2) at the second."""
    loss = SumOfCrossEntropies(weights=(2, 0.5))
    assert float(loss(np.array([1]), LOGITS[:1])) == pytest.approx(2 * math.log(4 / 3) + 0.5 * math.log(2), rel=1e-6)
    taught = SumOfCrossEntropies(distillation=1.0, temperature=1.0, weights=(2, 0))
    assert float(taught(np.array([1]), LOGITS[:1])) == pytest.approx(math.log(4 / 3), rel=1e-5)


def test_a_smoothed_label_leaves_some_to_every_class():
    """A tenth over two classes: 0.95 for the label and 0.05 for the other."""
    loss = SumOfCrossEntropies(label_smoothing=0.1, weights=(1, 0))
    expected = -0.95 * math.log(3 / 4) - 0.05 * math.log(1 / 4)
    assert float(loss(np.array([1]), LOGITS[:1])) == pytest.approx(expected, rel=1e-6)


def test_a_distribution_is_learnt_in_the_place_of_a_label():
    """At the first exit -0.2 log(1/4) - 0.8 log(3/4). Smoothing is of labels: a distribution is taken as it is."""
    loss = SumOfCrossEntropies(label_smoothing=0.1, weights=(1, 0))
    expected = 0.2 * math.log(4) + 0.8 * math.log(4 / 3)
    assert float(loss(np.array([[0.2, 0.8]], "float32"), LOGITS[:1])) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "wrong", [{"weights": (0, 0)}, {"weights": (1, -1)}, {"label_smoothing": 1.0}, {"label_smoothing": -0.1}]
)
def test_weights_and_smoothing_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="expected (weights of at least 0|a label_smoothing from 0)"):
        SumOfCrossEntropies(**wrong)


@pytest.mark.parametrize("wrong", [{"distillation": -0.1}, {"distillation": 1.1}, {"temperature": 0.0}])
def test_a_distillation_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="expected a distillation from 0 to 1 and a temperature above zero"):
        SumOfCrossEntropies(**wrong)


def test_exit_accuracy_by_hand():
    first, second = ExitAccuracy(0), ExitAccuracy(1, name="last")
    logits = np.array([[[0, 1], [1, 0]], [[0, 1], [0, 1]]], "float32")  # answers 1, 0 and 1, 1
    for metric in (first, second):
        metric.update_state(np.array([1, 1]), logits)
    assert (first.name, second.name) == ("accuracy_1", "last")
    assert (float(first.result()), float(second.result())) == (1.0, 0.5)
    first.update_state(np.array([0, 0]), logits)
    assert float(first.result()) == 0.5


def test_the_likeliest_class_of_a_distribution_is_the_right_answer():
    metric = ExitAccuracy(0)
    metric.update_state(np.array([[0.4, 0.6], [0.3, 0.7]]), LOGITS)  # the answers are 1 and, of two alike, 0
    assert float(metric.result()) == 0.5


def test_smoothed_labels_by_hand():
    """A fifth of a label over four classes: 0.05 each, and 0.8 more for the label."""
    expected = [[0.05, 0.85, 0.05, 0.05], [0.05, 0.05, 0.05, 0.85]]
    np.testing.assert_allclose(smoothed(np.array([[1], [3]]), 4, 0.2), expected, atol=1e-7)


@pytest.mark.parametrize(
    "made",
    [
        SumOfCrossEntropies(),
        SumOfCrossEntropies(weights=(1, 0), label_smoothing=0.1),
        SumOfCrossEntropies(0.3, 2.0),
        ExitAccuracy(2, name="third"),
    ],
)
def test_they_are_saved_and_restored(made):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    assert type(again) is type(made) and again.get_config() == made.get_config()
