"""CiNet: an extractor on the phone finds what matters in an image, and a classifier in the cloud sees that piece alone.

Dai, "Redesigning deep neural networks for resource-efficient inference", WPI 2022, chapter 2 (CiNet, SDM 2021). The
extractor gives theta = (tx, ty, sx, sy), by which a small piece is cut out of the image on the phone; the piece is sent
as 8-bit pixels. Both networks are trained together, by the labels of the images alone. Beyond the thesis, a small
classifier on the phone answers from the same piece where the cloud does not: it is trained beside them, and teaches the
extractor nothing.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import costs, programs
from keras_models.base import AdaptiveModel, Part, Stage
from keras_models.functional import cropping
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.extractors import convolutions, inverted_residuals
from keras_models.policies import localising

EXTRACTORS = ("convolutions", "inverted_residuals")
LAST_DEVIATION = {"thesis": 0.2, "glorot": 0.01}  # of the weights of the regression at first
INITIAL = {  # as plain data: an instance of an initializer would draw the same numbers for every layer
    "thesis": {"class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.02}},
    "glorot": {"class_name": "GlorotUniform", "config": {}},
}


@keras.saving.register_keras_serializable("frugal")
class CiNet(AdaptiveModel):
    """An extractor, a bilinear crop, a classifier in the cloud, and a small one for when that cannot be reached.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        extractor: "convolutions", or "inverted_residuals" for photographs.
        filters: of the extractor.
        hidden: widths of the extractor's Dense layers.
        crop: side of the piece in pixels.
        classifier, classifier_hidden: filters and Dense layers of the classifier in the cloud.
        local, local_hidden: those of the one on the phone.
        dropout: rate in all of them.
        initial: weights at first: "thesis", normal of deviation 0.02, and 0.2 of the regression; or "glorot", and 0.01
            of the regression, so that it says for all images the same, `start`.
        activation: of the extractor's Dense layers.
        gain: by which all networks multiply what they see.
        start: (tx, ty, sx, sy) at first, before what the extractor adds; the thesis has none (0, 0, 0, 0).
        pixels: lowest and highest number that a pixel becomes: between them the piece is sent, in 256 steps.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits of the cloud
    `[batch, 1, classes]`.
    """

    kept_as = {"extractor": "extractor_kind", "classifier": "classifier_filters", "local": "local_filters"}

    def __init__(
        self,
        input_shape,
        classes,
        extractor="convolutions",
        filters=(2, 4),
        hidden=(50,),
        crop=10,
        classifier=(128, 256),
        classifier_hidden=(100, 50),
        local=(8, 16),
        local_hidden=(32,),
        dropout=0.0,
        initial="thesis",
        activation="relu",
        gain=1.0,
        start=(0.0, 0.0, 0.0, 0.0),
        pixels=(0.0, 1.0),
        **kwargs,
    ):
        super().__init__(**kwargs)
        if extractor not in EXTRACTORS:
            raise ValueError(f"expected an extractor, one of {', '.join(EXTRACTORS)}, received {extractor!r}")
        self.image_shape, self.classes, self.crop = tuple(input_shape), int(classes), int(crop)
        self.size = self.crop, self.crop
        self.extractor_kind, self.filters, self.hidden = extractor, tuple(filters), tuple(hidden)
        self.classifier_filters, self.classifier_hidden = tuple(classifier), tuple(classifier_hidden)
        self.local_filters, self.local_hidden = tuple(local), tuple(local_hidden)
        self.dropout, self.initial = float(dropout), initial
        self.activation, self.gain = activation, float(gain)
        self.start, self.pixels = tuple(start), tuple(pixels)
        self.extractor = self._extractor()
        start = keras.initializers.RandomNormal(0.0, LAST_DEVIATION[initial]), _constants(self.start)
        self.locator = keras.layers.Dense(4, kernel_initializer=start[0], bias_initializer=start[1], name="locator")
        self.classifier = self._classifier("classifier", INITIAL[initial])
        self.local = self._classifier("local", "glorot_uniform")
        self.build((None, *self.image_shape))

    def _extractor(self) -> keras.Sequential:
        if self.extractor_kind == "convolutions":
            rest = self.dropout, INITIAL[self.initial], self.gain, self.activation
            return convolutions(self.filters, self.hidden, *rest, name="extractor")
        dense = [
            keras.layers.Dense(width, activation=self.activation, name=f"dense_{k}")
            for k, width in enumerate(self.hidden, 1)
        ]
        return keras.Sequential([inverted_residuals(self.filters, "mobile"), *dense], name="extractor")

    def _classifier(self, name: str, initializer) -> keras.Sequential:
        widths = getattr(self, f"{name}_filters"), getattr(self, f"{name}_hidden")
        trunk = convolutions(*widths, self.dropout, initializer, self.gain, name=f"{name}_trunk")
        logits = keras.layers.Dense(self.classes, kernel_initializer=initializer, name=f"{name}_logits")
        return keras.Sequential([trunk, logits], name=name)

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.extractor.build(input_shape)
        self.locator.build(self.extractor.compute_output_shape(input_shape))
        for classifier in (self.classifier, self.local):
            classifier.build((None, *self.size, input_shape[-1]))
        self.built = True

    def call(self, images, training=False):
        return self.look(images, training)["logits"]

    def locate(self, images, training=False):
        """Where to look, theta `[batch, 4]`: (tx, ty, sx, sy), in -1..1 over the image."""
        return ops.cast(self.locator(self.extractor(images, training=training)), "float32")

    def answer(self, images, theta, training=False, cut=cropping.crop) -> dict:
        """What both classifiers say of the pieces that thetas `[batch, 4]` cut out of images.

        cut: `cropping.crop`, or another function that makes a piece of images, thetas and its size.

        Returns:
            `logits` of the cloud and `local` ones, `[batch, 1, classes]` each, and `theta`. No gradient goes from the
            local ones to theta.
        """
        piece = cut(ops.cast(images, "float32"), theta, self.size)
        near = self.local(ops.stop_gradient(piece), training=training)
        logits = {"logits": self.classifier(piece, training=training), "local": near}
        return {name: ops.cast(ops.expand_dims(one, 1), "float32") for name, one in logits.items()} | {"theta": theta}

    def look(self, images, training=False) -> dict:
        """`answer` of the pieces that the extractor finds."""
        return self.answer(images, self.locate(images, training), training)

    def seen(self, images, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """`look` of any number of normalised images `[n, height, width, channels]`."""
        return in_batches(self.look, images, batch_size)

    def stages(self, settings, seed=0) -> list[Stage]:
        """One: everything, end to end, by backpropagation through the crop or by REINFORCE (section 2.3.5)."""
        own = settings["end_to_end"]

        def prepare(steps, part_costs):
            finders = [*self.extractor.variables, *self.locator.variables]
            return localising.trainer(self, finders, own, steps, seed)

        again = self.extractor_kind == "inverted_residuals"  # which alone has normalisations
        split = "train" if own["images"] is None else f"train[:{own['images']}]"
        return [Stage("end_to_end", split, self.weights, own, prepare, reestimate=again)]

    def parts(self) -> dict[str, Part]:
        """`extractor` and `locator` on the phone, the `classifier` of the piece in the cloud, the `local` one."""
        image = keras.Input(self.image_shape, name="image")
        features = keras.Input(self.extractor.compute_output_shape((None, *self.image_shape))[1:], name="features")
        # Theta stays in float: a step of 8 bits over -1..1 is nearly half a pixel of 100.
        parts = {
            "extractor": Part(_model("extractor", image, features=self.extractor(image))),
            "locator": Part(_model("locator", features, theta=self.locator(features)), keep_float=True),
        }
        for name, classifier in (("classifier", self.classifier), ("local", self.local)):
            piece = keras.Input((*self.size, self.image_shape[-1]), name="piece")
            far = name == "classifier"
            where = {"keep_float": far, "where": programs.SERVER, "sent": {"piece": self.pixels}} if far else {}
            parts[name] = Part(_model(name, piece, logits=classifier(piece)), **where)
        return parts

    def program(self) -> list[dict]:
        """Find the piece, cut it out, ask the cloud; where it does not answer, ask the classifier here."""
        *found, cloud = self._found_and_sent()
        local = programs.run("local", {"piece": "piece"}, {"logits": "logits"})
        return [*found, cloud | {"otherwise": [local]}, programs.answer("answer", label="logits")]

    def reference(self) -> list[dict]:
        """The same, with the cloud alone."""
        return [*self._found_and_sent(), programs.answer("answer", label="logits")]

    def _found_and_sent(self) -> list[dict]:
        macs = cropping.taps(self.size, self.image_shape[-1])
        return [
            programs.run("extractor", {"image": "image"}, {"features": "features"}),
            programs.run("locator", {"features": "features"}, {"theta": "theta"}),
            programs.crop("image", "theta", "piece", self.size, {"macs": macs}),
            programs.run("classifier", {"piece": "piece"}, {"logits": "logits"}, programs.SERVER),
        ]

    def convolution_macs(self) -> int:
        """Multiplications of the convolutions on the phone, the count that the thesis prints."""
        return costs.count(self.parts()["extractor"].model).conv_macs

    @classmethod
    def from_task(cls, task, arguments):
        """Pieces are sent in the range of the task's pixels; without a task that is 0 to 1."""
        from keras_models import datasets

        return {"pixels": datasets.get(task).pixel_range} | arguments


def _constants(values):
    """An initializer of these numbers."""
    return lambda shape, dtype=None: ops.cast(ops.convert_to_tensor(values), dtype or "float32")


def _model(name: str, port, **outputs) -> keras.Model:
    return keras.Model({port.name: port}, outputs, name=name)
