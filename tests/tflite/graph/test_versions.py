"""Operators that the oldest supported runtime would refuse are refused at export."""

import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.handmade import Handmade, add
from tflite.graph.flatbuffer import FlatbufferError
from tflite.graph.versions import _HIGHEST, OLDEST_RUNTIME, check_versions


def model_of(name, version, custom=None):
    model = Handmade()
    x, y = model.tensor("x", [1]), model.tensor("y", [1])
    model.operator(name, [x], y, version=version, custom=custom)
    return model.pack({"x": x}, {"y": y})


@pytest.mark.parametrize("name, highest", [("CONV_2D", 8), ("FULLY_CONNECTED", 11), ("RESHAPE", 1), ("IF", 1)])
def test_versions_up_to_the_highest_are_accepted(name, highest):
    check_versions(model_of(name, highest))
    message = rf"Expected {name} of version {highest} at most in stage_1, .* received version {highest + 1}\."
    with pytest.raises(FlatbufferError, match=message):
        check_versions(model_of(name, highest + 1), part="stage_1")


def test_custom_operators_are_refused():
    with pytest.raises(FlatbufferError, match="builtin operators only in head, received custom FlexBitwiseAnd"):
        check_versions(model_of("CUSTOM", 1, "FlexBitwiseAnd"), part="head")


def test_operators_that_the_runtime_does_not_have_are_refused():
    with pytest.raises(FlatbufferError, match="received STABLEHLO_CBRT"):
        check_versions(model_of("STABLEHLO_CBRT", 1))


def test_another_table_may_be_given():
    with pytest.raises(FlatbufferError, match="Expected ADD of version 0 at most"):
        check_versions(add([1]), {"ADD": 0})


def test_every_name_in_the_table_is_an_operator_of_the_schema_and_stands_there_once():
    assert len(OLDEST_RUNTIME) == sum(len(names.split()) for names in _HIGHEST.values())
    assert all(hasattr(schema.BuiltinOperator, name) for name in OLDEST_RUNTIME)
