"""The operators, and their versions, that the oldest supported TFLite accepts.

A newer converter may write an operator in a version that an older runtime refuses, which shows only on the phone. So
every part is checked when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import flatbuffer
from .flatbuffer import FlatbufferError

# Highest version that TensorFlow 2.16.1's BuiltinOpResolver (tensorflow/lite/core/kernels/register.cc) registers, found
# by asking the interpreter of that release for every operator in every version. Operators that keep state, draw random
# numbers or look up tables are left out: a part is a pure function.
_HIGHEST = {
    1: """ADD_N ATAN2 BITCAST BITWISE_XOR BROADCAST_ARGS BUCKETIZE CEIL COMPLEX_ABS CONV_3D CONV_3D_TRANSPOSE COS CUMSUM
        DENSIFY DILATE DYNAMIC_UPDATE_SLICE ELU EXPAND_DIMS FLOOR HARD_SWISH IF IMAG L2_POOL_2D
        LOCAL_RESPONSE_NORMALIZATION LOGICAL_AND LOGICAL_NOT LOGICAL_OR MATRIX_DIAG MATRIX_SET_DIAG NEG
        NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 ONE_HOT POW PRELU RANK REAL REDUCE_ALL REDUCE_ANY REDUCE_WINDOW
        RELU_0_TO_1 RELU_N1_TO_1 RESHAPE REVERSE_SEQUENCE RFFT2D RIGHT_SHIFT ROUND SCATTER_ND SEGMENT_SUM SHAPE SIN SQRT
        SQUARE UNIQUE UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM WHILE
        ZEROS_LIKE""",
    2: """DEPTH_TO_SPACE DIV EXP FAKE_QUANT FLOOR_MOD GELU GREATER L2_NORMALIZATION LEAKY_RELU LESS_EQUAL LOG
        LOG_SOFTMAX RANGE REDUCE_PROD SELECT_V2 SIGN SPACE_TO_DEPTH SPLIT_V SQUARED_DIFFERENCE SQUEEZE SUM WHERE""",
    3: """ARG_MAX ARG_MIN AVERAGE_POOL_2D BIDIRECTIONAL_SEQUENCE_LSTM BIDIRECTIONAL_SEQUENCE_RNN BROADCAST_TO
        EMBEDDING_LOOKUP FLOOR_DIV GREATER_EQUAL LESS LOGISTIC MAX_POOL_2D MEAN MIRROR_PAD NOT_EQUAL QUANTIZE REDUCE_MAX
        REDUCE_MIN RELU RELU6 REVERSE_V2 RNN RSQRT SOFTMAX SPARSE_TO_DENSE TANH TILE TOPK_V2
        UNIDIRECTIONAL_SEQUENCE_RNN""",
    4: """BATCH_MATMUL BATCH_TO_SPACE_ND CONCATENATION EQUAL FILL LSTM MAXIMUM MINIMUM PACK PAD PADV2 RESIZE_BILINEAR
        RESIZE_NEAREST_NEIGHBOR SELECT SPACE_TO_BATCH_ND SPLIT SVDF UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK""",
    5: "ABS ADD DEQUANTIZE GATHER_ND SUB TRANSPOSE_CONV",
    6: "CAST SLICE TRANSPOSE",
    7: "DEPTHWISE_CONV_2D GATHER MUL",
    8: "CONV_2D STRIDED_SLICE",
    11: "FULLY_CONNECTED",
}
OLDEST_RUNTIME: Mapping[str, int] = {name: version for version, names in _HIGHEST.items() for name in names.split()}


def check_versions(content: bytes, table: Mapping[str, int] = OLDEST_RUNTIME, part: str = "the model") -> None:
    """Checks the operators of a model and their versions.

    Custom operators, and so TensorFlow's own ("Flex"), are never accepted.

    Args:
        content: the model.
        table: operator name -> highest accepted version.
        part: name of the model, for the error.

    Raises:
        FlatbufferError: the model has an operator that is not in the table, or a higher version.
    """
    for name, version in flatbuffer.operators(content):
        if name.startswith("custom "):
            raise FlatbufferError(f"Expected TFLite's builtin operators only in {part}, received {name}.")
        if name not in table:
            raise FlatbufferError(f"Expected operators that TFLite 2.16.1 has in {part}, received {name}.")
        if version > table[name]:
            raise FlatbufferError(
                f"Expected {name} of version {table[name]} at most in {part}, the highest that TFLite 2.16.1 accepts; "
                f"received version {version}."
            )
