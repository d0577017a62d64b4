"""Parts that run elsewhere: what the callable is handed, and answers of it that are refused."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import IDENTITY, SWAP, image, linear, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m
from tflite.errors import ChainError, NoAnswerError
from tflite.runtime.budget import Budget
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


def test_a_remote_part_of_16_bits_is_handed_codes_and_gives_codes(tmp_path):
    far = Graph()
    y = far.dense(far.input("x", (1, 2), "int16", 0.25), SWAP, [0, 0], "int16", 0.5, weight_scale=1.0)
    far.output("y", y)
    program = [
        run("near"),
        run("far", {"x": "logits"}, {"y": "y"}, on="remote"),
        m.Answer(name="end", gives={"label": "y"}),
    ]
    folder = make(tmp_path, {"near": linear(IDENTITY, [0, 0]), "far": far}, program, remote=["far"])
    chain = Chain.load(folder, remote=lambda part, inputs: {"y": inputs["x"] + np.int16(1)})
    assert chain.run(image(3, 2)).answer.tolist() == [6.5, 4.5]  # (3 / .25 + 1) * .5
    real = Chain.load(folder, remote=lambda part, inputs: {"y": inputs["x"].astype(np.float32)})
    with pytest.raises(ChainError, match="int16"):
        real.run(image(3, 2))


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
        ({"y": np.ma.masked_less(np.zeros((1, 2), np.float32), 1)}, "received MaskedArray"),
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


def double(part, inputs):
    return {"y": inputs["logits"] * 2}


@pytest.mark.parametrize("allowed, exit, reason", [(7, "early", "bytes"), (8, "end", "final"), (100, "end", "final")])
def test_an_exit_answers_where_the_bytes_do_not_reach(tmp_path, allowed, exit, reason):
    """Two float32 numbers are sent."""
    result = remote_chain(tmp_path, double).run(image(1, 1), Budget(bytes_sent=allowed))
    assert (result.exit, result.reason) == (exit, reason)


def _senders(folder, otherwise):
    """Two runs elsewhere, of eight bytes each, with no exit before them."""
    graphs = {"near": linear(IDENTITY, [0, 0]), "far": linear(SWAP, [0, 0], "logits", (1, 2), "y")}
    sent = run("far", {"logits": "logits"}, {"y": "logits"}, on="remote", otherwise=otherwise)
    return make(
        folder, graphs, [run("near"), sent, sent, m.Answer(name="end", gives={"label": "logits"})], remote=["far"]
    )


def test_what_is_sent_adds_up_and_then_the_other_way_is_gone(tmp_path):
    other = (m.Fill(output="logits", shape=(1, 2), content=9.0),)
    chain = Chain.load(_senders(tmp_path, other), remote=double)
    result = chain.run(image(1, 2), Budget(bytes_sent=15))
    assert result.answer.tolist() == [9, 9]
    assert [(event.kind, event.why) for event in result.events] == [
        ("run", None),
        ("remote", None),
        ("failed", "bytes"),
    ]
    assert chain.run(image(1, 2), Budget(bytes_sent=16)).answer.tolist() == [4, 8]
    assert chain.run(image(1, 2)).answer.tolist() == [4, 8]


def test_where_there_is_no_other_way_the_run_ends_without_an_answer(tmp_path):
    chain = Chain.load(_senders(tmp_path, None), remote=double)
    with pytest.raises(NoAnswerError) as caught:
        chain.run(image(1, 2), Budget(bytes_sent=15))
    assert caught.value.reason == "bytes" and "received far, which needs more" in str(caught.value)
    assert chain.run(image(1, 2), Budget(bytes_sent=16)).answer.tolist() == [4, 8]
