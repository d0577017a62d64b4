"""The operators that a part may consist of: pure functions that the oldest supported TensorFlow Lite has.

A line a kind: name, number, highest version, inputs and outputs, number of its options' type, the fields of that type
(a letter each, see `part_check.OPTIONS`), and which inputs have to be constants. Left out is what keeps state, draws
random numbers, reads tables, calls subgraphs, or gives a result whose size depends on numbers: a part is a pure
function between tensors of static shapes. The same lines stand in docs/bundle.md and in the JVM runtime.
"""

from __future__ import annotations

from typing import NamedTuple

LINES = """
ABS 101 5 1 1 78 . .
ADD 0 5 2 1 11 ab .
ADD_N 106 1 1+ 1 82 . .
ARG_MAX 56 3 2 1 40 t 1
ARG_MIN 79 3 2 1 57 t 1
AVERAGE_POOL_2D 1 3 1 1 5 gppppa .
BATCH_MATMUL 126 4 2 1 101 bbb .
BATCH_TO_SPACE_ND 37 4 3 1 24 . 1,2
BROADCAST_TO 130 3 2 1 104 . 1
CAST 53 6 1 1 37 tt .
CEIL 104 1 1 1 0 . .
CONCATENATION 2 4 1+ 1 10 ia .
CONV_2D 3 8 2-3 1 1 gppaqqt .
COS 108 1 1 1 84 . .
CUMSUM 128 1 2 1 102 bb 1
DEPTHWISE_CONV_2D 4 7 2-3 1 2 gpppaqq .
DEPTH_TO_SPACE 5 2 1 1 94 p .
DEQUANTIZE 6 5 1 1 38 . .
DIV 42 2 2 1 29 a .
ELU 111 1 1 1 0 . .
EQUAL 71 4 2 1 53 . .
EXP 47 2 1 1 33 . .
EXPAND_DIMS 70 1 2 1 52 . 1
FILL 94 4 2 1 68 . 0
FLOOR 8 1 1 1 0 . .
FLOOR_DIV 90 3 2 1 65 . .
FLOOR_MOD 95 2 2 1 72 . .
FULLY_CONNECTED 9 11 2-3 1 8 a-bbt .
GATHER 36 7 2 1 23 ii .
GATHER_ND 107 5 2 1 83 . .
GELU 150 2 1 1 116 b .
GREATER 61 2 2 1 44 . .
GREATER_EQUAL 62 3 2 1 45 . .
HARD_SWISH 117 1 1 1 91 . .
L2_NORMALIZATION 11 2 1 1 12 a .
LEAKY_RELU 98 2 1 1 75 f .
LESS 58 3 2 1 41 . .
LESS_EQUAL 63 2 2 1 46 . .
LOG 73 2 1 1 0 . .
LOGICAL_AND 86 1 2 1 62 . .
LOGICAL_NOT 87 1 1 1 63 . .
LOGICAL_OR 84 1 2 1 60 . .
LOGISTIC 14 3 1 1 0 . .
LOG_SOFTMAX 50 2 1 1 36 . .
MAXIMUM 55 4 2 1 39 . .
MAX_POOL_2D 17 3 1 1 5 gppppa .
MEAN 40 3 2 1 27 b 1
MINIMUM 57 4 2 1 39 . .
MIRROR_PAD 100 3 2 1 77 g 1
MUL 18 7 2 1 21 a .
NEG 59 1 1 1 42 . .
NOT_EQUAL 72 3 2 1 54 . .
ONE_HOT 85 1 4 1 61 i 1
PACK 83 4 1+ 1 59 pi .
PAD 34 4 2 1 22 . 1
PADV2 60 4 3 1 43 . 1
POW 78 1 2 1 56 . .
PRELU 54 1 2 1 0 . .
QUANTIZE 114 3 1 1 89 . .
REDUCE_ALL 140 1 2 1 27 b 1
REDUCE_ANY 91 1 2 1 27 b 1
REDUCE_MAX 82 3 2 1 27 b 1
REDUCE_MIN 89 3 2 1 27 b 1
REDUCE_PROD 81 2 2 1 27 b 1
RELU 19 3 1 1 0 . .
RELU6 21 3 1 1 0 . .
RELU_0_TO_1 152 1 1 1 0 . .
RELU_N1_TO_1 20 1 1 1 0 . .
RESHAPE 22 1 1-2 1 17 v .
RESIZE_BILINEAR 23 4 2 1 15 --bb 1
RESIZE_NEAREST_NEIGHBOR 97 4 2 1 74 bb 1
REVERSE_V2 105 3 2 1 81 . 1
ROUND 116 1 1 1 0 . .
RSQRT 76 3 1 1 0 . .
SELECT 64 4 3 1 47 . .
SELECT_V2 123 2 3 1 98 . .
SHAPE 77 1 1 1 55 t .
SIGN 158 2 1 1 123 . .
SIN 66 1 1 1 0 . .
SLICE 65 6 3 1 48 . 1,2
SOFTMAX 25 3 1 1 9 f .
SPACE_TO_BATCH_ND 38 4 3 1 25 . 1,2
SPACE_TO_DEPTH 26 2 1 1 19 p .
SPLIT 49 4 2 1+ 35 p 0
SPLIT_V 102 2 3 1+ 79 p 1,2
SQRT 75 1 1 1 0 . .
SQUARE 92 1 1 1 66 . .
SQUARED_DIFFERENCE 99 2 2 1 76 . .
SQUEEZE 43 2 1 1 30 v .
STRIDED_SLICE 45 8 4 1 32 iiiiib 1,2,3
SUB 41 5 2 1 28 ab .
SUM 74 2 2 1 27 b 1
TANH 28 3 1 1 0 . .
TILE 69 3 2 1 51 . 1
TOPK_V2 48 3 2 2 34 . 1
TRANSPOSE 39 6 2 1 26 . 1
TRANSPOSE_CONV 67 5 3-4 1 49 gppat 0
UNPACK 88 4 1 1+ 64 pi .
ZEROS_LIKE 93 1 1 1 67 . .
"""


class Operator(NamedTuple):
    """What an operator may look like.

    Attributes:
        name: the schema's.
        version: the highest that is accepted.
        inputs: fewest and most inputs.
        outputs: fewest and most outputs.
        options_type: number in the union BuiltinOptions; 0 where the operator has none.
        options: a letter for each field of that type.
        constants: positions of inputs that have to be constants.
    """

    name: str
    version: int
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    options_type: int
    options: str
    constants: tuple[int, ...]


MOST_OPERANDS = 1000


def _counts(text: str) -> tuple[int, int]:
    if text.endswith("+"):
        return int(text[:-1]), MOST_OPERANDS
    fewest, _, most = text.partition("-")
    return int(fewest), int(most or fewest)


def _operator(name, version, inputs, outputs, options_type, options, constants):
    positions = tuple(int(i) for i in constants.split(",")) if constants != "." else ()
    fields = "" if options == "." else options
    return Operator(name, int(version), _counts(inputs), _counts(outputs), int(options_type), fields, positions)


def _table() -> dict[int, Operator]:
    rows = (line.split() for line in LINES.split("\n") if line)
    return {int(number): _operator(name, *rest) for name, number, *rest in rows}


OPERATORS = _table()  # BuiltinOperator -> what it may look like
