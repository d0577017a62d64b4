"""Training of two-stage detectors: all of it on base kinds, then the last layers alone on a balanced set.

Wang et al., ICML 2020 (TFA); equation 7.1 of Wang, UC Berkeley 2020: L = L_rpn + L_cls + L_loc, with cross-entropies
and smooth L1, in both stages. Proposals and regions are trained at once (Ren et al., NIPS 2015, section 3.2).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models.base import Stage
from keras_models.datasets.annotated import NOBODY, shots
from keras_models.functional import box_coding, few_shot_heads
from keras_models.functional.region_crops import crop_boxes
from keras_models.layers.feature_pyramid import freeze
from keras_models.losses import batch_mean
from keras_models.optimizers import momentum_sgd

POSITIVE, NEGATIVE = 0.5, 0.3  # overlap of an anchor with a thing; Ren et al. take 0.7 from grids that are finer
KNOWN_FROM = 0.5  # overlap from which a region is of the thing's kind
BETA = 1.0 / 9.0  # where smooth L1 of proposals becomes linear
NEARBY = 0.1  # overlap with a thing from which a region counts, where not everything on a picture is known
TOLD = ("objectness", "places", "kinds", "boxes", "right")  # losses, and the share of things whose kind is found


class Detecting(keras.Model):
    """A detector that is trained on pictures and what is on them.

    Args:
        network: `two_stage.TwoStage`; its layers are shared.
        proposed: regions of a picture that are trained on, beside its things.
        everything: whether whatever is on a picture is known, so that what is no thing is background; if not, only
            regions and anchors that overlap a thing count.
        proposals: whether proposals are trained.

    Call arguments: images `[batch, height, width, 3]`, normalised. Output: as `TwoStage.look`'s. Labels: `boxes`
    `[batch, m, 4]` and `kinds` `[batch, m]`, -1 where there is no thing. Kinds without a row are passed over.
    """

    def __init__(self, network, proposed: int = 24, everything: bool = True, proposals: bool = True):
        super().__init__(dtype=network.dtype_policy)
        self.network, self.proposed = network, int(proposed)
        self.everything, self.proposals = everything, proposals
        self.told = {
            name: keras.metrics.Mean(name=name) for name in ("objectness", "places", "kinds", "boxes", "right")
        }
        self.built = True  # the network is

    def call(self, images, training=False):
        return self.network.look(images, training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean loss of a batch (equation 7.1)."""
        del x, sample_weight
        return batch_mean(self.losses_of(y, y_pred, training))

    def losses_of(self, things: Mapping, seen: Mapping, training) -> object:
        """Loss of each picture, `[batch]`; keeps the metrics up to date."""
        boxes = ops.cast(things["boxes"], "float32")
        kinds, present = self.known_kinds(ops.cast(things["kinds"], "int32"))
        seen = {name: ops.cast(value, "float32") for name, value in seen.items()}
        losses = self.region_losses(seen, boxes, kinds, present, training)
        return losses + self.proposal_losses(seen, boxes, present) if self.proposals else losses

    def known_kinds(self, kinds):
        """Kinds `[batch, m]`, and which of these rows are things of kinds that have a row."""
        known = ops.any(ops.not_equal(self.network.rows, 0.0), axis=-1)
        at = ops.maximum(kinds, 0)
        return at, ops.logical_and(kinds >= 0, ops.take(known, at))

    def proposal_losses(self, seen, boxes, present):
        """L_rpn of each picture: positive and negative anchors weigh alike."""
        anchors = ops.convert_to_tensor(self.network.anchors)
        rows, sign, overlap = box_coding.matched(anchors, boxes, present, POSITIVE, NEGATIVE, every=True)
        positive, negative = ops.cast(sign > 0, "float32"), ops.cast(sign < 0, "float32")
        negative = negative if self.everything else negative * ops.cast(overlap >= NEARBY, "float32")
        logits = seen["objectness"]
        entropy = ops.softplus(logits) - logits * positive
        objectness = _mean_over(entropy, positive) + _mean_over(entropy, negative)
        wanted = box_coding.encode(_safe(ops.take_along_axis(boxes, rows[..., None], axis=1)), anchors)
        places = _mean_over(_distance(seen["moved"], wanted, BETA), positive)
        self.told["objectness"].update_state(objectness)
        self.told["places"].update_state(places)
        return objectness + places

    def regions_of(self, seen, boxes, present):
        """Regions to train on, `[batch, n, 4]`, things last, and which of them there are, `[batch, n]`."""
        import tensorflow as tf

        found = tf.image.combined_non_max_suppression(
            ops.stop_gradient(ops.expand_dims(seen["proposals"], 2)),
            ops.expand_dims(ops.sigmoid(ops.stop_gradient(seen["objectness"])), -1),
            self.proposed,
            self.proposed,
            iou_threshold=self.network.proposal_overlap,
        )
        count = ops.expand_dims(found.valid_detections, 1)
        there = ops.logical_and(ops.arange(self.proposed)[None] < count, _sides(found.nmsed_boxes) > 0)
        return ops.concatenate([found.nmsed_boxes, boxes], axis=1), ops.concatenate([there, present], axis=1)

    def region_losses(self, seen, boxes, kinds, present, training):
        """L_cls + L_loc of each picture."""
        network = self.network
        regions, there = self.regions_of(seen, boxes, present)
        rows, sign, overlap = box_coding.matched(regions, boxes, present, KNOWN_FROM)
        there = there if self.everything else ops.logical_and(there, overlap >= NEARBY)
        counted, found = ops.cast(there, "float32"), ops.cast(ops.logical_and(there, sign > 0), "float32")
        embedded = self.embedded(seen["features"], regions, training)
        if training:
            self.remember(embedded, counted)
        answers = ops.where(found > 0, ops.take_along_axis(kinds, rows, axis=1), network.classes)
        logits = network.classify(embedded, ops.convert_to_tensor(network.rows))
        entropy = ops.sparse_categorical_crossentropy(answers, logits, from_logits=True)
        wanted = box_coding.encode(_safe(ops.take_along_axis(boxes, rows[..., None], axis=1)), _safe(regions))
        places = _distance(network.regression(embedded), wanted, 1.0)
        kinds_lost, boxes_lost = _mean_over(entropy, counted), _mean_over(places, found)
        right = ops.cast(ops.equal(ops.argmax(logits, axis=-1), ops.cast(answers, "int64")), "float32")
        self.told["right"].update_state(right, found)
        self.told["kinds"].update_state(kinds_lost)
        self.told["boxes"].update_state(boxes_lost)
        return kinds_lost + boxes_lost

    def embedded(self, features, regions, training=False):
        """What the head makes of regions `[batch, n, 4]` of features: `[batch, n, embedding]`."""
        network = self.network
        pieces = crop_boxes(features, regions, network.piece)
        flat = ops.reshape(pieces, (-1, *network.piece, network.width))
        return ops.reshape(
            ops.cast(network.head(flat, training=training), "float32"), (-1, regions.shape[1], network.embedding)
        )

    def remember(self, embedded, counted):
        """Keeps the features of the last regions, for `row_learning`."""
        memory = self.network.memory
        new = ops.reshape(ops.stop_gradient(embedded * counted[..., None]), (-1, memory.shape[-1]))
        memory.assign(ops.concatenate([new, memory], axis=0)[: memory.shape[0]])


