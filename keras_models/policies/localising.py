"""Training of a network that looks at a piece of an image: by backpropagation through the crop, or by REINFORCE.

Dai, WPI 2022, sections 2.3.3 to 2.3.5: cross-entropy, and a penalty on the scale. A direct crop, a rectangle that is
cut out and resized, has no gradient: then thetas are drawn about what the extractor says, and praised for the answers
(Williams 1992; the thesis describes this way, and trains by the first).

Beyond the thesis: by its way alone the classifier knows one window of all images before the extractor has moved, and no
other is ever worth anything to it. `Exploring` shows it others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
from keras import ops

from keras_models import seeding
from keras_models.functional import cropping
from keras_models.functional.reinforce import gaussian_log_probability
from keras_models.labels import CheckedFit
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies, batch_mean
from keras_models.optimizers import adam, momentum_sgd

METHODS = ("backpropagation", "reinforce")
CUTS = {"bilinear": cropping.crop, "averaged": cropping.crop_with_averaged_gradient}  # whose gradient theta has
SCALES = (0.25, 0.95)  # of scattered pieces


class Localising(CheckedFit, keras.Model):
    """A network by cross-entropy and a penalty on the scale, through a bilinear crop.

    Args:
        network: has `look`, `locate` and `answer`, as CiNet; its layers are shared.
        scale_penalty: weight of sx^2 + sy^2, lambda in the thesis.
        label_smoothing: share of a label that is spread over all classes.
        free_steps: of a training, before the penalty counts: until the classifier knows something, nothing else moves
            the scale, which shrinks to nothing.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: as `CiNet.look`'s.
    """

    def __init__(self, network, scale_penalty=0.1, label_smoothing=0.0, free_steps=0):
        super().__init__(dtype=network.dtype_policy)
        self.free_steps = free_steps
        self.network, self.classes, self.scale_penalty = network, network.classes, scale_penalty
        self.cross_entropy = SumOfCrossEntropies(label_smoothing=label_smoothing)
        self.accuracy, self.near = ExitAccuracy(0, name="accuracy"), ExitAccuracy(0, name="local_accuracy")
        self.scale = keras.metrics.Mean(name="scale")
        self.built = True  # the network is

    def call(self, images, training=False):
        return self.network.look(images, training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean loss of a batch: of both classifiers, and of the scale."""
        del x
        losses = self.losses_of(y, y_pred, training)
        return batch_mean(losses if sample_weight is None else losses * ops.cast(sample_weight, losses.dtype))

    def losses_of(self, labels, seen, training):
        """Loss of each image, `[batch]`; keeps the metrics up to date."""
        del training
        far, near = self.told(labels, seen)
        return far + near + self.penalties(seen["theta"])

    def penalties(self, theta):
        """What the scale of each image costs now, `[batch]`."""
        counts = ops.cast(self.optimizer.iterations >= self.free_steps, "float32")
        return counts * self.scale_penalty * cropping.scale_penalty(theta)

    def told(self, labels, seen):
        """Cross-entropies of the cloud's and of the local answer, `[batch]` each; keeps the metrics up to date."""
        self.accuracy.update_state(labels, seen["logits"])
        self.near.update_state(labels, seen["local"])
        self.scale.update_state(ops.mean(ops.abs(seen["theta"][:, 2:])))
        return tuple(self.cross_entropy.call(labels, seen[name]) for name in ("logits", "local"))


