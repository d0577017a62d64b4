"""Deep Elastic Networks: a selector looks at the image, and says how many channel groups of every block it needs.

Ahn, Kim and Oh, "Deep Elastic Networks with model selection for multi-task learning", ICCV 2019. Every block has nested
levels, the lowest of which is its shortcut; a structure is a level for each block. Estimator and selector are trained
in turns (algorithm 1, `policies/elastic.py`), and deployed as `den_parts.py` says.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models.base import Stage
from keras_models.datasets.task import ASKED
from keras_models.den_parts import ElasticParts
from keras_models.functional.asked import answers_asked
from keras_models.functional.batches import BATCH_SIZE
from keras_models.layers.elastic import MOMENTUM, ElasticBlock, ElasticPair
from keras_models.layers.normalization import BatchNormalization
from keras_models.layers.residual import convolution
from keras_models.layers.selector import Selector
from keras_models.policies import elastic

LEVELS = (0.0, 0.25, 0.5, 1.0)  # share of a block's hidden channels
BLOCKS = {"residual": ElasticBlock, "pair": ElasticPair}
SIZES = ("parameters", "macs")


@keras.saving.register_keras_serializable("frugal")
class DEN(ElasticParts):
    """Estimator and selector.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: number of labels, or of those of each task by name.
        blocks: blocks of each group.
        filters: channels of each group; every group but the first halves the resolution.
        levels: share of the hidden channels at each level, rising, the last 1.
        block: "residual", or "pair" of convolutions without a shortcut, whose lowest level is above 0.
        stem_filters, stem_stride: of the first convolution; 0 filters: none.
        own_stems: whether each of several tasks has a first convolution of its own.
        hidden: widths of dense layers before the answer; with some, features are flattened, not averaged.
        selector, selector_pool: as for `Selector`.
        size: what a level's size is counted in: "parameters", where all blocks weigh alike, as in the paper, or "macs".
        increments: whether a bundle has a part for each group of channels, not one for each level.

    Call arguments: images `[batch, height, width, channels]`, normalised; of several tasks {"image", "task"}. Output:
    logits `[batch, 1, classes]` of the structures that the selector takes.
    """

    kept_as = {"blocks": "block_counts", "levels": "fractions", "selector": "selector_filters"}

    def __init__(
        self,
        input_shape,
        classes,
        blocks=(2, 2, 2),
        filters=(16, 32, 64),
        levels=LEVELS,
        block="residual",
        stem_filters=16,
        stem_stride=2,
        own_stems=False,
        hidden=(),
        selector=(8, 16, 32, 32),
        selector_pool=2,
        size="parameters",
        increments=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _check(levels, block, size, increments)
        self.image_shape, self.classes = tuple(input_shape), classes if isinstance(classes, int) else dict(classes)
        self.tasks = () if isinstance(classes, int) else tuple(self.classes)
        self.block_counts, self.filters, self.fractions = tuple(blocks), tuple(filters), tuple(map(float, levels))
        self.block, self.size, self.increments = block, size, bool(increments)
        self.stem_filters, self.stem_stride, self.own_stems = stem_filters, stem_stride, bool(own_stems)
        self.hidden = tuple(hidden)
        self.selector_filters, self.selector_pool = tuple(selector), selector_pool
        names = [f"stem_{name}" for name in self.tasks] if own_stems and self.tasks else ["stem"]
        self.stems = [convolution(stem_filters, 3, stem_stride, name) for name in names if stem_filters]
        self.blocks = _blocks(block, self.block_counts, self.filters, self.fractions)
        self.norm = BatchNormalization(momentum=MOMENTUM, name="norm") if block == "residual" else None
        self.dense = [keras.layers.Dense(w, activation="relu", name=f"dense_{i}") for i, w in enumerate(hidden, 1)]
        heads = {f"head_{name}": count for name, count in self.classes.items()} if self.tasks else {"head": classes}
        self.heads = [keras.layers.Dense(count, name=name) for name, count in heads.items()]
        self.selector = Selector(len(self.blocks), len(self.fractions), selector, selector_pool, name="selector")
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Make all weights. input_shape: (batch, height, width, channels), as Keras asks."""
        shape = tuple(input_shape)
        self.selector.build(shape)
        for stem in self.stems:
            stem.build(shape)
        self.shapes = [tuple(self.stems[0].compute_output_shape(shape)) if self.stems else shape]
        for block in self.blocks:
            block.build(self.shapes[-1])
            self.shapes.append(tuple(block.compute_output_shape(self.shapes[-1])))
        if self.norm:
            self.norm.build(self.shapes[-1])
        shape = (None, int(np.prod(self.shapes[-1][1:])) if self.hidden else self.shapes[-1][-1])
        for layer in self.dense:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        for head in self.heads:
            head.build(shape)
        self.built = True

    @property
    def estimator_layers(self) -> list:
        """What answers, whatever the structure."""
        norms = [self.norm] if self.norm else []
        return [*self.stems, *self.blocks, *norms, *self.dense, *self.heads]

    @property
    def shared_layers(self) -> list:
        """What of the estimator is in no group and of no task alone."""
        norms = [block.norm for block in self.blocks] + ([self.norm] if self.norm else [])
        return [*self.stems, *norms, *self.dense]

    @property
    def sizes(self) -> np.ndarray:
        """What each block adds to a structure's size by level, `[blocks, levels]`; the last column adds up to 1."""
        whole = np.array([block.macs if self.size == "macs" else 1.0 for block in self.blocks])
        shares = np.array([np.array(block.widths) / block.filters for block in self.blocks])
        return (whole / whole.sum())[:, None] * shares

    def levels_at(self, scores, price=0.0):
        """The structures that are taken, int32 `[batch, blocks]`: the argmax of equation 3, price by price.

        Args:
            scores: of the selector, `[batch, blocks, levels]`.
            price: of a whole block, in log probability; 0 is the paper.
        """
        return ops.argmax(scores - price * ops.cast(self.priced, "float32"), axis=-1)

    def asked(self, inputs) -> tuple:
        """(images, number of the task that is asked of each, or None) of what the network is called on."""
        return (inputs["image"], inputs[ASKED]) if self.tasks else (inputs, None)

    def stemmed(self, images, tasks=None):
        """What the first block reads."""
        if not self.stems:
            return images
        found = self.stems[0](images)
        for number, stem in enumerate(self.stems[1:], 1):
            own = ops.reshape(ops.equal(ops.cast(tasks, "int32"), number), (-1, 1, 1, 1))
            found = ops.where(own, stem(images), found)
        return found

    def estimate(self, x, levels, tasks=None, training=False, below=None):
        """f of equation 1: logits of structures, `[batch, classes]`, of the task that is asked.

        Args:
            x: as `stemmed` gives it.
            levels: int `[batch, blocks]`.
            tasks: as `asked` gives them.
            training: whether normalisations take the batch's statistics.
            below: level up to which groups keep their weights, whatever the gradient; in inference alone.
        """
        for i, block in enumerate(self.blocks):
            own = levels[:, i]
            x = block.elastic(x, own, training) if below is None else block.packed(x, own, below)
        x = self.thought(self.ended(x, training))
        answers = [ops.cast(head(x), "float32") for head in self.heads]
        return answers_asked(answers, tasks)[:, 0] if self.tasks else answers[0]

    def ended(self, x, training=False):
        """What is answered from, `[batch, features]`."""
        if self.norm:
            x = ops.relu(self.norm(x, training=training))
        return ops.reshape(x, (-1, int(np.prod(x.shape[1:])))) if self.hidden else ops.mean(x, axis=(1, 2))

    def thought(self, x):
        """Features through the dense layers before the answer."""
        for layer in self.dense:
            x = layer(x)
        return x

    def call(self, inputs, training=False):
        images, tasks = self.asked(inputs)
        levels = self.levels_at(self.selector(images))
        return ops.expand_dims(self.estimate(self.stemmed(images, tasks), levels, tasks, training), 1)

    def decisions(self, images, tasks=None, price=0.0, levels=None, batch_size=BATCH_SIZE) -> dict[str, np.ndarray]:
        """What is decided on normalised images `[n, height, width, channels]`, and answered.

        Args:
            images: any number of them.
            tasks: which task is asked of each, int `[n]`, where there are several.
            price: as for `levels_at`.
            levels: int `[n, blocks]`, structures to take in the place of the selector's.
            batch_size: images at a time.

        Returns:
            `logits` `[n, classes]`, `levels` int `[n, blocks]`, `probabilities` `[n, blocks, levels]`.
        """
        rows = []
        for start in range(0, len(images), batch_size):
            some = slice(start, start + batch_size)
            batch, asked = ops.convert_to_tensor(images[some]), None if tasks is None else tasks[some]
            scores = self.selector(batch)
            taken = self.levels_at(scores, price) if levels is None else ops.convert_to_tensor(levels[some])
            logits = self.estimate(self.stemmed(batch, asked), taken, asked)
            found = {"logits": logits, "levels": taken, "probabilities": ops.softmax(scores, axis=-1)}
            rows.append({name: ops.convert_to_numpy(value) for name, value in found.items()})
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}

    def stages(self, settings, seed=0) -> list[Stage]:
        """Estimator and selector in turns (algorithm 1); stages of no epochs are left out.

        Raises:
            ValueError: levels that are assigned are not as many as tasks, or are none of the network's.
        """
        for name, own in settings.items():
            assigned, count = own.get("assigned", ()), max(1, len(self.tasks))
            if assigned and (len(assigned) != count or max(assigned) >= len(self.fractions)):
                known = f"{count} levels of 1 to {len(self.fractions) - 1}"
                raise ValueError(f"expected {known} as assigned of {name}, received {list(assigned)}")
        found = []
        for number, (name, own) in enumerate(settings.items()):
            if own["epochs"]:
                kind = name.partition("_")[0]
                layers = self.estimator_layers if kind == "estimator" else [self.selector]
                weights = [weight for layer in layers for weight in layer.weights]
                found.append(Stage(name, "train", weights, own, elastic.preparer(self, kind, own, seed + number)))
        return found


def _check(levels, block, size, increments) -> None:
    if block not in BLOCKS:
        raise ValueError(f"expected block {' or '.join(map(repr, BLOCKS))}, received {block!r}")
    if size not in SIZES:
        raise ValueError(f"expected size {' or '.join(map(repr, SIZES))}, received {size!r}")
    rising = all(low < high for low, high in zip(levels, levels[1:], strict=False))
    if len(levels) < 2 or not rising or levels[0] < 0 or levels[-1] != 1:
        raise ValueError(f"expected levels that rise from at least 0 to 1, two or more, received {list(levels)}")
    if increments and (block != "residual" or levels[0] != 0):
        raise ValueError("expected increments of residual blocks whose first level is 0, for nothing else adds up")


def _blocks(kind: str, counts, filters, fractions) -> list:
    """Blocks by group: the first of each but the first group halves the resolution; pairs without a shortcut all do."""
    found = []
    for i, (count, width) in enumerate(zip(counts, filters, strict=True)):
        for j in range(count):
            stride = 4 if kind == "pair" else 2 if i and not j else 1
            found.append(BLOCKS[kind](width, stride, fractions, name=f"block_{i + 1}_{j + 1}"))
    return found
