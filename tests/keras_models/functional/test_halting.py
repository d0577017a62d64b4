"""The halting mathematics against sums done by hand, differences and many draws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_models.functional import halting

# Three exits. Stopping with 1/2 at the first and 1/4 at the second: q = 1/2, 1/2 * 1/4, 1/2 * 3/4.
HALF_QUARTER = np.array([[0.0, -np.log(3.0)]], "float32")
DISTRIBUTION = [[1 / 2, 1 / 8, 3 / 8]]
REWARDS = np.array([[0.2, 0.8, 0.4]], "float32")


def gradient(function, stop_logits):
    """d function / d stop_logits, summed over the batch."""
    u = tf.Variable(stop_logits)
    with tf.GradientTape() as tape:
        total = ops.sum(function(u))
    return tape.gradient(total, u).numpy()


def closed_form(stop_logits, rewards):
    """S_i p_i (1 - p_i) (R_i - V_{i+1}), with V_N = R_N and V_i = p_i R_i + (1 - p_i) V_{i+1}."""
    p = 1 / (1 + np.exp(-np.asarray(stop_logits, "float64")))
    value, slopes = rewards[:, -1].astype("float64"), []
    for i in reversed(range(p.shape[1])):
        slopes.insert(0, p[:, i] * (1 - p[:, i]) * (rewards[:, i] - value))
        value = p[:, i] * rewards[:, i] + (1 - p[:, i]) * value
    survival = np.concatenate([np.ones((len(p), 1)), np.cumprod(1 - p, axis=1)[:, :-1]], axis=1)
    return survival * np.stack(slopes, axis=1)


def random_case(seed, exits=6, batch=5):
    random = np.random.default_rng(seed)
    return random.normal(size=(batch, exits - 1)).astype("float32"), random.random((batch, exits), "float32")


def test_distribution_by_hand():
    q = ops.convert_to_numpy(ops.exp(halting.log_exit_distribution(HALF_QUARTER)))
    np.testing.assert_allclose(q, DISTRIBUTION, rtol=1e-6)


def test_distribution_sums_to_one():
    q = ops.convert_to_numpy(ops.exp(halting.log_exit_distribution(random_case(1)[0])))
    np.testing.assert_allclose(q.sum(axis=1), 1.0, rtol=1e-6)


def test_survival_does_not_underflow():
    # Stop logits of 40 at ten exits: 1 - sigmoid(40) is zero in float32, but the last exit's log-probability is -400.
    log_q = ops.convert_to_numpy(halting.log_exit_distribution(np.full((1, 10), 40.0, "float32")))
    np.testing.assert_allclose(log_q[0, [0, 1, -1]], [0.0, -40.0, -400.0], atol=1e-4)


def test_rewards_by_hand():
    correct = np.array([[1.0, 0.0], [0.0, 1.0]], "float32")
    costs = np.array([1.0, 3.0], "float32")
    np.testing.assert_allclose(halting.exit_rewards(correct, costs, 0.1), [[0.9, -0.3], [-0.1, 0.7]], rtol=1e-6)
    prices = np.array([[0.1], [0.2]], "float32")
    np.testing.assert_allclose(halting.exit_rewards(correct, costs, prices), [[0.9, -0.3], [-0.2, 0.4]], rtol=1e-6)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_expected_reward_by_hand(wrap):
    # 1/2 * 0.2 + 1/8 * 0.8 + 3/8 * 0.4
    reward = wrap(halting.expected_reward)(tf.constant(HALF_QUARTER), tf.constant(REWARDS))
    np.testing.assert_allclose(reward, [0.35], rtol=1e-6)


def test_gradient_by_hand():
    # V_3 = 0.4; V_2 = 1/4 * 0.8 + 3/4 * 0.4 = 0.5.
    # First: 1 * 1/2 * 1/2 * (0.2 - 0.5) = -0.075. Second: 1/2 * 1/4 * 3/4 * (0.8 - 0.4) = 0.0375.
    expected = [[-0.075, 0.0375]]
    np.testing.assert_allclose(closed_form(HALF_QUARTER, REWARDS), expected, rtol=1e-6)
    exact = gradient(lambda u: halting.expected_reward(u, REWARDS), HALF_QUARTER)
    np.testing.assert_allclose(exact, expected, rtol=1e-5)


def test_advantages_by_hand():
    # V_3 = 0.4; A_2 = 0.8 - 0.4; V_2 = 0.8 / 4 + 0.4 * 3 / 4 = 0.5; A_1 = 0.2 - 0.5.
    np.testing.assert_allclose(halting.advantages(HALF_QUARTER, REWARDS), [[-0.3, 0.4]], rtol=1e-6)


def test_decision_loss_by_hand():
    # Weights 0.3 * (1 + 0.1) / 1.1 and 0.4 * (0.5 + 0.1) / 1.1; one should go on, and stops with 1/2; the other should
    # stop, and does with 1/4: 0.3 ln 2 + 0.24 / 1.1 * ln 4.
    np.testing.assert_allclose(halting.decision_loss(HALF_QUARTER, REWARDS), [0.5104084], rtol=1e-6)
    slope = gradient(lambda u: halting.decision_loss(u, REWARDS), HALF_QUARTER)
    np.testing.assert_allclose(slope, [[0.3 * 0.5, -0.24 / 1.1 * 0.75]], rtol=1e-6)


def test_a_confident_error_is_unlearned_by_decisions_and_not_by_the_expected_reward():
    wrong, rewards = np.full((1, 2), -30.0, "float32"), np.array([[1.0, 1.0, 0.0]], "float32")
    assert np.abs(gradient(lambda u: halting.expected_reward(u, rewards), wrong)).max() < 1e-6
    assert gradient(lambda u: halting.decision_loss(u, rewards), wrong).max() < -0.5


@pytest.mark.parametrize("seed", range(4))
def test_gradient_is_the_closed_form_and_the_difference(seed):
    u, rewards = random_case(seed)
    exact = gradient(lambda x: halting.expected_reward(x, rewards), u)
    np.testing.assert_allclose(exact, closed_form(u, rewards), atol=1e-6)
    step = 1e-4
    wide, wide_rewards = u.astype("float64"), rewards.astype("float64")
    for i in range(u.shape[1]):
        shift = np.zeros_like(wide)
        shift[:, i] = step
        up = ops.convert_to_numpy(halting.expected_reward(tf.constant(wide + shift), wide_rewards))
        down = ops.convert_to_numpy(halting.expected_reward(tf.constant(wide - shift), wide_rewards))
        np.testing.assert_allclose((up - down) / (2 * step), exact[:, i], atol=1e-6)


@pytest.mark.parametrize("baseline", [0.0, 0.35])
def test_reinforce_agrees_with_the_exact_gradient_in_the_mean(baseline):
    draws = 40_000
    u, rewards = np.repeat(HALF_QUARTER, draws, 0), np.repeat(REWARDS, draws, 0)
    exits = keras.random.categorical(halting.log_exit_distribution(u), 1, seed=7)[:, 0]
    estimate = gradient(lambda x: halting.reinforce_objective(x, rewards, exits, baseline), u)
    error = estimate.std(axis=0) / np.sqrt(draws)
    assert (error < 0.002).all()
    assert (np.abs(estimate.mean(axis=0) - [-0.075, 0.0375]) < 4 * error).all()


def test_reinforce_of_one_draw_by_hand():
    # Left at the second exit, advantage 0.8 - 0.3: d log q_2 / du = (-p_1, 1 - p_2) = (-1/2, 3/4).
    estimate = gradient(lambda u: halting.reinforce_objective(u, REWARDS, np.array([1]), 0.3), HALF_QUARTER)
    np.testing.assert_allclose(estimate, [[-0.25, 0.375]], rtol=1e-5)


def test_a_baseline_near_the_reward_lowers_the_variance():
    draws = 4_000
    u, rewards = np.repeat(HALF_QUARTER, draws, 0), np.repeat(REWARDS, draws, 0)
    exits = keras.random.categorical(halting.log_exit_distribution(u), 1, seed=8)[:, 0]
    spread = [
        gradient(lambda x, b=b: halting.reinforce_objective(x, rewards, exits, b), u)[:, 0].std() for b in (0.0, 0.35)
    ]
    assert spread[1] < spread[0]


def test_neither_baseline_nor_reward_is_differentiated():
    rewards, baseline = tf.Variable(REWARDS), tf.Variable(0.3)
    with tf.GradientTape() as tape:
        objective = ops.sum(halting.reinforce_objective(HALF_QUARTER, rewards, np.array([0]), baseline))
    assert tape.gradient(objective, [rewards, baseline]) == [None, None]


@pytest.mark.parametrize(
    ("stop", "threshold", "exit"),
    [
        ([0.5, 0.9], 0.5, 0),  # the threshold itself is enough
        ([0.499, 0.9], 0.5, 1),
        ([0.1, 0.2], 0.5, 2),  # the last exit is forced
        ([0.1, 0.2], 0.2, 1),
        ([0.0, 0.0], 0.0, 0),
    ],
)
def test_first_exit(stop, threshold, exit):
    assert np.asarray(halting.first_exit(np.array([stop]), threshold)).tolist() == [exit]


def test_price_weights_by_hand():
    # The mean of kappa^-1/2 over log-uniform prices from 1/100 to 1 is (10 - 1) / (1/2 log 100) = 3.90865.
    kappa = np.array([[0.01], [0.25], [1.0]], "float32")
    weights = np.asarray(halting.price_weights(kappa, 0.5, 0.01, 1.0))
    np.testing.assert_allclose(weights, [[10 / 3.90865], [2 / 3.90865], [1 / 3.90865]], rtol=1e-5)
    # Of 1 / kappa: 99 / log 100 = 21.4976.
    weights = np.asarray(halting.price_weights(kappa, 1.0, 0.01, 1.0))
    np.testing.assert_allclose(weights[:, 0], [100 / 21.4976, 4 / 21.4976, 1 / 21.4976], rtol=1e-5)
    drawn = np.exp(np.random.default_rng(1).uniform(np.log(0.01), 0, (100_000, 1)))
    assert np.mean(halting.price_weights(drawn, 0.5, 0.01, 1.0)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("exponent", "low"), [(0.0, 0.01), (0.5, 1.0)])
def test_without_an_exponent_or_with_one_price_all_images_count_alike(exponent, low):
    kappa = np.array([[low], [1.0]], "float32")
    assert np.asarray(halting.price_weights(kappa, exponent, low, 1.0)).tolist() == [[1.0], [1.0]]
