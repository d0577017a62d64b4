"""Training of a network whose channels are experts: DeepMoE's stages (UCB/EECS-2020-236, section 3.3), and clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import ops

from keras_models.functional import clustering, experts
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, batch_mean
from keras_models.optimizers import momentum_sgd


class Joint(CheckedFit, keras.Model):
    """Base network, gates and embedding together by equation 3.7: L_b + lambda L_g + mu L_e.

    Its metrics are the accuracy, and of networks with gates the share of them that are open.

    Args:
        network: has `look` and `answer`, as `DeepMoE`; its layers are shared.
        sparsity: lambda, the weight of the gates' L1 loss (`functional.experts.l1`).
        embedding_weight: mu, the weight of the embedding's own cross-entropy.
        label_smoothing: share of a label that is spread over all classes.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: {"logits"}, and with gates {"gates"}
    and {"guess"}, the embedding's logits `[batch, 1, classes]`.
    """

    def __init__(self, network, sparsity=0.0, embedding_weight=0.0, label_smoothing=0.0):
        super().__init__(dtype=network.dtype_policy)
        self.network, self.classes = network, network.classes
        self.sparsity, self.embedding_weight = sparsity, embedding_weight
        self.cross_entropy = SumOfCrossEntropies(label_smoothing=label_smoothing)
        self.accuracy = ExitAccuracy(0, name="accuracy")
        self.share = keras.metrics.Mean(name="open") if network.gated else None
        self.built = True  # the network is

    def call(self, images, training=False):
        if not self.network.gated:
            return {"logits": self.network.answer(images, None, training)}
        seen = self.network.look(images, training)
        logits = self.network.answer(images, seen["gates"], training)
        return {"logits": logits, "gates": seen["gates"], "guess": seen["guess"]}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean of equation 3.7 over a batch; validation has the base network's loss alone."""
        del x
        self.accuracy.update_state(y, y_pred["logits"])
        losses = self.cross_entropy.call(y, y_pred["logits"])
        if "gates" in y_pred:
            self.share.update_state(ops.cast(y_pred["gates"] > 0, "float32"))
        if training and self.sparsity:
            losses = losses + self.sparsity * experts.l1(y_pred["gates"])
        if training and self.embedding_weight:
            losses = losses + self.embedding_weight * self.cross_entropy.call(y, y_pred["guess"])
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, losses.dtype))


class Refined(Joint):
    """The base network alone by cross-entropy, with gates that are fixed: lambda and mu are 0.

    Args:
        network, label_smoothing: as for `Joint`.
        choose: function of images that gives the gates `[batch, gates]`.
    """

    def __init__(self, network, choose: Callable, label_smoothing=0.0):
        super().__init__(network, label_smoothing=label_smoothing)
        self._choose = choose

    def call(self, images, training=False):
        gates = ops.stop_gradient(self._choose(images))
        return {"logits": self.network.answer(images, gates, training), "gates": gates}


class Clustered(keras.Model):
    """Clusters of gate vectors, by k-means on those of the training images.

    Args:
        clusters: `layers.expert_gates.GateClusters`, whose weights are set.
        widths: gates of each layer.
        rare: share of a cluster's images below which a channel that they open is removed from its network.
        seed: of the first centres.
    """

    def __init__(self, clusters, widths, rare=0.0, seed=0):
        super().__init__(dtype="float32")
        self.clusters, self.widths, self.rare, self.seed = clusters, tuple(widths), rare, seed
        self.built = True

    def call(self, inputs, training=False):
        return self.clusters(inputs["gates"])

    def fit(self, x=None, y=None, epochs=1, **options):
        """As in Keras. x: {"gates": `[samples, gates]`}. epochs: most rounds of Lloyd's algorithm."""
        del y, options  # which takes a second, and is not resumed
        rows = np.asarray(x["gates"])
        centres, losses = clustering.k_means(rows, self.clusters.count, epochs, self.seed)
        self.clusters.centres.assign(centres)
        members = clustering.nearest(rows, centres)
        self.clusters.values.assign(experts.cluster_gates(rows, members, len(centres), self.rare, self.widths))
        history = keras.callbacks.History()
        history.history = {"loss": losses}
        return history


def compiled(model: keras.Model, settings: Mapping, steps: int) -> keras.Model:
    """A trainer that is ready to be fitted, from a stage's settings (`optimizers.momentum_sgd`)."""
    model.compile(momentum_sgd(settings, steps))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model
