"""Training of exit controllers on frozen classifiers: the second stage of EPNet (CIKM 2020, section 4.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models.base import Knob
from keras_models.functional import halting
from keras_models.functional.evaluation import accuracy, correct_answers
from keras_models.labels import plain_labels
from keras_models.losses import batch_mean
from keras_models.optimizers import OneCycle

ESTIMATORS = ("exact", "reinforce")
LEARNING_RATE, WEIGHT_DECAY, WARM_UP, DROPOUT = 0.01, 0.1, 0.5, 0.02  # of the controllers' training
KAPPA_STEPS = 21  # prices worth measuring, evenly spaced in the logarithm over the program's range
KAPPAS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
NEVER = -1e3  # added to the stop logit of an exit that is closed


class ExitPolicy(keras.Model):
    """The controllers of a network as a model of their own, trained for reward: right answers less the price of work.

    What the controllers read is frozen, so it is computed once (`network.observe(images)`) and fitting takes seconds.
    Fit on images that the classifiers have not seen: on their own training images early answers look better than they
    are, and the policy leaves too soon.

    Args:
        network: has `controllers`, `stop_logits` and `exit_prices`, as EPNet.
        kappa: price of an average convolution as a fraction of a right answer: a number (one policy for each price, as
            in the paper), or (lowest, highest) to draw log-uniformly for every image in a batch (one policy for all).
        estimator: "exact", the gradient of the expected reward in closed form, or "reinforce", from one sampled exit an
            image with an exponential mean of the reward as baseline.
        exit_prices: `[exits]`, cost of leaving through each exit, in average convolutions; multiply-adds by default.
        kept: `[exits]` of bool, the exits at which one may leave; all by default.
        seed: of the drawn prices and exits.
        warm_up_steps: steps that minimise `halting.decision_loss` before those that follow the estimator. The gradient
            of the expected reward carries the factor p (1 - p): early controllers that learn first not to stop hardly
            learn anything later.
        dropout: share of features and logits that the controllers do not see in training, so that they cannot learn
            the images by heart.
        kappa_weighting: exponent e, from 0: an image counts with kappa^-e in the loss (`halting.price_weights`), so
            that low prices, at which there is little to gain, are learned as well. Nothing at a single price.

    Call arguments: the program's values `logits_1` .. `logits_N` and `features_1` .. `features_(N-1)` by name.
    Output: {"stop_logits": `[batch, exits - 1]`, "kappa": `[batch, 1]`}.
    """

    def __init__(
        self,
        network,
        kappa=None,
        estimator="exact",
        exit_prices=None,
        kept=None,
        seed=0,
        warm_up_steps=0,
        dropout=0.0,
        kappa_weighting=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs | {"dtype": "float32"})  # in whatever numbers the classifiers are trained
        if estimator not in ESTIMATORS:
            raise ValueError(f"expected estimator 'exact' or 'reinforce', received {estimator!r}")
        if not 0 <= kappa_weighting < math.inf:
            raise ValueError(f"expected a finite kappa_weighting of at least 0, received {kappa_weighting}")
        self.price_range = _price_range(network.kappa if kappa is None else kappa)
        self.kappa_weighting = kappa_weighting
        self.estimator = estimator
        self.controllers = network.controllers
        self.controllers.trainable = True
        self._stop_logits = network.stop_logits  # a bound method: the classifiers stay untracked and untrained
        prices = network.exit_prices() if exit_prices is None else exit_prices
        self.exit_prices = np.asarray(prices, "float32")
        self.closed = 0.0 if kept is None else np.where(np.asarray(kept)[:-1], 0.0, NEVER).astype("float32")
        self.warm_up_steps = warm_up_steps
        self.seeds = keras.random.SeedGenerator(seed)
        self.controllers.input_dropout = (
            (lambda x: keras.random.dropout(x, dropout, seed=self.seeds)) if dropout else None
        )
        self.baseline = self._number("baseline")
        # Its own count: not every backend lets a loss read the optimizer's.
        self.steps_done = self._number("steps_done")
        self.benefit = keras.metrics.Mean(name="benefit")
        self.built = True  # the controllers are

    def _number(self, name: str):
        """A number that is counted, from 0, and not trained."""
        return self.add_weight(shape=(), initializer="zeros", trainable=False, aggregation="mean", name=name)

    def call(self, inputs, training=False):
        logits = _stacked(inputs, len(self.exit_prices))
        kappa = self._draw(ops.shape(logits)[0]) if training else self._grid(ops.shape(logits)[0])
        features = [inputs[f"features_{i + 1}"] for i in range(len(self.controllers.channels))]
        stop_logits = self._stop_logits(features, logits, kappa, training=training)
        return {"stop_logits": stop_logits + self.closed, "kappa": kappa}

    def fit(self, x=None, y=None, **options):
        """As in Keras. x: the values by name; y: labels `[samples]`, which are checked once."""
        if isinstance(x, Mapping):
            y = plain_labels(y, x["logits_1"].shape[-1])
        return super().fit(x, y, **options)

    def _draw(self, batch):
        low, high = (math.log(k) for k in self.price_range)
        return ops.exp(keras.random.uniform((batch, 1), low, high + 1e-9, seed=self.seeds))

    def _grid(self, batch):
        """The same prices in every evaluation: five, evenly spaced in the logarithm, dealt out over the batch."""
        low, high = (math.log(k) for k in self.price_range)
        place = ops.cast(ops.arange(batch) % 5, "float32") / 4.0
        return ops.exp(low + (high - low) * ops.expand_dims(place, -1))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean loss of a batch: the decisions' loss while warming up, less the (sampled) reward afterwards, by price.

        x: decision inputs; y: labels `[batch]`; y_pred: what `call` gave. The metric is always the expected benefit.
        """
        answers = ops.argmax(_stacked(x, len(self.exit_prices)), axis=-1)
        correct = ops.cast(ops.equal(answers, ops.cast(ops.reshape(y, (-1, 1)), answers.dtype)), "float32")
        rewards = halting.exit_rewards(correct, ops.convert_to_tensor(self.exit_prices), y_pred["kappa"])
        expected = halting.expected_reward(y_pred["stop_logits"], rewards)
        self.benefit.update_state(100.0 * expected)
        if not training:
            return batch_mean(-expected)
        reward = expected if self.estimator == "exact" else self._sampled(y_pred["stop_logits"], rewards)
        weights = halting.price_weights(y_pred["kappa"], self.kappa_weighting, *self.price_range)[:, 0]
        if not self.warm_up_steps:
            return batch_mean(-weights * reward)
        decisions = halting.decision_loss(y_pred["stop_logits"], rewards)
        warming_up = ops.convert_to_tensor(self.steps_done) < self.warm_up_steps
        self.steps_done.assign(self.steps_done + 1)
        return batch_mean(weights * ops.where(warming_up, decisions, -reward))

    def _sampled(self, stop_logits, rewards):
        exits = keras.random.categorical(halting.log_exit_distribution(stop_logits), 1, seed=self.seeds)[:, 0]
        reward = ops.sum(ops.one_hot(exits, rewards.shape[-1]) * rewards, axis=-1)
        objective = halting.reinforce_objective(stop_logits, rewards, exits, self.baseline)
        self.baseline.assign(0.99 * self.baseline + 0.01 * ops.mean(reward))
        return objective

    @property
    def metrics(self):
        return [m for m in super().metrics if m is not self.benefit] + [self.benefit]


