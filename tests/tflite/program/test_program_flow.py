"""Exits, branches, selections and repetitions in a chain of hand-made parts: which way is taken, and where it ends."""

import pytest

from tests.tflite.bundles import IDENTITY, SWAP, answers, image, linear, make, run
from tflite.bundle import manifest as m
from tflite.runtime.chain import Chain


@pytest.mark.parametrize(
    "rule, left, stayed",
    # Softmax of (0, 2): (.1192, .8808); entropy .3653; margin .7616; of (0, 0): (.5, .5), .6931 and 0.
    [
        (m.MaxSoftmax(value="logits", threshold=0.8), (0, 2), (0, 0)),
        (m.Entropy(value="logits", threshold=0.4), (0, 2), (0, 0)),
        (m.Margin(value="logits", threshold=0.7), (0, 2), (0, 0)),
        (m.LogisticEntropy(value="logits", threshold=0.6, weight=1.0, bias=0.0), (0, 2), (0, 0)),
        (m.AtLeast(value="first", threshold=3.0), (3, 0), (2, 9)),
    ],
)
def test_every_rule_at_an_exit(tmp_path, rule, left, stayed):
    head = linear(IDENTITY, [0, 0])
    head.output("first", head.dense(head.inputs["image"], [[1, 0]], [0]))
    graphs = {"head": head, "tail": linear(IDENTITY, [1, 1], "logits", (1, 2))}
    program = [
        run("head", outputs={"logits": "logits", "first": "first"}),
        m.Exit(name="early", rule=rule, gives={"label": "logits"}),
        run("tail", {"logits": "logits"}),
        m.Answer(name="late", gives={"label": "logits"}),
    ]
    chain = Chain.load(make(tmp_path, graphs, program), warm_up=False)
    early, late = chain.run(image(*left)), chain.run(image(*stayed))
    assert (early.exit, early.reason, early.path) == ("early", "rule", ("head",))
    assert (late.exit, late.reason, late.path) == ("late", "final", ("head", "tail"))
    assert early.answer.tolist() == list(left)
    assert late.answer.tolist() == [v + 1 for v in stayed]


def test_branch(tmp_path):
    graphs = {"gate": linear([[1, -1]], [0], target="gate"), "a": linear(IDENTITY, [0, 0]), "b": linear(SWAP, [0, 0])}
    rule = m.AtLeast(value="gate", threshold=0.0)
    program = [
        run("gate", outputs={"gate": "gate"}),
        m.Branch(rule=rule, then=(run("a"),), otherwise=(run("b"),)),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    make(tmp_path, graphs, program)
    chain = Chain.load(tmp_path, warm_up=False)
    assert chain.run(image(7, 3)).path == ("gate", "a")
    assert chain.run(image(3, 7)).path == ("gate", "b")
    assert chain.run(image(3, 7)).answer.tolist() == [7.0, 3.0]


def test_an_answer_inside_a_branch_ends_the_run(tmp_path):
    graphs = {"a": linear(IDENTITY, [0, 0]), "b": linear(SWAP, [0, 0])}
    branch = m.Branch(
        rule=m.Margin(value="logits", threshold=0.9), then=(m.Answer(name="sure", gives={"label": "logits"}),)
    )
    program = [run("a"), branch, run("b"), m.Answer(name="end", gives={"label": "logits"})]
    chain = Chain.load(make(tmp_path, graphs, program), warm_up=False)
    assert (chain.run(image(9, 0)).exit, chain.run(image(9, 0)).reason) == ("sure", "final")
    assert chain.run(image(1, 1)).path == ("a", "b")


@pytest.mark.parametrize("pixels, case", [((1, 0), "a"), ((0, 1), "b"), ((1, 1), "a")])
def test_select_takes_the_largest_and_the_first_among_equals(tmp_path, pixels, case):
    graphs = {"gate": linear(IDENTITY, [0, 0], target="s"), "a": linear(IDENTITY, [0, 0]), "b": linear(SWAP, [0, 0])}
    program = [
        run("gate", outputs={"s": "scores"}),
        m.Select(value="scores", cases=((run("a"),), (run("b"),))),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    assert answers(tmp_path, graphs, program, pixels)[1] == ("gate", case)


def test_repeat_carries_values_around(tmp_path):
    graphs = {"grow": linear([[2, 0], [0, 1]], [0, 1], "x", (1, 2), "y")}
    program = [
        m.Fill(output="state", shape=(1, 2), content=1.0),
        m.Repeat(times=3, steps=(run("grow", {"x": "state"}, {"y": "state"}),)),
        m.Answer(name="end", gives={"label": "state"}),
    ]
    assert answers(tmp_path, graphs, program, (0, 0)) == ([8.0, 4.0], ("grow",) * 3)


def test_an_exit_inside_a_repeat(tmp_path):
    graphs = {"grow": linear(IDENTITY, [0, 1], "x", (1, 2), "y")}
    leave = m.Exit(name="enough", rule=m.MaxSoftmax(value="state", threshold=0.8), gives={"label": "state"})
    program = [
        m.Fill(output="state", shape=(1, 2), content=0.0),
        m.Repeat(times=9, steps=(run("grow", {"x": "state"}, {"y": "state"}), leave)),
        m.Answer(name="end", gives={"label": "state"}),
    ]
    # Softmax of (0, 1) is .73, of (0, 2) .88.
    assert answers(tmp_path, graphs, program, (0, 0)) == ([0.0, 2.0], ("grow", "grow"))
