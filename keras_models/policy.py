"""Training of exit controllers on frozen classifiers: the second stage of EPNet (CIKM 2020, section 4.3)."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from keras_models.functional import halting
from keras_models.training import OneCycle

ESTIMATORS = ("exact", "reinforce")
KAPPAS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
NEVER = -1e3  # added to the stop logit of an exit that is closed


class ExitPolicy(keras.Model):
    """The controllers of a network as a model of their own, trained for reward: right answers less the price of work.

    What the controllers see is frozen, so it is computed once (`network.decision_inputs(images)`) and fitting takes
    seconds. Fit on images that the classifiers have not seen: on their own training images early answers look better
    than they are, and the policy leaves too soon.

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

    Call arguments: the dictionary of decision inputs.
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
        super().__init__(**kwargs)
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
        self.controllers.hide = (lambda x: keras.random.dropout(x, dropout, seed=self.seeds)) if dropout else None
        self.baseline = self.add_weight(shape=(), initializer="zeros", trainable=False, name="baseline")
        self.benefit = keras.metrics.Mean(name="benefit")

    def call(self, inputs, training=False):
        batch = ops.shape(inputs["logits"])[0]
        kappa = self._draw(batch) if training else self._grid(batch)
        features = [inputs[f"features_{i + 1}"] for i in range(len(self.controllers.channels))]
        stop_logits = self._stop_logits(features, inputs["logits"], kappa, training=training)
        return {"stop_logits": stop_logits + self.closed, "kappa": kappa}

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
        answers = ops.argmax(x["logits"], axis=-1)
        correct = ops.cast(ops.equal(answers, ops.cast(ops.reshape(y, (-1, 1)), answers.dtype)), "float32")
        rewards = halting.exit_rewards(correct, ops.convert_to_tensor(self.exit_prices), y_pred["kappa"])
        expected = halting.expected_reward(y_pred["stop_logits"], rewards)
        self.benefit.update_state(100.0 * expected)
        if not training:
            return -ops.mean(expected)
        reward = expected if self.estimator == "exact" else self._sampled(y_pred["stop_logits"], rewards)
        weights = halting.price_weights(y_pred["kappa"], self.kappa_weighting, *self.price_range)[:, 0]
        if not self.warm_up_steps:
            return -ops.mean(weights * reward)
        decisions = halting.decision_loss(y_pred["stop_logits"], rewards)
        return ops.mean(weights * ops.where(self.optimizer.iterations < self.warm_up_steps, decisions, -reward))

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


def stop_probabilities(network, inputs: dict, kappa: float, batch_size: int = 4096) -> np.ndarray:
    """Stop probabilities `[samples, exits - 1]` of the controllers at one price, from decision inputs."""
    rows = []
    for start in range(0, len(inputs["logits"]), batch_size):
        part = {name: value[start : start + batch_size] for name, value in inputs.items()}
        features = [part[f"features_{i + 1}"] for i in range(network.exits - 1)]
        price = np.full((len(part["logits"]), 1), kappa, "float32")
        rows.append(ops.convert_to_numpy(ops.sigmoid(network.stop_logits(features, part["logits"], price))))
    return np.concatenate(rows)


def outcome(inputs: dict, labels, exits, exit_prices) -> dict[str, float]:
    """Accuracy and mean cost of leaving through the given exits: {"accuracy": 0..1, "cost": in exit_prices' unit}.

    exits: `[samples]` indices; exit_prices: `[exits]`.
    """
    answers = inputs["logits"].argmax(-1)[np.arange(len(exits)), exits]
    return {"accuracy": float(np.mean(answers == labels)), "cost": float(np.mean(np.asarray(exit_prices)[exits]))}


def benefit(inputs: dict, labels, stop, exit_prices, kappa: float, stochastic: bool = False) -> float:
    """Benefit score in percent (equation 1 as 100 * mean reward) of stop probabilities `[samples, exits - 1]`.

    stochastic: leave with the stop probability (then this is the exact expectation), rather than from 0.5 on.
    """
    correct = (inputs["logits"].argmax(-1) == np.asarray(labels)[:, None]).astype("float64")
    rewards = correct - kappa * np.asarray(exit_prices)[None]
    if not stochastic:
        exits = np.asarray(halting.first_exit(stop))
        return float(100 * rewards[np.arange(len(exits)), exits].mean())
    go_on = np.cumprod(1.0 - stop.astype("float64"), axis=1)
    survival = np.concatenate([np.ones((len(stop), 1)), go_on], axis=1)
    leaving = survival * np.concatenate([stop, np.ones((len(stop), 1))], axis=1)
    return float(100 * (leaving * rewards).sum(1).mean())


def fit_controllers(
    network,
    inputs: dict,
    labels,
    epochs=20,
    batch_size=512,
    learning_rate=0.01,
    weight_decay=0.1,
    warm_up=0.5,
    dropout=0.02,
    callbacks=(),
    **policy,
):
    """Fit the controllers of a network in place, from decision inputs; returns the Keras history.

    labels: `[samples]`. warm_up: share of the steps for `ExitPolicy`'s warm-up. policy: further arguments of
    `ExitPolicy` (kappa, estimator, exit_prices, kept, kappa_weighting, seed).
    """
    steps = epochs * math.ceil(len(labels) / batch_size)
    trainer = ExitPolicy(network, warm_up_steps=math.ceil(warm_up * steps), dropout=dropout, **policy)
    trainer.compile(keras.optimizers.AdamW(OneCycle(learning_rate, steps), weight_decay=weight_decay))
    trainer.optimizer.build(trainer.trainable_variables)  # a step that makes variables is traced twice
    needed = {name: inputs[name] for name in ("logits", *(f"features_{i + 1}" for i in range(network.exits - 1)))}
    labels = np.asarray(labels)
    return trainer.fit(needed, labels, batch_size=batch_size, epochs=epochs, verbose=0, callbacks=list(callbacks))


def score(network, inputs: dict, labels, exit_prices=None, kept=None, kappas=KAPPAS) -> list[dict]:
    """How the controllers do at several prices: accuracy, mean cost as a share of the whole network, benefit (percent).

    benefit is that of leaving from a stop probability of 0.5 on, expected_benefit that of leaving with the probability.
    """
    prices = np.asarray(network.exit_prices() if exit_prices is None else exit_prices)
    points = []
    for kappa in kappas:
        stop = stop_probabilities(network, inputs, kappa)
        stop = stop if kept is None else stop * np.asarray(kept)[:-1]
        result = outcome(inputs, labels, np.asarray(halting.first_exit(stop)), prices / prices[-1])
        gain = benefit(inputs, labels, stop, prices, kappa)
        expected = benefit(inputs, labels, stop, prices, kappa, stochastic=True)
        points.append({"kappa": kappa, **result, "benefit": gain, "expected_benefit": expected})
    return points
