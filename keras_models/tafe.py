"""TAFE-Net: features of a frozen trunk that a task scales, and a classifier that says whether image and task match.

X. Wang et al., "TAFE-Net: Task-aware feature embeddings for low shot learning", CVPR 2019; X. Wang, "Computation-
efficient deep learning", UC Berkeley 2020, chapter 5. A task is a class. What is known of it, a description or the
features of some examples, is embedded, and from the embedding come the few weights that are the class's own: a row of
a table. So the meta learner runs when a class is taught, and never when an image is classified.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.around_member import AroundMember
from keras_models.base import AdaptiveModel, Labels, Part, Row, Stage, Table
from keras_models.cascade_files import load_network
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.task_aware import MatchClassifier, Standardised, TaskAwareFeatures, TaskEmbedding
from keras_models.policies import describing
from keras_models.pooled_trunk import pooled_trunk

TABLE = "classes"
OBSERVED = 32  # images at a time: whole activations of a trunk for many take gigabytes
ROOM = 32  # rows that a device may add, unless said otherwise


@keras.saving.register_keras_serializable("frugal")
class TAFE(AroundMember, AdaptiveModel):
    """A classifier whose classes are rows of a table.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels that it comes with.
        network: `Member`, or a Keras classifier of one image, of which all but the last Dense is the frozen trunk.
        at: names of layers of it whose features are taken besides, averaged over their places.
        layers, width: of the task-aware features, K and n.
        embedding: widths of the layers of the task embeddings before their last, which is of `width`.
        classifier: widths of the hidden layers of the shared classifier.
        dropout: share of TAFE that is left out in training.
        capacity: rows that the table holds; None: those that it comes with and `ROOM` more.
        descriptions: of the classes, `[classes, size]`; None: a class each, the identity.
        met: numbers of the classes that training has; None: all. Others are known by their descriptions.
        names: of the classes; None: their numbers.
        scale, offset: the normalisation of the images, pixel * scale + offset, a number for each channel; by default
            they are pixels.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.

    Raises:
        ValueError: a network or a layer that is no such thing, or other counts.
    """

    kept_as = AroundMember.kept_as | {"layers": "layer_count", "classifier": "classifier_hidden"}

    def __init__(
        self,
        input_shape,
        classes,
        network,
        at=(),
        layers=3,
        width=256,
        embedding=(256, 256),
        classifier=(256,),
        dropout=0.5,
        capacity=None,
        descriptions=None,
        met=None,
        names=None,
        scale=None,
        offset=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.take_in(network, scale, offset)
        self.at, self.capacity = tuple(at), self.classes + ROOM if capacity is None else int(capacity)
        described = np.eye(self.classes) if descriptions is None else descriptions
        self.descriptions = np.asarray(described, np.float32)
        self.met = tuple(range(self.classes) if met is None else map(int, met))
        self.names = tuple(map(str, range(self.classes) if names is None else names))
        self._check()
        shape = self.image_shape if self.adapter is None else self.adapter.output["seen"].shape[1:]
        self.trunk = pooled_trunk(self.specified.network, shape, self.at)
        for frozen in (self.trunk, *([] if self.adapter is None else [self.adapter])):
            frozen.trainable = False
        self.layer_count, self.width, self.dropout = int(layers), int(width), float(dropout)
        self.embedding, self.classifier_hidden = tuple(embedding), tuple(classifier)
        self.standardised = Standardised(name="standardised")
        self.described = TaskEmbedding(embedding, width, name="described")
        self.recognised = TaskEmbedding(embedding, width, name="recognised")
        self.features = TaskAwareFeatures(layers, width, name="features")
        self.classifier = MatchClassifier(classifier, dropout, name="classifier")
        self.build((None, *self.image_shape))

    def _check(self):
        """Raises ValueError for descriptions, names or rows that are not as many as there have to be."""
        counts = {"descriptions": len(self.descriptions), "names": len(self.names)}
        for what, count in counts.items():
            if count != self.classes:
                raise ValueError(f"expected {what} of {self.classes} classes, received {count}")
        if self.capacity < self.classes:
            raise ValueError(f"expected a capacity of at least {self.classes} rows, received {self.capacity}")

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the features that the trunk gives, one for each layer of `at` and one for its end."""
        return tuple(f"pooled_{number}" for number in range(1, len(self.at) + 2))

    @property
    def row_size(self) -> int:
        """Numbers of a class's row: a scale for each output of each task-aware layer."""
        return self.layer_count * self.width

    def build(self, input_shape):
        """Make all weights but the trunk's, which are there. input_shape: as Keras asks."""
        del input_shape
        size = sum(output.shape[-1] for output in self.trunk.outputs)
        for layer, wide in (
            (self.standardised, size),
            (self.features, size),
            (self.recognised, size),
            (self.described, self.descriptions.shape[1]),
            (self.classifier, self.width),
        ):
            layer.build((None, wide))
        self.built = True

    def call(self, images, training=False):
        rows = self.features.rows(self.described(ops.convert_to_tensor(self.descriptions), training=training))
        product = self.features.shared_product(self.joined(self.pooled(images)))
        return ops.expand_dims(self.classifier(self.features.scaled(product, rows), training=training), 1)

    def pooled(self, images) -> dict:
        """What the trunk gives of normalised images, by port: `[batch, channels]` each."""
        seen = images if self.adapter is None else self.adapter({"image": images})["seen"]
        return dict(zip(self.ports, self.trunk(seen, training=False), strict=True))

    def joined(self, pooled: Mapping):
        """All features of images side by side, standardised: `[batch, features]`. pooled: as of `pooled`."""
        return self.standardised(ops.concatenate([pooled[port] for port in self.ports], axis=-1))

    def scores(self, pooled: Mapping, rows) -> np.ndarray:
        """Logits of every row for images whose features are known, `[samples, rows]`.

        Args:
            pooled: as of `observe`.
            rows: `[rows, row_size]`, as of `described_rows` or `taught_rows`.
        """
        rows = ops.convert_to_tensor(np.asarray(rows, np.float32))

        def score(numbers):
            x = self.joined({port: pooled[port][np.asarray(numbers)] for port in self.ports})
            return {"logits": self.classifier(self.features.scaled(self.features.shared_product(x), rows))}

        count = len(pooled[self.ports[0]])
        return in_batches(score, np.arange(count), BATCH_SIZE)["logits"]

    def described_rows(self, descriptions=None) -> np.ndarray:
        """Rows of classes of which a description `[classes, size]` is known: `[classes, row_size]`; by default its own.

        Equation 5.4's W_t of all layers.
        """
        given = self.descriptions if descriptions is None else np.asarray(descriptions, np.float32)
        return ops.convert_to_numpy(self.features.rows(self.described(ops.convert_to_tensor(given))))

    def taught_rows(self, pooled: Mapping) -> np.ndarray:
        """Rows of images, `[samples, row_size]`; that of a class is the mean over its examples. pooled: as there."""
        return ops.convert_to_numpy(self.features.rows(self.recognised(self.joined(pooled))))

    def initialise(self, settings, images) -> None:
        """Standardise by the features of these images."""
        del settings
        pooled = self.observe(images)
        self.standardised.adapt(np.concatenate([pooled[port] for port in self.ports], axis=-1))

    def observe(self, images, batch_size=OBSERVED) -> dict[str, np.ndarray]:
        """The trunk's features by port; see `AdaptiveModel.observe`."""
        return in_batches(self.pooled, images, batch_size)

    def stages(self, settings, seed=0) -> list[Stage]:
        """One, on features of the frozen trunk: everything else at once."""
        own = settings[describing.STAGE]
        layers = (self.described, self.recognised, self.features, self.classifier)

        def prepare(steps, part_costs):
            return describing.trainer(self, own, steps, seed)

        def score(values, labels, part_costs):
            return describing.score(self, values, labels)

        weights = [weight for layer in layers for weight in layer.weights]
        return [Stage(describing.STAGE, "train", weights, own, prepare, reads=self.ports, score=score)]

    def parts(self) -> dict[str, Part]:
        """`trunk`, before it `network_input` where the network wants other images; `project`, which all classes share;
        `score`, which goes over all rows; `recognise` and `describe`, which make one. All but the trunk stay in float:
        their inputs are scales and descriptions, and one rounding each for all would be coarse.
        """
        shape = self.image_shape if self.adapter is None else self.adapter.output["seen"].shape[1:]
        seen = keras.Input(shape, name="image")
        pooled = dict(zip(self.ports, self.trunk(seen, training=False), strict=True))
        parts = {} if self.adapter is None else {"network_input": Part(self.adapter)}
        parts["trunk"] = Part(keras.Model({"image": seen}, pooled, name="trunk"))
        ports = {port: keras.Input(value.shape[1:], name=port) for port, value in pooled.items()}
        product = {"product": self.features.shared_product(self.joined(ports))}
        parts["project"] = Part(keras.Model(ports, product, name="project"), keep_float=True)
        parts["score"] = Part(self._score_model(), keep_float=True)
        row = {"row": self.features.rows(self.recognised(self.joined(ports)))}
        parts["recognise"] = Part(keras.Model(ports, row, name="recognise"), keep_float=True)
        description = keras.Input(self.descriptions.shape[1:], name="description")
        row = {"row": self.features.rows(self.described(description))}
        parts["describe"] = Part(keras.Model({"description": description}, row, name="describe"), keep_float=True)
        return parts

    def _score_model(self) -> keras.Model:
        product = keras.Input((self.width,), name="product")
        rows = keras.Input((self.capacity, self.row_size), name="rows")
        logits = self.classifier(self.features.scaled(product, rows))
        return keras.Model({"product": product, "rows": rows}, {"logits": logits}, name="score")

    def program(self) -> list[dict]:
        """See, and score every class."""
        product, rows = {"product": "product"}, {"rows": TABLE}
        return [
            *self._see(),
            programs.run("project", {port: port for port in self.ports}, product),
            programs.run("score", product | rows, {"logits": "logits"}),
            programs.answer("answer", label="logits"),
        ]

    def programs(self) -> dict[str, list[dict]]:
        """A row of an example, or of a description."""
        row = programs.answer("row", row="row")
        recognise = programs.run("recognise", {port: port for port in self.ports}, {"row": "row"})
        describe = programs.run("describe", {"description": "description"}, {"row": "row"})
        return {"teach": [*self._see(), recognise, row], "describe": [describe, row | {"name": "described"}]}

    def _see(self) -> list[dict]:
        adapt = programs.run("network_input", {"image": "image"}, {"seen": "seen"})
        image = "image" if self.adapter is None else "seen"
        trunk = programs.run("trunk", {"image": image}, {port: port for port in self.ports})
        return [trunk] if self.adapter is None else [adapt, trunk]

    def inputs(self) -> dict[str, tuple[int, ...]]:
        """A description beside the image."""
        return {"description": self.descriptions.shape[1:]}

    def outputs(self) -> dict:
        """A label of the table's rows, and a row for it."""
        return {"label": Labels(self.classes, table=TABLE), "row": Row(TABLE)}

    def tables(self) -> dict[str, Table]:
        """The rows of the classes that it comes with, of their descriptions."""
        rows = self.described_rows()
        return {TABLE: Table(TABLE, (self.row_size,), self.capacity, labels=self.names, content=rows)}

    def get_config(self):
        """The constructor's arguments, as Keras saves them: the network is inside."""
        return super().get_config() | {"descriptions": self.descriptions.tolist()}

    @classmethod
    def create(cls, input_shape, classes, task=None, described="both", **arguments):
        """With a network of `pretrained`, or one that is named by its run folder or file; classes as the task has them.

        described: which of a task's descriptions are taken (`Task.descriptions`), where it has any.
        """
        from keras_models import datasets

        network, scale, offset = load_network(arguments["network"], task, input_shape, classes)
        arguments |= {"network": network, "scale": scale, "offset": offset}
        if task:
            known = datasets.get(task)
            arguments |= {"descriptions": known.descriptions(described), "met": known.met, "names": known.labels}
        return cls(input_shape, classes, **arguments)
