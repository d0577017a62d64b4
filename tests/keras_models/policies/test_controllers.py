"""Controllers on a toy problem whose best policy is known, and the scores by hand."""

import keras
import numpy as np
import pytest

from keras_models import seeding
from keras_models.functional.evaluation import correct_answers
from keras_models.layers import Controllers
from keras_models.policies import controllers

PRICES = np.array([1.0, 4.0])
COUNT = 512


class Toy:
    """Two exits, two classes, one controller; all that a policy asks of a network."""

    exits, kappa = 2, (0.01, 3.0)

    def __init__(self, conditioned=True):
        seeding.set_random_seed(4)
        self.controllers = Controllers((2,), 2, (8,), (8,), conditioned)
        self.controllers.build()
        self.conditioned = conditioned

    def exit_prices(self):
        return PRICES

    def stop_logits(self, features, logits, kappa, training=False):
        return self.controllers(features[:1], logits[:, :-1], kappa if self.conditioned else None, training=training)


@pytest.fixture
def toy():
    """Exit 1 is right on the first half of the images, and its feature 0 says so; exit 2 is always right.

    An answer is worth 1 and going on costs 3 kappa: below kappa = 1/3 the second half goes on, above all leave.
    """
    labels = np.arange(COUNT) % 2
    easy = np.arange(COUNT) < COUNT // 2
    first, second = np.where(easy, labels, 1 - labels), labels
    logits = np.eye(2, dtype="float32")[np.stack([first, second], axis=1)]
    features = np.stack([easy, np.random.default_rng(2).random(COUNT)], axis=1).astype("float32")
    return {"logits_1": logits[:, 0], "logits_2": logits[:, 1], "features_1": features}, labels, easy


def exits(network, inputs, kappa):
    return (controllers.stop_probabilities(network, inputs, kappa)[:, 0] < 0.5).astype(int)


def fit(network, toy, **arguments):
    settings = {"epochs": 30, "batch_size": 128, "learning_rate": 0.03} | arguments
    return controllers.fit_controllers(network, toy[0], toy[1], **settings)


def test_one_policy_for_all_prices_learns_whom_to_let_out(toy):
    network = Toy()
    history = fit(network, toy)
    inputs, labels, easy = toy
    assert history.history["benefit"][-1] > history.history["benefit"][0] + 5
    assert (exits(network, inputs, 0.05) == ~easy).mean() > 0.99
    assert exits(network, inputs, 2.0).mean() == 0  # 3 * 2 > 1: nobody's answer is worth going on
    costs = [point["cost"] for point in controllers.score(network, inputs, labels, kappas=(0.02, 0.05, 0.2, 2.0))]
    assert (np.diff(costs) <= 1e-9).all() and costs[0] > costs[-1]


def test_one_fixed_price_for_controllers_that_see_none(toy):
    network = Toy(conditioned=False)
    fit(network, toy, kappa=0.05)
    assert (exits(network, toy[0], 0.05) == ~toy[2]).mean() > 0.99


def test_exit_prices_of_the_caller_count(toy):
    network = Toy(conditioned=False)
    fit(network, toy, kappa=0.05, exit_prices=[1.0, 40.0])  # going on costs 39 * 0.05, more than an answer is worth
    assert exits(network, toy[0], 0.05).mean() == 0


def test_reinforce_improves(toy):
    network = Toy(conditioned=False)
    before = controllers.score(network, *toy[:2], kappas=(0.05,))[0]["expected_benefit"]
    fit(network, toy, kappa=0.05, estimator="reinforce", epochs=60)
    after = controllers.score(network, *toy[:2], kappas=(0.05,))[0]["expected_benefit"]
    assert after > before + 5
    # The best: 100 - 5 * (1 + 4) / 2.
    assert after < 87.5 + 1e-6


def test_a_closed_exit_is_left_by_nobody(toy):
    network = Toy()
    model = controllers.ExitPolicy(network, kept=[False, True])
    stop = keras.ops.sigmoid(model(toy[0])["stop_logits"])
    assert float(keras.ops.max(stop)) == 0.0
    before = [weight.value.numpy().copy() for weight in network.controllers.weights]
    points = controllers.score(network, *toy[:2], kept=[False, True], kappas=(0.1,))
    # Everyone goes to exit 2, which is right and costs all: 100 * (1 - 0.1 * 4).
    assert points[0]["cost"] == 1.0 and points[0]["accuracy"] == 1.0
    assert points[0]["benefit"] == pytest.approx(60) and points[0]["expected_benefit"] == pytest.approx(60)
    for weight, value in zip(network.controllers.weights, before, strict=True):
        np.testing.assert_array_equal(weight.value.numpy(), value)


def test_the_same_seed_fits_the_same_controllers(toy):
    stops = []
    for _ in range(2):
        network = Toy()
        fit(network, toy, epochs=2)
        stops.append(controllers.stop_probabilities(network, toy[0], 0.05))
    np.testing.assert_array_equal(*stops)


