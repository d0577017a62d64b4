"""Linking what TensorFlow's converter writes: a residual network in four units, in float and in int8, bit for bit."""

import numpy as np
import pytest

from tests.tflite.handmade import invoke, run_chain
from tflite.graph import flatbuffer
from tflite.graph.link import Unit, join_signatures, link
from tflite.graph.versions import check_versions
from tflite.graph.weights import set_ranges, weighted_operators

pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own deprecations are not ours to fail on

# The range of each value that passes between units; the inner tensors are given a range of their own.
RANGES = {"image": (-2.0, 3.0), "f1": (0.0, 2.0), "f2": (0.0, 2.5), "f3": (0.0, 2.0), "logits": (-2.0, 1.5)}


def networks():
    """Name -> (Keras model, its inputs, its outputs) of a stem, a residual block, a strided convolution and a head."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    image, x, z = (keras.Input(shape, 1, name=name) for name, shape in
                   (("image", (12, 12, 3)), ("x", (12, 12, 8)), ("z", (6, 6, 8))))  # fmt: skip
    down = keras.Input((12, 12, 8), 1, name="x")
    inner = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    residual = layers.ReLU()(layers.Add()([x, layers.Conv2D(8, 3, padding="same")(inner)]))
    sides = [
        (image, {"features": layers.Conv2D(8, 3, padding="same", activation="relu")(image)}, "f1"),
        (x, {"y": residual}, "f2"),
        (down, {"y": layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(down)}, "f3"),
        (z, {"logits": layers.Dense(10)(layers.GlobalAveragePooling2D()(z))}, "logits"),
    ]
    reads = ["image", "f1", "f2", "f3"]
    names = ["stem", "block", "down", "head"]
    return {
        name: (keras.Model({source.name: source}, outputs), {source.name: read}, {port: write for port in outputs})
        for name, read, (source, outputs, write) in zip(names, reads, sides)
    }


def float_unit(name, network, inputs, outputs):
    """A network as a float32 unit."""
    import tensorflow as tf

    return Unit(name, tf.lite.TFLiteConverter.from_keras_model(network).convert(), inputs, outputs)


def int8_unit(unit):
    """The unit quantized on RANGES, without any calibration data."""
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    model = flatbuffer.load(unit.model)
    ports = flatbuffer.ports(model)
    tensors = enumerate(model.subgraphs[0].tensors)
    ranges = {i: (-3.5, 3.5) for i, tensor in tensors if flatbuffer.constant(model, tensor) is None}
    ranges |= {ports.inputs[port]: RANGES[value] for port, value in unit.inputs.items()}
    ranges |= {ports.outputs[port]: RANGES[value] for port, value in unit.outputs.items()}
    options = {"input_data_type": tf.int8, "output_data_type": tf.int8, "disable_per_channel_for_dense_layers": True}
    return Unit(
        unit.name,
        mlir_quantize(set_ranges(unit.model, ranges), fully_quantize=True, **options),
        unit.inputs,
        unit.outputs,
    )


@pytest.fixture(scope="module")
def float_units():
    return [float_unit(name, *sides) for name, sides in networks().items()]


@pytest.fixture(scope="module")
def int8_units(float_units):
    return [int8_unit(unit) for unit in float_units]


def images(count=12):
    return np.random.default_rng(1).normal(size=(count, 1, 12, 12, 3)).astype(np.float32)


def test_linked_float_units_compute_bit_for_bit_what_the_chain_does(float_units):
    part = link(float_units, {"image": "image"}, {"logits": "logits", "features": "f2"})
    for image in images():
        want, got = run_chain(float_units, {"image": image}), invoke(part, image=image)
        np.testing.assert_array_equal(got["logits"], want["logits"])
        np.testing.assert_array_equal(got["features"], want["f2"])
    assert np.ptp(want["logits"]) > 0.01
    check_versions(part)


def test_linked_int8_units_compute_bit_for_bit_what_the_chain_does(int8_units):
    part = link(int8_units, {"image": "image"}, {"logits": "logits", "features": "f2"})
    for image in np.clip(np.round(images() * 42), -128, 127).astype(np.int8):
        want, got = run_chain(int8_units, {"image": image}), invoke(part, image=image)
        np.testing.assert_array_equal(got["logits"], want["logits"])
        np.testing.assert_array_equal(got["features"], want["f2"])
    assert np.ptp(want["logits"].astype(int)) > 5
    check_versions(part)


def test_units_quantized_on_the_same_ranges_need_no_conversion_at_the_seams(int8_units):
    kinds = [name for name, _ in flatbuffer.operators(link(int8_units, {"image": "image"}, {"y": "logits"}))]
    assert kinds == ["CONV_2D"] * 3 + ["ADD", "CONV_2D", "MEAN", "FULLY_CONNECTED"]


def test_int8_trunk_with_a_float_head(float_units, int8_units):
    units = [*int8_units[:3], float_units[3]]
    part = link(units, {"image": "image"}, {"logits": "logits"})
    kinds = [name for name, _ in flatbuffer.operators(part)]
    assert kinds.count("DEQUANTIZE") == 1 and "QUANTIZE" not in kinds
    for image in np.clip(np.round(images(4) * 42), -128, 127).astype(np.int8):
        want = run_chain(units, {"image": image})["logits"]
        np.testing.assert_array_equal(invoke(part, image=image)["logits"], want)


def test_ranges_become_exactly_the_scales_expected(int8_units):
    for unit in int8_units:
        model = flatbuffer.load(unit.model)
        ports = flatbuffer.ports(model)
        for side, values in ((ports.inputs, unit.inputs), (ports.outputs, unit.outputs)):
            for port, value in values.items():
                low, high = RANGES[value]
                form = flatbuffer.form(model.subgraphs[0].tensors[side[port]])
                scale = (high - low) / 255
                assert (form.scale, form.zero_point) == (np.float32(scale), round(-128 - low / scale)), value


def test_a_joined_file_holds_float_and_int8_signatures(float_units, int8_units):
    image = images(1)[0]
    parts = {"float": float_units[0].model, "int8": int8_units[0].model}
    joined = join_signatures(parts)
    np.testing.assert_array_equal(
        invoke(joined, "float", image=image)["features"], invoke(parts["float"], image=image)["features"]
    )
    assert invoke(joined, "int8", image=np.zeros((1, 12, 12, 3), np.int8))["features"].dtype == np.int8


def test_biases_of_a_quantized_unit_move_its_output_by_channel(int8_units):
    model = flatbuffer.load(int8_units[0].model)
    (layer,) = weighted_operators(model)
    assert layer.kind == "CONV_2D" and layer.bias.shape == layer.bias_scale.shape == (8,)
    image, bias, seen = np.zeros((1, 12, 12, 3), np.int8), layer.bias, []
    for shift in (0, 0.5, 1):
        layer.bias = bias + (np.round(shift / layer.bias_scale) * (np.arange(8) == 2)).astype(np.int32)
        seen.append(invoke(flatbuffer.dump(model), image=image)["features"].astype(int))
    for moved in (seen[1] - seen[0], seen[2] - seen[1]):
        assert np.all(moved[..., np.arange(8) != 2] == 0)
    moved = (seen[2] - seen[1])[..., 2] * (2 / 255)  # both are above zero, where relu is the identity
    np.testing.assert_allclose(moved, 0.5, atol=1.01 * 2 / 255)
