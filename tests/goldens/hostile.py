"""How parts are made wrong on purpose: a name, and a function that makes the bytes of a TFLite file.

Each is a good model of one or two operators with one thing changed. `WORDS` says what its refusal has to name.
"""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import linear, linear_int8
from tests.tflite.models import OPTIONS, build

CODES, TYPES = schema.BuiltinOperator, schema.TensorType
HOSTILE, WORDS = {}, {}


def hostile(words, base=lambda: linear([[1, 0], [0, 1]], [0, 0])):
    """Registers a function that changes the object form of a good model of `base`."""

    def register(change):
        def make():
            model = schema.ModelT.InitFromPackedBuf(build(base()), 0)
            change(model)
            builder = flatbuffers.Builder(1024)
            builder.Finish(model.Pack(builder), b"TFL3")
            return bytes(builder.Output())

        HOSTILE[change.__name__], WORDS[change.__name__] = make, words
        return change

    return register


def hostile_bytes(words):
    """Registers a function that gives the bytes."""

    def register(make):
        HOSTILE[make.__name__], WORDS[make.__name__] = make, words
        return make

    return register


def good():
    """The bytes of the model that most of them change: RESHAPE, FULLY_CONNECTED."""
    return build(linear([[1, 0], [0, 1]], [0, 0]))


def int8():
    return linear_int8([[1, 0], [0, 1]], [0, 0], (0.5, 0.25, 0.125))


def graph(model):
    return model.subgraphs[0]


def dense(model):
    return next(o for o in graph(model).operators if o.builtinOptionsType == OPTIONS.FullyConnectedOptions)


def swap(model, number, version=1):
    """Makes FULLY_CONNECTED another operator."""
    code = model.operatorCodes[dense(model).opcodeIndex]
    code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), version
