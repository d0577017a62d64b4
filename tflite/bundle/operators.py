"""The operators that a part may consist of: pure functions that the oldest supported TensorFlow Lite has.

A line a kind: name, number, highest version, inputs and outputs (of `2-3?` the third may be left out), number of its
options' type, the fields of that type (a letter each, see `part_check.OPTIONS`), which inputs have to be constants, and
the rule for the shapes of its results (`part_shapes`). Left out is what keeps state, draws random numbers, reads
tables, calls subgraphs, or gives a result whose size depends on numbers: a part is a pure function between tensors of
static shapes. The same lines stand in docs/bundle.md and in the JVM runtime.
"""

from __future__ import annotations

from typing import NamedTuple

LINES = """
ABS 101 5 1 1 78 . . same
ADD 0 5 2 1 11 ab . broadcasts
ADD_N 106 1 1+ 1 82 . . all_same
ARG_MAX 56 3 2 1 40 t 1 arg
ARG_MIN 79 3 2 1 57 t 1 arg
AVERAGE_POOL_2D 1 3 1 1 5 gppppa . pool
BATCH_MATMUL 126 4 2 1 101 bbb . matmul
BATCH_TO_SPACE_ND 37 4 3 1 24 . 1,2 from_batch
BROADCAST_TO 130 3 2 1 104 . 1 broadcast_to
CAST 53 6 1 1 37 tt . same
CEIL 104 1 1 1 0 . . same
CONCATENATION 2 4 1+ 1 10 ia . join
CONV_2D 3 8 2-3? 1 1 gppaqqt . conv
COS 108 1 1 1 84 . . same
CUMSUM 128 1 2 1 102 bb 1 same
DEPTHWISE_CONV_2D 4 7 2-3? 1 2 gpppaqq . depthwise
DEPTH_TO_SPACE 5 2 1 1 94 p . from_depth
DEQUANTIZE 6 5 1 1 38 . . same
DIV 42 2 2 1 29 a . broadcasts
ELU 111 1 1 1 0 . . same
EQUAL 71 4 2 1 53 . . broadcasts
EXP 47 2 1 1 33 . . same
EXPAND_DIMS 70 1 2 1 52 . 1 expand
FILL 94 4 2 1 68 . 0 fill
FLOOR 8 1 1 1 0 . . same
FLOOR_DIV 90 3 2 1 65 . . broadcasts
FLOOR_MOD 95 2 2 1 72 . . broadcasts
FULLY_CONNECTED 9 11 2-3? 1 8 a-bbt . dense
GATHER 36 7 2 1 23 ii . gather
GATHER_ND 107 5 2 1 83 . . gather_nd
GELU 150 2 1 1 116 b . same
GREATER 61 2 2 1 44 . . broadcasts
GREATER_EQUAL 62 3 2 1 45 . . broadcasts
HARD_SWISH 117 1 1 1 91 . . same
L2_NORMALIZATION 11 2 1 1 12 a . same
LEAKY_RELU 98 2 1 1 75 f . same
LESS 58 3 2 1 41 . . broadcasts
LESS_EQUAL 63 2 2 1 46 . . broadcasts
LOG 73 2 1 1 0 . . same
LOGICAL_AND 86 1 2 1 62 . . broadcasts
LOGICAL_NOT 87 1 1 1 63 . . same
LOGICAL_OR 84 1 2 1 60 . . broadcasts
LOGISTIC 14 3 1 1 0 . . same
LOG_SOFTMAX 50 2 1 1 36 . . same
MAXIMUM 55 4 2 1 39 . . broadcasts
MAX_POOL_2D 17 3 1 1 5 gppppa . pool
MEAN 40 3 2 1 27 b 1 reduce
MINIMUM 57 4 2 1 39 . . broadcasts
MIRROR_PAD 100 3 2 1 77 g 1 mirror
MUL 18 7 2 1 21 a . broadcasts
NEG 59 1 1 1 42 . . same
NOT_EQUAL 72 3 2 1 54 . . broadcasts
ONE_HOT 85 1 4 1 61 i 1 one_hot
PACK 83 4 1+ 1 59 pi . pack
PAD 34 4 2 1 22 . 1 pad
PADV2 60 4 3 1 43 . 1 pad
POW 78 1 2 1 56 . . broadcasts
PRELU 54 1 2 1 0 . . prelu
QUANTIZE 114 3 1 1 89 . . same
REDUCE_ALL 140 1 2 1 27 b 1 reduce
REDUCE_ANY 91 1 2 1 27 b 1 reduce
REDUCE_MAX 82 3 2 1 27 b 1 reduce
REDUCE_MIN 89 3 2 1 27 b 1 reduce
REDUCE_PROD 81 2 2 1 27 b 1 reduce
RELU 19 3 1 1 0 . . same
RELU6 21 3 1 1 0 . . same
RELU_0_TO_1 152 1 1 1 0 . . same
RELU_N1_TO_1 20 1 1 1 0 . . same
RESHAPE 22 1 1-2 1 17 v . reshape
RESIZE_BILINEAR 23 4 2 1 15 --bb 1 resize
RESIZE_NEAREST_NEIGHBOR 97 4 2 1 74 bb 1 resize
REVERSE_V2 105 3 2 1 81 . 1 same
ROUND 116 1 1 1 0 . . same
RSQRT 76 3 1 1 0 . . same
SELECT 64 4 3 1 47 . . choose
SELECT_V2 123 2 3 1 98 . . broadcasts
SHAPE 77 1 1 1 55 t . rank
SIGN 158 2 1 1 123 . . same
SIN 66 1 1 1 0 . . same
SLICE 65 6 3 1 48 . 1,2 slice
SOFTMAX 25 3 1 1 9 f . same
SPACE_TO_BATCH_ND 38 4 3 1 25 . 1,2 to_batch
SPACE_TO_DEPTH 26 2 1 1 19 p . to_depth
SPLIT 49 4 2 1+ 35 p 0 split
SPLIT_V 102 2 3 1+ 79 p 1,2 split_sizes
SQRT 75 1 1 1 0 . . same
SQUARE 92 1 1 1 66 . . same
SQUARED_DIFFERENCE 99 2 2 1 76 . . broadcasts
SQUEEZE 43 2 1 1 30 v . squeeze
STRIDED_SLICE 45 8 4 1 32 iiiiib 1,2,3 strided
SUB 41 5 2 1 28 ab . broadcasts
SUM 74 2 2 1 27 b 1 reduce
TANH 28 3 1 1 0 . . same
TILE 69 3 2 1 51 . 1 tile
TOPK_V2 48 3 2 2 34 . 1 largest
TRANSPOSE 39 6 2 1 26 . 1 transpose
TRANSPOSE_CONV 67 5 3-4? 1 49 gppat 0 transposed_conv
UNPACK 88 4 1 1+ 64 pi . unpack
ZEROS_LIKE 93 1 1 1 67 . . same
"""