def _price_range(kappa) -> tuple[float, float]:
    low, high = (kappa, kappa) if np.isscalar(kappa) else kappa
    if not 0 < low <= high:
        raise ValueError(f"expected a price kappa above zero, or (lowest, highest), received {kappa!r}")
    return float(low), float(high)


def answers(values: Mapping) -> np.ndarray:
    """Logits of all exits, `[samples, exits, classes]`, from the program's values `logits_1`, `logits_2`, ..."""
    count = sum(name.startswith("logits_") for name in values)
    return np.stack([values[f"logits_{i + 1}"] for i in range(count)], axis=1)


def _stacked(values: Mapping, exits: int):
    return ops.stack([values[f"logits_{i + 1}"] for i in range(exits)], axis=1)


def price_knob(low: float, high: float, unit: str = "an average convolution") -> Knob:
    """The parameter kappa of a program whose controllers see a price, of a unit, from the lowest to the highest."""
    steps = [float(round(low * (high / low) ** (i / (KAPPA_STEPS - 1)), 6)) for i in range(KAPPA_STEPS)]
    text = f"price of {unit}, as a fraction of a right answer"
    return Knob(math.sqrt(low * high), low, high, text, tuple(steps))


def read_values(exits: int) -> tuple[str, ...]:
    """Names of the program's values that controllers are fitted on."""
    return (*(f"logits_{i + 1}" for i in range(exits)), *(f"features_{i + 1}" for i in range(exits - 1)))


