"""Training of masks on a detector that is left as it is: boxes of all kinds, masks of some.

Wang, UC Berkeley 2020, section 8.3 (ShapeProp, CVPR 2020): saliency by the boxes of all kinds (equation 8.3), shapes
and masks by binary cross-entropy where masks are known.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models import seeding
from keras_models.base import Stage
from keras_models.functional import propagation
from keras_models.functional.region_crops import crop_boxes
from keras_models.losses import batch_mean
from keras_models.optimizers import momentum_sgd

JITTER = 0.1  # of a side, by which a thing's box is moved


class Masking(keras.Model):
    """A detector's mask branch in training.

    Args:
        network: `shapeprop.ShapeProp`; its layers are shared.
        known: numbers of the kinds whose masks are known.
        seed: of the draws that move boxes.

    Call arguments: images `[batch, height, width, 3]`, normalised. Output: their features. Labels: `boxes`, `kinds` and
    `instances`, as `DetectionTask.dataset` gives them.
    """

    def __init__(self, network, known, seed: int = 0):
        super().__init__(dtype=network.dtype_policy)
        self.network = network
        self.masked = np.isin(np.arange(network.classes), list(known)).astype(np.float32)
        seeding.keep_generator(self, seed)
        self.told = {name: keras.metrics.Mean(name=name) for name in ("masks", "shapes", "bags")}
        self.built = True  # the network is

    def call(self, images, training=False):
        return self.network.pyramid(images, training=False)["features"]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean loss of a batch."""
        del x, sample_weight
        boxes, kinds = ops.cast(y["boxes"], "float32"), ops.cast(y["kinds"], "int32")
        present = ops.cast(kinds >= 0, "float32")
        moved = self.moved(boxes) if training else boxes
        pieces = crop_boxes(ops.cast(y_pred, "float32"), moved, self.network.mask)
        targets = targets_of(y["instances"], moved, self.network.mask)
        return batch_mean(self.losses_of(pieces, kinds, present, targets, training))

    def losses_of(self, pieces, kinds, present, targets, training=True):
        """Loss of each picture, `[batch]`, from the features and masks of its things' regions, `[batch, n, ..]`."""
        network = self.network
        own = ops.one_hot(kinds, network.classes) * present[..., None]
        flat = ops.reshape(pieces, (-1, *network.mask, network.width))
        made = network.masks_of(flat, ops.reshape(own, (-1, network.classes)), training)
        counted = present * ops.sum(own * self.masked, axis=-1)
        losses = self._entropy("masks", made["mask"], targets, counted)
        if network.shapes == "none":
            return losses
        maps = ops.reshape(made["saliency"], (*_sizes(present), *network.mask, network.classes))
        bags = _mean(propagation.bag_loss(maps, own, present), present)
        self.told["bags"].update_state(bags)
        return losses + bags + self._entropy("shapes", made["shape"], targets, counted)

    def _entropy(self, name: str, logits, targets, counted):
        logits = ops.reshape(logits, (*_sizes(counted), *self.network.mask))
        each = ops.mean(ops.softplus(logits) - logits * targets, axis=(-2, -1))
        losses = _mean(each, counted)
        self.told[name].update_state(losses, ops.cast(ops.sum(counted, axis=1) > 0, "float32"))
        return losses

    def moved(self, boxes):
        """Boxes whose corners are moved a little; those of no thing stay."""
        sides = ops.tile(boxes[..., 2:] - boxes[..., :2], (1, 1, 2))
        drawn = keras.random.uniform(ops.shape(boxes), -JITTER, JITTER, seed=self.seeds)
        return boxes + drawn * sides


def targets_of(instances, boxes, size: tuple[int, int]):
    """Which cells of each thing's region show it: float32 `[batch, n, *size]` of 0 and 1.

    Args:
        instances: the number of the thing that a pixel shows plus 1, `[batch, height, width]`.
        boxes: a region for each thing, in their order, `[batch, n, 4]`.
    """
    count = boxes.shape[1]
    shown = ops.equal(ops.cast(instances, "int32")[..., None], ops.arange(1, count + 1))
    pieces = crop_boxes(ops.cast(shown, "float32"), boxes, size)  # of every thing's mask under every box
    own = ops.sum(pieces * ops.eye(count)[None, :, None, None], axis=-1)
    return ops.cast(own >= 0.5, "float32")


def mask_stage(network, settings: Mapping, seed: int = 0) -> Stage:
    """`masks`: the mask branch alone, with masks of the kinds that `settings` name, or of all."""
    names = settings["masked"] or network.names
    unknown = set(names) - set(network.names)
    if unknown:
        raise ValueError(f"expected masks of kinds among {', '.join(network.names)}, received {', '.join(unknown)}")
    known = [network.names.index(name) for name in names]

    def prepare(steps, part_costs):
        del part_costs
        for layer in (network.pyramid, network.proposer, network.head, network.regression):
            layer.trainable = False
        for weight in (network.rows, network.background):
            weight.trainable = False
        for model in network.mask_models:
            model.trainable = True
        model = Masking(network, known, seed)
        model.compile(momentum_sgd(settings, steps))
        model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
        return model

    return Stage("masks", "train", network.mask_weights(), settings, prepare, marks="instances")


def _sizes(array):
    return ops.shape(array)[0], array.shape[1]


def _mean(losses, counted):
    """Mean of losses `[batch, n]` over those that count, picture by picture; 0 where none does."""
    return ops.sum(losses * counted, axis=1) / ops.maximum(ops.sum(counted, axis=1), 1.0)