class Exploring(Localising):
    """A network by backpropagation, whose classifiers are shown other pieces than the extractor's.

    At first pieces of all images lie anywhere, and the classifiers alone learn: so a better place pays. Then each lies
    about the extractor's, by draws that fall to nothing with the last step. Judged is what the extractor says itself.

    Args:
        network, scale_penalty, label_smoothing, free_steps: as for `Localising`.
        cut: makes a piece of images, thetas and its size, with a gradient for thetas.
        scattered_steps: of a training, in which pieces lie anywhere.
        jitter: deviation of the draws behind the first step, in halves of the piece's sides.
        steps: of the whole training.
        seed: of what is drawn.
    """

    def __init__(self, network, *penalties, cut=cropping.crop, scattered_steps=0, jitter=0.0, steps=1, seed=0, **more):
        super().__init__(network, *penalties, **more)
        self.cut, self.scattered_steps, self.jitter, self.steps = cut, scattered_steps, jitter, steps
        seeding.keep_generator(self, seed)

    def call(self, images, training=False):
        if not training:
            return super().call(images)
        theta = self.network.locate(images, training)
        done = ops.cast(self.optimizer.iterations, "float32")
        shown = self.jittered(theta, self.jitter * (1.0 - done / self.steps))
        if self.scattered_steps:
            shown = ops.where(done < self.scattered_steps, self.scattered(ops.shape(theta)[0]), shown)
        return self.network.answer(images, shown, training, self.cut) | {"theta": theta}

    def jittered(self, theta, deviation):
        """Thetas `[batch, 4]` about these: moved and scaled by draws of that deviation in their scales."""
        scales = ops.abs(ops.stop_gradient(theta[:, 2:]))
        drawn = keras.random.normal(ops.shape(theta), dtype="float32", seed=self.seeds)
        return theta + deviation * drawn * ops.concatenate([scales, scales], axis=1)

    def scattered(self, count):
        """Thetas `[count, 4]` of squares of any size, at any place wholly inside."""
        scales = keras.random.uniform((count, 1), *SCALES, dtype="float32", seed=self.seeds)
        places = keras.random.uniform((count, 2), -1.0, 1.0, dtype="float32", seed=self.seeds) * (1.0 - scales)
        return ops.concatenate([places, scales, scales], axis=1)


class Reinforced(Localising):
    """A network by REINFORCE: thetas are drawn about the extractor's, and cut out directly.

    The reward is that of an answer, the cross-entropy negated, less the scale's penalty; its mean over a batch is the
    baseline. Classifiers learn by backpropagation. Where it does not train, it crops as the network does.

    Args:
        network, scale_penalty, label_smoothing, free_steps: as for `Localising`.
        deviation: of the normal draws.
        seed: of them.
    """

    def __init__(self, network, scale_penalty=0.1, label_smoothing=0.0, free_steps=0, deviation=0.1, seed=0):
        super().__init__(network, scale_penalty, label_smoothing, free_steps)
        self.deviation = deviation
        seeding.keep_generator(self, seed)

    def call(self, images, training=False):
        if not training:
            return super().call(images)
        mean = self.network.locate(images, training)
        drawn = mean + self.deviation * keras.random.normal(ops.shape(mean), dtype="float32", seed=self.seeds)
        drawn = ops.stop_gradient(drawn)
        return self.network.answer(images, drawn, training, cropping.direct_crop) | {"mean": mean}

    def losses_of(self, labels, seen, training):
        """Loss of each image, `[batch]`, whose gradient in training is REINFORCE's for the extractor."""
        if not training:
            return super().losses_of(labels, seen, training)
        far, near = self.told(labels, seen)
        rewards = -ops.stop_gradient(far) - self.penalties(seen["theta"])
        praise = rewards - ops.mean(rewards)
        score = gaussian_log_probability(seen["theta"], seen["mean"], self.deviation)
        return far + near - praise * score


def trainer(network, finders: Sequence, settings: Mapping, steps: int, seed: int) -> Localising:
    """A compiled trainer.

    Args:
        network: as for `Localising`.
        finders: the weights that say where to look; they have `finder_rate` of the learning rate.
        settings: `method`, `scale_penalty`, `free`, `label_smoothing`, `deviation`, `gradient`, `scattered`, `jitter`,
            `finder_rate`, and those of `optimizers.momentum_sgd` or of `optimizers.adam`.
        steps: of the whole stage.
        seed: of what is drawn.
    """
    model = _trainer(network, settings, steps, seed)
    if settings["optimizer"] == "adam":
        model.compile(adam(settings, steps))
    else:
        own = {id(weight) for weight in finders}
        rates = [settings["finder_rate"] if id(weight) in own else 1.0 for weight in model.trainable_variables]
        model.compile(momentum_sgd(settings, steps, None if settings["finder_rate"] == 1 else rates))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model


def _trainer(network, settings: Mapping, steps: int, seed: int) -> Localising:
    """The trainer that settings ask for, not compiled."""
    shared = {name: settings[name] for name in ("scale_penalty", "label_smoothing")}
    shared["free_steps"] = round(settings["free"] * steps)
    if settings["method"] == "reinforce":
        return Reinforced(network, **shared, deviation=settings["deviation"], seed=seed)
    if (settings["gradient"], settings["scattered"], settings["jitter"]) == ("bilinear", 0, 0):
        return Localising(network, **shared)
    shown = {"scattered_steps": round(settings["scattered"] * steps), "jitter": settings["jitter"], "steps": steps}
    return Exploring(network, **shared, cut=CUTS[settings["gradient"]], **shown, seed=seed)
