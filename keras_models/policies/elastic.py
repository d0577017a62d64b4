"""Training of Deep Elastic Networks: estimator and selector in turns (Ahn, Kim and Oh, ICCV 2019, algorithm 1).

The estimator learns with structures that are drawn, at first of equation 8, then of the selector; the selector by the
policy gradient of equation 7, the estimator held fixed. The paper's form ends in one structure for all images, and what
is not chosen dies; the repairs are settings: a baseline, a share of structures of equation 8 in later stages (`mix`),
and an entropy that is praised (`entropy`). With `baseline` "none", and 0 of the others, it is the paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
from keras import ops

from keras_models import seeding
from keras_models.functional import elastic as maths
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, batch_mean
from keras_models.optimizers import momentum_sgd

EXPLORED = 0.5  # of a stage's steps, in which the share of drawn levels that explore falls to nothing


class _Trainer(CheckedFit, keras.Model):
    """A network under training, whose accuracy, and share of parameters used, are its metrics.

    Args:
        network: a `den.DEN`; its layers are shared.
        settings: of the stage.
        seed: of the structures that are drawn.

    Call arguments: as of the network. Output: `logits`
    `[batch, structures, classes]`, `levels` `[batch, structures, blocks]` and, of a selector, `probabilities`
    `[batch, blocks, levels]`.
    """

    def __init__(self, network, settings: Mapping, seed: int, **kwargs):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network, self.classes = network, network.classes
        self.own = dict(settings)
        self.cross_entropy = SumOfCrossEntropies(label_smoothing=settings["label_smoothing"])
        self.accuracy, self.used = ExitAccuracy(0, name="accuracy"), keras.metrics.Mean(name="used")
        seeding.keep_generator(self, seed)
        self.built = True  # the network is

    def taken(self, images, tasks) -> dict:
        """What is answered with the selector's own structures."""
        network = self.network
        scores = network.selector(images)
        levels = network.levels_at(scores)
        logits = network.estimate(network.stemmed(images, tasks), levels, tasks)
        return {
            "logits": logits[:, None],
            "levels": levels[:, None],
            "probabilities": ops.softmax(scores, axis=-1),
        }

    def uniform(self, *shape):
        """Numbers from 0 to below 1."""
        return keras.random.uniform(shape, dtype="float32", seed=self.seeds)

    def losses_of(self, labels, seen, weights=None):
        """Cross-entropies `[batch, structures]`, times the images' weights; keeps the metrics up to date."""
        self.accuracy.update_state(labels, seen["logits"])
        self.used.update_state(maths.size(seen["levels"], self.network.sizes))
        structures = seen["logits"].shape[1]
        losses = [self.cross_entropy.call(labels, seen["logits"][:, i : i + 1]) for i in range(structures)]
        losses = ops.stack(losses, axis=1)
        return losses if weights is None else losses * ops.cast(weights, losses.dtype)[:, None]


