"""FishNet: networks of several tasks with one architecture, each filter of which is picked from a small pool.

X. Dai, "Redesigning deep neural networks for resource-efficient inference", WPI 2022, chapter 5; Dai et al., "FishNet:
Fine-grained filter sharing for resource-efficient multi-task learning", CIKM 2021. Allocators learn with the filters
which task takes which candidate; then they are thrown away, and a task is an ordinary network. Single networks, hard
sharing, random picks, cross-stitch and NDDR, with which the source compares, are arguments.
"""

from __future__ import annotations

import contextlib

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.base import AdaptiveModel, Knob, Labels, Part, Stage
from keras_models.datasets.task import ASKED
from keras_models.functional.asked import each_asked
from keras_models.layers.fusion import NDDR, CrossStitch
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.task_blocks import blocks
from keras_models.layers.task_convolution import FilterPool
from keras_models.policies import allocating

FUSIONS = {"none": None, "cross_stitch": CrossStitch, "nddr": NDDR}


@keras.saving.register_keras_serializable("frugal")
class FishNet(AdaptiveModel):
    """A convolutional network a task, with filters from pools that the tasks share, and dense layers of its own.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels of each task, by its name.
        backbone, filters, pools: as for `task_blocks.blocks`; a pool of 1 is shared by all.
        size: of the kernels, in both directions.
        hidden: widths of every task's dense layers, normalised, before the last one.
        allocation: "learned"; "random": fixed picks; "own": every task its own filters, single networks.
        shared_norm: whether the tasks share the normalisations of convolutions too; with pools of 1 hard sharing.
        fusion: "none", or how the networks' features are mixed behind every halving: "cross_stitch" or "nddr".
        global_pool: candidates of one pool for all convolutions in the place of `pools` (section 6.2); 0: none.

    Call arguments: `image` `[batch, height, width, channels]`, normalised, and `task` `[batch]`, the number of the one
    that is asked. Output: logits `[batch, 1, most classes]` of the task asked, `FAR` where it has fewer. In training a
    batch has images of every task.
    """

    def __init__(
        self,
        input_shape,
        classes,
        backbone="plain",
        filters=(8, 16, 32, 64),
        pools=(2, 2, 4, 4),
        size=3,
        hidden=(100, 50),
        allocation="learned",
        shared_norm=False,
        fusion="none",
        global_pool=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), dict(classes)
        self.backbone, self.filters, self.pools, self.size = backbone, tuple(filters), tuple(pools), int(size)
        self.hidden, self.allocation, self.shared_norm = tuple(hidden), allocation, bool(shared_norm)
        self.fusion, self.global_pool = fusion, int(global_pool)
        if fusion not in FUSIONS:
            raise ValueError(f"expected fusion {' or '.join(map(repr, FUSIONS))}, received {fusion!r}")
        count = len(self.classes)
        self.shared = FilterPool(self.size, max(self.filters), self.global_pool, name="pool") if global_pool else None
        sharing = {"tasks": count, "allocation": allocation, "shared_norm": self.shared_norm}
        self.blocks = blocks(backbone, self.filters, self.pools, self.size, shared_pool=self.shared, **sharing)
        self.convolutions = [one for block in self.blocks for one in block.convolutions]
        mixer = FUSIONS[fusion]
        self.mixers = [
            mixer(count, name=f"mix_{i + 1}") if mixer and b.halves else None for i, b in enumerate(self.blocks)
        ]
        self.heads = [
            _Head(self.hidden, labels, name=f"head_{k + 1}") for k, labels in enumerate(self.classes.values())
        ]
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        shape = tuple(input_shape)
        if self.shared:
            self.shared.build()
        for block, mixer in zip(self.blocks, self.mixers, strict=True):
            shape = block.build(shape)
            if mixer:
                mixer.build(shape)
        for head in self.heads:
            head.build(self._seen_by_head(shape))
        self.built = True

    def _seen_by_head(self, shape) -> tuple:
        """Shape of what the dense layers see: every number of a plain trunk, the mean of each channel of a residual."""
        return (None, int(np.prod(shape[1:])) if self.backbone == "plain" else shape[-1])

    def call(self, inputs, training=False):
        return self.route(inputs, [convolution.choice() for convolution in self.convolutions], training)

    def route(self, inputs, choices, training=False):
        """What a call gives, with given choices of candidates.

        inputs: as of a call. choices: shares `[tasks, filters, pool]` of each convolution's candidates.
        """
        kernels = self.kernels(choices)

        def answer(task, images):
            return self.answer(images, task, kernels, training)

        return ops.cast(
            ops.expand_dims(each_asked(answer, inputs["image"], inputs[ASKED], len(self.classes)), 1), "float32"
        )

    def kernels(self, choices) -> list:
        """Kernels `[tasks, ...]` of every convolution. choices: shares `[tasks, filters, pool]` of each."""
        return [one.kernels(choice) for one, choice in zip(self.convolutions, choices, strict=True)]

    def answer(self, images, task: int, kernels, training=False):
        """Logits `[batch, the task's labels]` of images by one task's network. kernels: as of `kernels`."""
        numbers = {id(convolution): i for i, convolution in enumerate(self.convolutions)}

        def by(network):
            def convolve(convolution, x):
                return convolution(x, kernels[numbers[id(convolution)]][network], task=network, training=training)

            return convolve

        return self.heads[task](self._features(images, task, by, training), training=training)

    def _features(self, images, task: int, by, training=False):
        """What the task's dense layers see, `[batch, features]`. by: number of a network -> how it convolves."""
        running = [task] if self.fusion == "none" else list(range(len(self.classes)))
        seen = dict.fromkeys(running, images)
        for block, mixer in zip(self.blocks, self.mixers, strict=True):
            seen = {k: block.run(x, by(k)) for k, x in seen.items()}
            if mixer:
                seen = dict(enumerate(mixer([seen[k] for k in running], training=training)))
        x = seen[task]
        return ops.reshape(x, (-1, int(np.prod(x.shape[1:])))) if self.backbone == "plain" else ops.mean(x, axis=(1, 2))

    def learned(self) -> list:
        """The convolutions whose choices are learned."""
        return [convolution for convolution in self.convolutions if convolution.learns]

    def stages(self, settings, seed=0) -> list[Stage]:
        """Filters and allocators together; then filters with fixed choices (section 5.3.3)."""
        thetas = [convolution.theta for convolution in self.convolutions]
        fixed = [weight for weight in self.weights if not any(weight is theta for theta in thetas)]
        learned = [convolution.theta for convolution in self.learned()]

        def stage(name, weights):
            own = settings[name]

            def prepare(steps, part_costs):
                return allocating.compiled(allocating.trainer(self, own, steps, seed), weights, own, steps)

            return Stage(name, "train", weights, own, prepare, reestimate=own["reestimate"])

        stages = [stage("together", [*fixed, *learned]), stage("fixed", fixed)]
        return [stage for stage in stages if stage.settings["epochs"]]

    def picked(self) -> dict[str, np.ndarray]:
        """Numbers of the picked candidates by convolution: int `[tasks, filters]`."""
        return {convolution.name: convolution.picked() for convolution in self.convolutions}

    @contextlib.contextmanager
    def frozen_averages(self):
        """While it is open, calls in training mode leave the normalisations' moving averages as they are."""
        norms = [layer for layer in self._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
        momenta = [norm.momentum for norm in norms]
        try:
            for norm in norms:
                norm.momentum = 1.0
            yield
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum

    def parts(self) -> dict[str, Part]:
        """Of every task `trunk_TASK`, from the image to features with the picked filters, and `head_TASK`."""
        parts = {}
        for task, name in enumerate(self.classes):
            image = keras.Input(self.image_shape, name="image")

            def by(network):
                return lambda convolution, x: convolution.plain(network, x)

            features = self.heads[task].before_last(self._features(image, task, by))
            parts[f"trunk_{name}"] = Part(keras.Model({"image": image}, {"features": features}, name=f"trunk_{name}"))
            seen = keras.Input(features.shape[1:], name="features")
            last = keras.Model({"features": seen}, {"logits": self.heads[task].last(seen)}, name=f"head_{name}")
            parts[f"head_{name}"] = Part(last, keep_float=True)
        return parts

    def program(self) -> list[dict]:
        """The network of the task that the caller names, and its answer."""
        return [programs.select_by(ASKED, [self._steps(name) for name in self.classes])]

    def _steps(self, task: str) -> list[dict]:
        features, logits = f"features_{task}", f"logits_{task}"
        return [
            programs.run(f"trunk_{task}", {"image": "image"}, {"features": features}),
            programs.run(f"head_{task}", {"features": features}, {"logits": logits}),
            programs.answer(task, **{task: logits}),
        ]

    def reference(self) -> list[dict]:
        """The program: nothing decides but who asks."""
        return self.program()

    def parameters(self) -> dict[str, Knob]:
        """The task that is asked."""
        names = tuple(self.classes)
        return {ASKED: Knob(0, 0, len(names) - 1, "which task is asked", names=names)}

    def outputs(self):
        """One label a task."""
        return {name: Labels(labels) for name, labels in self.classes.items()}


@keras.saving.register_keras_serializable("frugal")
class _Head(keras.layers.Layer):
    """A task's dense layers: of each hidden width with normalisation and ReLU, then one logit a label."""

    def __init__(self, hidden, labels, **kwargs):
        super().__init__(**kwargs)
        start = {"kernel_initializer": "he_normal"}
        self.dense = [
            keras.layers.Dense(width, use_bias=False, name=f"dense_{i + 1}", **start) for i, width in enumerate(hidden)
        ]
        self.norms = [BatchNormalization(name=f"norm_{i + 1}") for i in range(len(hidden))]
        self.last = keras.layers.Dense(labels, name=f"{self.name}_logits", **start)

    def build(self, shape):
        for dense, norm in zip(self.dense, self.norms, strict=True):
            dense.build(shape)
            shape = dense.compute_output_shape(shape)
            norm.build(shape)
        self.last.build(shape)
        self.built = True

    def before_last(self, x, training=False):
        """What the last layer sees of features `[batch, features]`."""
        for dense, norm in zip(self.dense, self.norms, strict=True):
            x = ops.relu(norm(dense(x), training=training))
        return x

    def call(self, x, training=False):
        return self.last(self.before_last(x, training))
