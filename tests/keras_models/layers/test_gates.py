"""Gates of residual blocks, by hand where weights can be chosen."""

import keras
import numpy as np
import pytest

from keras_models.layers import FeedForwardGates, RandomGates, RecurrentGates

SHAPES = [(None, 8, 8, 4), (None, 8, 8, 4), (None, 4, 4, 6)]


def built(gates):
    gates.build(SHAPES)
    return gates


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def features(*shape):
    return np.random.default_rng(5).normal(size=shape).astype("float32")


def test_the_recurrent_gate_by_hand():
    """Every weight 0.1, pooled features that sum to 2: projections of 0.2, whose sum gives every unit 0.2."""
    gates = built(RecurrentGates(3))
    for weight in gates.weights:
        weight.assign(np.full(weight.shape, 0.0 if "bias" in weight.path else 0.1))
    state = gates.start(1)
    assert {name: np.asarray(value).tolist() for name, value in state.items()} == {"h": [[0] * 10], "c": [[0] * 10]}
    h = c = 0.0
    for index, width in ((0, 4), (2, 6)):
        logit, state = gates.step(index, np.full((1, width), 2 / width, "float32"), state)
        net = 0.1 * 10 * 0.2 + 0.1 * 10 * h
        c = sigmoid(net) * c + sigmoid(net) * np.tanh(net)
        h = sigmoid(net) * np.tanh(c)
        np.testing.assert_allclose(state["c"], np.full((1, 10), c), rtol=1e-5)
        np.testing.assert_allclose(logit, [[0.1 * 10 * h]], rtol=1e-5)


def test_the_recurrent_gate_pools_what_it_reads():
    keras.utils.set_random_seed(1)
    gates, x = built(RecurrentGates(3)), features(2, 8, 8, 4)
    one, state = gates.decide(1, x, gates.start(2))
    two, again = gates.step(1, x.mean(axis=(1, 2)), gates.start(2))
    np.testing.assert_allclose(one, two, atol=1e-6)
    np.testing.assert_allclose(state["h"], again["h"], atol=1e-6)


def test_cell_and_output_are_shared_and_projections_are_not():
    """Three projections of 10 and their biases, the cell's 40 x (10 + 10) and 40, the output's 10 and 1."""
    sizes = sum(np.prod(weight.shape) for weight in built(RecurrentGates(3)).weights)
    assert sizes == 10 * (4 + 4 + 6) + 30 + 40 * 20 + 40 + 11


@pytest.mark.parametrize("kind", ["recurrent", "feedforward"])
def test_a_bias_lets_blocks_run_at_first(kind):
    """Behind the output's weights, set to zero, the logit is the bias."""
    gates = built(RecurrentGates(3, bias=1.5) if kind == "recurrent" else FeedForwardGates((4, 4, 6), bias=1.5))
    for output in [gates.output_layer] if kind == "recurrent" else gates.outputs:
        output.kernel.assign(np.zeros(output.kernel.shape))
    logit, _ = gates.decide(0, features(2, 8, 8, 4), gates.start(2))
    np.testing.assert_allclose(logit, [[1.5], [1.5]], rtol=1e-6)


@pytest.mark.parametrize("convolutions", [1, 2])
def test_the_feedforward_gate_is_the_softmax_of_two_logits(convolutions):
    keras.utils.set_random_seed(1)
    gates, x = built(FeedForwardGates((4, 4, 6), convolutions)), features(3, 8, 8, 4)
    if convolutions == 2:
        before = gates.first[1](keras.ops.max_pool(x, 2, strides=2))
        assert before.shape == (3, 4, 4, 4)
    else:
        before = x
    seen = gates.last[1](before)
    assert seen.shape == (3, 8 // 2**convolutions, 8 // 2**convolutions, 4)
    softmax = keras.ops.softmax(gates.outputs[1](np.asarray(seen).mean(axis=(1, 2))))
    logit, state = gates.decide(1, x, gates.start(3))
    np.testing.assert_allclose(sigmoid(np.asarray(logit)), softmax[:, 1:], rtol=1e-5)
    assert state == {}


def test_random_gates_run_a_share_of_the_inputs():
    for rate in (0.3, 0.8):
        logit, _ = RandomGates(3, rate).step(1, features(4000, 4), {})
        assert np.mean(np.asarray(logit) >= 0) == pytest.approx(rate, abs=0.03)
        assert rate - 1 <= np.min(logit) and np.max(logit) < rate


def test_random_gates_draw_anew_at_every_gate():
    """Of two fair draws half agree, though both gates see the same features."""
    gates, seen = RandomGates(3, 0.5), features(4000, 4)
    one, two = (np.asarray(gates.step(index, seen, {})[0]) >= 0 for index in (0, 1))
    assert np.mean(one == two) == pytest.approx(0.5, abs=0.03)


def test_no_or_every_block_runs_at_the_ends():
    assert np.max(RandomGates(1, 0.0).step(0, features(500, 4), {})[0]) < 0
    assert np.min(RandomGates(1, 1.0).step(0, features(500, 4), {})[0]) >= 0


@pytest.mark.parametrize(
    "gates", [RecurrentGates(3, 0.5), FeedForwardGates((4, 4, 6), 2, 0.5), RandomGates(3, 0.25)], ids=lambda g: g.name
)
def test_configuration_makes_the_same_gates(gates):
    again = built(type(gates).from_config(gates.get_config()))
    assert again.get_config() == gates.get_config()
    assert [weight.shape for weight in again.weights] == [weight.shape for weight in built(gates).weights]