def test_fitting_leaves_the_classifiers_alone(network, images):
    network.compile()
    untouched = [w for w in network.weights if not any(w is c for c in network.controllers.weights)]
    before = [w.value.numpy().copy() for w in untouched]
    start = network.controllers.last.bias.value.numpy().copy()
    controllers.fit_controllers(network, network.observe(images), np.zeros(8, int), epochs=1)
    assert np.abs(network.controllers.last.bias.value.numpy() - start).max() > 0
    for weight, value in zip(untouched, before, strict=True):
        np.testing.assert_array_equal(weight.value.numpy(), value)


def test_drawn_prices_fill_the_range_and_the_grid_is_fixed():
    model = controllers.ExitPolicy(Toy(), kappa=(0.001, 0.1))
    drawn = np.log10(model._draw(2000))
    assert -3 <= drawn.min() < -2.98 and -1.02 < drawn.max() <= -1 + 1e-6
    assert drawn.mean() == pytest.approx(-2, abs=0.05)
    np.testing.assert_allclose(np.log10(model._grid(6))[:, 0], [-3, -2.5, -2, -1.5, -1, -3], atol=1e-5)


HAND = {"logits_1": np.eye(2, dtype="float32")[[0, 1]], "logits_2": np.eye(2, dtype="float32")[[1, 1]]}
HAND_CORRECT = np.array([[False, True], [True, True]])
HAND_LABELS = np.array([1, 1])
HAND_STOP = np.array([[0.25], [0.6]])


def test_benefit_by_hand():
    # kappa 0.1: rewards are (-0.1, 0.6) and (0.9, 0.6). From 0.5 on: image 0 goes on, image 1 leaves.
    assert controllers.benefit(HAND_CORRECT, HAND_STOP, PRICES, 0.1) == pytest.approx(100 * (0.6 + 0.9) / 2)
    # 0.25 * -0.1 + 0.75 * 0.6 = 0.425; 0.6 * 0.9 + 0.4 * 0.6 = 0.78.
    expected = 100 * (0.425 + 0.78) / 2
    assert controllers.benefit(HAND_CORRECT, HAND_STOP, PRICES, 0.1, stochastic=True) == pytest.approx(expected)


def test_answers_are_the_values_exit_by_exit():
    stacked = controllers.answers(HAND | {"features_1": np.zeros((2, 1))})
    assert stacked.tolist() == [[[1, 0], [0, 1]], [[0, 1], [0, 1]]]
    np.testing.assert_array_equal(correct_answers(stacked, HAND_LABELS), HAND_CORRECT)


def test_controllers_read_all_answers_and_the_features_of_all_exits_but_the_last():
    assert controllers.read_values(3) == ("logits_1", "logits_2", "logits_3", "features_1", "features_2")


@pytest.mark.parametrize("kappa", [0, -0.1, (0.1, 0.01), (0, 0.1), float("nan")])
def test_a_price_that_is_none_is_refused(kappa):
    with pytest.raises(ValueError, match="expected a price kappa above zero"):
        controllers.ExitPolicy(Toy(), kappa)


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match="expected estimator 'exact' or 'reinforce', received 'straight'"):
        controllers.ExitPolicy(Toy(), estimator="straight")


@pytest.mark.parametrize(
    ("exponent", "training", "expected"), [(0.0, True, 0.425), (0.5, True, 0.7035678), (0.5, False, 0.425)]
)
def test_the_loss_counts_images_by_their_price(exponent, training, expected):
    """Stopping with one half; rewards (-.01, .96) at kappa .01 and (.75, 0) at .25: .475 and .375 are expected.

    kappa^-1/2 is 10 and 2, its mean over prices from .01 to 1 is 9 / (1/2 log 100) = 3.90865.
    """
    model = controllers.ExitPolicy(Toy(), kappa=(0.01, 1.0), kappa_weighting=exponent)
    made = {"stop_logits": np.zeros((2, 1), "float32"), "kappa": np.array([[0.01], [0.25]], "float32")}
    assert float(model.compute_loss(HAND, HAND_LABELS, made, training=training)) == pytest.approx(-expected, rel=1e-5)


def test_the_warm_up_counts_images_by_their_price_too(toy):
    losses = []
    for exponent in (0.0, 1.0):
        network = Toy()
        history = fit(network, toy, epochs=1, warm_up=1.0, dropout=0.0, kappa_weighting=exponent)
        losses.append(history.history["loss"][0])
    # In the mean of many prices the advantage, about 3 kappa at most, counts for 1 / kappa: less than unweighted.
    assert losses[1] < 0.9 * losses[0]


@pytest.mark.parametrize("exponent", [-0.1, float("inf"), float("nan")])
def test_a_kappa_weighting_that_is_none_is_refused(exponent):
    with pytest.raises(ValueError, match="expected a finite kappa_weighting of at least 0, received"):
        controllers.ExitPolicy(Toy(), kappa_weighting=exponent)
