"""Linking units to one part: the same numbers as the chain of units, and nothing in it that is not needed."""

import time

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.tflite.graph.test_flatbuffer import misaligned
from tests.tflite.handmade import Handmade, add, dense, dense_int8, invoke, logistic, run_chain
from tflite.graph import flatbuffer
from tflite.graph.link import LinkError, Unit, join_signatures, link

DOUBLE = dense([[2, 0], [0, 2]], [0, 0])
SWAP = dense([[0, 1], [1, 0]], [1, 0])
X = np.array([[3, 5]], np.float32)


def unit(name, model, reads, writes):
    """A unit of one input and one output, by the usual port names."""
    return Unit(name, model, {"x": reads}, {"y": writes})


def tensor_names(content):
    return [flatbuffer.text(tensor.name) for tensor in flatbuffer.load(content).subgraphs[0].tensors]


def kinds(content):
    return [name for name, _ in flatbuffer.operators(content)]


@pytest.fixture
def int8_units():
    """An int8 trunk of two units on one scale, and a float head of two readers."""
    rng = np.random.default_rng(3)
    trunk = [
        dense_int8(rng.integers(-60, 60, (8, 8)), rng.integers(-99, 99, 8), (1 / 32, 1 / 16), (2, -5)),
        dense_int8(rng.integers(-60, 60, (8, 8)), rng.integers(-99, 99, 8), (1 / 16, 1 / 8), (-5, 0)),
    ]
    heads = [dense(rng.normal(size=(3, 8)), rng.normal(size=3)) for _ in range(2)]
    return [
        unit("stem", trunk[0], "image", "f1"),
        unit("block", trunk[1], "f1", "f2"),
        unit("head", heads[0], "f2", "logits"),
        unit("controller", heads[1], "f2", "stop"),
    ]


def test_link_computes_the_composition():
    units = [
        unit("double", DOUBLE, "image", "a"),
        unit("swap", SWAP, "a", "b"),
        Unit("add", add([1, 2]), {"a": "a", "b": "b"}, {"y": "sum"}),
    ]
    part = link(units, {"image": "image"}, {"logits": "sum", "features": "a"}, "run")
    outputs = invoke(part, "run", image=X)
    np.testing.assert_array_equal(outputs["features"], [[6, 10]])  # 2 x
    np.testing.assert_array_equal(outputs["logits"], [[6 + 11, 10 + 6]])  # 2 x + (swapped 2 x + (1, 0))
    assert kinds(part) == ["FULLY_CONNECTED", "FULLY_CONNECTED", "ADD"]


def test_units_are_put_in_order_whatever_order_they_come_in():
    units = [unit("c", SWAP, "b", "c"), unit("a", DOUBLE, "image", "a"), unit("b", DOUBLE, "a", "b")]
    np.testing.assert_array_equal(invoke(link(units, {"image": "image"}, {"y": "c"}), image=X)["y"], [[21, 12]])


def test_tensors_are_named_by_unit_and_boundary_tensors_by_port():
    units = [unit("a", DOUBLE, "image", "v"), unit("b", DOUBLE, "v", "w")]
    names = tensor_names(link(units, {"image": "image"}, {"logits": "w"}))
    assert names == ["image", "a/weights", "a/bias", "a/y", "b/weights", "b/bias", "logits"]


def test_port_names_win_over_tensors_of_the_same_name():
    units = [unit("a", DOUBLE, "image", "v"), unit("b", DOUBLE, "v", "w")]
    part = link(units, {"a/weights": "image"}, {"b/bias": "w"})
    names = tensor_names(part)
    assert len(set(names)) == len(names) and {"a/weights", "b/bias"} <= set(names)
    np.testing.assert_array_equal(invoke(part, **{"a/weights": X})["b/bias"], [[12, 20]])


