"""Training of a network that skips blocks: SkipNet's two stages (UCB/EECS-2020-236, section 2.3, algorithm 1)."""

from __future__ import annotations

from collections.abc import Mapping

import keras
from keras import ops

from keras_models import seeding
from keras_models.functional import gating, reinforce
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, batch_mean
from keras_models.optimizers import momentum_sgd


class Supervised(CheckedFit, keras.Model):
    """A network by cross-entropy, through relaxed gates.

    Its metrics are the accuracy and the mean share of gated blocks that run: the network's own logits tell only one.

    Args:
        network: has `route`, `relaxed` and `gates`, as SkipNet; its layers are shared.
        label_smoothing: share of a label that is spread over all classes.
        price, free: of a batch whose mean share of blocks that run is above `free`, the loss grows by `price` times the
            excess. Nothing in the thesis, whose first stage has no price (0, the default). From a trained ResNet its
            gates all open, and learn nothing of the images; a share that is aimed at, as in Veit and Belongie,
            "Convolutional networks with adaptive inference graphs", ECCV 2018, makes the blocks compete.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: as `SkipNet.route`'s.
    """

    def __init__(self, network, label_smoothing=0.0, price=0.0, free=0.0, **kwargs):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network, self.classes = network, network.classes
        self.price, self.free = price, free
        self.cross_entropy = SumOfCrossEntropies(label_smoothing=label_smoothing)
        self.accuracy, self.share = ExitAccuracy(0, name="accuracy"), keras.metrics.Mean(name="blocks_run")
        self.built = True  # the network is

    def call(self, images, training=False):
        if training:
            return self.network.route(images, self.chooser(ops.shape(images)[0]), training=True)
        return self.network.route(images, _decided)

    def chooser(self, batch):
        """How gates become decisions in training, for a batch: (index, logits `[batch, 1]`) -> `[batch, 1]`."""
        del batch
        return self.network.relaxed

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean cross-entropy of a batch, and in training the price of what it runs."""
        del x
        losses = self.losses_of(y, y_pred, sample_weight)
        excess = ops.relu(ops.mean(y_pred["run"]) - self.free) if training else 0.0
        return batch_mean(losses + self.price * excess)

    def losses_of(self, labels, seen, weights=None):
        """Cross-entropy of each image, `[batch]`, times its weight; keeps the metrics up to date."""
        self.accuracy.update_state(labels, seen["logits"])
        self.share.update_state(seen["run"])
        losses = self.cross_entropy.call(labels, seen["logits"])
        return losses if weights is None else losses * ops.cast(weights, losses.dtype)


class Reinforced(Supervised):
    """A network by hybrid reinforcement learning: gates are sampled, and praised for skipping and for small losses.

    Args:
        network, label_smoothing: as for `Supervised`.
        alpha, beta, rl_weight, cross_entropy_weight: as for `functional.reinforce.hybrid_loss`; by default beta is
            alpha / gates, as in the thesis.
        seed: of the sampled decisions.
    """

    def __init__(
        self, network, alpha=1.0, beta=None, rl_weight=1.0, cross_entropy_weight=1.0, label_smoothing=0.0, seed=0
    ):
        super().__init__(network, label_smoothing)
        self.gate_count = len(network.gate_numbers)
        beta = alpha / self.gate_count if beta is None else beta
        self.weighting = {
            "alpha": alpha,
            "beta": beta,
            "rl_weight": rl_weight,
            "loss_weight": cross_entropy_weight,
        }
        seeding.keep_generator(self, seed)

    def chooser(self, batch):
        """Decisions that are drawn: Bernoulli, with the gates' probabilities."""
        drawn = keras.random.uniform((batch, self.gate_count), dtype="float32", seed=self.seeds)

        def choose(index, gate_logit):
            probability = ops.stop_gradient(ops.sigmoid(gate_logit))
            return ops.cast(drawn[:, index : index + 1] < probability, "float32")

        return choose

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean hybrid loss of a batch in training (equation 2.6), else the cross-entropy."""
        losses = self.losses_of(y, y_pred, sample_weight)
        if training:
            losses = reinforce.hybrid_loss(losses, y_pred["gate_logits"], y_pred["run"], **self.weighting)
        return batch_mean(losses)


def _decided(index, gate_logit):
    return gating.hard(ops.sigmoid(gate_logit))


def reinforced(network, settings: Mapping, seed: int) -> Reinforced:
    """The trainer of the second stage, from its settings."""
    names = ("alpha", "beta", "rl_weight", "cross_entropy_weight", "label_smoothing")
    return Reinforced(network, **{name: settings[name] for name in names}, seed=seed)


def compiled(model: keras.Model, settings: Mapping, steps: int) -> keras.Model:
    """A trainer that is ready to be fitted, by one cycle of SGD. settings: as for `optimizers.momentum_sgd`."""
    model.compile(momentum_sgd(settings, steps))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model
