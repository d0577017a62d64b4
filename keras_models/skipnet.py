"""SkipNet: a residual network whose blocks run or are skipped, input by input, as gates between them decide.

Wang, "The design of dynamic neural networks for efficient learning and inference", UCB/EECS-2020-236, chapter 2; Wang
et al., "SkipNet: Learning dynamic routing in convolutional networks", ECCV 2018. The first block always runs. Before
every other one a gate reads what the block before left; a skipped block leaves its input as it is, and the first of a
group, which changes the shape, leaves its projection. What the thesis does not say is as in the authors' program.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import part_models, programs
from keras_models.base import AdaptiveModel, Knob, Part, Stage
from keras_models.functional import gating
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.gates import FeedForwardGates, RandomGates, RecurrentGates
from keras_models.layers.residual import LAST
from keras_models.policies import skipping
from keras_models.resnet import build_trunk, residual_trunk

GATES = ("recurrent", "feedforward_1", "feedforward_2", "random")
THRESHOLD = 0.5  # probability of running from which a block runs
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # worth measuring


@keras.saving.register_keras_serializable("frugal")
class SkipNet(AdaptiveModel):
    """A ResNet of 2 x (all blocks) + 2 layers with a gate before every block but the first.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        blocks: blocks of each group.
        filters: output channels of each group; every group but the first halves the resolution.
        gate: "recurrent" (RNNGate), "feedforward_1", "feedforward_2" (FFGate-I and II), or "random", the baseline that
            runs a share of the blocks whatever the image.
        soft: whether supervised training mixes both paths by the probability (an ablation), not by the decision.
        gate_bias: bias of the gates' outputs at the start; above 0 most blocks run at first. Nothing in the thesis.
        rate: share of the inputs that run a block, in random gates.

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]`.
    """

    kept_as = {"blocks": "block_counts"}

    def __init__(
        self,
        input_shape,
        classes,
        blocks=(6, 6, 6),
        filters=(16, 32, 64),
        gate="recurrent",
        soft=False,
        gate_bias=0.0,
        rate=0.5,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.block_counts, self.filters = tuple(blocks), tuple(filters)
        self.gate, self.soft, self.gate_bias, self.rate = gate, bool(soft), float(gate_bias), float(rate)
        self.stem, self.blocks = residual_trunk(self.block_counts, self.filters)
        self.gates = _gates(gate, [block.filters for block in self.blocks[:-1]], self.gate_bias, self.rate)
        self.head = keras.layers.Dense(self.classes, name="head")
        self.build((None, *self.image_shape))

    @property
    def gate_numbers(self) -> range:
        """Numbers of the blocks that have a gate: 2 .. number of blocks."""
        return range(2, len(self.blocks) + 1)

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        self.shapes = build_trunk(self.stem, self.blocks, tuple(input_shape))  # behind the stem and every block
        self.gates.build(self.shapes[1:-1])
        self.head.build((None, self.shapes[-1][-1]))
        self.built = True

    def call(self, images, training=False):
        return self.route(images, self.relaxed if training else _decided, training)["logits"]

    def relaxed(self, index, gate_logit):
        """A gate in supervised training: the decision with the probability's gradient, or the probability (`soft`)."""
        probability = ops.sigmoid(gate_logit)
        return probability if self.soft else gating.straight_through(probability, THRESHOLD)

    def route(self, images, choose, training=False) -> dict:
        """Both paths of every block, joined by equation 2.1.

        Args:
            images: `[batch, height, width, channels]`.
            choose: function (index of a gate, its logits `[batch, 1]`) -> the gate, `[batch, 1]`: 1 runs, 0 skips.
            training: whether normalisations take the batch's statistics.

        Returns:
            `logits` `[batch, 1, classes]`; `gate_logits` and `run`, `[batch, gates]`.
        """
        x = self.blocks[0](self.stem(images, training=training), training=training)
        state, gate_logits, run = self.gates.start(ops.shape(x)[0]), [], []
        for index, block in enumerate(self.blocks[1:]):
            logit, state = self.gates.decide(index, x, state, training)
            gate_logits.append(logit)
            run.append(choose(index, logit))
            x = gating.mix(run[-1], *block.both_ways(x, training))
        return {
            "logits": ops.cast(ops.expand_dims(self.head(ops.mean(x, axis=(1, 2))), 1), "float32"),
            "gate_logits": ops.concatenate(gate_logits, axis=-1),
            "run": ops.concatenate(run, axis=-1),
        }

    def decisions(self, images, threshold=THRESHOLD, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """What is decided on normalised images `[n, height, width, channels]`.

        Args:
            images: any number of them.
            threshold: probability from which a block runs.
            batch_size: images at a time.

        Returns:
            `logits` `[n, 1, classes]`; of blocks 2, 3, ..: `probabilities` of running and `run`, bool, `[n, gates]`.
        """

        def decided(batch):
            seen = self.route(batch, lambda _, logit: gating.hard(ops.sigmoid(logit), threshold))
            return {
                "logits": seen["logits"],
                "probabilities": ops.sigmoid(seen["gate_logits"]),
                "run": seen["run"] > 0,
            }

        return in_batches(decided, images, batch_size)

    def trunk_weights(self) -> list:
        """Stem, blocks and head, as a ResNet of the same shape has them."""
        return [weight for layer in (self.stem, *self.blocks, self.head) for weight in layer.weights]

    def stages(self, settings, seed=0) -> list[Stage]:
        """Everything by cross-entropy through relaxed gates; then by hybrid reinforcement learning (algorithm 1)."""
        first, second = settings["supervised"], settings["reinforced"]

        def prepare_supervised(steps, part_costs):
            priced = {name: first[name] for name in ("label_smoothing", "price", "free")}
            return skipping.compiled(skipping.Supervised(self, **priced), first, steps)

        def prepare_reinforced(steps, part_costs):
            self.gates.sharpen(second["temperature"])
            return skipping.compiled(skipping.reinforced(self, second, seed), second, steps)

        stages = [
            Stage(name, "train", self.weights, own, prepare, reestimate=own["reestimate"])
            for name, own, prepare in (
                ("supervised", first, prepare_supervised),
                ("reinforced", second, prepare_reinforced),
            )
        ]
        return [stage for stage in stages if stage.settings["epochs"]]

    def parts(self) -> dict[str, Part]:
        """`stem` with the first block; `gate_i` (and `decide_i`), `block_i`, `shortcut_i` of each other one; `head`."""
        image = keras.Input(self.image_shape, name="image")
        parts = {"stem": Part(_pooled({"image": image}, self.blocks[0](self.stem(image)), "stem"))}
        for number in self.gate_numbers:
            parts |= self._gate_parts(number)
            block, x = self.blocks[number - 1], self._input(number)
            parts[f"block_{number}"] = Part(_pooled({"x": x}, block(x), f"block_{number}"))
            if block.project:
                x = self._input(number)
                parts[f"shortcut_{number}"] = Part(_pooled({"x": x}, block.shortcut(x), f"shortcut_{number}"))
        return parts | {"head": Part(part_models.classifier_model(self.head, self.filters[-1]), keep_float=True)}

    def _input(self, number: int):
        """What block and gate of that number read."""
        return keras.Input(self.shapes[number - 1][1:], name="x")

    def _gate_parts(self, number: int) -> dict[str, Part]:
        inputs = {"features": keras.Input((self.shapes[number - 1][-1],), name="features")}
        looks = {}
        if self._looks:
            x, name = self._input(number), f"gate_{number}"
            looks = {name: Part(keras.Model({"x": x}, {"features": self.gates.look(number - 2, x)}, name=name))}
            name, logit, state = f"decide_{number}", self.gates.compare(number - 2, **inputs), {}
        else:
            before = {port: keras.Input(value.shape[1:], name=port) for port, value in self.gates.start(1).items()}
            logit, state = self.gates.step(number - 2, inputs["features"], before)
            name, inputs = f"gate_{number}", inputs | before
        model = keras.Model(inputs, {"run": ops.sigmoid(logit)} | state, name=name)
        return looks | {name: Part(model, keep_float=True)}

    @property
    def _looks(self) -> bool:
        """Whether the gates read features themselves, not pooled ones."""
        return isinstance(self.gates, FeedForwardGates)

    def program(self) -> list[dict]:
        """Run the first block; ask each gate whether to run the next, or its shortcut, or nothing; answer."""
        state = {name: value.shape for name, value in self.gates.start(1).items()}
        steps = [{"op": "fill", "output": name, "shape": list(shape), "content": 0.0} for name, shape in state.items()]
        steps.append(programs.run("stem", {"image": "image"}, _made(1)))
        group = 1
        for number in self.gate_numbers:
            before, starts = group, self.blocks[number - 1].project
            group += starts
            steps += self._gate_steps(number, before, state)
            inputs, made = {"x": f"x_{before}"}, _made(group)
            paths = [[programs.run(f"{kind}_{number}", inputs, made)] for kind in ("block", "shortcut")]
            rule = {"rule": "at_least", "value": f"run_{number}", "threshold": programs.parameter("threshold")}
            steps.append({"op": "branch", "rule": rule, "then": paths[0], "otherwise": paths[1] if starts else []})
        return [*steps, *_answer(group)]

    def _gate_steps(self, number: int, group: int, state) -> list[dict]:
        carried = {name: name for name in state}
        name, features, looks = f"gate_{number}", f"features_{group}", []
        if self._looks:
            name, features = f"decide_{number}", f"seen_{number}"
            looks = [programs.run(f"gate_{number}", {"x": f"x_{group}"}, {"features": features})]
        return [*looks, programs.run(name, {"features": features} | carried, {"run": f"run_{number}"} | carried)]

    def reference(self) -> list[dict]:
        """All blocks and no gates."""
        steps = [programs.run("stem", {"image": "image"}, _made(1))]
        group = 1
        for number in self.gate_numbers:
            before, group = f"x_{group}", group + self.blocks[number - 1].project
            steps.append(programs.run(f"block_{number}", {"x": before}, _made(group)))
        return [*steps, *_answer(group)]

    def parameters(self) -> dict[str, Knob]:
        """The probability from which blocks run."""
        text = "probability of running from which a block runs; 0 runs all of them, above 1 none"
        return {"threshold": Knob(THRESHOLD, 0.0, 2.0, text, THRESHOLDS, full_depth=0.0)}


def _gates(kind: str, channels, bias: float, rate: float):
    if not channels:
        raise ValueError("expected at least two blocks, so that one has a gate, received one")
    if kind not in GATES:
        raise ValueError(f"expected gate {' or '.join(map(repr, GATES))}, received {kind!r}")
    if kind == "recurrent":
        return RecurrentGates(len(channels), bias, name="gates")
    if kind == "random":
        return RandomGates(len(channels), rate, name="gates")
    return FeedForwardGates(channels, 2 if kind == "feedforward_1" else 1, bias, name="gates")


def _decided(index, gate_logit):
    """A gate in inference."""
    return gating.hard(ops.sigmoid(gate_logit), THRESHOLD)


def _pooled(inputs, x, name: str) -> keras.Model:
    """A part that also pools what it makes: it is paid for only where the part runs."""
    return keras.Model(inputs, {"y": x, "features": keras.layers.GlobalAveragePooling2D(LAST)(x)}, name=name)


def _made(group: int) -> dict[str, str]:
    """What a block of a group writes, by port: values that keep their shape."""
    return {"y": f"x_{group}", "features": f"features_{group}"}


def _answer(group: int) -> list[dict]:
    run = programs.run("head", {"features": f"features_{group}"}, {"logits": "logits"})
    return [run, programs.answer("answer", label="logits")]
