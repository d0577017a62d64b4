"""Losses, metrics, the schedule and the optimizer, by hand."""

import math

import keras
import numpy as np
import pytest

from keras_models.training import ExitAccuracy, Muon, OneCycle, SumOfCrossEntropies

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


def test_one_cycle_by_hand():
    schedule = OneCycle(0.4, 100, rise=0.2)
    # Half-way up at 10, the peak at 20, half-way down at 60, the end at 100 and ever after.
    values = [float(schedule(step)) for step in (10, 20, 60, 100, 150)]
    np.testing.assert_allclose(values, [0.2, 0.4, 0.2, 0.0, 0.0], atol=1e-6)
    assert float(schedule(0)) == pytest.approx(0.004)  # not quite nothing: the first step counts
    assert float(schedule(40)) == pytest.approx(0.4 * 0.5 * (1 + math.cos(math.pi / 4)), rel=1e-5)


def test_one_cycle_without_steps_is_refused():
    with pytest.raises(ValueError, match="expected at least one step, received 0"):
        OneCycle(0.1, 0)


def kernel_of(matrix):
    """A 1x1 convolution's weights."""
    return keras.Variable(np.array(matrix, "float32")[None, None])


def test_a_kernel_turns_and_keeps_its_length():
    """From one by a quarter turn, three quarters as long: along (1, 3/4), of length 5/4. Sevenfold is no further."""
    kernel = kernel_of([[1, 0], [0, 1]])
    Muon(0.75).apply([np.array([[[[0, -7], [7, 0]]]], "float32")], [kernel])
    np.testing.assert_allclose(kernel[0, 0], [[0.8, 0.6], [-0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("turned", [np.asarray, np.transpose])
def test_every_direction_of_a_kernel_gets_about_as_much(turned):
    """Ten times the gradient along one is no more than 1.7 times the step, in a wide kernel and in a tall one."""
    kernel = kernel_of(turned([[0, 0, 1], [0, 0, 0]]))
    gradient = turned(np.array([[1, 0, 0], [0, 0.1, 0]], "float32"))
    Muon(0.01, momentum=0.9, nesterov=True).apply([gradient[None, None]], [kernel])
    first, second = np.array(kernel)[0, 0][[0, 1], [0, 1]]
    assert first < 0 and second < 0 and 1 / 1.7 < first / second < 1.7
    assert math.hypot(first, second) == pytest.approx(0.01, rel=1e-3)


def test_momentum_carries_a_kernel_on():
    """After one gradient and then none, it turns on by the same angle; the first turn is atan(3/4) again."""
    kernel, optimizer = kernel_of([[1, 0], [0, 1]]), Muon(0.75, momentum=0.5)
    for gradient in ([[0, -7], [7, 0]], [[0, 0], [0, 0]]):
        optimizer.apply([np.array([[gradient]], "float32")], [kernel])
    turned = np.array([[0.8, 0.6], [-0.6, 0.8]]) + 0.75 * np.array([[0, 1], [-1, 0]])
    np.testing.assert_allclose(kernel[0, 0], turned / math.hypot(0.8, 1.35), atol=1e-6)


def test_what_is_no_kernel_of_a_convolution_is_trained_by_sgd():
    mine, others = ([keras.Variable(np.ones(shape, "float32")) for shape in ((3,), (2, 3))] for _ in range(2))
    optimizers = (made(0.1, momentum=0.9, nesterov=True, weight_decay=0.01) for made in (Muon, keras.optimizers.SGD))
    for optimizer, variables in zip(optimizers, (mine, others), strict=True):
        for step in (1, 2):
            optimizer.apply([np.full(v.shape, step, "float32") for v in variables], variables)
    for one, other in zip(mine, others, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "made",
    [
        SumOfCrossEntropies(),
        SumOfCrossEntropies(weights=(1, 0), label_smoothing=0.1),
        SumOfCrossEntropies(0.3, 2.0),
        ExitAccuracy(2, name="third"),
        OneCycle(0.1, 7, 0.3),
        Muon(0.05, momentum=0.8, nesterov=True, weight_decay=0.1),
    ],
)
def test_they_are_saved_and_restored(made):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    assert type(again) is type(made) and again.get_config() == made.get_config()