def stages(network, settings: Mapping, seed: int = 0) -> list[Stage]:
    """`base`: everything, of kinds that have a row. `fine_tuned`: rows, background and regression alone (section 7.3).

    The second is shown a few things of every kind, and rows of kinds that have none begin at random.
    """
    found = [_base(network, settings["base"]), _fine_tuned(network, settings["fine_tuned"], seed)]
    return [one for one in found if one.settings["epochs"]]


def _base(network, own: Mapping) -> Stage:
    def prepare(steps, part_costs):
        del part_costs
        _train(network, True)
        freeze(network.pyramid, own["frozen"])
        return compiled(Detecting(network, own["proposed"]), own, steps)

    return Stage("base", "train", list(network.weights), own, prepare)


def _fine_tuned(network, own: Mapping, seed: int) -> Stage:
    last = [network.rows, network.background, *network.regression.weights, network.memory]

    def prepare(steps, part_costs):
        del part_costs
        _train(network, own["whole"])
        add_rows(network, seed)
        return compiled(Detecting(network, own["proposed"], False, own["whole"]), own, steps)

    def shown(annotated, split):
        return annotated if split != "train" else balanced(annotated, range(network.classes), own["shots"], seed)

    weights = list(network.weights) if own["whole"] else last
    return Stage("fine_tuned", "train", weights, own, prepare, shown=shown)


def _train(network, whole: bool) -> None:
    """Makes all layers trainable, or only the last ones; what comes behind boxes is trained elsewhere."""
    for layer in (network.pyramid, network.proposer, network.head):
        layer.trainable = whole
    network.regression.trainable = True
    for weight in (network.rows, network.background):
        weight.trainable = True
    for model in network.mask_models:
        model.trainable = False


def compiled(model: Detecting, settings: Mapping, steps: int) -> Detecting:
    """A trainer with its optimizer. settings: of `optimizers.momentum_sgd`."""
    model.compile(momentum_sgd(settings, steps))
    model.optimizer.build(model.trainable_variables)  # Build slots now; otherwise train_step retraces.
    return model


def add_rows(network, seed: int) -> None:
    """Random rows, as long as the others are, of the kinds that have none."""
    rows = np.array(ops.convert_to_numpy(network.rows))
    known = rows.any(axis=1)
    length = np.linalg.norm(rows[known], axis=1).mean() if known.any() else 1.0
    drawn = np.random.default_rng(seed).normal(size=rows.shape)
    drawn *= length / np.linalg.norm(drawn, axis=1, keepdims=True)
    network.rows.assign(np.where(known[:, None], rows, drawn))


def balanced(annotated, kinds, count: int, seed: int):
    """Pictures on which `count` things of each kind are known, and nothing else: the balanced set of section 7.3."""
    known = balanced_rows(annotated, kinds, count, seed)
    hidden = dataclasses.replace(
        annotated,
        boxes=np.where(known[..., None], annotated.boxes, 0),
        kinds=np.where(known, annotated.kinds, NOBODY),
        difficult=annotated.difficult & known,
    )
    return hidden.rows(np.flatnonzero(known.any(axis=1)))


def balanced_rows(annotated, kinds, count: int, seed: int) -> np.ndarray:
    """Which things are known in the balanced set: bool `[pictures, rows]`."""
    chosen = sorted({place for places in shots(annotated, kinds, count, seed).values() for place in places})
    known = np.zeros(annotated.kinds.shape, bool)
    known[tuple(np.array(chosen).T)] = True
    return known


def _safe(boxes):
    """Boxes with sides above 0, for the logarithm; others count nowhere."""
    low = boxes[..., :2]
    return ops.concatenate([low, ops.maximum(boxes[..., 2:], low + 1e-3)], axis=-1)


def _sides(boxes):
    return ops.minimum(boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1])


def _distance(moved, wanted, beta: float):
    return ops.sum(few_shot_heads.smooth_l1(moved - ops.stop_gradient(wanted), beta), axis=-1)


def _mean_over(losses, weights):
    """Mean of losses `[batch, n]` over those that count, picture by picture; 0 where none does."""
    return ops.sum(losses * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)