def test_units_and_operators_that_no_output_needs_are_dropped():
    model = Handmade()
    x, y, z = (model.tensor(name, [1, 2]) for name in "xyz")
    model.operator("LOGISTIC", [x], y)
    model.operator("TANH", [x], z)
    two = Unit("two", model.pack({"x": x}, {"y": y, "z": z}), {"x": "v"}, {"y": "a", "z": "b"})
    units = [
        unit("double", DOUBLE, "image", "v"),
        two,
        unit("head", SWAP, "a", "logits"),
        unit("exit", SWAP, "v", "early"),
    ]
    part = link(units, {"image": "image"}, {"logits": "logits"})
    assert kinds(part) == ["FULLY_CONNECTED", "LOGISTIC", "FULLY_CONNECTED"]
    assert not [name for name in tensor_names(part) if name in ("two/z", "exit/y", "exit/weights")]
    both = link(units, {"image": "image"}, {"logits": "logits", "early": "early"})
    assert kinds(both).count("FULLY_CONNECTED") == 3


def test_units_that_are_not_needed_may_read_values_that_are_not_there():
    units = [unit("a", DOUBLE, "image", "v"), unit("controller", SWAP, "value of a dropped unit", "stop")]
    assert kinds(link(units, {"image": "image"}, {"y": "v"})) == ["FULLY_CONNECTED"]


def test_equal_constants_are_kept_once():
    weights = np.random.default_rng(0).normal(size=(64, 64))
    units = [unit(f"u{i}", dense(weights, np.zeros(64)), f"v{i}", f"v{i + 1}") for i in range(10)]
    part = link(units, {"x": "v0"}, {"y": "v10"})
    assert 64 * 64 * 4 < len(part) < 64 * 64 * 4 + 8000
    assert len(flatbuffer.load(part).buffers) == 3  # the empty one, the weights, the bias


def test_operator_codes_are_merged_at_the_highest_version():
    low, high = Handmade(), Handmade()
    for model, version in ((low, 1), (high, 3)):
        x, y = model.tensor("x", [1]), model.tensor("y", [1])
        model.operator("LOGISTIC", [x], y, version=version)
    units = [unit("a", high.pack({"x": 0}, {"y": 1}), "u", "v"), unit("b", low.pack({"x": 0}, {"y": 1}), "v", "w")]
    part = link(units, {"x": "u"}, {"y": "w"})
    assert flatbuffer.operators(part) == [("LOGISTIC", 3)] * 2
    assert len(flatbuffer.load(part).operatorCodes) == 1


def test_int8_trunk_and_float_heads_share_one_dequantize(int8_units):
    part = link(int8_units, {"image": "image"}, {"logits": "logits", "stop": "stop", "features": "f2"})
    assert kinds(part) == ["FULLY_CONNECTED", "FULLY_CONNECTED", "DEQUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED"]
    assert ("DEQUANTIZE", 2) in flatbuffer.operators(part)
    for image in np.random.default_rng(4).integers(-128, 128, (50, 1, 8)).astype(np.int8):
        want, got = run_chain(int8_units, {"image": image}), invoke(part, image=image)
        for port, value in (("logits", "logits"), ("stop", "stop"), ("features", "f2")):
            np.testing.assert_array_equal(got[port], want[value])


def test_float_unit_before_an_int8_one_is_quantized_as_the_chain_does_it():
    units = [
        unit("scale", dense(np.eye(256) * 0.37, np.zeros(256)), "image", "v"),
        unit("int8", dense_int8(np.eye(256) * 64, np.zeros(256), (1 / 16, 1 / 16), (3, 3)), "v", "w"),
    ]
    part = link(units, {"image": "image"}, {"y": "w"})
    assert kinds(part) == ["FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED"]
    image = np.random.default_rng(0).normal(size=(1, 256), scale=12).astype(np.float32)
    got = invoke(part, image=image)["y"]
    np.testing.assert_array_equal(got, run_chain(units, {"image": image})["w"])
    assert got.min() == -128 and len(np.unique(got)) > 90


