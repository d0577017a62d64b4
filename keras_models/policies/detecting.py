"""Training of a detector by feature reweighting: base kinds, then few examples of every kind.

L = L_class + L_box + L_object (Kang et al., ICCV 2019; Wang 2020, section 6.3). L_class is the cross-entropy of the
softmax over the kinds at the cell and anchor of a thing (Eq 6.3). L_box is YOLOv2's: squared errors of where in the
cell the centre is, and of the logarithm of the size over the anchor's, more for small things. L_object is the
cross-entropy of whether there is a thing, not YOLOv2's squared error, which is flat where a network is sure and wrong;
boxes that overlap a thing of their kind are left alone, and of the pairs of a picture and a kind that is not on it only
some count, so that they do not outweigh those that are.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models import seeding
from keras_models.base import Stage
from keras_models.datasets.annotated import few
from keras_models.functional.anchors import corners, placed
from keras_models.functional.boxes import aligned_overlaps, box_mask
from keras_models.layers.pyramids import LEVELS
from keras_models.losses import batch_mean
from keras_models.optimizers import OneCycle, momentum_sgd

BASE, FEW = "base", "few"  # the stages
IGNORED = 0.6  # overlap with a thing from which a box is not told that there is none
OBJECT = 5.0  # weight of boxes that are of a thing, beside those that are not
SETTLED = 64  # examples of a kind that the rows of the base kinds are the mean of, at most
CLIPPED = 100.0  # length of a gradient
_NAMES = ("box", "object", "kind")


class Detecting(keras.Model):
    """A detector in training.

    Args:
        network: `FSRW`, whose layers are shared.
        kinds: the task's kinds of the rows that are predicted, in order.
        negatives: pairs of a picture and a kind that is not on it which count, for each pair of one that is on it, in
            the mean.
        averages: whether normalisations use and move their averages by the batch.
        shown: the `Shown` whose examples become the table's rows at the end; None leaves them.
        seed: of the pairs that are drawn.

    Call arguments: as of the network. Output: as of the network. Right answers: as of a `DetectionTask`'s data.
    """

    def __init__(self, network, kinds, negatives=1.0, averages=True, shown=None, seed=0, **kwargs):
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network, self.negatives, self.averages = network, float(negatives), bool(averages)
        self.shown, self.kinds = shown, tuple(kinds)
        self.row_of = np.full(network.classes, -1)
        self.row_of[list(kinds)] = np.arange(len(kinds))
        self.told = {name: keras.metrics.Mean(name=name) for name in _NAMES}
        seeding.keep_generator(self, seed)
        self.built = True  # the network is

    def call(self, inputs, training=False):
        return self.network(inputs, training=training and self.averages)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of the three, mean over the pictures; each is told beside it."""
        del x, sample_weight
        losses = self.losses_of(y, y_pred, training)
        for name, values in losses.items():
            self.told[name].update_state(values)
        return batch_mean(sum(losses.values()))

    def losses_of(self, things: Mapping, raw: Mapping, training=False) -> dict:
        """`box`, `object` and `kind` of each picture, `[batch]`."""
        boxes = ops.cast(things["boxes"], "float32")
        there = ops.logical_and(things["kinds"] >= 0, ops.logical_not(things["difficult"]))
        row = ops.take(ops.convert_to_tensor(self.row_of), ops.maximum(things["kinds"], 0))
        there = ops.logical_and(there, row >= 0)
        own = ops.where(there, row, 0)
        places = self._places(boxes, own if self.network.reweighted else ops.zeros_like(own), raw)
        seen = ops.cast(there, "float32")
        return {
            "box": self._box(places, raw, seen),
            "object": self._object(boxes, own, there, places, raw, training),
            "kind": self._kind(places, own, raw, seen),
        }

    def _places(self, boxes, own, raw) -> dict:
        """Where things belong among what is predicted: `flat` of boxes, `spot` of kinds, `wanted`, `area`."""
        rows, anchors = raw["boxes"].shape[2:4]
        cell, anchor, wanted = placed(boxes, self.network.anchors, self.network.grid)
        size = boxes[..., 2:] - boxes[..., :2]
        flat = (cell * rows + ops.cast(own, "int32")) * anchors + anchor
        return {"flat": flat, "spot": cell * anchors + anchor, "wanted": wanted, "area": size[..., 0] * size[..., 1]}

    def _box(self, places, raw, seen):
        given = _taken(raw["boxes"], places["flat"])
        centre = ops.square(ops.sigmoid(given[..., :2]) - places["wanted"][..., :2])
        apart = ops.concatenate([centre, ops.square(given[..., 2:4] - places["wanted"][..., 2:])], axis=-1)
        return ops.sum(seen * (2.0 - places["area"]) * ops.sum(apart, axis=-1), axis=-1)

    def _kind(self, places, own, raw, seen):
        scores = ops.transpose(raw["kinds"], (0, 1, 3, 2))
        given = _taken(ops.expand_dims(scores, 2), places["spot"])
        losses = keras.losses.sparse_categorical_crossentropy(own, given, from_logits=True)
        return ops.sum(seen * losses, axis=-1)

    def _object(self, boxes, own, there, places, raw, training):
        rows, anchors = raw["boxes"].shape[2:4]
        sure = raw["boxes"][..., 4]
        seen = ops.cast(there, "float32")
        on = ops.one_hot(own, rows) if self.network.reweighted else ops.ones_like(boxes[..., :1])
        on = on * ops.expand_dims(seen, -1)  # [batch, things, rows]
        count = int(np.prod(raw["boxes"].shape[1:4]))
        positive = ops.max(ops.one_hot(places["flat"], count) * ops.expand_dims(seen, -1), axis=1)
        positive = ops.reshape(positive, (-1, *raw["boxes"].shape[1:4]))
        guessed = ops.stop_gradient(corners(raw["boxes"], self.network.anchors, self.network.grid))
        things = ops.reshape(boxes, (-1, 1, 1, 1, *boxes.shape[1:]))
        shared = aligned_overlaps(ops.expand_dims(guessed, -2), things)  # [batch, cells, rows, anchors, things]
        shared = ops.max(shared * ops.transpose(on, (0, 2, 1))[:, None, :, None], axis=-1)
        counted = ops.cast(shared < IGNORED, "float32") * (1.0 - positive)
        counted = counted * self._pairs(ops.max(on, axis=1), training)[:, None, :, None]
        losses = OBJECT * positive * ops.softplus(-sure) + counted * ops.softplus(sure)
        return ops.sum(losses, axis=(1, 2, 3))

    def _pairs(self, present, training):
        """Which pairs `[batch, rows]` of a picture and a kind count: all of those present, of the others some."""
        if not training:
            return ops.maximum(present, min(self.negatives, 1.0))
        absent = ops.sum(1.0 - present)
        share = self.negatives * ops.sum(present) / ops.maximum(absent, 1.0)
        drawn = keras.random.uniform(ops.shape(present), dtype="float32", seed=self.seeds) < share
        return ops.maximum(present, ops.cast(drawn, "float32"))

    def fit(self, *given, **options):
        """As in Keras; at the end the table gets the rows of the examples that were shown."""
        history = super().fit(*given, **options)
        if self.shown is not None and self.network.reweighted:
            self.network.set_rows(self.shown.examples(self.kinds, self.network.config))
        return history


