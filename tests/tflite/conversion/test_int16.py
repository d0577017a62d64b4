"""Units with activations of 16 bits over weights of 8: what TensorFlow's quantizer makes, mended, and a mixed chain."""

import functools

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.conversion import tiny
from tests.tflite.handmade import Handmade
from tflite.batched.units import UnitRunner
from tflite.batched.values import Value
from tflite.bundle.part_check import read_signatures
from tflite.conversion import calibrate
from tflite.conversion.export import export_unit, quantize_unit
from tflite.conversion.int16 import NoInt16Kernel, quantize_unit_int16
from tflite.conversion.passes import group_runs, run_steps
from tflite.conversion.quantize import quantize_chain
from tflite.conversion.writer import link_groups
from tflite.graph import flatbuffer
from tflite.graph.weights import weighted_operators

WIDE = {"second_1", "head_2"}


def gate():
    """A unit with what is special beside 16 bits: a bias, a constant operand, a softmax and a logistic."""
    import keras

    keras.utils.set_random_seed(3)
    x = keras.Input((6, 6, 2), name="x")
    y = keras.layers.Conv2D(4, 3, activation="relu", bias_initializer="random_normal")(x)
    y = keras.layers.GlobalAveragePooling2D()(y + np.float32([[[[0.5, -0.25, 0.125, 1.0]]]]))
    logits = keras.layers.Dense(3, bias_initializer="random_normal")(y)
    sure = keras.layers.Dense(1, activation="sigmoid")(y)
    outputs = {"logits": logits, "shares": keras.layers.Softmax()(logits), "sure": sure}
    return export_unit(keras.Model({"x": x}, outputs), "gate")


@functools.cache
def made():
    """The unit in float32, int8 and 16x8, and its answers to 20 pictures of 0..1 in each."""
    content = gate()
    pictures = np.random.default_rng(0).random((20, 6, 6, 2), np.float32)
    runner, indices = UnitRunner(content, inspect=True), calibrate.activations(content)
    ends = runner.reduce(runner.feeds({"x": Value(pictures)}), indices, lambda t: (t.min(), t.max()))
    ranges = {i: (min(float(e[:, 0].min()), 0.0), float(e[:, 1].max())) for i, e in zip(indices, ends, strict=True)}
    units = {
        "float": content,
        "int8": quantize_unit(content, ranges, "gate"),
        "16x8": quantize_unit_int16(content, ranges, "gate"),
    }
    return units, {kind: UnitRunner(unit)({"x": Value(pictures)}) for kind, unit in units.items()}


@pytest.mark.parametrize("port", ["logits", "shares", "sure"])
def test_16_bits_compute_nearly_what_float_does(port):
    _, answers = made()
    real, narrow, wide = (answers[kind][port].real() for kind in ("float", "int8", "16x8"))
    assert wide.shape == real.shape and np.ptp(real) > 0.01
    assert np.abs(wide - real).max() < 0.75 * np.abs(narrow - real).max()  # what is left is the weights' rounding,
    assert (wide - real).std(0).max() < 0.5 * (narrow - real).std(0).max()  # which is nearly alike for all pictures


def test_tensors_have_the_types_and_scales_that_kernels_read():
    model = flatbuffer.load(made()[0]["16x8"])
    signature = read_signatures(made()[0]["16x8"])["serving_default"]
    assert {t.type for t in [*signature.inputs.values(), *signature.outputs.values()]} == {"int16"}
    assert signature.outputs["sure"].scales == signature.outputs["shares"].scales == (1 / 32768,)
    tensors = model.subgraphs[0].tensors
    wide = [t for t in tensors if flatbuffer.type_name(t.type) == "int16"]
    assert len(wide) > 6 and all(t.quantization.zeroPoint.tolist() == [0] for t in wide)
    operators = weighted_operators(model)
    biases = {operator.kind: operator.bias for operator in operators if operator.bias is not None}
    assert set(biases) == {"CONV_2D", "FULLY_CONNECTED"} and {b.dtype for b in biases.values()} == {np.dtype("<i8")}


