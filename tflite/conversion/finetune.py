"""Fine-tuning of a float chain by tensorflow-model-optimization: pruning, clustering, quantization-aware training.

All work on the whole chain, rebuilt as one graph: the loss is the sum of all answers' cross-entropies, and a value
that one unit hands to the next has one range. What comes out are the float units with other weights.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras

from .export import ConversionError
from .layers import WEIGHTED
from .rebuild import Place, Rebuilt, rebuild
from .unit_chain import UnitChain

TOLERANCE = 1e-3  # of the largest logit, between a chain and what is rebuilt of it
PRUNED_FROM = 0.2  # share of the steps after which pruning begins, and before whose mirror image it ends
PRUNING_EVERY = 20  # steps between two looks at which weights are smallest


@dataclass(frozen=True)
class FloatChain:
    """A float32 chain to be fine-tuned. It must be straight: every sample runs every unit.

    Attributes:
        units: name -> flatbuffer.
        steps: its `run` steps, in order.
        answers: names of the values that are answers.
        kept_float: units that stay float when the others are quantized; they are trained as well, but neither pruned
            nor clustered.
        image_shape: height, width and channels.
    """

    units: Mapping[str, bytes]
    steps: list[dict]
    answers: list[str]
    kept_float: frozenset[str]
    image_shape: tuple[int, int, int]

    @property
    def all(self) -> tuple:
        """What `rebuild` takes."""
        return self.units, self.steps, self.answers, self.image_shape


@dataclass(frozen=True)
class TrainingConfig:
    """How a chain is trained: by Adam, the learning rate falling by half a cosine to nothing.

    Attributes:
        dataset: tf.data batches of (normalised images, labels), of known cardinality.
        epochs: of the training.
        learning_rate: at the start.
        backup: a folder for checkpoints, from which an interrupted training goes on; the caller removes it.
        statistics: normalised images `[n, h, w, c]` for the normalisation that pruning and clustering need.
        verbosity: as in `fit`.
    """

    dataset: object
    epochs: int
    learning_rate: float
    backup: str
    statistics: np.ndarray
    verbosity: int = 2

    @property
    def steps(self) -> int:
        """Number of steps of the whole training."""
        return int(self.dataset.cardinality()) * self.epochs


def prune(chain: FloatChain, config: TrainingConfig, sparsity: float) -> dict[str, bytes]:
    """The units with that share of every layer's weights zero, by magnitude.

    The share rises with tfmot's polynomial (Zhu and Gupta 2017, "To prune, or not to prune", equation 1).
    """
    begin = int(PRUNED_FROM * config.steps)
    schedule = tfmot.sparsity.keras.PolynomialDecay(
        0.0, sparsity, begin, max(begin + 1, config.steps - begin), frequency=min(PRUNING_EVERY, max(1, begin))
    )

    def wrap(layer, place: Place):
        if _shrinks(chain, place, layer):
            return tfmot.sparsity.keras.prune_low_magnitude(layer, pruning_schedule=schedule)
        return layer

    rebuilt = _checked(chain, wrap, unfold=config.statistics)
    _fit(rebuilt, config, [tfmot.sparsity.keras.UpdatePruningStep()])
    return rebuilt.write_back(chain.units)


def cluster(chain: FloatChain, config: TrainingConfig, clusters: int, sparse: bool = False) -> dict[str, bytes]:
    """The units with at most so many different weights in every channel of a convolution, or in a dense layer.

    By channel, because every channel of an int8 convolution has a scale of its own. sparse: zeros stay zeros.
    """
    wrappers = {}

    def wrap(layer, place: Place):
        by_channel = isinstance(layer, tf_keras.layers.Conv2D)
        if not _shrinks(chain, place, layer) or _fewest(layer, by_channel) <= clusters:
            return layer
        wrappers[place.unit, place.operator] = wrapped = tfmot.clustering.keras.cluster_weights(
            layer,
            number_of_clusters=clusters,
            cluster_centroids_init=tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS,
            preserve_sparsity=sparse,
            cluster_per_channel=by_channel,
        )
        return wrapped

    rebuilt = _checked(chain, wrap, unfold=config.statistics)
    zeros = _zeros(chain, rebuilt) if sparse else []
    _fit(rebuilt, config)
    for key, wrapper in wrappers.items():
        wrapper.update_clustered_weights_associations()
        rebuilt.weights[key].variables[0].assign(wrapper.get_weight_from_layer("kernel"))
    _restore(zeros)
    return rebuilt.write_back(chain.units)


def quantize_aware(
    chain: FloatChain,
    config: TrainingConfig,
    ranges: Mapping[str, Mapping[int, tuple[float, float]]],
    image_range: tuple[float, float],
    sparse: bool = False,
) -> dict[str, bytes]:
    """The units with weights that were trained through the rounding of int8.

    ranges: unit -> {tensor index: (lowest, highest)} of the units to be quantized; they are held fixed, so that the
    int8 chain that is made with them rounds as the training did. sparse: zeros stay zeros.
    """
    scheme = (
        tfmot.experimental.combine.Default8BitPrunePreserveQuantizeScheme()
        if sparse
        else tfmot.quantization.keras.default_8bit.Default8BitQuantizeScheme()
    )
    registry = scheme.get_quantize_registry()

    def wrap(layer, place: Place):
        if place.unit in chain.kept_float:
            return layer
        weights = registry.get_quantize_config(layer) if place.weighted else None
        config = _FixedOutput(weights, *ranges[place.unit][place.tensor])
        return tfmot.quantization.keras.QuantizeWrapperV2(layer, config)

    low, high = min(image_range[0], 0.0), max(image_range[1], 0.0)
    enter = tf_keras.layers.Lambda(lambda x: tf.quantization.fake_quant_with_min_max_args(x, low, high))
    rebuilt = _checked(chain, wrap, enter)
    zeros = _zeros(chain, rebuilt) if sparse else []
    _fit(rebuilt, config)
    _restore(zeros)
    return rebuilt.write_back(chain.units)


class _FixedOutput(tfmot.quantization.keras.QuantizeConfig):
    """Weights as another config has them, if any; the output in a fixed range, behind the layer's activation."""

    def __init__(self, weights, low: float, high: float):
        self.weights, self.low, self.high = weights, low, high

    def get_weights_and_quantizers(self, layer):
        return self.weights.get_weights_and_quantizers(layer) if self.weights else []

    def set_quantize_weights(self, layer, quantize_weights):
        if self.weights:
            self.weights.set_quantize_weights(layer, quantize_weights)

    def get_activations_and_quantizers(self, layer):
        return []

    def set_quantize_activations(self, layer, quantize_activations):
        return None  # the output's quantizer stands behind the activation

    def get_output_quantizers(self, layer):
        return [tfmot.quantization.keras.quantizers.FixedQuantizer(8, self.low, self.high, False)]

    def get_config(self):
        return {"weights": self.weights, "low": self.low, "high": self.high}