class Estimating(_Trainer):
    """The estimator by cross-entropy, one drawn structure an image.

    Settings: `mix`, the share of structures of equation 8, the others being the selector's; `tau`, the share of the
    whole network in those. As NestedNet's all blocks of an image have one level: where `nested` one that is drawn, or
    of each task the one that is `assigned` to it. With `pack`, a level, as PackNet*'s: only tasks to which it is
    assigned count, and only groups learn that no lower assigned level has; what all share is fixed from the second on.
    """

    def call(self, inputs, training=False):
        network, (images, tasks) = self.network, self.network.asked(inputs)
        if not training and self.own["mix"] < 1:
            return self.taken(images, tasks)
        levels = self.drawn(images, tasks) if training else self.judged(images, tasks)
        below = packed_below(self.own) if training else None
        logits = network.estimate(network.stemmed(images, tasks), levels, tasks, training and below is None, below)
        return {"logits": logits[:, None], "levels": levels[:, None]}

    def judged(self, images, tasks):
        """Structures that are judged before there is a selector: the tasks' own, or the whole network."""
        if self.own["assigned"]:
            return self.fixed(images, tasks)
        top = len(self.network.fractions) - 1
        return ops.full((ops.shape(images)[0], len(self.network.blocks)), top, dtype="int32")

    def fixed(self, images, tasks):
        """One level for all blocks, that of the task."""
        rows = ops.zeros((ops.shape(images)[0],), "int32") if tasks is None else ops.cast(tasks, "int32")
        level = ops.take(ops.convert_to_tensor(self.own["assigned"], "int32"), rows, axis=0)
        return ops.tile(level[:, None], (1, len(self.network.blocks)))

    def drawn(self, images, tasks):
        """A structure for each image, int32 `[batch, blocks]`: of equation 8, or of the selector."""
        batch, blocks, levels = ops.shape(images)[0], len(self.network.blocks), len(self.network.fractions)
        if self.own["assigned"]:
            return self.fixed(images, tasks)
        if self.own["nested"]:
            lowest = int(self.network.fractions[0] == 0)  # a network of shortcuts alone is none of NestedNet's
            level = lowest + ops.floor(self.uniform(batch, 1) * (levels - lowest))
            return ops.cast(ops.tile(level, (1, blocks)), "int32")
        prior = ops.cast(ops.floor(self.uniform(batch, blocks) * levels), "int32")
        prior = ops.where(self.uniform(batch, 1) < self.own["tau"], levels - 1, prior)
        if self.own["mix"] == 1:
            return prior
        probabilities = ops.softmax(self.network.selector(images), axis=-1)
        chosen = maths.drawn(probabilities, self.uniform(batch, blocks))
        return ops.where(self.uniform(batch, 1) < self.own["mix"], prior, chosen)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean cross-entropy of a batch: the size is no function of the estimator."""
        del x
        losses = self.losses_of(y, y_pred, sample_weight)[:, 0]
        if training and self.own["pack"]:
            losses = losses * ops.cast(y_pred["levels"][:, 0, 0] == self.own["pack"], losses.dtype)
        return batch_mean(losses)


class Selecting(_Trainer):
    """The selector by the policy gradient of equation 7.

    Settings: `rho` of the size penalty; `structures` drawn an image; `baseline` (`functional.elastic.advantages`);
    `epsilon`, the share of levels that explore at first; `entropy`, by which the distributions' entropy is praised;
    `wrong`: None, or the penalty of a wrong answer with which BlockDrop's reward takes the place of the loss.
    """

    def __init__(self, network, settings: Mapping, seed: int, steps: int, **kwargs):
        super().__init__(network, settings, seed, **kwargs)
        self.steps = steps

    def call(self, inputs, training=False):
        network, (images, tasks) = self.network, self.network.asked(inputs)
        if not training:
            return self.taken(images, tasks)
        count = self.own["structures"]
        scores = network.selector(images, training=True)
        probabilities = maths.smoothed(ops.softmax(scores, axis=-1), self.epsilon())
        batch, blocks = ops.shape(images)[0], len(network.blocks)
        levels = maths.drawn(probabilities[:, None], self.uniform(batch, count, blocks))
        if self.own["baseline"] == "greedy":
            levels = ops.concatenate([levels, ops.cast(network.levels_at(scores), "int32")[:, None]], axis=1)
            count += 1
        levels = ops.stop_gradient(levels)
        features = ops.repeat(network.stemmed(images, tasks), count, axis=0)
        asked = None if tasks is None else ops.repeat(tasks, count, axis=0)
        logits = ops.stop_gradient(network.estimate(features, ops.reshape(levels, (-1, blocks)), asked))
        logits = ops.reshape(logits, (-1, count, logits.shape[-1]))
        return {"logits": logits, "levels": levels, "probabilities": probabilities}

    def epsilon(self):
        """The share that explores at this step."""
        done = ops.cast(self.optimizer.iterations, "float32") / (EXPLORED * self.steps)
        return self.own["epsilon"] * ops.maximum(1.0 - done, 0.0)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """In training what has the gradient of equation 7; else R of the selector's own structures."""
        del x
        total = self.risks(y, y_pred, sample_weight)
        if not training:
            return batch_mean(ops.mean(total, axis=1))
        praise = ops.stop_gradient(maths.advantages(total, self.own["baseline"]))
        drawn = y_pred["levels"][:, : self.own["structures"]]
        logarithms = maths.log_probability(y_pred["probabilities"][:, None], drawn)
        losses = ops.mean(praise * logarithms, axis=1)
        return batch_mean(losses - self.own["entropy"] * maths.entropy(y_pred["probabilities"]))

    def risks(self, labels, seen, weights=None):
        """R of equation 6 of each structure, `[batch, structures]`, or BlockDrop's reward with its sign turned."""
        losses = self.losses_of(labels, seen, weights)
        used = maths.size(seen["levels"], self.network.sizes)
        if self.own["wrong"] is None:
            return losses + maths.size_penalty(used, self.own["rho"])
        right = ops.equal(ops.argmax(seen["logits"], axis=-1), ops.cast(ops.reshape(labels, (-1, 1)), "int32"))
        return maths.block_drop_loss(ops.cast(right, "float32"), used, self.own["wrong"])


def packed_below(settings: Mapping) -> int | None:
    """The level up to which groups keep their weights in a stage; None where all learn."""
    lower = [level for level in settings["assigned"] if level < settings["pack"]]
    return max(lower) if lower else None


def _trained(network, kind: str, settings: Mapping) -> None:
    """Lets the layers of a stage learn, and no others."""
    for layer in network.estimator_layers:
        layer.trainable = kind == "estimator"
    network.selector.trainable = kind == "selector"
    if kind == "estimator" and packed_below(settings) is not None:
        for layer in network.shared_layers:
            layer.trainable = False


def preparer(network, kind: str, settings: Mapping, seed: int) -> Callable:
    """What prepares a stage (`base.Stage`). kind: "estimator" or "selector"; seed: of what it draws."""

    def prepare(steps, part_costs):
        del part_costs
        _trained(network, kind, settings)
        if kind == "estimator":
            model, optimizer = Estimating(network, settings, seed), momentum_sgd(settings, steps)
        else:
            model = Selecting(network, settings, seed, steps)
            optimizer = keras.optimizers.Adam(settings["peak_learning_rate"])
        model.compile(optimizer)
        model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
        return model

    return prepare
