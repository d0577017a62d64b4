"""Pruning, clustering and quantization-aware training of the tiny chain, on labels that it can learn."""

import numpy as np
import pytest
import tensorflow as tf

from tests.tflite.conversion import tiny
from tflite.conversion import calibrate, finetune
from tflite.conversion.export import ConversionError
from tflite.conversion.passes import straight_steps
from tflite.conversion.ranges import quantize_units, unit_ranges
from tflite.conversion.unit_chain import UnitChain
from tflite.graph import flatbuffer
from tflite.graph.weights import weighted_operators

STEPS, ANSWERS = straight_steps(tiny.program()), ["logits_1", "logits_2"]
TRUNK = {step["part"] for step in STEPS} - tiny.DECIDING
FIRST = {"first_1", "second_1"}
IMAGES = tiny.images(256, 11)
LABELS = np.minimum(IMAGES.sum((1, 2, 3)).astype(int) // 3, 4)  # how bright: 0 to 4
RANGE = (0.0, 1.0)


def chain(units=None, **changes):
    given = {
        "units": units or tiny.floats(),
        "steps": STEPS,
        "answers": ANSWERS,
        "kept_float": frozenset(tiny.DECIDING),
    }
    return finetune.FloatChain(**given | {"image_shape": (12, 12, 1)} | changes)


def config(folder, epochs=2, rate=0.003):
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(32)
    return finetune.TrainingConfig(dataset, epochs, rate, str(folder), IMAGES[:64], 0)


def kernels(units, names=TRUNK):
    found = [op.kernel for name in sorted(names) for op in weighted_operators(flatbuffer.load(units[name]))]
    assert len(found) == {frozenset(TRUNK): 6, frozenset(FIRST): 3, frozenset(tiny.DECIDING): 2}[frozenset(names)]
    return found


def loss(units):
    """Sum of the cross-entropies on the images."""
    total = 0.0
    for logits in tiny.values(units, IMAGES, ANSWERS).values():
        shifted = logits - logits.max(1, keepdims=True)
        total -= np.mean((shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))[np.arange(len(LABELS)), LABELS])
    return total


def ranges(units):
    trunk = {name: units[name] for name in TRUNK}
    program = [step for step in tiny.program() if step["op"] != "exit"]
    seen = calibrate.observe(UnitChain(program, units, {}).session(IMAGES[:64]), trunk)
    return unit_ranges(trunk, program, seen, calibrate.Candidate(64, 1.0), RANGE)


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    return finetune.prune(chain(), config(tmp_path_factory.mktemp("prune"), epochs=6), 0.5)


def test_half_of_every_pruned_kernel_is_zero_and_the_rest_has_learned(pruned):
    for kernel, before in zip(kernels(pruned), kernels(tiny.floats()), strict=True):
        assert np.mean(kernel == 0) == pytest.approx(0.5, abs=1 / kernel.size) and not (before == 0).any()
    assert not any((kernel == 0).any() for kernel in kernels(pruned, tiny.DECIDING))
    assert loss(pruned) < loss(tiny.floats())


def assert_few(kernel, most):
    """At most so many different weights in every channel that has more weights than that."""
    assert kernel[0].size <= most or max(len(np.unique(channel)) for channel in kernel) <= most


@pytest.mark.slow
def test_clusters_are_few_in_every_channel(tmp_path):
    clustered = finetune.cluster(chain(), config(tmp_path, epochs=1), 4)
    for kernel in kernels(clustered):
        assert_few(kernel, 4)
    assert loss(clustered) < loss(tiny.floats())


def test_clusters_of_a_pruned_chain_keep_its_zeros(pruned, tmp_path):
    """On the first block, for building the graph is what takes long; a slow test clusters the whole chain."""
    block = {step["part"]: pruned[step["part"]] for step in STEPS[:3]}
    first = chain(block, steps=STEPS[:3], answers=ANSWERS[:1])
    clustered = finetune.cluster(first, config(tmp_path, epochs=1), 3, sparse=True)
    for kernel, before in zip(kernels(clustered, FIRST), kernels(pruned, FIRST), strict=True):
        assert not kernel[before == 0].any() and (kernel != 0).any()
        if min(np.count_nonzero(channel) for channel in before) > 3:
            assert_few(kernel, 3)