def stop_probabilities(network, values: Mapping, kappa: float, batch_size: int = 4096) -> np.ndarray:
    """Stop probabilities `[samples, exits - 1]` of the controllers at one price, from the values that they read."""
    rows = []
    for start in range(0, len(values["logits_1"]), batch_size):
        part = {name: values[name][start : start + batch_size] for name in read_values(network.exits)}
        features = [part[f"features_{i + 1}"] for i in range(network.exits - 1)]
        price = np.full((len(features[0]), 1), kappa, "float32")
        rows.append(ops.convert_to_numpy(ops.sigmoid(network.stop_logits(features, answers(part), price))))
    return np.concatenate(rows)


def benefit(correct, stop, exit_prices, kappa: float, stochastic: bool = False) -> float:
    """Benefit score in percent (equation 1 as 100 * mean reward) of stop probabilities `[samples, exits - 1]`.

    Args:
        correct: bool `[samples, exits]`, whether an exit's answer is right.
        stop: stop probabilities.
        exit_prices: `[exits]`.
        kappa: the price.
        stochastic: leave with the stop probability (then this is the exact expectation), rather than from 0.5 on.
    """
    rewards = np.asarray(correct, "float64") - kappa * np.asarray(exit_prices)[None]
    if not stochastic:
        exits = np.asarray(halting.first_exit(stop))
        return float(100 * rewards[np.arange(len(exits)), exits].mean())
    go_on = np.cumprod(1.0 - stop.astype("float64"), axis=1)
    survival = np.concatenate([np.ones((len(stop), 1)), go_on], axis=1)
    leaving = survival * np.concatenate([stop, np.ones((len(stop), 1))], axis=1)
    return float(100 * (leaving * rewards).sum(1).mean())


def trainer(
    network,
    steps: int,
    learning_rate=LEARNING_RATE,
    weight_decay=WEIGHT_DECAY,
    warm_up=WARM_UP,
    dropout=DROPOUT,
    **policy,
) -> ExitPolicy:
    """The controllers of a network, compiled for `fit` on the values that they read.

    Args:
        network: as for `ExitPolicy`.
        steps: of the whole training.
        learning_rate, weight_decay: of AdamW, the rate by one cycle.
        warm_up: share of the steps for `ExitPolicy`'s warm-up.
        dropout: as for `ExitPolicy`.
        policy: further arguments of `ExitPolicy` (kappa, estimator, exit_prices, kept, kappa_weighting, seed).
    """
    model = ExitPolicy(network, warm_up_steps=math.ceil(warm_up * steps), dropout=dropout, **policy)
    model.compile(keras.optimizers.AdamW(OneCycle(learning_rate, steps), weight_decay=weight_decay))
    model.optimizer.build(model.trainable_variables)  # Build optimizer slots now; otherwise train_step retraces.
    return model


def fit_controllers(network, values: Mapping, labels, epochs=20, batch_size=512, callbacks=(), **options):
    """Fit the controllers of a network in place; returns the Keras history.

    Args:
        network: as for `ExitPolicy`.
        values: what they read, by name (`network.observe(images)`).
        labels: `[samples]`.
        epochs, batch_size, callbacks: of Keras' `fit`.
        options: of `trainer`.
    """
    model = trainer(network, epochs * math.ceil(len(labels) / batch_size), **options)
    needed = {name: values[name] for name in read_values(network.exits)}
    labels = np.asarray(labels)
    return model.fit(needed, labels, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=list(callbacks))


def score(network, values: Mapping, labels, exit_prices=None, kept=None, kappas=KAPPAS) -> list[dict]:
    """How the controllers do at several prices: accuracy, mean cost as a share of the whole network, benefit (percent).

    `benefit` is that of leaving from a stop probability of 0.5 on, `expected_benefit` that of leaving with the
    probability.
    """
    prices = np.asarray(network.exit_prices() if exit_prices is None else exit_prices)
    correct = correct_answers(answers(values), labels)
    points = []
    for kappa in kappas:
        stop = stop_probabilities(network, values, kappa)
        stop = stop if kept is None else stop * np.asarray(kept)[:-1]
        exits = np.asarray(halting.first_exit(stop))
        points.append(
            {
                "kappa": kappa,
                "accuracy": accuracy(correct, exits),
                "cost": float(np.mean(prices[exits]) / prices[-1]),
                "benefit": benefit(correct, stop, prices, kappa),
                "expected_benefit": benefit(correct, stop, prices, kappa, stochastic=True),
            }
        )
    return points