def test_neighbours_of_different_scale_are_requantized_as_the_chain_does_it():
    identity = np.eye(256) * 64
    units = [
        unit("a", dense_int8(identity, np.zeros(256), (0.05, 0.05), (4, 4)), "image", "v"),
        unit("b", dense_int8(identity, np.zeros(256), (0.0313, 0.0313), (-9, -9)), "v", "w"),
        unit("c", dense_int8(identity, np.zeros(256), (0.0313, 0.0313), (-9, -9)), "v", "u"),
    ]
    part = link(units, {"image": "image"}, {"y": "w", "z": "u"})
    assert kinds(part).count("DEQUANTIZE") == kinds(part).count("QUANTIZE") == 1  # once, for both readers
    image = np.arange(-128, 128, dtype=np.int8)[None]
    want = np.clip(np.round((image.astype(np.float64) - 4) * 0.05 / 0.0313) - 9, -128, 127)
    np.testing.assert_array_equal(invoke(part, image=image)["y"], want)
    np.testing.assert_array_equal(run_chain(units, {"image": image})["w"], want)


def test_input_read_as_float_and_as_int8_stays_float():
    units = [
        unit("int8", dense_int8(np.eye(2) * 64, [0, 0], (1 / 4, 1 / 4)), "image", "v"),
        unit("float", DOUBLE, "image", "w"),
    ]
    part = link(units, {"image": "image"}, {"a": "v", "b": "w"})
    outputs = invoke(part, image=np.array([[0.3, -2]], np.float32))
    np.testing.assert_array_equal(outputs["a"], [[1, -8]])
    np.testing.assert_array_equal(outputs["b"], np.array([[0.6, -4]], np.float32))
    alone = link(units[:1], {"image": "image"}, {"a": "v"})
    assert Interpreter(model_content=alone).get_input_details()[0]["quantization"] == (0.25, 0)


def test_units_without_a_signature_are_linked_by_their_tensors_names():
    model = Handmade()
    x, y = model.tensor("serving_default_x:0", [1, 2]), model.tensor("call:0", [1, 2])
    model.operator("TANH", [x], y)
    bare = Unit("bare", model.pack({"x": x}, {"y": y}, None), {"serving_default_x:0": "v"}, {"call:0": "w"})
    part = link([unit("a", DOUBLE, "image", "v"), bare], {"image": "image"}, {"y": "w"})
    np.testing.assert_allclose(invoke(part, image=X)["y"], np.tanh(2 * X), rtol=1e-5)


def test_left_out_optional_inputs_stay_left_out():
    model = Handmade()
    x, w, y = (
        model.tensor("x", [1, 2]),
        model.tensor("w", [1, 2], data=np.ones((1, 2), np.float32)),
        model.tensor("y", [1, 1]),
    )
    model.operator("FULLY_CONNECTED", [x, w, -1], y, flatbuffer.schema.FullyConnectedOptionsT())
    part = link([unit("sum", model.pack({"x": x}, {"y": y}), "v", "w")], {"x": "v"}, {"y": "w"})
    assert flatbuffer.load(part).subgraphs[0].operators[0].inputs.tolist()[2] == -1
    assert invoke(part, x=X)["y"] == 8


def test_every_constant_of_a_linked_part_is_aligned(int8_units):
    assert misaligned(link(int8_units, {"image": "image"}, {"logits": "logits", "stop": "stop"})) == 0


def test_linking_45_units_takes_well_under_a_second():
    rng = np.random.default_rng(0)
    units = [unit(f"u{i}", dense(rng.normal(size=(128, 128)), np.zeros(128)), f"v{i}", f"v{i + 1}") for i in range(45)]
    start = time.perf_counter()
    part = link(units, {"x": "v0"}, {"y": "v45"})
    assert time.perf_counter() - start < 1
    assert len(kinds(part)) == 45