class Shown:
    """What a stage is shown of a task: things of some kinds; of training pictures perhaps few of each.

    Args:
        kinds: numbers.
        shots: of each kind; None is all that there are.
        seed: of the draw.
    """

    def __init__(self, kinds, shots=None, seed=0):
        self.kinds, self.shots, self.seed, self.known = tuple(kinds), shots, seed, None

    def __call__(self, found, split):
        known = found.only(self.kinds)
        if split.partition("[")[0] != "train":
            return known
        self.known = known if self.shots is None else few(found, self.kinds, self.shots, self.seed)
        return self.known

    def examples(self, kinds, form: Mapping):
        """Of each of some kinds the pictures with a thing, and the mask of its box, float32 `[n, h, w, 4]`.

        form: `scale` and `offset` of pixels.
        """
        scale, offset = (np.array(form[name], "float32") for name in ("scale", "offset"))
        for kind in kinds:
            places = np.argwhere((self.known.kinds == kind) & ~self.known.difficult)[:SETTLED]
            images = self.known.images[places[:, 0]].astype("float32") * scale + offset
            boxes = self.known.boxes[tuple(places.T)]
            masks = ops.convert_to_numpy(box_mask(boxes, *images.shape[1:3]))
            yield np.concatenate([images, masks], axis=-1)


def stages(network, settings: Mapping[str, Mapping], seed: int) -> list[Stage]:
    """The two stages of a detector, of which one of no epochs is left out."""
    kinds = {BASE: network.base_kinds, FEW: network.order}
    return [_stage(network, name, kinds[name], own, seed) for name, own in settings.items() if own["epochs"]]


def _stage(network, name: str, kinds, own: Mapping, seed: int) -> Stage:
    shown = Shown(kinds, own.get("shots"), own.get("draw", 0))

    def prepare(steps, part_costs):
        trainer = Detecting(network, kinds, own["negatives"], name == BASE, shown, seed)
        trainer.compile(optimizer_of(own, steps))
        return trainer

    weights = [*network.trainable_weights, *network.non_trainable_weights] if name == BASE else changing(network)
    frozen = {id(weight) for weight in network.trunk.weights} if not network.trunk.trainable else set()
    weights = [weight for weight in weights if id(weight) not in frozen]
    examples = tuple(kinds) if network.reweighted else ()
    frozen = not network.trunk.trainable and (network.example == "features" or not network.reweighted)
    reads = LEVELS if frozen else None
    return Stage(name, "train", weights, own, prepare, reads, shown=shown, examples=examples)


def optimizer_of(own: Mapping, steps: int) -> keras.optimizers.Optimizer:
    """Adam or SGD by one cycle, from a stage's settings. steps: of the whole stage."""
    if own["optimizer"] == "sgd":
        return momentum_sgd(own, steps)
    rate = OneCycle(own["peak_learning_rate"], steps)
    return keras.optimizers.AdamW(rate, weight_decay=own["weight_decay"] or 0.0, global_clipnorm=CLIPPED)


def changing(network) -> list:
    """What few examples change: what is trained, and the table."""
    return [*network.trainable_weights, network.rows, network.known]


def _taken(array, places):
    """Rows `[batch, things, last]` at flat places of `[batch, cells, rows, anchors, last]`."""
    flat = ops.reshape(array, (-1, int(np.prod(array.shape[1:-1])), array.shape[-1]))
    return ops.take_along_axis(flat, ops.expand_dims(ops.cast(places, "int32"), -1), axis=1)
