"""Training of a network that looks: cross-entropy of what it says, and REINFORCE of where it looked, simultaneously.

Dai, WPI 2022, section 3.3.3. RAM is rewarded by right answers, HRAM and GARN by locations near those that matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
from keras import ops

from keras_models import seeding
from keras_models.functional import locations
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, batch_mean, smoothed
from keras_models.optimizers import OneCycle

STAGE = "looking"
CORRECT, CENTRES = "correct", "centres"  # rewards
MARKS = "centres"  # feature of a task's data that is known in training: (x, y) of the regions, -1..1


class Looking(CheckedFit, keras.Model):
    """A recurrent attention network by both of its losses.

    Args:
        network: has `look`, as GARN; its layers are shared.
        reward: "correct": 1 for a right answer, else 0; "centres": less the divergence from where the regions are.
        deviation: of a location that is drawn about its mean.
        mixture: of the Gaussians of the reward "centres".
        covering: as for `locations.location_reward`; 0 in the thesis.
        reward_weight: of the loss of locations and baselines beside the cross-entropy.
        every_glimpse: weight of the mean cross-entropy behind the earlier glimpses; 0 in the thesis. Above it the
            network learns to answer early.
        label_smoothing: share of a label that is spread over all classes.
        seed: of the locations drawn.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: as `GARN.look`'s. Right answers are
    labels, or with the reward "centres" a dictionary of `label` and `centres` `[batch, regions, 2]`.
    """

    def __init__(
        self,
        network,
        reward=CENTRES,
        deviation=0.1,
        mixture=0.2,
        covering=0.0,
        reward_weight=0.1,
        every_glimpse=0.0,
        label_smoothing=0.0,
        seed=0,
        **kwargs,
    ):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network, self.classes = network, network.classes
        self.reward, self.deviation, self.mixture, self.covering = reward, deviation, mixture, covering
        self.reward_weight, self.every_glimpse, self.label_smoothing = reward_weight, every_glimpse, label_smoothing
        self.accuracy, self.mean_reward = ExitAccuracy(-1, name="accuracy"), keras.metrics.Mean(name="reward")
        seeding.keep_generator(self, seed)
        self.built = True  # the network is

    def call(self, images, training=False):
        if not training:
            return self.network.look(images)
        shape = (ops.shape(images)[0], self.network.glimpses, 2)
        drawn = self.deviation * keras.random.normal(shape, dtype="float32", seed=self.seeds)
        return self.network.look(images, lambda number, mean: mean + drawn[:, number])

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean over a batch of the cross-entropy and, in training, the loss of where it looked."""
        del x
        answers, centres = (y["label"], y[MARKS]) if isinstance(y, Mapping) else (y, None)
        losses = self.cross_entropies(answers, y_pred["logits"])
        rewards = self.rewards_of(answers, centres, y_pred)
        if training:
            log_probabilities = locations.log_probability(
                ops.stop_gradient(y_pred["locations"]), y_pred["means"], self.deviation
            )
            losses = losses + self.reward_weight * locations.reinforce_loss(
                log_probabilities, rewards, y_pred["baselines"]
            )
        self.accuracy.update_state(answers, y_pred["logits"])
        self.mean_reward.update_state(rewards)
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, losses.dtype))

    def cross_entropies(self, answers, logits):
        """Of the last glimpse, and of all before it by their weight: `[batch]`."""
        wanted = answers if len(answers.shape) == 2 and answers.shape[1] == self.classes else None
        wanted = smoothed(answers, self.classes, self.label_smoothing) if wanted is None else wanted
        each = -ops.sum(ops.expand_dims(ops.cast(wanted, "float32"), 1) * ops.log_softmax(logits), axis=-1)
        return each[:, -1] + self.every_glimpse * ops.mean(each[:, :-1], axis=1)

    def rewards_of(self, answers, centres, seen):
        """One reward an image, `[batch]`.

        Raises:
            ValueError: the reward asks for centres, and there are none.
        """
        if self.reward == CORRECT:
            labels = ops.argmax(answers, axis=-1) if len(answers.shape) == 2 and answers.shape[1] > 1 else answers
            answer = ops.cast(ops.argmax(seen["logits"][:, -1], axis=-1), "int32")
            return ops.cast(ops.equal(answer, ops.cast(ops.reshape(labels, (-1,)), "int32")), "float32")
        if centres is None:
            raise ValueError("expected centres of the regions beside the labels, received labels alone")
        return locations.location_reward(seen["locations"], ops.cast(centres, "float32"), self.mixture, self.covering)


def trainer(network, settings: Mapping, steps: int, seed: int) -> Looking:
    """A compiled trainer, by AdamW and one cycle of the learning rate.

    settings: those of `Looking`, `peak_learning_rate` and `weight_decay`.
    """
    names = ("reward", "deviation", "mixture", "covering", "reward_weight", "every_glimpse", "label_smoothing")
    model = Looking(network, **{name: settings[name] for name in names}, seed=seed)
    schedule = OneCycle(settings["peak_learning_rate"], steps)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings["weight_decay"] or 0.0)
    model.compile(optimizer, jit_compile=False)  # XLA takes longer to compile the unrolled glimpses than it saves
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model