def test_biases_are_the_float_ones():
    """In units of input scale times weight scale, to half a unit."""
    units, _ = made()
    pairs = zip(*(weighted_operators(flatbuffer.load(units[kind])) for kind in ("16x8", "float")), strict=True)
    compared = [
        np.abs(wide.bias * wide.bias_scale.astype(float) - real.bias).max() / wide.bias_scale.max()
        for wide, real in pairs
        if wide.bias is not None
    ]
    assert len(compared) >= 2 and max(compared) < 0.51


def test_what_has_no_kernel_of_16_bits_is_refused_by_name():
    model = Handmade()
    x, y = model.tensor("x", [1, 4, 4, 1]), model.tensor("y", [1, 4, 4, 2])
    shape = model.tensor("shape", [4], "int32", data=np.int32([1, 4, 4, 2]))
    weights = model.tensor("weights", [2, 3, 3, 1], data=np.ones((2, 3, 3, 1), np.float32))
    bias = model.tensor("bias", [2], data=np.ones(2, np.float32))
    options = schema.TransposeConvOptionsT()
    options.strideH = options.strideW = 1
    model.operator("TRANSPOSE_CONV", [shape, weights, x, bias], y, options, version=3)
    with pytest.raises(NoInt16Kernel, match="^part grow: expected operators that TFLite has with 16-bit activations"):
        quantize_unit_int16(model.pack({"x": x}, {"y": y}), {x: (-1.0, 1.0), y: (-1.0, 1.0)}, "grow")


@functools.cache
def mixed():
    """The tiny chain with two units of 16 bits, one of them in the middle of int8."""
    kept_float = tiny.DECIDING - WIDE
    arguments = tiny.program(), {}, tiny.images(24, 1), tiny.images(16, 2), (0.0, 1.0)
    return quantize_chain(tiny.floats(), kept_float, *arguments, int16=WIDE)


def test_the_units_that_are_named_have_16_bits_and_others_8():
    types = {}
    for name, content in mixed().units.items():
        signature = read_signatures(content)["serving_default"]
        types[name] = {port: tensor.type for port, tensor in {**signature.inputs, **signature.outputs}.items()}
    assert types == {
        "first_1": {"x": "int8", "y": "int8"},
        "second_1": {"x": "int16", "block_input": "int16", "y": "int16"},
        "first_2": {"x": "int8", "y": "int8"},
        "second_2": {"x": "int8", "block_input": "int8", "y": "int8"},
        "head_2": {"x": "int16", "logits": "float32"},  # with the means of the float chain
    }


def test_a_chain_of_16_bits_is_nearer_to_float():
    images = tiny.images(40, 3)
    trunk = {step["part"] for step in run_steps(tiny.program())} - tiny.DECIDING
    arguments = tiny.program(), {}, tiny.images(24, 1), tiny.images(16, 2), (0.0, 1.0)
    all_wide = quantize_chain(tiny.floats(), tiny.DECIDING, *arguments, int16=trunk)
    corrections = [score["correction"] for score in all_wide.scores]
    assert corrections[0] == "none" and len(set(corrections)) == 3, "there is nothing to choose but correction"
    floats = tiny.values(tiny.floats(), images)

    def error(units):
        logits = tiny.values(tiny.floats() | units, images)
        return np.mean([np.abs(logits[name] - floats[name]).mean() for name in floats])

    assert error(all_wide.units) < 0.75 * error(tiny.quantized()[0].units)


def test_a_mixed_chain_is_linked_to_parts_that_are_checked():
    units = tiny.floats() | mixed().units
    _, groups = group_runs(tiny.program())
    parts = link_groups(groups, units)
    kinds = {kind for part in parts.values() for kind, _ in flatbuffer.operators(part)}
    assert {"QUANTIZE", "DEQUANTIZE"} & kinds
    for part in parts.values():
        assert read_signatures(part)