@pytest.mark.parametrize("sparse", [False, True])
def test_quantization_aware_training(sparse, pruned, tmp_path):
    """It learns through the rounding, in the ranges that the int8 chain has then; zeros stay where they have to."""
    units = pruned if sparse else tiny.floats()
    found = ranges(units)
    trained = finetune.quantize_aware(chain(units), config(tmp_path, 4), found, RANGE, sparse)
    before, after = (loss(given | quantize_units(given, found)) for given in (units, trained))
    assert after < 0.9 * before
    for kernel, old in zip(kernels(trained), kernels(units), strict=True):
        assert not np.array_equal(kernel, old) and (not sparse or not kernel[old == 0].any())


def test_what_is_trained_is_what_runs(tmp_path, monkeypatch):
    """The int8 chain gives the logits of the graph that was trained, but for a step of rounding here and there.

    At the second exit more often than at the first: one in four averages of four int8 numbers lies halfway between two,
    and there the kernel rounds the other way.
    """
    kept = []
    fit = finetune._fit
    monkeypatch.setattr(
        finetune, "_fit", lambda rebuilt, *given, **named: (fit(rebuilt, *given, **named), kept.append(rebuilt.model))
    )
    found = ranges(tiny.floats())
    trained = finetune.quantize_aware(chain(), config(tmp_path, 1), found, RANGE)
    ints = tiny.values(trained | quantize_units(trained, found), IMAGES[:64])
    floats = tiny.values(trained, IMAGES[:64])
    for name, logits, most in zip(ANSWERS, kept[0](IMAGES[:64]), (0.3, 0.9), strict=True):
        off = np.abs(ints[name] - logits.numpy()).mean()
        assert off < most * np.abs(floats[name] - logits.numpy()).mean()


@pytest.mark.slow
def test_an_interrupted_training_goes_on(tmp_path, monkeypatch):
    """Stopped after the first of two epochs and called again, it trains one epoch, and ends like one in one go."""
    whole = finetune.prune(chain(), config(tmp_path / "whole"), 0.5)
    fit, epochs = finetune.tf_keras.Model.fit, []

    def stopped(model, dataset, **given):
        epochs.append(fit(model, dataset, **given | {"epochs": 1}).epoch)
        raise KeyboardInterrupt

    def noted(model, dataset, **given):
        epochs.append(fit(model, dataset, **given).epoch)

    monkeypatch.setattr(finetune.tf_keras.callbacks.BackupAndRestore, "on_train_end", lambda self, logs=None: None)
    monkeypatch.setattr(finetune.tf_keras.Model, "fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        finetune.prune(chain(), config(tmp_path / "parts"), 0.5)
    monkeypatch.setattr(finetune.tf_keras.Model, "fit", noted)
    resumed = finetune.prune(chain(), config(tmp_path / "parts"), 0.5)
    assert epochs == [[0], [1]]
    for kernel, other in zip(kernels(resumed), kernels(whole), strict=True):
        np.testing.assert_allclose(kernel, other, rtol=1e-3, atol=1e-4)


def test_a_chain_that_is_rebuilt_otherwise_is_not_trained(tmp_path, monkeypatch):
    other = chain(kept_float=frozenset())
    monkeypatch.setattr(finetune, "UnitChain", lambda program, units, settings: UnitChain(program, tiny_other(), {}))
    with pytest.raises(ConversionError, match=r"expected the rebuilt chain to give the same logits_1, received .* off"):
        finetune.prune(other, config(tmp_path), 0.5)


def tiny_other():
    """The units with one kernel doubled."""
    units = dict(tiny.floats())
    model = flatbuffer.load(units["first_1"])
    [operator] = weighted_operators(model)
    operator.kernel = 2 * operator.kernel
    units["first_1"] = flatbuffer.dump(model)
    return units