class Operator(NamedTuple):
    """What an operator may look like.

    Attributes:
        name: the schema's.
        version: the highest that is accepted.
        inputs: fewest and most inputs.
        optional: whether the last of most inputs may be left out, -1.
        outputs: fewest and most outputs.
        options_type: number in the union BuiltinOptions; 0 where the operator has none.
        options: a letter for each field of that type.
        constants: positions of inputs that have to be constants.
        rule: name of the rule for the shapes of its results, see `part_shapes`.
    """

    name: str
    version: int
    inputs: tuple[int, int]
    optional: bool
    outputs: tuple[int, int]
    options_type: int
    options: str
    constants: tuple[int, ...]
    rule: str


MOST_OPERANDS = 1000


def _counts(text: str) -> tuple[int, int]:
    if text.endswith("+"):
        return int(text[:-1]), MOST_OPERANDS
    fewest, _, most = text.partition("-")
    return int(fewest), int(most or fewest)


def _operator(name, version, inputs, outputs, options_type, options, constants, rule):
    positions = tuple(int(i) for i in constants.split(",")) if constants != "." else ()
    fields, counts, optional = "" if options == "." else options, _counts(inputs.rstrip("?")), inputs.endswith("?")
    return Operator(name, int(version), counts, optional, _counts(outputs), int(options_type), fields, positions, rule)


def _table() -> dict[int, Operator]:
    rows = (line.split() for line in LINES.split("\n") if line)
    return {int(number): _operator(name, *rest) for name, number, *rest in rows}


OPERATORS = _table()  # BuiltinOperator -> what it may look like
