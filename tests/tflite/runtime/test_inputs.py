"""Inputs by name or alone: pictures and vectors, each refused with its name where it does not fit."""

import numpy as np
import pytest

from tests.tflite.bundles import image, labels, make, picture, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.chain import Chain


@pytest.fixture
def chain(tmp_path):
    """Adds a hint to the two pixels; answers with their sum as labels and as a vector."""
    from ai_edge_litert import schema_py_generated as schema

    add = Graph()
    x, hint = add.input("image", (1, 1, 2, 1)), add.input("hint", (1, 1, 2, 1))
    total = add.tensor((1, 1, 2, 1))
    add.operator(OPERATORS.ADD, [x, hint], [total], OPTIONS.AddOptions, schema.AddOptionsT())
    add.output("sum", total)
    program = [
        run("add", {"image": "image", "hint": "hint"}, {"sum": "sum"}),
        m.Answer(name="end", gives={"total": "sum", "label": "sum"}),
    ]
    inputs = {"image": picture(), "hint": (m.VectorInput(), (1, 1, 2, 1))}
    outputs = {"total": m.VectorOutput()} | labels("a", "b")
    return Chain.load(make(tmp_path, {"add": add}, program, inputs=inputs, outputs=outputs), warm_up=False)


def hint(*numbers):
    return np.array(numbers, np.float32).reshape(1, 1, 2, 1)


def test_several_inputs_are_given_by_name(chain):
    result = chain.run({"hint": hint(0.5, -9.0), "image": image(3, 4)})
    assert result.outputs["total"].numbers.tolist() == [[[[3.5], [-5.0]]]]
    assert result.outputs["total"].label is None and result.outputs["total"].probabilities is None
    assert result.outputs["label"].label == result.label == 0 and result.name == "a"
    assert list(result.outputs) == ["total", "label"] and result.answer.tolist() == [3.5, -5.0]


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_what_a_matrix_makes_of_its_numbers_is_left_out(chain):
    """Whatever is done to a `np.matrix` has two dimensions."""
    given = {"hint": hint(0.5, -9.0), "image": np.asmatrix(image(3, 4))}
    assert chain.run(given).outputs["total"].numbers.tolist() == [[[[3.5], [-5.0]]]]


@pytest.mark.parametrize(
    "inputs, words",
    [
        (image(3, 4), r"inputs: expected the inputs \['hint', 'image'\], received ndarray"),
        ({"image": image(3, 4)}, r"inputs: expected the inputs \['hint', 'image'\], received \['image'\]"),
        ({"image": image(3, 4), "hint": hint(1, 2), "x": 1}, r"received \['hint', 'image', 'x'\]"),
        ({"image": image(3, 4), "hint": hint(1, 2)[0]}, r"input hint: .* float32 \[1, 1, 2, 1\], received float32 \["),
        ({"image": image(3, 4), "hint": hint(1, 2).astype(np.float64)}, "input hint: .* received float64"),
        ({"image": image(3, 4), "hint": [1, 2]}, "input hint: .* received list"),
        ({"image": image(3, 4), "hint": np.ma.masked_less(hint(1, 2), 2)}, "input hint: .* received MaskedArray"),
        ({"image": image(3, 4), "hint": hint(1, np.nan)}, "input hint: .* finite numbers, received NaN or infinity"),
        ({"image": image(3), "hint": hint(1, 2)}, "input image: image: expected 1 x 2 pixels"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_name(chain, inputs, words):
    with pytest.raises(ChainError, match=words):
        chain.run(inputs)


def test_a_vector_becomes_what_its_value_is(tmp_path):
    codes = Graph()
    x = codes.input("x", (1, 2), "int8", 0.5, 1)
    codes.output("y", codes.reshape(x, (1, 2)))
    program = [run("codes", {"x": "x"}, {"y": "y"}), m.Answer(name="end", gives={"label": "y"})]
    inputs = {"x": (m.VectorInput(), (1, 2))}
    chain = Chain.load(make(tmp_path, {"codes": codes}, program, inputs=inputs), warm_up=False)
    assert chain.manifest.values["x"].type == "int8"
    assert chain.run(np.array([[0.6, 1e9]], np.float32)).answer.tolist() == [0.5, 63.0]
    assert chain.run({"x": np.array([[-1.0, 2.0]], np.float32)}).answer.tolist() == [-1.0, 2.0]
