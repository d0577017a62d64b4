"""Parts that run elsewhere: what the callable is handed, and answers of it that are refused."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import IDENTITY, SWAP, image, linear, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.chain import Chain


def remote_chain(folder, remote):
    graphs = {"near": linear(IDENTITY, [0, 0]), "far": linear(SWAP, [0, 0], "logits", (1, 2), "y")}
    program = [
        run("near"),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=0.9), gives={"label": "logits"}),
        run("far", {"logits": "logits"}, {"y": "y"}, on="remote"),
        m.Answer(name="end", gives={"label": "y"}),
    ]
    return Chain.load(make(folder, graphs, program, remote=["far"]), remote=remote)


def test_a_remote_part_is_handed_to_the_callable(tmp_path):
    calls = []

    def remote(part, inputs):
        calls.append((part, inputs["logits"].tolist()))
        return {"y": inputs["logits"] * 2}

    chain = remote_chain(tmp_path, remote)
    assert chain.run(image(9, 0)).path == ("near",)
    assert calls == []
    result = chain.run(image(1, 1))
    assert (result.path, result.answer.tolist(), result.macs) == (("near", "far"), [2.0, 2.0], 30)
    assert calls == [("far", [[1.0, 1.0]])]


def test_a_callable_may_use_its_buffer_again(tmp_path):
    graphs = {"far": linear(IDENTITY, [0, 0], "image", (1, 1, 2, 1), "y"), "sum": _difference()}
    program = [
        run("far", {"image": "image"}, {"y": "first"}, on="remote"),
        run("far", {"image": "image"}, {"y": "second"}, on="remote"),
        run("sum", {"a": "first", "b": "second"}, {"y": "y"}),
        m.Answer(name="end", gives={"label": "y"}),
    ]
    buffer = np.zeros((1, 2), np.float32)

    def remote(part, inputs):
        buffer[:] = buffer + [[3, 9]]
        return {"y": buffer}

    chain = Chain.load(make(tmp_path, graphs, program, remote=["far"]), remote=remote)
    assert chain.run(image(0, 0)).answer.tolist() == [3, 9]  # (6, 18) - (3, 9)


def _difference():
    graph = Graph()
    a, b, y = graph.input("a", (1, 2)), graph.input("b", (1, 2)), graph.tensor((1, 2))
    graph.output("y", graph.operator(OPERATORS.SUB, [b, a], [y], OPTIONS.SubOptions, schema.SubOptionsT()))
    return graph


@pytest.mark.parametrize(
    "outputs, words",
    [
        ({}, "an array for the output 'y', received NoneType"),
        (None, "received NoneType"),
        ({"y": [1, 2]}, "received list"),
        ({"y": np.zeros((2,), np.float32)}, r"float32 \[1, 2\] for the output 'y', received float32 \[2\]"),
        ({"y": np.zeros((1, 2))}, r"received float64 \[1, 2\]"),
    ],
)
def test_a_wrong_remote_answer_is_refused(tmp_path, outputs, words):
    with pytest.raises(ChainError, match="remote part far: expected .*" + words):
        remote_chain(tmp_path, lambda part, inputs: outputs).run(image(1, 1))


def test_a_remote_failure_names_its_cause(tmp_path):
    def offline(part, inputs):
        raise ConnectionError("no network")

    with pytest.raises(ChainError, match="remote part far: .*no network") as caught:
        remote_chain(tmp_path, offline).run(image(1, 1))
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_a_missing_remote_is_refused_at_once(tmp_path):
    with pytest.raises(ChainError, match=r"remote: expected a function .* for \['far'\], received None"):
        remote_chain(tmp_path, None)
