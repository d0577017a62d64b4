"""FSRW: a one-stage detector whose features are weighted channel by channel for each kind, by an example of it.

Kang et al., "Few-shot object detection via feature reweighting", ICCV 2019; Wang, "The design of dynamic neural
networks for efficient learning and inference", UC Berkeley 2020, chapter 6. F = D(picture) are features; w_i = M(an
example of kind i and the mask of its box) is a vector with as many channels; F_i = F * w_i (Eq 6.1) and P(F_i) tells
at every cell and anchor how sure it is of a thing, where its box is, and a score c_i (Eq 6.2), of which the softmax is
taken over the kinds. On a device the vectors are the rows of a table; M makes another one of a picture with a box.

Beyond the source: D may be EfficientNet-Lite0 with ImageNet's weights, and M read its features and the mask in place of
the picture's pixels; M ends in the mean inside of the mask of numbers about 1, not in the maximum of rectified ones of
the whole picture, whose vectors tell kinds apart after very many steps only; a third level of features joins the two
of the passthrough. Without reweighting it is YOLOv2.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import fsrw_programs
from keras_models.base import AdaptiveModel, Knob, Part
from keras_models.functional.anchors import corners
from keras_models.functional.batches import in_batches
from keras_models.functional.boxes import box_mask
from keras_models.layers import pyramids
from keras_models.layers.residual import LAST
from keras_models.outputs import Boxes, Row, Table
from keras_models.policies import detecting

BOX, SURE, KIND = slice(0, 4), 4, 5  # of what is predicted: x, y, w, h; how sure; the kind's score
PICTURE, FEATURES = "picture", "features"  # what examples are looked at by
DOUBT = -4.0  # of a thing anywhere, at first
FAR = -1e4  # the score of a row that there is not
ANCHORS = ((0.208, 0.146), (0.24, 0.229), (0.354, 0.312))


@keras.saving.register_keras_serializable("frugal")
class FSRW(AdaptiveModel):
    """A detector by feature reweighting, or with `reweighted` false a plain one.

    Args:
        input_shape: (height, width, channels) of a picture.
        classes: number of the task's kinds.
        labels: their names.
        novel: names of those that come late.
        trunk: "lite0", or "small" of `filters`, of which the last three are levels.
        pretrained, trained_trunk: whether `create` reads ImageNet's weights of the former; whether it is trained too.
        passthrough, context: channels that the fine and the coarse level come with.
        width: channels of the features F, and of the vectors.
        example: "features" or "picture", what M reads beside the mask.
        example_filters: of M before its last convolution; behind each the sides are halved.
        anchors: (height, width) of each, in shares of the picture.
        capacity, reweighted: rows that the table has room for; whether there is an M.
        scale, offset: of pixels.

    Call arguments: pictures `[batch, h, w, 3]`, or {"image", "examples"}: of each kind that is known one example,
    `[kinds, h, w, 4]`; or what `observe` gives of both; without examples the rows of the table are taken. Output:
    {"boxes": raw ones `[batch, cells, rows, anchors, 5]` (one row without reweighting), "kinds": scores `[batch, cells,
    kinds, anchors]`}.
    """

    def __init__(
        self,
        input_shape,
        classes,
        labels=(),
        novel=(),
        trunk=pyramids.LITE0,
        filters=(16, 32, 64, 128, 256),
        pretrained=True,
        trained_trunk=False,
        passthrough=32,
        context=96,
        width=192,
        example=FEATURES,
        example_filters=(96,),
        anchors=ANCHORS,
        capacity=32,
        reweighted=True,
        scale=(1 / 255,) * 3,
        offset=(0.0,) * 3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        names = tuple(labels) or tuple(map(str, range(classes)))
        if len(names) != classes or set(novel) - set(names) or (reweighted and capacity < classes):
            words = f"novel kinds among {classes} labels, and as many rows"
            raise ValueError(f"expected {words}, received {novel}, {names}")
        if example not in (PICTURE, FEATURES):
            raise ValueError(f"expected examples by {PICTURE} or {FEATURES}, received {example!r}")
        self.image_shape, self.classes, self.capacity = tuple(input_shape), int(classes), int(capacity)
        self.config = {
            "labels": names, "novel": tuple(novel), "trunk": trunk, "filters": tuple(filters), "pretrained": pretrained,
            "trained_trunk": trained_trunk, "passthrough": passthrough, "context": context, "width": width,
            "example": example, "example_filters": tuple(example_filters), "anchors": tuple(map(tuple, anchors)),
            "capacity": capacity, "reweighted": reweighted, "scale": tuple(scale), "offset": tuple(offset),
        }  # fmt: skip
        self.labels, self.reweighted, self.example, self.width = names, bool(reweighted), example, int(width)
        self.base_kinds = tuple(n for n, name in enumerate(names) if name not in novel)
        self.order = (*self.base_kinds, *(n for n, name in enumerate(names) if name in novel))  # of the rows
        self._make(trunk, filters, passthrough, context, example_filters)

    def _make(self, trunk, filters, passthrough, context, example_filters) -> None:
        self.anchors = np.array(self.config["anchors"], "float32")
        self.trunk = pyramids.make(trunk, self.image_shape, filters, self.config)
        self.trunk.trainable = bool(self.config["trained_trunk"])
        self.through = pyramids.unit(passthrough, 1, "through")
        self.context = pyramids.unit(context, 1, "context")
        self.neck = pyramids.unit(self.width, 3, "neck")
        outputs = len(self.anchors) * (6 if self.reweighted else 5 + self.classes)
        self.predict = keras.layers.Conv2D(outputs, 1, data_format=LAST, name="predict")
        self.predict.build((None, None, None, self.width))
        bias = np.zeros((len(self.anchors), outputs // len(self.anchors)), "float32")
        bias[:, SURE] = DOUBT
        self.predict.bias.assign(bias.ravel())
        widths = (*example_filters, self.width) if self.reweighted else ()
        self.reweight = [pyramids.unit(w, 3, f"reweight_{n}", n + 1 < len(widths)) for n, w in enumerate(widths)]
        self.rows = self.add_weight((self.capacity, self.width), "zeros", trainable=False, name="rows")
        self.known = self.add_weight((), "zeros", dtype="int32", trainable=False, name="known")
        levels = self.levels(keras.Input(self.image_shape))
        self.grid = tuple(levels["middle"].shape[1:3])
        self.features(levels)
        if self.reweighted:
            self.vectors(keras.Input((*self.image_shape[:2], self.image_shape[2] + 1)))
        self.built = True

    @classmethod
    def create(cls, input_shape, classes, task=None, **arguments):
        """The untrained network of a preset, with the trunk's weights where they are to be trained ones."""
        made = super().create(input_shape, classes, task, **arguments)
        if made.config["trunk"] == pyramids.LITE0 and made.config["pretrained"]:
            form = made.config["scale"], made.config["offset"]
            made.trunk.set_weights(pyramids.lite0(made.image_shape, *form, weights=True).get_weights())
        return made

    @classmethod
    def from_task(cls, task, arguments):
        """Names of kinds and the form of pixels are the task's."""
        from keras_models import datasets

        known = datasets.get(task)
        return {"labels": known.labels, "scale": known.scale, "offset": known.offset} | arguments

    def levels(self, pictures, training=False) -> dict:
        """The trunk's features by level."""
        return self.trunk(pictures, training=training and self.trunk.trainable)

    def features(self, levels, training=False):
        """F `[batch, rows, columns, width]`: the middle level, the fine one side by side, the coarse one repeated."""
        fine = pyramids.SpaceToDepth()(self.through(levels["fine"], training=training))
        coarse = pyramids.doubled(self.context(levels["coarse"], training=training))
        return self.neck(ops.concatenate([fine, levels["middle"], coarse], axis=-1), training=training)

    def seen(self, pictures, mask, levels=None):
        """What M reads: the pictures or their features, with the mask `[n, h, w, 1]` as the last channel."""
        if self.example == PICTURE:
            return ops.concatenate([pictures, mask], axis=-1)
        middle = pyramids.doubled(levels["middle"])
        return ops.concatenate([levels["fine"], middle, mask], axis=-1)

    def mask(self, pixels):
        """A mask of pixels in the size of what M reads."""
        if self.example == PICTURE:
            return pixels
        return keras.layers.AveragePooling2D(self.image_shape[0] // (2 * self.grid[0]))(pixels)

    def vectors(self, examples, training=False):
        """M of examples `[n, h, w, 4]`: `[n, width]`."""
        pictures, mask = examples[..., :-1], self.mask(examples[..., -1:])
        levels = self.levels(pictures) if self.example == FEATURES else None
        return self.vectors_of(self.seen(pictures, mask, levels), training)

    def vectors_of(self, x, training=False):
        """M of what `seen` gives: convolutions and pooling, at last the mean over the places in the mask."""
        mask = x[..., -1:]
        for number, unit in enumerate(self.reweight):
            x = unit(x, training=training)
            if number + 1 < len(self.reweight):
                x, mask = keras.layers.MaxPooling2D(2)(x), keras.layers.MaxPooling2D(2)(mask)
        return ops.mean(x * mask, axis=(1, 2)) / (ops.mean(mask, axis=(1, 2)) + 1e-5)

    def call(self, inputs, training=False):
        given = inputs if isinstance(inputs, dict) else {"image": inputs}
        levels = self.levels(given["image"], training) if "image" in given else given
        there = ops.less(np.arange(self.capacity, dtype="int32")[:, None], ops.convert_to_tensor(self.known))
        rows = self.rows * ops.cast(there, "float32")  # as a table has them: nothing behind the last one
        if self.reweighted and "examples" in given:
            rows = self.vectors(given["examples"], training)
        elif self.reweighted and "example_mask" in given:
            read = {name: given[f"example_{name}"] for name in ("fine", "middle")}
            rows = self.vectors_of(self.seen(None, self.mask(given["example_mask"]), read), training)
        return self.predicted(self.features(levels, training), ops.expand_dims(rows, 0))

    def observe(self, images):
        return in_batches(self.levels, images, 64)

    def predicted(self, features, rows=None) -> dict:
        """P of features `[batch, rows, columns, width]` under vectors `[batch or 1, kinds, width]`; as a call."""
        cells, anchors = self.grid[0] * self.grid[1], len(self.anchors)
        if not self.reweighted:
            raw = ops.reshape(self.predict(features), (-1, cells, anchors, 5 + self.classes))
            kinds = ops.transpose(raw[..., 5:], (0, 1, 3, 2))
            return {"boxes": ops.expand_dims(raw[..., :5], 2), "kinds": kinds}
        flat = ops.reshape(features, (-1, cells, 1, self.width))
        raw = self.predict(flat * ops.expand_dims(rows, 1))
        raw = ops.reshape(raw, (-1, cells, raw.shape[2], anchors, 6))
        return {"boxes": raw[..., :KIND], "kinds": raw[..., KIND]}

    def decoded(self, boxes, kinds, count=None):
        """Boxes `[batch, n, 4]` and scores `[batch, n, kinds]` of what is predicted; count: rows that there are."""
        found = ops.reshape(corners(boxes[..., BOX], self.anchors, self.grid), (-1, int(np.prod(boxes.shape[1:4])), 4))
        there = np.arange(kinds.shape[2], dtype="float32")[:, None]
        if count is not None:
            kinds = kinds + FAR * ops.cast(ops.greater_equal(there, ops.reshape(count, (-1, 1, 1, 1))), "float32")
        share = ops.softmax(kinds, axis=2) if kinds.shape[2] > 1 else ops.ones_like(kinds)
        scores = ops.sigmoid(boxes[..., SURE]) * share
        if self.reweighted:  # a row's box is of its own kind
            scores = ops.expand_dims(scores, -1) * np.eye(kinds.shape[2], dtype="float32")[:, None]
        else:
            scores = ops.transpose(scores, (0, 1, 3, 2))
        return found, ops.reshape(scores, (-1, found.shape[1], kinds.shape[2]))

    def set_rows(self, examples) -> None:
        """The table's rows: the mean of M over the examples of each kind, in `order`; each `[n, h, w, 4]`."""
        rows, row = np.zeros(self.rows.shape, "float32"), -1
        for row, pictures in enumerate(examples):
            rows[row] = np.mean(in_batches(lambda some: {"rows": self.vectors(some)}, pictures)["rows"], axis=0)
        self.rows.assign(rows)
        self.known.assign(row + 1)

    def stages(self, settings, seed=0):
        """Base kinds first; then few examples of every kind."""
        return detecting.stages(self, settings, seed)

    def parts(self):
        """The trunk, the head for all rows of the table, decoding; and what teaches."""
        image = keras.Input(self.image_shape, name="image")
        levels = self.levels(image)
        inner = {level: keras.Input(x.shape[1:], name=level) for level, x in levels.items()}
        rows = {"rows": keras.Input(self.rows.shape, name="rows")} if self.reweighted else {}
        raw = self.predicted(self.features(inner), *rows.values())
        given = {name: keras.Input(x.shape[1:], name=name) for name, x in raw.items()}
        count = {"count": keras.Input((1,), name="count")} if self.reweighted else {}
        boxes, scores = self.decoded(**given, **count)
        made = {
            "trunk": Part(keras.Model({"image": image}, levels)),
            "head": Part(keras.Model(inner | rows, raw)),
            "decode": Part(keras.Model(given | count, {"boxes": boxes, "scores": scores}), keep_float=True),
        }
        return made | (self._teaching(image, inner) if self.reweighted else {})

    def _teaching(self, image, inner) -> dict[str, Part]:
        """The mask of a box, and M."""
        box = keras.Input((4,), name="box")
        mask = self.mask(box_mask(box, *self.image_shape[:2]))
        read = {"image": image} if self.example == PICTURE else {name: inner[name] for name in ("fine", "middle")}
        shape = {"mask": keras.Input(mask.shape[1:], name="mask")}
        vector = self.vectors_of(self.seen(read.get("image"), shape["mask"], read))
        return {
            "mask": Part(keras.Model({"box": box}, {"mask": mask}), keep_float=True),
            "reweight": Part(
                keras.Model(read | shape, {"vector": vector}), keep_float=True
            ),  # it runs for lessons alone
        }

    def program(self):
        return fsrw_programs.main(self.reweighted)

    def reference(self):
        return self.program()

    def programs(self):
        """`teach`: the row of a picture with the box of a thing."""
        return {"teach": fsrw_programs.teach(self.example == PICTURE)} if self.reweighted else {}

    def inputs(self):
        return {"box": (4,)} if self.reweighted else {}

    def tables(self):
        if not self.reweighted:
            return {}
        count = int(self.known)
        names = tuple(self.labels[kind] for kind in self.order[:count])
        rows = np.array(ops.convert_to_numpy(self.rows))[:count]
        return {"classes": Table("classes", (self.width,), self.capacity, "known", names, rows)}

    def outputs(self):
        if not self.reweighted:
            return {"things": Boxes("sure", "kinds", "found", names=tuple(self.labels[kind] for kind in self.order))}
        return {"things": Boxes("sure", "kinds", "found", table="classes"), "row": Row("classes")}

    def parameters(self):
        return {"least": Knob(fsrw_programs.LEAST, 0.0, 1.0, "score from which a box is kept")}

    def get_config(self):
        return {"input_shape": self.image_shape, "classes": self.classes, "name": self.name} | self.config
