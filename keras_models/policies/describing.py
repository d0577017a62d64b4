"""Training of a network whose classes are described: every step has all classes of the training as tasks.

Some of them are described as the task's data describe them, the others by the features of a few examples, so that rows
of both kinds stand beside each other. Wang, UC Berkeley 2020, section 5.3.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models import seeding
from keras_models.functional import zero_shot
from keras_models.functional.task_aware import classification_losses, embedding_losses
from keras_models.labels import CheckedFit
from keras_models.losses import batch_mean
from keras_models.optimizers import RatedAdamW, milestone_schedule

STAGE = "tasks"
NUMBER = "number"  # of a sample among those that are fitted on, beside its features
_GIVEN, _NOBODY = -0.5, -1.0  # what stands for a draw of an example that is in the batch, and of one that is not there


class Describing(CheckedFit, keras.Model):
    """A `TAFE` by equations 5.6 and 5.7.

    Args:
        network: its layers behind the trunk are shared.
        beta: weight of the embedding loss (equation 5.8).
        examples: share of the tasks that are described by examples.
        shots: most examples of a task.
        feature_dropout: share of the trunk's features that is left out of each sample.
        smoothing: of the labels, over all tasks.
        seed: of what is drawn.

    Call arguments: the trunk's features by port, `[batch, channels]`, and perhaps `number` `[batch]`. Output: TAFE
    `features` `[batch, tasks, width]`, `logits` `[batch, tasks]`, `embeddings` `[tasks, width]`.
    """

    def __init__(self, network, beta=0.1, examples=0.0, shots=5, feature_dropout=0.0, smoothing=0.0, seed=0, **kwargs):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.layers_trained = [network.described, network.recognised, network.features, network.classifier]
        self.standardised, self.ports, self.classes = network.standardised, network.ports, network.classes
        self.met = np.asarray(network.met)
        self.descriptions = network.descriptions[self.met]
        self.beta, self.examples, self.shots, self.smoothing = beta, examples, shots, smoothing
        self.feature_dropout = feature_dropout
        seeding.keep_generator(self, seed)
        self.matched = keras.metrics.Mean(name="accuracy")
        self._known = None
        self.built = True  # the layers are

    def fit(self, x, y, **options):
        """As in Keras; all samples are those that examples are drawn from. x: features by port. y: labels."""
        joined = self._joined({port: ops.convert_to_tensor(x[port]) for port in self.ports})
        self._known = joined, *(ops.convert_to_tensor(each) for each in _members(np.asarray(y), self.met))
        numbers = {NUMBER: np.arange(len(y), dtype="int32")}
        return super().fit({**{port: x[port] for port in self.ports}, **numbers}, y, **options)

    def call(self, values, training=False):
        described, _, features, classifier = self.layers_trained
        embeddings = described(ops.convert_to_tensor(self.descriptions), training=training)
        if training and self.examples and self._known is not None:
            embeddings = self._mixed(embeddings, values.get(NUMBER))
        joined = self._joined(values)
        if training and self.feature_dropout:
            joined = keras.random.dropout(joined, self.feature_dropout, seed=self.seeds)
        made = features.scaled(features.shared_product(joined), features.rows(embeddings))
        return {"features": made, "logits": classifier(made, training=training), "embeddings": embeddings}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean over a batch of the classification loss and beta times the embedding loss."""
        del x, training
        matches = ops.cast(ops.equal(ops.reshape(y, (-1, 1)), ops.cast(self.met[None], y.dtype)), "float32")
        spread = (1 - self.smoothing) * matches + self.smoothing / len(self.met)
        losses = classification_losses(y_pred["logits"], spread)
        losses = losses + self.beta * embedding_losses(y_pred["features"], y_pred["embeddings"], matches)
        best = ops.one_hot(ops.argmax(y_pred["logits"], axis=-1), len(self.met))
        self.matched.update_state(ops.sum(best * matches, axis=-1))
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, losses.dtype))

    def _joined(self, values):
        return self.standardised(ops.concatenate([values[port] for port in self.ports], axis=-1))

    def _mixed(self, embeddings, given):
        """Embeddings of the tasks, a share of them, drawn anew, from 1 to `shots` examples that are not in the batch.

        given: numbers of the samples that are, or None.
        """
        joined, members, there = self._known
        draws = keras.random.uniform(ops.shape(members), seed=self.seeds)
        if given is not None:
            in_batch = ops.max(ops.one_hot(given, joined.shape[0]), axis=0)
            draws = ops.where(ops.take(in_batch, members) > 0, _GIVEN, draws)
        draws = ops.where(there, draws, _NOBODY)
        most = min(self.shots, members.shape[1])
        found, places = ops.top_k(draws, most)
        shots = keras.random.randint((ops.shape(members)[0], 1), 1, most + 1, seed=self.seeds)
        used = ops.logical_and(found > _NOBODY, ops.arange(most)[None] < shots)
        used = ops.cast(used, "float32")[..., None]
        examples = ops.take(joined, ops.take_along_axis(members, places, axis=1), axis=0)  # [tasks, most, features]
        seen = self.layers_trained[1](ops.reshape(examples, (-1, joined.shape[1])), training=True)
        seen = ops.reshape(seen, (-1, most, embeddings.shape[1]))
        means = ops.sum(seen * used, axis=1) / ops.maximum(ops.sum(used, axis=1), 1.0)
        by_example = keras.random.uniform((ops.shape(members)[0], 1), seed=self.seeds) < self.examples
        by_example = ops.logical_and(by_example, ops.any(there, axis=1, keepdims=True))
        return ops.where(by_example, means, embeddings)


