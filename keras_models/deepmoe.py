"""DeepMoE: every channel of a convolution is an expert, and a small network that looks first says which ones run.

Wang, "The design of dynamic neural networks for efficient learning and inference", UCB/EECS-2020-236, chapter 3; Wang
et al., "Deep mixture of experts via shallow embedding", UAI 2019. All gates are known before the base network begins.
A network that is widened and then gated to its old cost is a wide DeepMoE, one of its old width a narrow one, and one
without gates is a baseline. `expert_parts` has what is deployed of it.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import expert_parts
from keras_models.base import AdaptiveModel, Deployable, Knob, Part, Stage
from keras_models.functional import experts
from keras_models.functional.batches import BATCH_SIZE, in_batches
from keras_models.layers.expert_gates import GateClusters, ShallowEmbedding, SparseGates
from keras_models.layers.experts import KINDS, NormalizedConv, expert_blocks, gated_convolutions, gated_widths
from keras_models.policies import experts as training

OPEN = 1e-6  # gate from which a group of channels runs


@keras.saving.register_keras_serializable("frugal")
class DeepMoE(AdaptiveModel):
    """A VGG or a ResNet whose channels have gates.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels.
        base: "vgg", "basic" (ResNet-18, -34, -56), "bottleneck_a" (ResNet-50) or "bottleneck_b"; `layers.experts.plan`.
        blocks: blocks of each group; convolutions in a VGG.
        filters: channels of each group; every group but the first halves the resolution.
        stem_stride: of a ResNet's first convolution, which has no gates.
        widen: factor of the channels that have gates.
        channels: how many there are in each convolution that has gates, in the place of `widen`; a pruned network's.
        epsilon: of the normalisations; behind gates that have become small a large one hides what they let pass.
        gated: whether there are gates; without, the network is static.
        experts: gates of each convolution, each for a run of as many neighbouring channels; None: one a channel.
        embedding: output channels of each convolution of the shallow embedding.
        dim: elements of the latent mixture.
        deploy: "whole" (gates multiply all channels: nothing is saved), "clusters" (a static network for each cluster
            of gate patterns) or "branches" (an expert runs or does not).
        clusters: how many, for "clusters".

    Call arguments: images `[batch, height, width, channels]`, normalised. Output: logits `[batch, 1, classes]` of what
    is deployed, in training those of the gates themselves.
    """

    kept_as = {"blocks": "block_counts", "embedding": "embedding_filters", "clusters": "cluster_count"}

    def __init__(
        self,
        input_shape,
        classes,
        base="basic",
        blocks=(3, 3, 3),
        filters=(16, 32, 64),
        stem_stride=1,
        widen=1.0,
        channels=None,
        epsilon=1e-3,
        gated=True,
        experts=None,
        embedding=(32, 64, 128, 256),
        dim=64,
        deploy="whole",
        clusters=8,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.classes = tuple(input_shape), int(classes)
        self.base, self.block_counts, self.filters = base, tuple(blocks), tuple(filters)
        self.stem_stride, self.widen, self.gated, self.experts = int(stem_stride), float(widen), bool(gated), experts
        self.embedding_filters, self.dim = tuple(embedding), int(dim)
        self.deploy, self.cluster_count, self.epsilon = deploy, int(clusters), float(epsilon)
        self.channels = tuple(channels) if channels else gated_widths(base, self.block_counts, self.filters, self.widen)
        self._check()
        self.stem = (
            None if base == "vgg" else NormalizedConv(filters[0], 3, self.stem_stride, self.epsilon, name="stem")
        )
        self.blocks = expert_blocks(base, self.block_counts, self.filters, self.channels, self.epsilon)
        self.head = keras.layers.Dense(self.classes, name="head")
        if self.gated:
            self.gate_widths = tuple(self.experts or width for width in self.channels)
            self.embedding = ShallowEmbedding(self.embedding_filters, self.dim, name="embedding")
            self.gates = SparseGates(self.gate_widths, name="gates")
            self.guess = keras.layers.Dense(self.classes, dtype="float32", name="guess")
            self.clusters = GateClusters(self.cluster_count, name="clusters") if deploy == "clusters" else None
        self.build((None, *self.image_shape))

    def _check(self) -> None:
        layers = sum(self.block_counts) * gated_convolutions(self.base) if self.base in KINDS else 0
        if not layers or len(self.channels) != layers:
            raise ValueError(
                f"expected base {' or '.join(KINDS)} and channels of each, received {self.base!r}, "
                f"channels of {len(self.channels)} convolutions"
            )
        if self.experts and any(width % self.experts for width in self.channels):
            raise ValueError(f"expected channels in {self.experts} equal groups, received {self.channels}")
        if self.deploy == "branches" and not (self.experts and self.base in ("basic", "bottleneck_b")):
            raise ValueError(
                "expected experts, and base basic or bottleneck_b, for branches, "
                f"received experts {self.experts}, base {self.base}"
            )

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        shape = tuple(input_shape)
        if self.stem is not None:
            self.stem.build(shape)
            shape = self.stem.compute_output_shape(shape)
        self.shapes = [shape]  # of what each block reads, and of what the last one leaves
        for block in self.blocks:
            block.build(self.shapes[-1])
            self.shapes.append(block.compute_output_shape(self.shapes[-1]))
        self.head.build((None, self.shapes[-1][-1]))
        if self.gated:
            self.embedding.build(tuple(input_shape))
            self.gates.build((None, self.dim))
            self.guess.build((None, self.dim))
            if self.clusters:
                self.clusters.build((None, sum(self.gate_widths)))
        self.built = True

    def call(self, images, training=False):
        if not self.gated:
            return self.answer(images, None, training)
        gates = self.look(images, training)["gates"]
        return self.answer(images, gates if training else self.deployed(gates), training)

    def look(self, images, training=False) -> dict:
        """What is known before the base network begins.

        Returns:
            `mixture` `[batch, dim]`, `gates` `[batch, gates]` of all layers side by side, and `guess`, the logits
            `[batch, 1, classes]` of a classifier on the mixture.
        """
        mixture = self.embedding(images, training=training)
        return {"mixture": mixture, "gates": self.gates(mixture), "guess": ops.expand_dims(self.guess(mixture), 1)}

    def deployed(self, gates):
        """The gates that the deployed network has in their place, `[batch, gates]`."""
        if self.clusters:
            return self.clusters.replaced(gates)
        return gates * ops.cast(gates >= OPEN, gates.dtype) if self.deploy == "branches" else gates

    def answer(self, images, gates, training=False):
        """Logits `[batch, 1, classes]` of the base network with the given gates, None for a network without."""
        x = images
        if self.stem is not None:
            x = ops.relu(self.stem(x, training=training))
        for block, own in zip(self.blocks, self.by_block(gates), strict=True):
            x = block(x, own, training=training)
        return ops.cast(ops.expand_dims(self.head(ops.mean(x, axis=(1, 2))), 1), "float32")

    def by_block(self, gates) -> list:
        """Gates `[batch, gates]` as a list for each block of `[batch, channels]` a convolution; None for None."""
        if gates is None:
            return [None] * len(self.blocks)
        layers, start = [], 0
        for channels, width in zip(self.channels, self.gate_widths, strict=True):
            layers.append(experts.spread(gates[:, start : start + width], channels))
            start += width
        each = gated_convolutions(self.base)
        return [layers[i : i + each] for i in range(0, len(layers), each)]

    def gates_of(self, images, batch_size=BATCH_SIZE) -> np.ndarray:
        """Gates of normalised images `[n, ...]` before anything is clustered: float32 `[n, gates]`."""
        return in_batches(lambda batch: {"gates": self.look(batch)["gates"]}, images, batch_size)["gates"]

    def open_channels(self, opened: np.ndarray | None = None) -> list:
        """Open channels of each convolution that has gates: numbers, or of `opened`, as below, `[samples]` each."""
        if opened is None:
            return list(self.channels)
        layers = np.split(opened, np.cumsum(self.gate_widths)[:-1], axis=1)
        pairs = zip(layers, self.channels, strict=True)
        return [layer.sum(axis=1) * (channels // layer.shape[1]) for layer, channels in pairs]

    def channel_macs(self, opened: np.ndarray | None = None):
        """Multiply-adds of the base network if closed channels cost nothing, in theory: `[samples]`.

        Args:
            opened: bool `[samples, gates]`; None is one number, of all channels.
        """
        sides, counts, each = self.shapes[0][1:3], self.open_channels(opened), gated_convolutions(self.base)
        read = self.image_shape[-1] if self.stem is None else self.filters[0]
        spent = 0 if self.stem is None else sides[0] * sides[1] * 9 * self.image_shape[-1] * read
        for number, (block, shape) in enumerate(zip(self.blocks, self.shapes, strict=False)):
            cost, read = block.macs(shape, read, counts[number * each : (number + 1) * each])
            spent = spent + cost
        return spent + read * self.classes

    def stages(self, settings, seed=0) -> list[Stage]:
        """All of it by equation 3.7; the base with fixed gates; clusters of gates; the base with the clusters'."""
        joint, tuned, clusters, refined = (settings[name] for name in ("joint", "fine_tuned", "clusters", "refined"))
        base = [weight for layer in self.base_layers() for weight in layer.weights]
        looking = [weight for layer in self.looking_layers() for weight in layer.weights]

        def prepare_joint(steps, part_costs):
            self._train(looking=True)
            prices = {name: joint[name] if self.gated else 0.0 for name in ("sparsity", "embedding_weight")}
            model = training.Joint(self, **prices, label_smoothing=joint["label_smoothing"])
            return training.compiled(model, joint, steps)

        def prepare_base(own, choose):
            def prepare(steps, part_costs):
                self._train(looking=False)
                return training.compiled(training.Refined(self, choose, own["label_smoothing"]), own, steps)

            return prepare

        def prepare_clusters(steps, part_costs):
            return training.Clustered(self.clusters, self.gate_widths, clusters["rare"], seed)

        stages = [Stage("joint", "train", base + looking, joint, prepare_joint)]
        if self.gated:
            own = prepare_base(tuned, lambda images: self.look(images)["gates"])
            stages.append(Stage("fine_tuned", "train", base, tuned, own))
        if self.gated and self.clusters:
            own = prepare_base(refined, lambda images: self.deployed(self.look(images)["gates"]))
            weights = self.clusters.weights
            stages.append(Stage("clusters", "train", weights, clusters, prepare_clusters, reads=("gates",)))
            stages.append(Stage("refined", "train", base, refined, own))
        return [stage for stage in stages if stage.settings["epochs"]]

    def base_layers(self) -> list:
        """What is trained where gates are fixed."""
        return [*([] if self.stem is None else [self.stem]), *self.blocks, self.head]

    def looking_layers(self) -> list:
        """Embedding and gates, and the classifier that keeps them apart by label."""
        return [self.embedding, self.gates, self.guess] if self.gated else []

    def _train(self, looking: bool) -> None:
        for layer in self.looking_layers():
            layer.trainable = looking

    def observe(self, images) -> dict[str, np.ndarray]:
        """The gates, where clusters of them are looked for; see `AdaptiveModel.observe`."""
        return {"gates": self.gates_of(images)} if self.gated and self.clusters else {}

    def _count_parts(self):
        """Anew for every network: what a cluster's network has kept is in the weights, not in the configuration."""
        return Deployable._count_parts(self)

    def parts(self) -> dict[str, Part]:
        """See `expert_parts`."""
        return expert_parts.parts(self)

    def program(self) -> list[dict]:
        """See `expert_parts`."""
        return expert_parts.program(self)

    def reference(self) -> list[dict]:
        """All channels, times their gates."""
        return expert_parts.reference(self)

    def parameters(self) -> dict[str, Knob]:
        """How well a cluster has to fit, or from which gate a group of channels runs."""
        return expert_parts.parameters(self)

    @classmethod
    def create(cls, input_shape, classes, task=None, **arguments):
        """As the constructor; with `network`, the weights of a trained one (`expert_sources`)."""
        if arguments.get("network") is None:
            arguments.pop("network", None)
            return cls(input_shape, classes, **arguments)
        from keras_models import expert_sources  # which reads this module

        return expert_sources.create(input_shape, classes, task, arguments)
