"""Training of networks that pick filters from pools: FishNet's stages (X. Dai, WPI 2022, sections 5.3.2 to 5.3.4).

Images of several tasks come together, each with the number of its own; every task's network sees its own images alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
from keras import ops

from keras_models import seeding
from keras_models.datasets.task import ASKED
from keras_models.functional import allocation
from keras_models.functional.asked import FAR
from keras_models.labels import CheckedFit
from keras_models.losses import batch_mean
from keras_models.optimizers import OneCycle, momentum_sgd

METHODS = ("gumbel", "alternating", "bandit")
MOMENTUM = 0.9  # of the bandit's expected reward


class Fixed(CheckedFit, keras.Model):
    """The networks of all tasks by the sum of their cross-entropies, with the likeliest candidates.

    Args:
        network: has `convolutions`, `route` and `classes`, as FishNet; its layers are shared.
        label_smoothing: share of a label that is spread over all classes of its task.

    Call arguments: as of the network. Output: `logits` `[batch, most classes]`, of each image by the task asked, and
    the `choices` of candidates, an entry a convolution.
    """

    def __init__(self, network, label_smoothing=0.0, **kwargs):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network, self.classes, self.label_smoothing = network, network.classes, label_smoothing
        self.accuracy = keras.metrics.Mean(name="accuracy")
        self.built = True  # the network is

    def call(self, inputs, training=False):
        choices = [
            self.relaxed(convolution) if training and convolution.learns else convolution.choice()
            for convolution in self.network.convolutions
        ]
        return {"logits": self.network.route(inputs, choices, training)[:, 0], "choices": choices}

    def relaxed(self, convolution):
        """Shares of a convolution's candidates in a training step, `[tasks, filters, pool]`."""
        return convolution.choice()

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Sum over the tasks of the mean cross-entropy, of batches with as many images of each."""
        del x, training
        return len(self.classes) * batch_mean(self.losses_of(y, y_pred["logits"], sample_weight))

    def losses_of(self, labels, logits, weights=None):
        """Cross-entropy of each image, `[batch]`, times its weight; keeps the accuracy up to date."""
        labels = ops.cast(ops.reshape(labels, (-1,)), "int32")
        self.accuracy.update_state(right(labels, logits))
        likelihoods = ops.log_softmax(logits, axis=-1)
        taught = ops.one_hot(labels, logits.shape[-1], dtype="float32")
        if self.label_smoothing:  # over the labels that the task has
            known = ops.cast(logits > 0.5 * FAR, "float32")
            spread = known / ops.sum(known, axis=-1, keepdims=True)
            taught = (1 - self.label_smoothing) * taught + self.label_smoothing * spread
        losses = -ops.sum(taught * likelihoods, axis=-1)
        return losses if weights is None else losses * ops.cast(weights, losses.dtype)


class Gumbel(Fixed):
    """Filters and allocators together, through Gumbel-softmax choices (equations 5.3 and 5.7).

    Args:
        network, label_smoothing: as for `Fixed`.
        temperature, final_temperature: of the choices, in the first step and the last; the source names none.
        straight_through: whether a step's forward pass takes the largest share alone, with the gradient of all; the
            source's takes the shares.
        steps: of the whole stage.
        seed: of the noise.
    """

    def __init__(self, network, temperature, final_temperature, straight_through, steps, seed, label_smoothing=0.0):
        super().__init__(network, label_smoothing)
        self.temperature, self.final_temperature = temperature, final_temperature
        self.straight_through, self.steps = straight_through, steps
        seeding.keep_generator(self, seed)

    def relaxed(self, convolution):
        theta = ops.convert_to_tensor(convolution.theta)
        share = ops.cast(self.optimizer.iterations, "float32") / self.steps
        temperature = allocation.temperature_at(share, self.temperature, self.final_temperature)
        soft = allocation.soft_choice(theta, allocation.gumbel(theta.shape, self.seeds), temperature)
        return allocation.straight_through(soft) if self.straight_through else soft


class Alternating(Fixed):
    """Filters and allocators in turns on two halves of the images, through softmax shares (as DARTS; section 5.3.3).

    The source describes it and does not try it. Which half an image belongs to is told by what it shows. The optimizer
    (`Turns`) changes filters in even steps and allocators in odd ones; a step's loss is that of its own half alone.
    """

    def relaxed(self, convolution):
        return ops.softmax(ops.convert_to_tensor(convolution.theta), axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Sum over the tasks of the mean cross-entropy, in training of the half whose turn it is."""
        losses = self.losses_of(y, y_pred["logits"], sample_weight)
        if training:
            even = ops.cast(self.optimizer.iterations % 2 == 0, "float32")
            own = ops.cast(ops.equal(allocation.even_half(x["image"]), even), "float32")
            losses = losses * own / ops.maximum(ops.mean(own), 1 / ops.cast(ops.size(own), "float32"))
        return len(self.classes) * batch_mean(losses)


