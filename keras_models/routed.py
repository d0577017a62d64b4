"""Routed inference: a policy network looks at an image and says which exit of a frozen network should answer it.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022, chapter 4, where the policy network is a probe of
whether exits have subsets of the data of their own; here it is deployed too. What is between the image and the chosen
exit is run, and no other classifier. The network with exits may be of any family whose program is in a line.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import families, programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.early_exit import EarlyExit
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.residual import LAST
from keras_models.policies import gates, routing
from keras_models.resnet import build_trunk, residual_trunk

ROUTER = "router"
SURE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # probabilities worth measuring


@keras.saving.register_keras_serializable("frugal")
class Routed(AdaptiveModel):
    """A frozen network with exits, and a ResNet that chooses one of them.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        network: with exits (`EarlyExit`); it is frozen in place.
        blocks, filters: of the ResNet, as for `ResNet`.
        choices: "all" exits, or the two "ends".

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.

    Raises:
        ValueError: a network without exits.
    """

    kept_as = {"blocks": "block_counts"}

    def __init__(
        self,
        input_shape,
        classes,
        network,
        blocks=(3, 4, 6, 3),
        filters=(64, 128, 256, 512),
        choices="all",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(network, EarlyExit) or len(network.exit_names) < 2:
            raise ValueError(f"expected a network with exits, received {type(network).__name__}")
        self.image_shape, self.classes, self.choices = tuple(input_shape), int(classes), choices
        self.block_counts, self.filters = tuple(blocks), tuple(filters)
        self.network = network
        network.trainable = False
        exits = len(network.exit_names)
        self.chosen = tuple(range(exits)) if choices == "all" else (0, exits - 1)
        self.stem, self.blocks = residual_trunk(self.block_counts, self.filters)
        self.head = keras.layers.Dense(len(self.chosen), name="choice")
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Make the policy network's weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.head.build((None, build_trunk(self.stem, self.blocks, tuple(input_shape))[-1][-1]))
        self.built = True

    @property
    def exits(self) -> list[str]:
        """Names of the exits among which it chooses."""
        return [self.network.exit_names[i] for i in self.chosen]

    def scores(self, images, training=False):
        """Scores of the choices, `[batch, choices]`."""
        x = self.stem(images, training=training)
        for block in self.blocks:
            x = block(x, training=training)
        return ops.cast(self.head(ops.mean(x, axis=(1, 2))), "float32")

    def choose(self, images, batch_size=BATCH_SIZE) -> np.ndarray:
        """Index among `exits` of what it chooses for images `[n, ...]`, normalised: int `[n]`."""
        return in_batches(lambda batch: {"scores": self.scores(batch)}, images, batch_size)["scores"].argmax(-1)

    def call(self, images, training=False):
        logits = self.network(images, training=False)
        answers = ops.stack([logits[:, i] for i in self.chosen], axis=1)
        taken = ops.one_hot(ops.argmax(self.scores(images, training), axis=-1), len(self.chosen))
        return ops.cast(ops.sum(answers * ops.expand_dims(taken, -1), axis=1, keepdims=True), "float32")

    def label_costs(self) -> np.ndarray:
        """Multiply-adds up to each exit of the network, `[exits]`, where thresholds on its answers decide."""
        return gates.Gate("max_softmax", each=True).apply(self.network).exit_costs()

    def router_layers(self) -> list:
        """What is trained."""
        return [self.stem, *self.blocks, self.head]

    def stages(self, settings, seed=0) -> list[Stage]:
        """One: the policy network, on images that the exits have not been trained on."""
        own = settings[ROUTER]
        layers = self.router_layers()

        def prepare(steps, part_costs):
            return routing.trainer(self.scores, layers, self.chosen, self.label_costs(), own, steps, seed)

        def score(values, labels, part_costs):
            logits = routing.answers(values)
            wanted = routing.labels(logits, labels, self.label_costs(), self.chosen, own)
            return routing.score(self.choose(values["image"]), wanted, self.exits)

        reads = ("image", *(f"logits_{i + 1}" for i in range(len(self.network.exit_names))))
        weights = [weight for layer in layers for weight in layer.weights]
        return [Stage(ROUTER, "validation", weights, own, prepare, reads=reads, score=score)]

    def observe(self, images, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """The images themselves, and the logits of every exit; see `AdaptiveModel.observe`."""
        logits = in_batches(lambda batch: {"logits": self.network(batch)}, images, batch_size)["logits"]
        return {"image": np.asarray(images)} | {f"logits_{i + 1}": logits[:, i] for i in range(logits.shape[1])}

    def parts(self) -> dict[str, Part]:
        """`router`, from the image to pooled features, `choice`, and of the network's what its exits' answers need."""
        image = keras.Input(self.image_shape, name="image")
        x = self.stem(image)
        for block in self.blocks:
            x = block(x)
        pooled = keras.layers.GlobalAveragePooling2D(LAST)(x)
        router = keras.Model({"image": image}, {"features": pooled}, name=ROUTER)
        features = keras.Input((self.filters[-1],), name="features")
        choice = keras.Model({"features": features}, {"scores": self.head(features)}, name="choice")
        ways = [step for way in (*self._ways(), self.reference()) for step in way if step["op"] == "run"]
        known = self.network.parts()
        own = {name: known[name] for name in dict.fromkeys(step["part"] for step in ways)}
        return {ROUTER: Part(router), "choice": Part(choice, keep_float=True)} | own

    def _ways(self) -> list[list[dict]]:
        """For every choice the steps from the image to its answer."""
        program = self.network.program()
        return [programs.cut_short(program, name) for name in self.exits]

    def program(self) -> list[dict]:
        """Ask the policy network; run to the exit that it chooses, or where it is not sure enough run everything."""
        rule = {"rule": "max_softmax", "value": "scores", "threshold": programs.parameter("sure")}
        *steps, answer = self.reference()
        return [
            programs.run(ROUTER, {"image": "image"}, {"features": "router_features"}),
            programs.run("choice", {"features": "router_features"}, {"scores": "scores"}),
            {
                "op": "branch",
                "rule": rule,
                "then": [{"op": "select", "value": "scores", "cases": self._ways()}],
                "otherwise": [*steps, answer | {"name": "all"}],
            },
        ]

    def reference(self) -> list[dict]:
        """Everything of the network with exits."""
        return self.network.reference()

    def parameters(self) -> dict[str, Knob]:
        """The probability from which the choice is followed."""
        text = "probability of the chosen exit from which it is taken; below it everything is run"
        return {"sure": Knob(0.0, 0.0, 2.0, text, SURE, full_depth=2.0)}

    def get_config(self):
        """The constructor's arguments, as Keras saves them: the network with exits is inside."""
        network = keras.saving.serialize_keras_object(self.network)
        network.pop("compile_config", None)
        return super().get_config() | {"network": network}

    @classmethod
    def from_config(cls, config):
        families.load_all()
        return cls(**config | {"network": keras.saving.deserialize_keras_object(config["network"])})

    @classmethod
    def create(cls, input_shape, classes, task=None, **arguments):
        """A policy network for the one that a run or a file holds (`cascade_files.load_network`)."""
        from keras_models.cascade_files import load_network

        member, *_ = load_network(arguments["network"], task, input_shape, classes)
        return cls(input_shape, classes, **arguments | {"network": member.network})
