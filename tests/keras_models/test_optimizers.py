"""The schedule and the optimizers, by hand."""

import math

import keras
import numpy as np
import pytest

from keras_models.optimizers import LookaheadSGD, Muon, OneCycle, RatedSGD, momentum_sgd


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


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("muon", "Muon")])
@pytest.mark.parametrize("decay", [None, 0.01])
def test_a_stage_s_settings_make_its_optimizer(name, kind, decay):
    made = momentum_sgd({"optimizer": name, "peak_learning_rate": 0.3, "weight_decay": decay}, 50)
    assert (type(made).__name__, made.momentum, made.nesterov, made.weight_decay) == (kind, 0.9, True, decay)
    # The peak is at a fifth of the steps.
    assert float(made._learning_rate(10)) == pytest.approx(0.3)


def test_milestones_by_hand():
    """A rate of 0.2 over 100 steps: a tenth of it from step 50 on, a hundredth from step 75."""
    settings = {"optimizer": "sgd", "peak_learning_rate": 0.2, "weight_decay": None, "milestones": (0.5, 0.75)}
    made = momentum_sgd(settings, 100)
    rates = [float(made._learning_rate(step)) for step in (0, 49, 50, 74, 75, 100)]
    np.testing.assert_allclose(rates, [0.2, 0.2, 0.02, 0.02, 0.002, 0.002], rtol=1e-6)
    assert isinstance(momentum_sgd(settings | {"milestones": ()}, 100)._learning_rate, OneCycle)


def test_every_variable_has_its_share_of_the_rate():
    """Two steps: with momentum the second is 1.5 times the first; a share of nothing moves nothing."""
    variables = [keras.Variable(np.ones(2, "float32")) for _ in range(3)]
    optimizer = RatedSGD([0.0, 0.5, 1.0], learning_rate=0.1, momentum=0.5)
    for _ in range(2):
        optimizer.apply([np.full(2, 2, "float32")] * 3, variables)
    np.testing.assert_allclose([np.array(v)[0] for v in variables], [1, 1 - 0.25, 1 - 0.5], atol=1e-6)
    settings = {"optimizer": "sgd", "peak_learning_rate": 0.3, "weight_decay": 0.01}
    made = momentum_sgd(settings, 50, [0.5])
    assert type(made) is RatedSGD and (made.rates, made.momentum, made.nesterov) == ([0.5], 0.9, True)
    assert made.weight_decay == 0.01 and float(made._learning_rate(10)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "made",
    [
        OneCycle(0.1, 7, 0.3),
        Muon(0.05, momentum=0.8, nesterov=True, weight_decay=0.1),
        RatedSGD([0.5, 1.0], learning_rate=OneCycle(0.1, 7), momentum=0.8),
    ],
)
def test_they_are_saved_and_restored(made):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made))
    assert type(again) is type(made) and again.get_config() == made.get_config()


def test_weights_are_drawn_to_slow_ones_every_five_steps():
    """At a rate of 0.1 and half of it, gradient -1: 0.5 and 0.25 after five steps, where the slow ones begin; ten steps
    of twelve keep 0.95^5 (10 / 12)^3 of these, the last two all but that share of what has been added since.
    """
    weights = [keras.Variable(np.zeros(1, "float32")) for _ in range(2)]
    optimizer = LookaheadSGD([1.0, 0.5], 12, learning_rate=0.1)
    seen = []
    for _ in range(12):
        optimizer.apply([np.full(1, -1, "float32")] * 2, weights)
        seen.append(float(weights[0][0]))
    kept = [0.95**5 * (step / 12) ** 3 for step in (10, 12)]
    ten = kept[0] * 0.5 + (1 - kept[0]) * 1.0
    twelve = kept[1] * ten + (1 - kept[1]) * (ten + 0.2)
    np.testing.assert_allclose(seen[3:5], [0.4, 0.5], rtol=1e-5)
    np.testing.assert_allclose([seen[9], seen[11]], [ten, twelve], rtol=1e-5)
    assert float(weights[1][0]) == pytest.approx(twelve / 2, rel=1e-5)


def test_slow_weights_are_kept_with_the_optimizer(tmp_path):
    copies = []
    for _ in range(2):
        weights = [keras.Variable(np.zeros(1, "float32"))]
        copies.append((LookaheadSGD([1.0], 12, learning_rate=0.1), weights))
        copies[-1][0].build(weights)
    (one, first), (other, second) = copies
    gradient = [np.full(1, -1, "float32")]
    for _ in range(7):
        one.apply(gradient, first)
    state = {}
    one.save_own_variables(state)
    other.load_own_variables({name: np.array(value) for name, value in state.items()})
    second[0].assign(first[0])
    for _ in range(5):
        one.apply(gradient, first)
        other.apply(gradient, second)
    np.testing.assert_array_equal(first[0], second[0])
    again = LookaheadSGD.from_config(one.get_config())
    assert again.steps == 12 and again.rates == [1.0]