def _members(labels, met) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the samples of each task, int32 `[tasks, most]`, and which of these there are, bool."""
    own = [np.flatnonzero(labels == one) for one in met]
    most = max(1, *(len(rows) for rows in own))
    members = np.array([np.pad(rows, (0, most - len(rows))) for rows in own], np.int32)
    return members, np.arange(most) < np.array([[len(rows)] for rows in own])


def trainer(network, settings: Mapping, steps: int, seed: int) -> Describing:
    """A compiled trainer, by AdamW; the rate falls to a tenth at each of the milestones.

    settings: those of `Describing`; `learning_rate`, of which the task embeddings have the share `embedding_rate`;
        `milestones`, shares of the steps; `weight_decay`.
    """
    names = ("beta", "examples", "shots", "feature_dropout", "smoothing")
    network.recognised.trainable = settings["examples"] > 0  # else nothing is recognised, and there is no gradient
    model = Describing(network, **{name: settings[name] for name in names}, seed=seed)
    slow = {id(weight) for layer in model.layers_trained[:2] for weight in layer.weights}
    rates = [settings["embedding_rate"] if id(w) in slow else 1.0 for w in model.trainable_variables]
    schedule = milestone_schedule(settings["learning_rate"], steps, settings["milestones"])
    model.compile(
        RatedAdamW(rates, learning_rate=schedule, weight_decay=settings["weight_decay"] or 0.0), jit_compile=False
    )
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model


def score(network, values: Mapping, labels) -> list[dict]:
    """How a network does on samples of classes that it was trained on and of others, by their descriptions: one row.

    Only classes that occur may be answered of those that were not met. `u`, `s` and `H` as of `zero_shot.generalised`;
    where no sample is of another class, `accuracy` alone.
    """
    labels = np.asarray(labels)
    logits = network.scores(values, network.described_rows())
    new = np.setdiff1d(labels, network.met)
    answers = zero_shot.predictions(logits, [*network.met, *new])
    row = {"accuracy": float(np.mean(answers == labels))}
    if len(new) and np.isin(labels, network.met).any():
        row |= zero_shot.generalised(logits, labels, network.met, new)
    return [row]