def _shrinks(chain: FloatChain, place: Place, layer) -> bool:
    """Whether a layer's weights are pruned and clustered: tfmot does neither with depthwise convolutions."""
    depthwise = isinstance(layer, tf_keras.layers.DepthwiseConv2D)
    return isinstance(layer, WEIGHTED) and not depthwise and place.unit not in chain.kept_float


def _zeros(chain: FloatChain, rebuilt: Rebuilt) -> list[tuple]:
    """The kernels of the units that are not kept float, each with the places of its zeros."""
    kernels = [weights.variables[0] for key, weights in rebuilt.weights.items() if key[0] not in chain.kept_float]
    return [(kernel, kernel.numpy() == 0) for kernel in kernels]


def _restore(zeros: list[tuple]) -> None:
    """Put the zeros back: tfmot's wrappers mask what they read, and the variables behind them drift."""
    for kernel, places in zeros:
        kernel.assign(tf.where(places, 0.0, kernel))


def _fewest(layer, by_channel: bool) -> int:
    """Number of weights other than zero in the channel that has fewest, or in the whole layer."""
    others = layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1]) != 0
    return int(others.sum(axis=0).min() if by_channel else others.sum())


def _checked(chain: FloatChain, wrap, enter=lambda image: image, unfold=None) -> Rebuilt:
    """The rebuilt chain, if it answers as the units do without what `wrap` and `enter` add. Else ConversionError."""
    answers = rebuild(*chain.all, unfold=unfold).model
    images = np.random.default_rng(0).normal(size=(4, *chain.image_shape)).astype("float32")
    rebuilt_answers = tf.nest.flatten(answers(images))
    for name, expected, answer in zip(chain.answers, _unit_answers(chain, images), rebuilt_answers, strict=True):
        largest = np.abs(expected - answer.numpy()).max()
        if largest > TOLERANCE * max(1.0, np.abs(expected).max()):
            raise ConversionError(f"expected the rebuilt chain to give the same {name}, received {largest:.2g} off")
    return rebuild(*chain.all, wrap, enter, unfold)


def _unit_answers(chain: FloatChain, images: np.ndarray) -> list[np.ndarray]:
    """What the units answer to images, float32 `[samples, classes]` an answer."""
    exits = [{"op": "exit", "name": name, "gives": {"answer": name}} for name in chain.answers]
    program = [*chain.steps, *exits, {"op": "answer", "name": "", "gives": {"answer": chain.answers[-1]}}]
    stops = UnitChain(program, chain.units, {}).session(images).run(trace=True).stops
    return [stop.outputs for stop in stops[:-1]]


def _fit(rebuilt: Rebuilt, config: TrainingConfig, callbacks=()) -> None:
    answers = len(rebuilt.model.outputs)
    schedule = tf_keras.optimizers.schedules.CosineDecay(config.learning_rate, config.steps)
    loss = [tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True) for _ in range(answers)]
    rebuilt.model.compile(tf_keras.optimizers.Adam(schedule), loss=loss)
    # First: the others look at the step that it restores. It stays until the caller has what came of the training.
    _forget_damaged(Path(config.backup, "chief"))  # as tf_keras names it
    backup = tf_keras.callbacks.BackupAndRestore(config.backup, delete_checkpoint=False)
    batches = config.dataset.map(lambda images, labels: (images, (labels,) * answers))
    logging.getLogger("absl").setLevel(logging.ERROR)
    rebuilt.model.fit(
        batches, epochs=config.epochs, verbose=config.verbosity, shuffle=False, callbacks=[backup, *callbacks]
    )


def _forget_damaged(folder: Path) -> None:
    """Remove the checkpoint of an interrupted training if not all of it can be read, and say so."""
    if not folder.exists():
        return
    try:
        reader = tf.train.load_checkpoint(str(folder))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except (ValueError, TypeError, LookupError, RuntimeError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        logging.getLogger(__name__).warning("%s is damaged, this training begins again (%s)", folder, reason)
        shutil.rmtree(folder)
