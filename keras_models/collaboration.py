"""Fine-tuning of exits together, after a training of their own: links between them, and the last one as a teacher.

Li et al., "Improved techniques for training adaptive deep networks", ICCV 2019: inline subnetwork collaboration
(`layers.links`) and one-for-all distillation; as Voorhout (TU Delft 2022, section 3.4) fine-tunes against overthinking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
from keras import ops

from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, batch_mean, distilled
from keras_models.optimizers import momentum_sgd

TEACHERS, REDUCTIONS = ("frozen_base", "self_final"), ("batchmean", "mean")


class Collaboration(CheckedFit, keras.Model):
    """A network with exits by cross-entropies, and all exits but the last by the last one's answers too.

    Args:
        network: answers images with logits `[batch, exits, classes]`; its layers are shared.
        kd_weight: share of the distillation in an early exit's loss (1 - alpha of equation 3.12).
        temperature: by which logits are divided before that.
        kl_reduction: "batchmean"; "mean", over the classes too, as in the authors' program.
        teacher: function of images that gives the logits `[batch, classes]` of the teacher; None is the network's own
            last exit, held fixed.
        label_smoothing: share of a label that is spread over all classes.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: {"logits"}, in training {"teacher"}.
    """

    def __init__(
        self, network, kd_weight=0.1, temperature=1.0, kl_reduction="batchmean", teacher=None, label_smoothing=0.0
    ):
        super().__init__(dtype=network.dtype_policy)
        if kl_reduction not in REDUCTIONS:
            raise ValueError(f"expected kl_reduction 'batchmean' or 'mean', received {kl_reduction!r}")
        self.network, self.classes = network, network.classes
        self.kd_weight, self.temperature, self.kl_reduction = kd_weight, temperature, kl_reduction
        self._teach: Callable | None = teacher  # a function: its weights stay untracked and untrained
        self._label_smoothing = label_smoothing
        self.accuracies = [ExitAccuracy(i, name=f"accuracy_{i + 1}") for i in sorted({0, network.exits - 1})]
        self.built = True  # the network is

    def call(self, images, training=False):
        logits = self.network(images, training=training)
        taught = self._teach(images) if training and self._teach else logits[:, -1]
        return {"logits": logits, "teacher": ops.stop_gradient(taught)}

    def losses_of(self, labels, logits, teacher):
        """Loss of every exit, `[batch, exits]` (equation 3.12); the last one's is its cross-entropy."""
        own = SumOfCrossEntropies(label_smoothing=self._label_smoothing)
        losses = ops.stack([own.call(labels, logits[:, i : i + 1]) for i in range(logits.shape[1])], axis=1)
        if not self.kd_weight:
            return losses
        options = {"share": self.kd_weight, "temperature": self.temperature, "mean": self.kl_reduction == "mean"}
        return distilled(losses, logits, teacher, **options)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean over a batch of the sum over the exits."""
        del x, training
        for accuracy in self.accuracies:
            accuracy.update_state(y, y_pred["logits"])
        losses = ops.sum(self.losses_of(y, y_pred["logits"], y_pred["teacher"]), axis=1)
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, losses.dtype))


def frozen_copy(network) -> Callable:
    """The last answer of a network as it is now: images -> logits `[batch, classes]`."""
    copied = type(network).from_config(network.get_config())
    copied.set_weights(network.get_weights())
    copied.trainable = False
    return lambda images: copied(images, training=False)[:, -1]


def trainer(network, settings: Mapping, steps: int) -> Collaboration:
    """A compiled trainer of a network whose layers are trainable as they are to be trained.

    settings: kd_weight, temperature, kl_reduction, teacher, label_smoothing, and those of `optimizers.momentum_sgd`.
    """
    teacher = frozen_copy(network) if settings["teacher"] == "frozen_base" and settings["kd_weight"] else None
    names = ("kd_weight", "temperature", "kl_reduction", "label_smoothing")
    model = Collaboration(network, **{name: settings[name] for name in names}, teacher=teacher)
    model.compile(momentum_sgd(settings, steps))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model
