"""TFLite models as batched parts: forms of inputs and outputs, one sample as many, against numbers by hand."""

import numpy as np
import pytest

from tests.tflite import handmade
from tests.tflite.bundles import linear, linear_int8, make, run
from tflite.batched.bundles import bundle_executor, bundle_inputs
from tflite.batched.units import UnitRunner, bundle_parts, sample_of
from tflite.batched.values import Value
from tflite.bundle import Bundle
from tflite.bundle import manifest as m

SWAP = [[0, 1], [1, 0]]


@pytest.fixture(scope="module")
def swapped():
    """y = (x1 + 1, x0)."""
    return UnitRunner(handmade.dense(SWAP, [1, 0]))


@pytest.fixture(scope="module")
def coded():
    """int8: x of scale .5 and zero point 2, weights of scale 1/64 that are one, y of scale .25 and zero point -3."""
    return UnitRunner(handmade.dense_int8([[0, 64], [64, 0]], [0, 0], (0.5, 0.25), (2, -3)))


def reals(*rows):
    return Value(np.array(rows, np.float32))


def test_every_sample_is_one_run(swapped):
    made = swapped({"x": reals([1, 2], [3, 4], [5, 6])})["y"]
    assert made.array.tolist() == [[3, 1], [5, 3], [7, 5]]
    assert (made.array.dtype, made.quantization) == (np.float32, None)
    assert swapped({"x": reals([1, 2])})["y"].array.tolist() == [[3, 1]]


def test_samples_of_another_shape_are_laid_out_as_the_model_wants_them(swapped):
    assert swapped({"x": Value(np.array([[[[1], [2]]], [[[3], [4]]]], np.float32))})["y"].array.tolist() == [
        [3, 1],
        [5, 3],
    ]


def test_reals_become_codes_and_codes_of_another_scale_too(coded):
    # (1 / .5 + 2, 2 / .5 + 2) = (4, 6), and (2, 1) / .25 - 3 = (5, 1).
    made = coded({"x": reals([1, 2])})["y"]
    assert (made.array.tolist(), made.array.dtype, made.quantization) == ([[5, 1]], np.int8, (0.25, -3))
    assert made.real().tolist() == [[2, 1]]
    codes = Value(np.array([[1, 2]], np.int8), (1.0, 0))
    assert coded({"x": codes})["y"].array.tolist() == [[5, 1]]
    same = Value(np.array([[4, 6]], np.int8), (0.5, 2))
    assert coded.feeds({"x": same})[coded.ports.inputs["x"]].tolist() == [[[4, 6]]]


def test_forms_are_type_and_quantization(coded, swapped):
    assert coded.form(coded.ports.inputs["x"]) == (np.int8, (0.5, 2))
    assert swapped.form(swapped.ports.outputs["y"]) == (np.float32, None)


def test_a_reduction_is_made_of_each_sample(swapped):
    index = swapped.ports.outputs["y"]
    (largest,) = swapped.reduce(swapped.feeds({"x": reals([1, 2], [9, 4])}), [index], np.max)
    assert largest.tolist() == [3, 9]


def test_inner_tensors_can_be_read_where_they_are_kept():
    content = handmade.dense(SWAP, [1, 0])
    runner = UnitRunner(content, inspect=True)
    feeds = runner.feeds({"x": reals([1, 2])})
    inside, outside = runner.run(feeds, [runner.ports.inputs["x"], runner.ports.outputs["y"]])
    assert (inside.tolist(), outside.tolist()) == ([[1, 2]], [[3, 1]])


@pytest.mark.parametrize("shape, sample", [((1, 2), (2,)), ((2,), (2,)), ((), ()), ((1,), ()), ((1, 1, 3), (1, 3))])
def test_a_sample_is_what_lies_behind_an_axis_of_one(shape, sample):
    assert sample_of(np.zeros(shape)).shape == sample


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """An int8 part that doubles the image, then a float part that swaps it; `far` has no file."""
    graphs = {
        "double": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 1.0, 1.0), target="y"),
        "swap": linear(SWAP, [0, 0], "x", (1, 2), "y"),
    }
    program = [
        run("double", outputs={"y": "a"}),
        run("swap", {"x": "a"}, {"y": "b"}),
        m.Answer(name="end", gives={"label": "b"}),
    ]
    return Bundle.load(make(tmp_path_factory.mktemp("bundle"), graphs, program))


def test_parts_of_a_bundle_keep_what_an_earlier_call_gave(bundle):
    parts = bundle_parts(bundle)
    assert list(parts) == ["double", "swap"]
    first = parts["double"]({"image": Value(np.array([[[[1], [2]]]], np.float32))})["y"]
    second = parts["double"]({"image": Value(np.array([[[[3], [4]]]], np.float32))})["y"]
    assert (first.array.tolist(), second.array.tolist()) == ([[2, 4]], [[6, 8]])
    assert (first.array.dtype, first.quantization) == (np.int8, (1.0, 0))


def test_a_bundle_on_a_batch_is_its_program_on_each_image(bundle):
    pixels = [np.array([[1, 2]], np.uint8), np.array([[3], [4]], np.float32)[None]]
    inputs = bundle_inputs(bundle, pixels)
    assert inputs["image"].tolist() == [[[[1], [2]]], [[[3], [4]]]] and inputs["image"].dtype == np.float32
    seen = bundle_executor(bundle).run(inputs)
    assert seen.outputs.tolist() == [[4, 2], [8, 6]]
    assert seen.paths() == [("double", "swap")] * 2


def test_another_part_may_stand_for_one_of_a_bundle(bundle):
    replaced = bundle_executor(bundle, {"swap": lambda inputs: {"y": Value(-inputs["x"].real())}})
    assert replaced.run(bundle_inputs(bundle, [np.array([[1, 2]], np.uint8)])).outputs.tolist() == [[-2, -4]]
