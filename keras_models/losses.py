"""Losses and metrics of networks with several answers."""

from __future__ import annotations

import keras
from keras import ops
from keras.src.losses.loss import scale_loss_for_distribution

from keras_models.labels import TOLERANCE


@keras.saving.register_keras_serializable("frugal")
class SumOfCrossEntropies(keras.losses.Loss):
    """Sum over the exits of the cross-entropy, each with equal weight (EPNet section 4.2; MSDNet likewise).

    y_true: labels `[batch]` or `[batch, 1]`, or distributions `[batch, classes]` to learn in their place; y_pred:
    logits `[batch, exits, classes]`. The loss of an image whose label is no whole number from 0 to classes - 1, or
    whose distribution has a number below 0 or does not add up to 1, is NaN: a fit on what `CheckedFit` cannot look at
    beforehand shows it at once.

    Args:
        distillation: share of every early exit's loss whose soft targets are the last exit's answers, not the labels:
            the squared temperature times the Kullback-Leibler divergence from its softened answer, which is held fixed
            (Phuong and Lampert, "Distillation-based training for multi-exit architectures", ICCV 2019). None by
            default, as EPNet.
        temperature: by which logits are divided before that.
        weights: of the exits, as many as there are; by default 1 each, as EPNet. An exit of weight 0 is not trained.
        label_smoothing: share of a label that is spread over all classes (Szegedy et al. 2016); distributions are
            taken as they are.
    """

    def __init__(
        self,
        distillation=0.0,
        temperature=3.0,
        weights=None,
        label_smoothing=0.0,
        name="sum_of_cross_entropies",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if not 0 <= distillation <= 1 or not temperature > 0:
            raise ValueError(
                "expected a distillation from 0 to 1 and a temperature above zero, "
                f"received {distillation} and {temperature}"
            )
        if weights is not None and not (min(weights) >= 0 < max(weights)):
            raise ValueError(f"expected weights of at least 0, one of them above, received {weights}")
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"expected a label_smoothing from 0 to below 1, received {label_smoothing}")
        self.distillation, self.temperature = distillation, temperature
        self.weights = None if weights is None else tuple(map(float, weights))
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        """The weighted sum over the exits, `[batch]`; y_true: labels `[batch]` or `[batch, 1]`, or distributions."""
        y_pred = ops.cast(y_pred, "float32")  # a sum of exponentials in half precision overflows
        if tuple(y_true.shape[1:]) not in ((), (1,), (y_pred.shape[-1],)):
            raise ValueError(
                f"expected labels [batch] or distributions [batch, {y_pred.shape[-1]}], received shape {y_true.shape}"
            )
        if _are_distributions(y_true, y_pred):
            labels = ops.cast(y_true, y_pred.dtype)
            can_be_meant = ops.abs(ops.sum(labels, axis=1) - 1) <= TOLERANCE
            can_be_meant = ops.logical_and(can_be_meant, ops.min(labels, axis=1) >= 0)
        else:
            labels = smoothed(y_true, y_pred.shape[-1], self.label_smoothing)
            can_be_meant = _are_labels(y_true, y_pred.shape[-1])
        losses = -ops.sum(ops.expand_dims(labels, 1) * ops.log_softmax(y_pred, axis=-1), axis=2)
        if self.distillation:
            losses = self._distilled(losses, y_pred)
        if self.weights is not None:
            losses = losses * ops.convert_to_tensor(self.weights, losses.dtype)
        return ops.where(can_be_meant, ops.sum(losses, axis=1), float("nan"))

    def _distilled(self, losses, y_pred):
        """The early exits' losses `[batch, exits]` with their share of distillation from the last exit."""
        return distilled(losses, y_pred, ops.stop_gradient(y_pred[:, -1]), self.distillation, self.temperature)

    def get_config(self):
        return super().get_config() | {
            "distillation": self.distillation,
            "temperature": self.temperature,
            "weights": self.weights,
            "label_smoothing": self.label_smoothing,
        }


def distilled(losses, logits, teacher, share: float, temperature: float = 1.0, mean: bool = False):
    """Losses of exits `[batch, exits]`, of which all but the last have a share of distillation.

    That is the squared temperature times the Kullback-Leibler divergence from the softened answer of a teacher
    (one-for-all distillation: Li et al., ICCV 2019; equations 3.12 and 3.13 of Voorhout, TU Delft 2022).

    Args:
        losses: `[batch, exits]`.
        logits: `[batch, exits, classes]`.
        teacher: logits `[batch, classes]`, held fixed by the caller.
        share: 1 - alpha.
        temperature: by which logits are divided.
        mean: whether the divergence is divided by the number of classes.
    """
    logarithms = ops.log_softmax(logits[:, :-1] / temperature, axis=-1)
    taught = ops.expand_dims(ops.log_softmax(teacher / temperature, axis=-1), 1)
    divergences = temperature**2 * ops.sum(ops.exp(taught) * (taught - logarithms), axis=2)
    divergences = divergences / logits.shape[-1] if mean else divergences
    early = (1 - share) * losses[:, :-1] + share * divergences
    return ops.concatenate([early, losses[:, -1:]], axis=1)


def smoothed(labels, classes: int, smoothing: float):
    """Labels as distributions, float32 `[n, classes]`, a share of each spread over all (Szegedy et al. 2016)."""
    return (1 - smoothing) * ops.one_hot(ops.reshape(labels, (-1,)), classes, dtype="float32") + smoothing / classes


def batch_mean(losses):
    """Mean of losses `[batch]`, for a `compute_loss` of one's own: gradients of replicas are added up.

    In a replica of a strategy it is the mean divided by the number of replicas, as Keras' own losses have it.
    """
    return scale_loss_for_distribution(ops.mean(losses))


def _are_labels(labels, classes: int):
    """Whether each label is a whole number from 0 to classes - 1, bool `[batch]`."""
    numbers = ops.cast(ops.reshape(labels, (-1,)), "float32")
    inside = ops.logical_and(numbers >= 0, numbers < classes)
    return ops.logical_and(inside, ops.equal(numbers, ops.floor(numbers)))


def _are_distributions(y_true, y_pred) -> bool:
    return len(y_true.shape) == 2 and y_true.shape[1] == y_pred.shape[-1]


@keras.saving.register_keras_serializable("frugal")
class ExitAccuracy(keras.metrics.Mean):
    """Share of right answers at one exit. exit: its index from 0.

    Of a distribution in the place of a label, the likeliest class is the right answer.
    """

    def __init__(self, exit, name=None, **kwargs):
        super().__init__(name=name or f"accuracy_{exit + 1}", **kwargs)
        self.exit = exit

    def update_state(self, y_true, y_pred, sample_weight=None):
        answer = ops.argmax(y_pred[:, self.exit], axis=-1)
        labels = ops.argmax(y_true, axis=-1) if _are_distributions(y_true, y_pred) else ops.reshape(y_true, (-1,))
        right = ops.equal(ops.cast(answer, "float32"), ops.cast(labels, "float32"))  # a half is no label
        return super().update_state(ops.cast(right, "float32"), sample_weight=sample_weight)

    def get_config(self):
        return super().get_config() | {"exit": self.exit}
