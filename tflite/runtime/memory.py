"""Whether TensorFlow Lite allocates all tensors of a part statically.

If the size of a tensor depends on the data, as after a RESHAPE to a computed shape, the interpreter allocates while it
runs: it frees and moves memory, and an array that is a view of it would read freed memory. The interpreter has no query
for this, hence the model is inspected. A part has static tensors if the output size of every operator follows from
sizes and constants, and if all integers that it reads (sizes, axes, permutations, indices) are constants. An unknown
operator counts as dynamic.
"""

from __future__ import annotations

import functools

_STATIC_OPERATORS = """
    ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL CAST CEIL CONCATENATION CONV_2D COS DEPTHWISE_CONV_2D
    DEPTH_TO_SPACE DEQUANTIZE DIV ELU EQUAL EXP EXPAND_DIMS FLOOR FULLY_CONNECTED GATHER GELU GREATER GREATER_EQUAL
    HARD_SWISH L2_NORMALIZATION LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX
    MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 POW PRELU QUANTIZE REDUCE_MAX
    REDUCE_MIN REDUCE_PROD RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR RSQRT SELECT
    SELECT_V2 SIN SLICE SOFTMAX SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB
    SUM TANH TILE TOPK_V2 TRANSPOSE TRANSPOSE_CONV UNPACK
""".split()


def has_static_tensors(content: bytes, subgraph: int) -> bool:
    """Whether the tensors of a subgraph keep their memory from run to run.

    Args:
        content: a TFLite file.
        subgraph: index of the subgraph in the file.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(subgraph)
    operators = (graph.Operators(i) for i in range(graph.OperatorsLength()))
    return all(_is_static(model, graph, operator) for operator in operators)


def _is_static(model, graph, operator):
    code = model.OperatorCodes(operator.OpcodeIndex())
    read = (int(operator.Inputs(i)) for i in range(operator.InputsLength()))
    return max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) in _static_codes() and all(
        _has_no_dynamic_size(model, graph.Tensors(index)) for index in read if index >= 0
    )


def _has_no_dynamic_size(model, tensor):
    """Whether a tensor is a constant, or of a type that holds no sizes."""
    from ai_edge_litert import schema_py_generated as schema

    sizes = (schema.TensorType.INT32, schema.TensorType.INT64)
    return tensor.Type() not in sizes or model.Buffers(tensor.Buffer()).DataLength() > 0


@functools.cache
def _static_codes():
    from ai_edge_litert import schema_py_generated as schema

    return frozenset(getattr(schema.BuiltinOperator, name) for name in _STATIC_OPERATORS)
