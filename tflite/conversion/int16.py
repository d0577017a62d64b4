"""Units with activations of 16 bits over weights of 8 (16x8): TensorFlow's quantizer, and what it leaves wrong, mended.

A scale of 16 bits is 1/256 of that of 8 bits, so rounding hardly moves what a unit computes; its weights are as small
as those of int8. XNNPACK has no such kernels: TensorFlow Lite runs plain C++, on the host and on the phone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from ..bundle.part_check import read_signatures
from ..bundle.part_tables import Damaged
from ..errors import FrugalError
from ..graph import flatbuffer
from ..graph.versions import check_versions
from ..graph.weights import set_ranges, weighted_operators

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_HALF_OPEN = ("LOGISTIC", "TANH", "SOFTMAX")  # their kernels give q / 32768


class NoInt16Kernel(FrugalError):
    """TensorFlow Lite cannot run a unit with activations of 16 bits; says why."""


def quantize_unit_int16(content: bytes, ranges: Mapping[int, tuple[float, float]], name: str) -> bytes:
    """A float32 unit with int16 activations and int8 weights, inputs and outputs int16 too.

    Args:
        content: the float32 flatbuffer.
        ranges: of every activation, {tensor index: (lowest, highest)}.
        name: of the unit, for errors.

    Raises:
        NoInt16Kernel: TensorFlow Lite has no kernel of 16 bits for one of its operators.
    """
    from tensorflow import int16
    from tensorflow.lite.python.convert import _types_pb2, mlir_quantize

    quantized = mlir_quantize(
        set_ranges(content, ranges),
        fully_quantize=True,
        inference_type=_types_pb2.QUANTIZED_INT16,
        input_data_type=int16,
        output_data_type=int16,
        disable_per_channel_for_dense_layers=True,
    )
    model = flatbuffer.load(bytes(quantized))
    _widen_operands(model)
    _set_zero_points(model)
    _set_fixed_scales(model)
    _widen_biases(model, flatbuffer.load(content))
    mended = flatbuffer.dump(model)
    check_versions(mended, part=name)
    _check_kernels(mended, name)
    return mended


def _widen_operands(model: schema.ModelT) -> None:
    """Makes constants that are no weights int16, as the kernels want both operands: the same numbers, of 8 bits."""
    tensors = flatbuffer.only_subgraph(model, "the unit").tensors
    for operator in model.subgraphs[0].operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in _WEIGHTED:
            continue
        for place, index in enumerate(flatbuffer.integers(operator.inputs)):
            data = flatbuffer.constant(model, tensors[index]) if index >= 0 else None
            if data is not None and tensors[index].type == schema.TensorType.INT8:
                narrow = tensors[index].quantization
                codes = np.frombuffer(data, np.int8).astype("<i2") - narrow.zeroPoint[0]
                own = schema.TensorT(tensors[index].shape, schema.TensorType.INT16, name=tensors[index].name)
                own.quantization = schema.QuantizationParametersT(scale=narrow.scale, zeroPoint=np.array([0]))
                own.buffer = len(model.buffers)
                model.buffers.append(schema.BufferT(data=np.frombuffer(codes.astype("<i2").tobytes(), np.uint8)))
                operator.inputs = np.array(
                    [*operator.inputs[:place], len(tensors), *operator.inputs[place + 1 :]], "<i4"
                )
                tensors.append(own)


def _set_zero_points(model: schema.ModelT) -> None:
    """Makes zero points 0: the quantizer, whose scales are symmetric all the same, rounds some of them to -1."""
    for tensor in flatbuffer.only_subgraph(model, "the unit").tensors:
        if tensor.type == schema.TensorType.INT16:
            tensor.quantization.zeroPoint = np.array([0])


def _set_fixed_scales(model: schema.ModelT) -> None:
    """Gives results of fixed range the scale that their kernels have; the quantizer says 1/65536 of a logistic's."""
    graph = flatbuffer.only_subgraph(model, "the unit")
    for operator in graph.operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in _HALF_OPEN:
            quantization = graph.tensors[int(operator.outputs[0])].quantization
            quantization.scale, quantization.zeroPoint = np.float32([1 / 32768]), np.array([0])


def _widen_biases(model: schema.ModelT, float_model: schema.ModelT) -> None:
    """Makes biases int64, from the float ones: sums of 16-bit products overflow 32 bits, in which they are written."""
    twins = zip(weighted_operators(model), weighted_operators(float_model), strict=True)
    for operator, twin in twins:
        if operator.bias is not None:
            operator.widen_bias(twin.bias)


def _check_kernels(content: bytes, name: str) -> None:
    try:
        read_signatures(content)
        Interpreter(model_content=content).allocate_tensors()
    except (RuntimeError, ValueError, Damaged) as error:
        reason = " ".join(str(error).split())
        raise NoInt16Kernel(
            f"part {name}: expected operators that TFLite has with 16-bit activations, it says: {reason}"
        ) from error
