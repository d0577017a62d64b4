"""Models on the phone's library: the same answers as here, and instructions that can be added up."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from tests.tflite import bundles
from tests.tflite.models import OPERATORS, OPTIONS, Graph, build, schema
from tests.tools.phone.here import on_the_phone
from tools.console import UserError
from tools.phone import laboratory
from tools.phone.models import Phone, count, unit_instructions

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"
LINEAR = build(bundles.linear([[1, 2], [3, 4]], [5, 6]))


def add(graph, inputs):
    """An addition of vectors of three."""
    return graph.operator(OPERATORS.ADD, inputs, [graph.tensor((1, 3))], OPTIONS.AddOptions, schema.AddOptionsT())


def here(content, inputs):
    """What this machine answers."""
    runner = Interpreter(model_content=content).get_signature_runner("serving_default")
    return runner(**inputs)


@on_the_phone
@pytest.mark.parametrize("name", ["convolutions", "rules_int8", "pictures_rgb_uint8", "moving", "steps"])
def test_answers_are_those_of_this_machine(name):
    """Quantized ones bit by bit; floats to a few units in the last place."""
    models = {file.stem: file.read_bytes() for file in sorted((GOLDENS / name / "parts").iterdir())}
    with Phone(models) as lab:
        for part, model in lab.models.items():
            for seed in range(3):
                inputs = model.drawn_inputs(seed)
                if "size" in inputs:  # no drawn one would fit
                    inputs["size"] = np.array([1, 2], np.int32)
                outputs, instructions = lab.run(part, inputs)
                expected = here(models[part], inputs)
                assert set(outputs) == set(expected) and instructions > 0
                for key, array in expected.items():
                    if array.dtype == np.float32:
                        np.testing.assert_allclose(outputs[key], array, rtol=1e-6, atol=1e-6)
                    else:
                        np.testing.assert_array_equal(outputs[key], array)


@on_the_phone
def test_by_hand():
    with Phone({"linear": LINEAR}) as lab:
        outputs, _ = lab.run("linear", {"image": np.array([[[[10], [100]]]], np.float32)})
    np.testing.assert_array_equal(outputs["logits"], [[1 * 10 + 2 * 100 + 5, 3 * 10 + 4 * 100 + 6]])


@on_the_phone
def test_instructions_are_the_difference_of_runs_and_the_same_in_another_process():
    content = (GOLDENS / "convolutions/parts/first.tflite").read_bytes()
    counts = []
    for _ in range(2):
        with Phone({"linear": LINEAR, "first": content}) as lab:
            inputs = lab.models["first"].drawn_inputs()
            counts.append([lab.run("first", inputs, times)[1] for times in (1, 2, 12)])
    (once, twice, twelve), again = counts
    assert again == counts[0]
    assert twelve - twice == 10 * (twice - once)
    assert twice - once == once, "what is counted around the runs has been taken off"


@on_the_phone
def test_a_convolution_costs_less_than_two_and_more_than_its_vectors():
    """12 x 12 x 8 outputs of 3 x 3 inputs: 10,368 multiply-adds, of which dot products do 16 at a time."""
    with Phone({"first": (GOLDENS / "convolutions/parts/first.tflite").read_bytes()}) as lab:
        _, once = lab.run("first", lab.models["first"].drawn_inputs())
    assert 10_368 / 16 < once < 10_368 * 10


@on_the_phone
def test_kernels_depend_on_the_processor():
    content, counts = (GOLDENS / "convolutions/parts/second.tflite").read_bytes(), {}
    for processor in laboratory.PROCESSORS:
        with Phone({"second": content}, laboratory.prepare(processor)) as lab:
            outputs, counts[processor] = lab.run("second", lab.models["second"].drawn_inputs())
        for key, array in here(content, lab.models["second"].drawn_inputs()).items():
            np.testing.assert_array_equal(outputs[key], array)
    assert counts["cortex-a710"] < counts["cortex-a76"] < counts["cortex-a53"]


@on_the_phone
def test_what_the_library_refuses_is_one_sentence(tmp_path):
    """A model whose addition has one input: it can be read, and not be allocated."""
    graph = Graph()
    graph.output("sum", add(graph, [graph.input("x", (1, 3))]))
    with pytest.raises(
        UserError, match="expected the phone's library to run broken, but it ended and said: .*allocate"
    ):
        Phone({"broken": build(graph)})


@on_the_phone
def test_units_cost_what_they_take_beyond_the_cheapest():
    convolution = (GOLDENS / "convolutions/parts/first.tflite").read_bytes()
    units = {"linear": LINEAR, "again": LINEAR, "first": convolution}
    counted = count(units)
    assert counted["linear"] == counted["again"] < counted["first"]
    expected = {"linear": 1.0, "again": 1.0, "first": float(counted["first"] - counted["linear"])}
    assert unit_instructions(units) == expected
