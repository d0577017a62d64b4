"""Training of a policy network that says which exit of a frozen network should take an image, and how it is judged.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022, section 4.2: cross-entropy weighted by label
(equation 4.3), on images that the exits have not been trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import ops

from keras_models.functional import which_exit
from keras_models.labels import plain_labels
from keras_models.losses import batch_mean
from keras_models.optimizers import momentum_sgd


class RouterTrainer(keras.Model):
    """A policy network by weighted cross-entropy, fitted on images and what the exits answer to them.

    Args:
        router: function of (images `[batch, h, w, c]`, training) -> scores `[batch, choices]`.
        layers: what of it is trained.
        choices: indices of the exits among which it chooses.
        costs: `[exits]`, multiply-adds up to each exit.
        settings: of the stage: rule, scale, weighted, shuffled.
        seed: of the shuffling.

    Call arguments: {"image", "logits_1", ..}. Output: scores.
    """

    def __init__(self, router, layers: Sequence, choices: Sequence[int], costs, settings: Mapping, seed: int = 0):
        super().__init__(dtype="float32")
        self._route, self.trained_layers = router, list(layers)
        self.choices, self.costs, self.settings, self.seed = tuple(choices), np.asarray(costs), settings, seed
        self.accuracy = keras.metrics.Mean(name="accuracy")
        self.built = True  # the layers are

    def call(self, inputs, training=False):
        return self._route(inputs["image"], training)

    def fit(self, x=None, y=None, **options):
        """As in Keras. x: the values by name, arrays; y: labels `[samples]` of the images."""
        if not isinstance(x, Mapping):
            return super().fit(x, y, **options)
        chosen = labels(answers(x), y, self.costs, self.choices, self.settings)
        if self.settings["shuffled"]:
            chosen = which_exit.shuffled(chosen, self.seed)
        weights = which_exit.class_weights(chosen, len(self.choices))
        rows = np.flatnonzero(chosen != which_exit.NONE)
        if not len(rows):
            raise ValueError(f"expected images that some exit gets right, received {len(chosen)} without")
        weights = weights if self.settings["weighted"] else np.ones_like(weights)
        each = weights[chosen[rows]].astype("float32")
        return super().fit({"image": x["image"][rows]}, chosen[rows], sample_weight=each, **options)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean over a batch of the weighted cross-entropies; not divided by the weights (equation 4.3)."""
        del x, training
        wanted = ops.cast(ops.reshape(y, (-1,)), "int32")
        logarithms = ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1)
        losses = -ops.sum(ops.one_hot(wanted, len(self.choices)) * logarithms, axis=-1)
        right = ops.equal(ops.cast(ops.argmax(y_pred, axis=-1), "int32"), wanted)
        self.accuracy.update_state(ops.cast(right, "float32"))
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, "float32"))


def answers(values: Mapping) -> np.ndarray:
    """Logits of all exits, `[samples, exits, classes]`, from the values `logits_1`, `logits_2`, ..."""
    count = sum(name.startswith("logits_") for name in values)
    return np.stack([values[f"logits_{i + 1}"] for i in range(count)], axis=1)


def labels(logits, truth, costs, choices: Sequence[int], settings: Mapping) -> np.ndarray:
    """Index among the choices of the exit that should take each image, int `[samples]`, or `which_exit.NONE`.

    Args:
        logits: `[samples, exits, classes]`.
        truth: labels of the images, `[samples]`.
        costs: `[exits]`.
        choices: indices of exits; not all of them are the two ends.
        settings: rule and scale.
    """
    logits = np.asarray(logits, float)
    correct = logits.argmax(-1) == plain_labels(truth, logits.shape[-1])[:, None]
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    confidence = powers.max(-1) / powers.sum(-1)
    rule = settings["rule"] if len(choices) == logits.shape[1] else "binary"
    found = which_exit.labels(correct, confidence, costs, rule, settings["scale"])
    places = np.full(logits.shape[1] + 1, which_exit.NONE)  # the last one is that of NONE itself
    places[list(choices)] = np.arange(len(choices))
    return places[found]


def trainer(
    router, layers: Sequence, choices: Sequence[int], costs, settings: Mapping, steps: int, seed: int
) -> RouterTrainer:
    """A compiled trainer. steps: of the whole stage; images that no exit gets right are left out of them."""
    model = RouterTrainer(router, layers, choices, costs, settings, seed)
    model.compile(momentum_sgd(settings, steps))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model


def score(predicted, chosen, exits: Sequence[str]) -> list[dict]:
    """One row for all labelled images and one for every choice: how well it is predicted, and how common it is.

    predicted, chosen: int `[samples]`. exits: names of the choices.
    """
    found = which_exit.judged(predicted, chosen, len(exits))
    if not found["samples"]:
        return []
    names = ("samples", "accuracy", "balanced", "random", "majority", "learned")
    rows = [{"exit": "any"} | {name: found[name] for name in names}]
    for name, accuracy, share in zip(exits, found["by_label"], found["shares"], strict=True):
        rows.append({"exit": name, "accuracy": accuracy, "share": share})
    return rows