A, B = unit("a", DOUBLE, "image", "v"), unit("b", SWAP, "v", "w")
IMAGE, Y, W = {"image": "image"}, {"y": "v"}, {"y": "w"}
WRONG_INPUT = Unit("a", DOUBLE, {"z": "image"}, {"y": "v"})
WRONG_OUTPUT = Unit("a", DOUBLE, {"x": "image"}, {"logits": "v"})
ERRORS = {
    "gives 'u', an input of b; the units give w": ([unit("b", SWAP, "u", "w")], IMAGE, W),
    "gives 'q', an output of the part; the units give v": ([A], IMAGE, {"y": "q"}),
    "received a cycle: .*a": ([unit("a", SWAP, "w", "v"), B], IMAGE, W),
    "one source of 'v', received it from unit b and unit a": ([A, unit("b", SWAP, "v", "v")], IMAGE, Y),
    "one source of 'v', received it from unit a and an input": ([A, B], {"image": "image", "v": "v"}, W),
    "received its own input: image": ([A], IMAGE, {"y": "v", "z": "image"}),
    "received 'extra', which no needed unit reads": ([A], {"image": "image", "extra": "e"}, Y),
    "units of different names, received a, a": ([A, unit("a", SWAP, "v", "w")], IMAGE, W),
    "one output port for each value": ([A], IMAGE, {"y": "v", "z": "v"}),
    "different names for input and output ports, received both as y": ([A], {"y": "image"}, Y),
    "at least one output": ([A], IMAGE, {}),
    r"a value for each input of a \(x\), received z": ([WRONG_INPUT], IMAGE, Y),
    "outputs of a among y, received logits": ([WRONG_OUTPUT], IMAGE, Y),
    r"'v' of shape \[1, 3\] for c.x, received \[1, 2\]": ([A, unit("c", logistic([1, 3]), "v", "w")], IMAGE, W),
}


@pytest.mark.parametrize("message", ERRORS)
def test_link_refuses(message):
    with pytest.raises(LinkError, match=message):
        link(*ERRORS[message])


def test_link_refuses_an_input_handed_through():
    model = Handmade()
    x = model.tensor("x", [1, 2])
    through = unit("through", model.pack({"x": x}, {"y": x}), "image", "v")
    with pytest.raises(LinkError, match="received an input handed through as y"):
        link([through], {"image": "image"}, {"y": "v"})
    inside = link(
        [through, unit("b", SWAP, "v", "w")], {"image": "image"}, {"y": "w"}
    )  # inside of a part it costs nothing
    np.testing.assert_array_equal(invoke(inside, image=X)["y"], [[6, 3]])
    assert kinds(inside) == ["FULLY_CONNECTED"]


def test_link_refuses_types_without_a_conversion():
    model = Handmade()
    x, y = model.tensor("x", [1, 2], "int32"), model.tensor("y", [1, 2], "int32")
    model.operator("NEG", [x], y)
    units = [A, unit("neg", model.pack({"x": x}, {"y": y}), "v", "w")]
    with pytest.raises(LinkError, match="'v' does not fit neg.x. .* received float32 for int32"):
        link(units, {"image": "image"}, {"y": "w"})


def test_link_refuses_operators_with_side_effects():
    model = Handmade()
    x, y = model.tensor("x", [1, 2]), model.tensor("y", [1, 2])
    model.operator("TANH", [x], y)
    model.operator("ASSIGN_VARIABLE", [x, y], y)
    model.operators[-1].outputs = []
    with pytest.raises(LinkError, match="without side effects in a, received ASSIGN_VARIABLE"):
        link([unit("a", model.pack({"x": x}, {"y": y}), "u", "v")], {"x": "u"}, {"y": "v"})


def test_join_signatures_puts_parts_in_one_file_and_shares_constants():
    weights = np.random.default_rng(0).normal(size=(64, 64))
    models = {"stage_1": dense(weights, np.zeros(64)), "stage_2": dense(weights, np.ones(64)), "swap": SWAP}
    joined = join_signatures(models)
    assert len(joined) < 64 * 64 * 4 + 8000 < len(models["stage_1"]) + len(models["stage_2"])
    x = np.random.default_rng(1).normal(size=(1, 64)).astype(np.float32)
    for name in ("stage_1", "stage_2"):
        np.testing.assert_array_equal(invoke(joined, name, x=x)["y"], invoke(models[name], x=x)["y"])
    np.testing.assert_array_equal(invoke(joined, "swap", x=X)["y"], [[6, 3]])
    names = [flatbuffer.text(tensor.name) for tensor in flatbuffer.load(joined).subgraphs[2].tensors]
    assert names == ["x", "weights", "bias", "y"] and misaligned(joined) == 0


def test_join_signatures_refuses_nothing():
    with pytest.raises(LinkError, match="at least one model to join, received none"):
        join_signatures({})
