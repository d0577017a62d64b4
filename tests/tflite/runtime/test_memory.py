"""Which models have static tensors: those whose sizes follow from sizes and constants alone."""

import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import linear
from tests.tflite.models import OPERATORS, OPTIONS, Graph, build
from tflite.runtime import memory


def reshaped(constant):
    """A RESHAPE to a shape that is a constant, or an input."""
    graph = Graph()
    x, y = graph.input("x", (1, 2, 1)), graph.tensor((1, 2))
    size = graph.constant([1, 2], "int32") if constant else graph.input("size", (2,), "int32")
    graph.operator(OPERATORS.RESHAPE, [x, size], [y], OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())
    graph.output("y", y)
    return graph


def unknown():
    graph = Graph()
    x, y = graph.input("x", (2,)), graph.tensor((2,))
    graph.output("y", graph.operator(OPERATORS.UNIQUE, [x], [y, graph.tensor((2,), "int32")]))
    return graph


@pytest.mark.parametrize(
    "graph, expected",
    [
        (linear([[1, 0], [0, 1]], [0, 0]), True),
        (reshaped(constant=True), True),
        (reshaped(constant=False), False),
        (unknown(), False),
    ],
    ids=["dense", "constant shape", "computed shape", "unknown operator"],
)
def test_has_static_tensors(graph, expected):
    assert memory.has_static_tensors(build(graph), 0) is expected


def test_every_subgraph_is_judged_by_itself():
    still, moving = reshaped(constant=True), reshaped(constant=False)
    still.signature, moving.signature = "still", "moving"
    content = build(still, moving)
    assert [memory.has_static_tensors(content, number) for number in (0, 1)] == [True, False]


def test_the_names_of_operators_are_those_of_the_schema():
    assert len(memory._static_codes()) == len(memory._STATIC_OPERATORS)