@keras.saving.register_keras_serializable("frugal")
class Turns(keras.optimizers.SGD):
    """SGD in which the gradients of some variables count in odd steps, and those of the others in even ones.

    Args:
        odd: whether a variable has its turn in odd steps, in the order of the variables that it is built with.
        options: of Keras's SGD.
    """

    def __init__(self, odd, **options):
        super().__init__(**options)
        self.odd = list(odd)

    def update_step(self, gradient, variable, learning_rate):
        """One variable's step. Keras calls it."""
        turn = ops.equal(self.iterations % 2, int(self.odd[self._get_variable_index(variable)]))
        super().update_step(gradient * ops.cast(turn, gradient.dtype), variable, learning_rate)

    def get_config(self):
        return super().get_config() | {"odd": self.odd}


class Bandit(Fixed):
    """Filters by gradients through drawn candidates, allocators by REINFORCE (section 5.3.3).

    The source describes it and does not try it: its variance is high. A task's reward is the share of a batch's images
    of it that are answered rightly; the baseline is its moving mean.

    Args:
        network, label_smoothing: as for `Fixed`.
        rl_weight: of the score function beside the cross-entropies.
        seed: of the draws.
    """

    def __init__(self, network, rl_weight, seed, label_smoothing=0.0):
        super().__init__(network, label_smoothing)
        self.rl_weight = rl_weight
        seeding.keep_generator(self, seed)
        self.expected = self.add_weight(name="expected", shape=(len(network.classes),), trainable=False)

    def relaxed(self, convolution):
        theta = ops.convert_to_tensor(convolution.theta)
        return allocation.hard_choice(theta, allocation.gumbel(theta.shape, self.seeds))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Sum over the tasks of the mean cross-entropy, and in training the score function of the draws."""
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return loss
        own = ops.one_hot(ops.cast(x[ASKED], "int32"), len(self.classes), dtype="float32")
        answered = ops.expand_dims(right(ops.reshape(y, (-1,)), y_pred["logits"]), -1)
        reward = ops.sum(own * answered, axis=0) / ops.maximum(ops.sum(own, axis=0), 1.0)
        before = ops.convert_to_tensor(self.expected)
        self.expected.assign(MOMENTUM * before + (1 - MOMENTUM) * reward)
        drawn = zip(self.network.convolutions, y_pred["choices"], strict=True)
        scores = [
            allocation.score_function(ops.convert_to_tensor(convolution.theta), choice, reward, before)
            for convolution, choice in drawn
            if convolution.learns
        ]
        return loss + self.rl_weight * sum(scores)


def right(labels, logits):
    """1 where the largest logit is that of the label, else 0: float32 `[batch]`."""
    return ops.cast(ops.equal(ops.cast(labels, "int32"), ops.cast(ops.argmax(logits, axis=-1), "int32")), "float32")


def trainer(network, settings: Mapping, steps: int, seed: int) -> Fixed:
    """The trainer of the first stage by its settings, or with none that of fixed choices."""
    smoothing = settings["label_smoothing"]
    method = settings.get("method") if network.learned() else None
    if method == "gumbel":
        names = ("temperature", "final_temperature", "straight_through", "label_smoothing")
        return Gumbel(network, **{name: settings[name] for name in names}, steps=steps, seed=seed)
    if method == "bandit":
        return Bandit(network, settings["rl_weight"], seed, smoothing)
    return Alternating(network, smoothing) if method == "alternating" else Fixed(network, smoothing)


def compiled(model: Fixed, weights, settings: Mapping, steps: int) -> keras.Model:
    """A trainer that is ready to be fitted.

    Args:
        model: the trainer.
        weights: what it may change.
        settings: as for `optimizers.momentum_sgd`.
        steps: of the whole stage.
    """
    known = {id(weight) for weight in weights}
    for convolution in model.network.convolutions:
        convolution.theta.trainable = id(convolution.theta) in known
    optimizer = momentum_sgd(settings, steps)
    if isinstance(model, Alternating):
        thetas = {id(convolution.theta) for convolution in model.network.convolutions}
        odd = [id(weight) in thetas for weight in model.trainable_variables]
        schedule = OneCycle(settings["peak_learning_rate"], steps)
        decay = settings["weight_decay"]
        optimizer = Turns(odd, learning_rate=schedule, momentum=0.9, nesterov=True, weight_decay=decay)
    model.compile(optimizer, jit_compile=False)  # how many images a task has differs from batch to batch
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model
