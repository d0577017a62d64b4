"""A two-stage detector whose classes are rows of a table, fine-tuned in two stages, and taught on a device.

Wang et al., "Frustratingly simple few-shot object detection" (TFA), ICML 2020; Wang, UC Berkeley 2020, chapter 7. A
trunk and its proposals, a head that looks at one region after another, and the last layers: a classifier by cosine
(equation 7.2) or by a product, and a regression of the box. Base kinds are trained first; then the last layers alone,
on a balanced set of a few things of every kind. Here the regression is one for all kinds, so that a row is all that a
new kind needs.

On a device regions are looked at most promising first, so that a budget ends that early. Two programs make rows:
`teach` of a thing in its box, `learn` of the features of several, by steps along the gradient (`row_learning.py`).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from keras_models import row_learning, two_stage_programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.functional import box_coding, few_shot_heads
from keras_models.layers.feature_pyramid import pyramid, set_pretrained
from keras_models.outputs import Boxes, Row, Table, Vector

CLASSIFIERS = ("cosine", "dense")


@keras.saving.register_keras_serializable("frugal")
class TwoStage(AdaptiveModel):
    """Proposals, and a look at each of the best.

    Args:
        input_shape: (height, width, 3) of an image, sides of multiples of 16.
        classes: number of kinds.
        labels: names of the kinds.
        novel: names of the kinds that have no row at first.
        trunk, filters, width: as for `layers.feature_pyramid.pyramid`.
        sides, ratios: of the anchors, in shares of the picture.
        piece: side of what is cut out of the features for a region.
        hidden: filters of the head's convolution.
        embedding: numbers by which a region is classified.
        classifier: "cosine" or "dense".
        regions: how many are looked at.
        most: things that are answered.
        spare: rows that a device may add.
        examples: features that `learn` takes.
        memory: features that it compares them with.
        pixels: (scale, offset): an image's numbers are pixel * scale + offset.

    Call arguments: images `[batch, height, width, 3]`, normalised. Output: `features` and `looked`, the pyramid's.
    """

    proposal_overlap = 0.7
    mask_models = ()  # what comes behind the boxes

    kept_as = {"labels": "names", "trunk": "trunk_kind", "piece": "piece_side", "memory": "remembered"}

    def __init__(
        self,
        input_shape,
        classes,
        labels=(),
        novel=(),
        trunk="lite0",
        filters=(),
        width=64,
        sides=(0.16, 0.26, 0.4),
        ratios=(1.0,),
        piece=7,
        hidden=64,
        embedding=128,
        classifier="cosine",
        regions=16,
        most=10,
        spare=12,
        examples=10,
        memory=256,
        pixels=(1 / 128, -127 / 128),
        **kwargs,
    ):
        super().__init__(**kwargs)
        if classifier not in CLASSIFIERS:
            raise ValueError(f"expected a classifier, one of {', '.join(CLASSIFIERS)}, received {classifier!r}")
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.names = tuple(labels) or tuple(f"kind {number + 1}" for number in range(self.classes))
        self.novel, self.piece = tuple(novel), (int(piece), int(piece))
        if len(self.names) != self.classes or not set(self.novel) <= set(self.names):
            found = f"{len(self.names)} and {', '.join(self.novel) or 'none'}"
            raise ValueError(f"expected a name for each of {classes} kinds, and new ones among them, received {found}")
        self.trunk_kind, self.filters, self.width = trunk, tuple(filters), int(width)
        self.sides, self.ratios = tuple(sides), tuple(ratios)
        self.piece_side, self.hidden, self.embedding = int(piece), int(hidden), int(embedding)
        self.classifier, self.regions, self.most = classifier, int(regions), int(most)
        self.spare, self.examples, self.remembered = int(spare), int(examples), int(memory)
        self.pixels = tuple(map(float, pixels))
        self._make_layers()
        self.build((None, *self.image_shape))

    def _make_layers(self) -> None:
        self.pyramid = pyramid(self.image_shape, self.trunk_kind, self.filters, self.width)
        shapes = {name: made.shape for name, made in self.pyramid.output.items()}
        self.features_shape, self.looked_shape = shapes["features"][1:], shapes["looked"][1:]
        self.anchors = box_coding.anchors(*self.looked_shape[:2], self.sides, self.ratios)
        self.proposer = self._proposer()
        self.head = self._head()
        self.regression = layers.Dense(4, kernel_initializer=_normal(0.001), name="regression")

    def _proposer(self) -> keras.Model:
        looked = keras.Input(self.looked_shape, name="looked")
        each = len(self.sides) * len(self.ratios)
        objectness = layers.Conv2D(each, 1, kernel_initializer=_normal(0.01), name="objectness")(looked)
        moved = layers.Conv2D(4 * each, 1, kernel_initializer=_normal(0.001), name="moved")(looked)
        count = len(self.anchors)
        made = {"objectness": ops.reshape(objectness, (-1, count)), "moved": ops.reshape(moved, (-1, count, 4))}
        return keras.Model(looked, made, name="proposer")

    def _head(self) -> keras.Model:
        piece = keras.Input((*self.piece, self.width), name="piece")
        x = layers.Conv2D(self.hidden, 3, activation="relu", name="head_conv")(piece)
        x = layers.Dense(self.embedding, activation="relu", name="head_first")(layers.Flatten()(x))
        return keras.Model(piece, layers.Dense(self.embedding, activation="relu", name="head_last")(x), name="head")

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        size = self.embedding + (self.classifier == "dense")
        self.regression.build((None, self.embedding))
        self.rows = self.add_weight((self.classes, size), initializer=self._first_rows, name="rows")
        self.background = self.add_weight((1, size), initializer=_normal(0.01), name="background")
        shape = self.remembered, self.embedding
        self.memory = self.add_weight(shape, initializer="zeros", trainable=False, name="memory")
        self.built = True

    def _first_rows(self, shape, dtype=None):
        """Random rows of the kinds that are there from the start, and zeros of the others."""
        known = [[0.0 if name in self.novel else 1.0] for name in self.names]
        return _normal(0.01)(shape, dtype=dtype) * ops.convert_to_tensor(known, dtype or "float32")

    def call(self, images, training=False):
        return self.pyramid(images, training=training)

    def look(self, images, training=False) -> dict:
        """What is seen before any region is looked at.

        Returns:
            `features` `[batch, rows, columns, width]`; of every anchor the logit `objectness` `[batch, n]`, the code
            `moved` and the box `proposals` `[batch, n, 4]`.
        """
        found = self.pyramid(images, training=training)
        made = self.proposer(found["looked"], training=training)
        boxes = box_coding.decode(made["moved"], ops.convert_to_tensor(self.anchors))
        return {"features": found["features"], **made, "proposals": boxes}

    def classify(self, embedded, rows, background=None):
        """Logits of regions `[..., n, embedding]` for rows `[..., m, size]`, and last for the background.

        A row of zeros is no kind. background: in the place of the network's own row.
        """
        logits = few_shot_heads.cosine_logits if self.classifier == "cosine" else few_shot_heads.dense_logits
        other = ops.convert_to_tensor(self.background if background is None else background)
        kinds = few_shot_heads.masked(logits(embedded, rows), rows)
        return ops.concatenate([kinds, logits(embedded, other)], axis=-1)

    def stages(self, settings, seed=0) -> list[Stage]:
        """All of it on the base kinds, then the last layers alone on a balanced set."""
        from keras_models.two_stage_training import stages

        return stages(self, settings, seed)

    def initialise(self, settings, images):
        """ImageNet's weights in the trunk, where the first stage asks for them."""
        del images
        if self.trunk_kind == "lite0" and settings["base"]["pretrained"]:
            set_pretrained(self.pyramid, self.pixels)

    def parts(self) -> dict[str, Part]:
        """`trunk`, `propose`, `head`, `classify`; `learn` makes a step of a new row. Who decides stays in float."""
        image = keras.Input(self.image_shape, name="image")
        found = self.pyramid(image)
        piece = keras.Input((*self.piece, self.width), name="piece")
        return {
            "trunk": Part(keras.Model({"image": image}, dict(found), name="trunk")),
            "propose": Part(self._propose_part(), keep_float=True),
            "head": Part(keras.Model({"piece": piece}, {"embedding": self.head(piece)}, name="head")),
            "classify": Part(self._classify_part(), keep_float=True),
        } | self._learning_parts()

    def _propose_part(self) -> keras.Model:
        looked = keras.Input(self.looked_shape, name="looked")
        made = self.proposer(looked)
        boxes = box_coding.decode(made["moved"], ops.convert_to_tensor(self.anchors[None]))
        scores = ops.expand_dims(ops.sigmoid(made["objectness"]), -1)
        return keras.Model({"looked": looked}, {"boxes": boxes, "scores": scores}, name="propose")

    def _classify_part(self) -> keras.Model:
        embedded, region = keras.Input((self.embedding,), name="embedding"), keras.Input((4,), name="region")
        rows = keras.Input((self.capacity, self.rows.shape[-1]), name="rows")
        logits = self.classify(ops.expand_dims(embedded, 1), rows)
        scores = ops.softmax(logits, axis=-1)[:, 0, : self.capacity]
        box = box_coding.decode(self.regression(embedded), region)
        ports = {"embedding": embedded, "region": region, "rows": rows}
        return keras.Model(ports, {"scores": scores, "box": box}, name="classify")

    def _learning_parts(self) -> dict[str, Part]:
        """Those of the programs that teach; rows of a product have no length that examples would tell, and none."""
        if self.classifier != "cosine":
            return {}
        return {
            "alone": Part(row_learning.alone_part(self), keep_float=True),
            "begin": Part(row_learning.begin_part(self), keep_float=True),
            "learn": Part(row_learning.learn_part(self), keep_float=True),
        }

    @property
    def capacity(self) -> int:
        """Rows that the table can hold."""
        return self.classes + self.spare

    def program(self) -> list[dict]:
        """Propose, look at one region after another, and answer the best of what they were found to be."""
        return two_stage_programs.main(self)

    def programs(self):
        """`embed`, and where rows can be taught `teach` and `learn`."""
        return two_stage_programs.further(self)

    def reference(self):
        """The program itself: at `full_depth` it looks at as many regions as it may."""
        return self.program()

    def inputs(self):
        """Shapes of what programs read beside the image, by name."""
        given = {"box": (4,)}
        if self.classifier == "cosine":
            given |= {"examples": (self.examples, self.embedding), "given": (self.examples,)}
        return given

    def outputs(self):
        """Boxes of things; what `embed` tells; the row that `teach` and `learn` give."""
        made = {"things": Boxes("scores", "kinds", "known", table="classes"), "embedding": Vector()}
        return made | ({"row": Row("classes", "unit")} if self.classifier == "cosine" else {})

    def parameters(self):
        """From which score on a region is looked at, and a thing answered; how far two of a kind may overlap."""
        return {
            "promising": Knob(0.05, 0.0, 1.0, "score from which a region is looked at", (0.05, 0.2, 0.5), 0.0),
            "sure": Knob(0.05, 0.001, 1.0, "score from which a thing is answered", (), 0.001),
            "overlap": Knob(0.5, 0.0, 1.0, "overlap up to which two things of a kind are two"),
        }

    def tables(self):
        """The rows that are there, in the order of the kinds."""
        rows = np.asarray(ops.convert_to_numpy(self.rows), np.float32)
        known = rows.any(axis=1)
        if self.classifier == "cosine":
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        names = tuple(name for name, there in zip(self.names, known, strict=True) if there)
        return {"classes": Table("classes", rows.shape[1:], self.capacity, None, names, rows[known])}

    @classmethod
    def from_task(cls, task, arguments):
        """A detector of the task's kinds."""
        from keras_models import datasets

        known = datasets.get(task)
        labels = {"labels": arguments.get("labels") or known.labels}
        return {"pixels": (known.scale[0], known.offset[0])} | arguments | labels


def _normal(deviation: float):
    return keras.initializers.RandomNormal(0.0, deviation)
