"""Keras submodels to TFLite units, and calibrated float units to int8 ones."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence

from ai_edge_litert import schema_py_generated as schema

from ..errors import FrugalError
from ..graph import flatbuffer
from ..graph.versions import check_versions
from ..graph.weights import set_ranges

MODES = ("float32", "float16", "dynamic", "int8")


class ConversionError(FrugalError):
    """A network that cannot be converted as asked; says what and why."""


def export_unit(model, name: str, mode: str = "float32") -> bytes:
    """Convert one functional `keras.Model` with dictionaries as inputs and outputs; ports keep their names.

    A batch is one image. Only built-in operators are allowed, in versions that the oldest supported runtime knows.

    Args:
        model: the Keras model.
        name: of the unit, for errors.
        mode: "float32"; "float16" and "dynamic" store the weights in half precision or as int8 and compute in float32.

    Raises:
        ConversionError: the converter refuses the model.
    """
    import tensorflow as tf

    specs = {t.name: tf.TensorSpec((1, *t.shape[1:]), t.dtype, name=t.name) for t in model.inputs}
    traced = tf.function(lambda **inputs: model(inputs, training=False), autograph=False)
    function = traced.get_concrete_function(**specs)
    # No trackable object is passed: with one, Keras 3 weights stay out of the file and nothing says so.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # else FULLY_CONNECTED 12
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    try:
        content = converter.convert()
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConversionError(
            f"part {name}: expected a model of TFLite's built-in operators, the converter says: {reason}"
        ) from error
    content = _name_ports(content, sorted(function.structured_outputs))
    check_versions(content, part=name)
    return content


def quantize_unit(content: bytes, ranges: Mapping[int, tuple[float, float]], name: str) -> bytes:
    """A float32 unit as int8, inputs and outputs too.

    Args:
        content: the float32 flatbuffer.
        ranges: of every activation, {tensor index: (lowest, highest)}.
        name: of the unit, for errors.
    """
    from tensorflow import int8
    from tensorflow.lite.python.convert import mlir_quantize

    calibrated = set_ranges(content, ranges)
    quantized = mlir_quantize(
        calibrated,
        fully_quantize=True,
        input_data_type=int8,
        output_data_type=int8,
        disable_per_channel_for_dense_layers=True,
    )
    quantized = bytes(quantized)
    check_versions(quantized, part=name)
    return quantized


def _name_ports(content: bytes, outputs: list[str]) -> bytes:
    """Write the signature that names the ports; outputs are in sorted order, as TensorFlow flattens dictionaries."""
    model = flatbuffer.load(content)
    graph = flatbuffer.only_subgraph(model, "the model")
    ins, outs = flatbuffer.integers(graph.inputs), flatbuffer.integers(graph.outputs)
    named = [schema.TensorMapT(flatbuffer.text(graph.tensors[i].name).removesuffix(":0"), i) for i in ins]
    answers = [schema.TensorMapT(name, i) for name, i in zip(outputs, outs, strict=True)]
    model.signatureDefs = [schema.SignatureDefT(named, answers, "serving_default", 0)]
    return flatbuffer.dump(model)


def int16_parts(listed: str, quantized: Sequence[str], deciding: Sequence[str]) -> set[str]:
    """The parts that --int16 names.

    Args:
        listed: names or patterns between commas, or "all".
        quantized: names of the parts that may be quantized.
        deciding: names of those that decide at exits.

    Raises:
        ConversionError: a name of no part, or of one that decides.
    """
    found = set()
    for pattern in (word.strip() for word in listed.split(",") if word.strip()):
        named = fnmatch.filter(quantized, "*" if pattern == "all" else pattern)
        if not named:
            refused = fnmatch.filter(deciding, pattern)
            why = f": {refused[0]} is fitted on the quantized chain and stays float32" if refused else ""
            raise ConversionError(f"expected --int16 as parts of {', '.join(quantized)}, received {pattern!r}{why}")
        found |= {*named}
    return found
