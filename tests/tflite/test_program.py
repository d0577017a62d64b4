"""Every step of the language in a chain of hand-made parts, whose answers can be worked out on paper."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import linear, linear_int8, make, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite import manifest as m
from tflite.errors import ChainError
from tflite.runtime import Chain

IDENTITY = [[1, 0], [0, 1]]
SWAP = [[0, 1], [1, 0]]


def image(*pixels):
    return np.array([pixels], np.uint8)


def reference(name):
    return m.ParameterReference(parameter=name)


def answers(folder, graphs, program, pixels, **fields):
    """Runs a program on pixels; gives the answer as a list, and the path."""
    result = Chain.load(make(folder, graphs, program, **fields), warm_up=False).run(image(*pixels))
    return result.answer.tolist(), result.path


def test_run_and_answer(tmp_path):
    graphs = {"double": linear([[2, 0], [1, 1]], [0.5, -1])}
    program = [run("double"), m.Answer(name="end", value="logits")]
    assert answers(tmp_path, graphs, program, (3, 4)) == ([6.5, 6.0], ("double",))


def test_a_part_of_two_inputs_and_two_outputs_of_which_one_is_kept(tmp_path):
    graph = Graph()
    one, two = graph.input("one", (1, 1, 2, 1)), graph.input("two", (1, 2))
    graph.output("a", graph.dense(one, IDENTITY, [1, 1]))
    graph.output("b", graph.dense(two, SWAP, [0, 0]))
    program = [
        m.Fill(output="pair", shape=(1, 2), content=(5.0, 6.0)),
        m.Run(part="both", inputs={"two": "pair", "one": "image"}, outputs={"b": "kept"}),
        m.Answer(name="end", value="kept"),
    ]
    assert answers(tmp_path, {"both": graph}, program, (1, 2)) == ([6.0, 5.0], ("both",))


@pytest.mark.parametrize("single", [False, True])
def test_what_a_part_wrote_stays_when_it_runs_again(tmp_path, single):
    graphs = {"double": linear([[2, 0], [0, 2]], [0, 0], "x", (1, 2)), "flat": linear(IDENTITY, [0, 0])}
    program = [
        run("flat", outputs={"logits": "one"}),
        run("double", {"x": "one"}, {"logits": "two"}),
        run("double", {"x": "two"}, {"logits": "four"}),
        m.Exit(name="early", rule=m.MaxSoftmax(value="four", threshold=1.0), value="four"),
        m.Answer(name="end", value="two"),
    ]
    if single:
        for name, graph in graphs.items():
            graph.signature = name
    folder = make(tmp_path, graphs, program, single=single)
    assert Chain.load(folder).run(image(3, 4)).answer.tolist() == [6.0, 8.0]


def test_an_output_whose_size_is_found_while_running(tmp_path):
    """A RESHAPE to a computed shape: the tensor has no memory before the run, and may move in every run."""
    graph = Graph()
    image_, size = graph.input("image", (1, 1, 2, 1)), graph.input("size", (1, 2))
    whole = graph.tensor((1, 2), "int32")
    graph.operator(OPERATORS.CAST, [size], [whole], OPTIONS.CastOptions, schema.CastOptionsT())
    flat = graph.reshape(whole, (2,))
    moving = graph.tensor((1, 2))
    graph.operator(OPERATORS.RESHAPE, [image_, flat], [moving], OPTIONS.ReshapeOptions, schema.ReshapeOptionsT())
    graph.output("logits", moving)
    program = [
        m.Fill(output="size", shape=(1, 2), content=(1.0, 2.0)),
        m.Run(part="moving", inputs={"image": "image", "size": "size"}, outputs={"logits": "logits"}),
        m.Answer(name="end", value="logits"),
    ]
    chain = Chain.load(make(tmp_path, {"moving": graph}, program), warm_up=False)
    assert chain._parts["moving"].outputs["logits"] is None
    assert [chain.run(image(*pixels)).answer.tolist() for pixels in ((1, 2), (3, 4))] == [[1.0, 2.0], [3.0, 4.0]]


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
        m.Exit(name="early", rule=rule, value="logits"),
        run("tail", {"logits": "logits"}),
        m.Answer(name="late", value="logits"),
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
        m.Answer(name="end", value="logits"),
    ]
    make(tmp_path, graphs, program)
    chain = Chain.load(tmp_path, warm_up=False)
    assert chain.run(image(7, 3)).path == ("gate", "a")
    assert chain.run(image(3, 7)).path == ("gate", "b")
    assert chain.run(image(3, 7)).answer.tolist() == [7.0, 3.0]


def test_an_answer_inside_a_branch_ends_the_run(tmp_path):
    graphs = {"a": linear(IDENTITY, [0, 0]), "b": linear(SWAP, [0, 0])}
    branch = m.Branch(rule=m.Margin(value="logits", threshold=0.9), then=(m.Answer(name="sure", value="logits"),))
    program = [run("a"), branch, run("b"), m.Answer(name="end", value="logits")]
    chain = Chain.load(make(tmp_path, graphs, program), warm_up=False)
    assert (chain.run(image(9, 0)).exit, chain.run(image(9, 0)).reason) == ("sure", "final")
    assert chain.run(image(1, 1)).path == ("a", "b")


@pytest.mark.parametrize("pixels, case", [((1, 0), "a"), ((0, 1), "b"), ((1, 1), "a")])
def test_select_takes_the_largest_and_the_first_among_equals(tmp_path, pixels, case):
    graphs = {"gate": linear(IDENTITY, [0, 0], target="s"), "a": linear(IDENTITY, [0, 0]), "b": linear(SWAP, [0, 0])}
    program = [
        run("gate", outputs={"s": "scores"}),
        m.Select(value="scores", cases=((run("a"),), (run("b"),))),
        m.Answer(name="end", value="logits"),
    ]
    assert answers(tmp_path, graphs, program, pixels)[1] == ("gate", case)


def test_repeat_carries_values_around(tmp_path):
    graphs = {"grow": linear([[2, 0], [0, 1]], [0, 1], "x", (1, 2), "y")}
    program = [
        m.Fill(output="state", shape=(1, 2), content=1.0),
        m.Repeat(times=3, steps=(run("grow", {"x": "state"}, {"y": "state"}),)),
        m.Answer(name="end", value="state"),
    ]
    assert answers(tmp_path, graphs, program, (0, 0)) == ([8.0, 4.0], ("grow",) * 3)


def test_an_exit_inside_a_repeat(tmp_path):
    graphs = {"grow": linear(IDENTITY, [0, 1], "x", (1, 2), "y")}
    leave = m.Exit(name="enough", rule=m.MaxSoftmax(value="state", threshold=0.8), value="state")
    program = [
        m.Fill(output="state", shape=(1, 2), content=0.0),
        m.Repeat(times=9, steps=(run("grow", {"x": "state"}, {"y": "state"}), leave)),
        m.Answer(name="end", value="state"),
    ]
    # Softmax of (0, 1) is .73, of (0, 2) .88.
    assert answers(tmp_path, graphs, program, (0, 0)) == ([0.0, 2.0], ("grow", "grow"))


def test_a_value_that_changes_its_type_in_a_repeat(tmp_path):
    # Codes of 0.5; weights 1 (code 2 of 0.5); the state starts as float32 and comes back as int8.
    graphs = {"keep": linear_int8([[2, 0], [0, 2]], [4, 0], (0.5, 0.5, 0.5), "x", (1, 2), "y")}
    program = [
        m.Fill(output="state", shape=(1, 2), content=(1.25, 1.75)),
        m.Repeat(times=2, steps=(run("keep", {"x": "state"}, {"y": "state"}),)),
        m.Answer(name="end", value="state"),
    ]
    # 1.25 / .5 = 2.5 -> 2 and 1.75 / .5 = 3.5 -> 4 (ties to even): 1.0 and 2.0; the bias adds 1 in each run.
    assert answers(tmp_path, graphs, program, (0, 0))[0] == [3.0, 2.0]


def test_what_a_branch_left_behind_is_converted_by_what_it_is(tmp_path):
    graphs = {
        "float": linear(IDENTITY, [0, 0]),
        "int8": linear_int8([[2, 0], [0, 2]], [0, 0], (1.0, 0.5, 0.25)),
        "tail": linear(SWAP, [0, 0], "logits", (1, 2), "y"),
    }
    program = [
        m.Fill(output="switch", shape=(1,), content=reference("switch")),
        m.Branch(rule=m.AtLeast(value="switch", threshold=1.0), then=(run("float"),), otherwise=(run("int8"),)),
        run("tail", {"logits": "logits"}, {"y": "y"}),
        m.Exit(name="early", rule=m.AtLeast(value="switch", threshold=2.0), value="logits"),
        m.Answer(name="end", value="y"),
    ]
    switch = {"switch": m.Parameter(default=0.0, minimum=0.0, maximum=2.0)}
    chain = Chain.load(make(tmp_path, graphs, program, parameters=switch), warm_up=False)
    assert chain.run(image(30, 60), parameters={"switch": 0}).answer.tolist() == [31.75, 30.0]  # 127 codes of .25
    assert chain.run(image(30, 60), parameters={"switch": 1}).answer.tolist() == [60.0, 30.0]
    assert chain.run(image(30, 60), parameters={"switch": 2}).answer.tolist() == [30.0, 60.0]


def test_fill_with_parameters(tmp_path):
    parameters = {
        "one": m.Parameter(default=2.0, minimum=0, maximum=9),
        "task": m.Parameter(default=(1.0, 0.0), minimum=0, maximum=9),
    }
    graphs = {"part": linear(IDENTITY, [0, 0], "x", (1, 2), "y")}
    program = [
        m.Fill(output="a", shape=(1, 2), content=reference("one")),
        m.Fill(output="b", shape=(1, 2), content=reference("task")),
        m.Exit(name="same", rule=m.Margin(value="a", threshold=reference("one")), value="a"),
        run("part", {"x": "b"}, {"y": "c"}),
        m.Answer(name="end", value="c"),
    ]
    chain = Chain.load(make(tmp_path, graphs, program, parameters=parameters), warm_up=False)
    assert chain.run(image(0, 0)).answer.tolist() == [1.0, 0.0]
    assert chain.run(image(0, 0), parameters={"task": [3, 4]}).answer.tolist() == [3.0, 4.0]
    assert chain.run(image(0, 0), parameters={"task": np.array([5, 6])}).answer.tolist() == [5.0, 6.0]
    assert chain.run(image(0, 0), parameters={"one": 0}).answer.tolist() == [0.0, 0.0]
    assert chain.run(image(0, 0)).answer.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("mode, at, expected", [("theta", (1.0, 0.0, 0.0, 0.0), 9.0), ("glimpse", (-1.0, 0.0), 7.0)])
def test_crop(tmp_path, mode, at, expected):
    graphs = {"read": linear([[1], [0]], [0, 0], "patch", (1, 1, 1, 1))}
    program = [
        m.Fill(output="at", shape=(1, len(at)), content=at),
        m.Crop(value="image", at="at", output="patch", size=(1, 1), mode=mode),
        run("read", {"patch": "patch"}),
        m.Answer(name="end", value="logits"),
    ]
    assert answers(tmp_path, graphs, program, (7, 9))[0] == [expected, 0.0]


def test_an_int8_first_part_gets_codes_from_the_table(tmp_path):
    # The image holds pixel / 16; in codes of .5 that is pixel / 8, ties to even: 4 / 8 -> 0, 12 / 8 -> 2. Weight 1.
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    program = [run("part"), m.Answer(name="end", value="logits")]
    make(tmp_path, graphs, program, input=m.Input(shape=(1, 2, 1), scale=(0.0625,), offset=(0.0,)))
    chain = Chain.load(tmp_path, warm_up=False)
    assert chain._program.image_tensor.type == "int8"
    assert chain.run(image(4, 12)).answer.tolist() == [0.0, 1.0]
    assert chain.run(np.array([[[0.25], [0.75]]], np.float32)).answer.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("single", [False, True])
def test_parts_may_share_a_file(tmp_path, single):
    graphs = {
        "a": linear(IDENTITY, [0, 1], signature="first"),
        "b": linear(SWAP, [0, 0], "logits", (1, 2), "swapped", signature="second"),
    }
    program = [run("a"), run("b", {"logits": "logits"}, {"swapped": "y"}), m.Answer(name="end", value="y")]
    chain = Chain.load(make(tmp_path, graphs, program, single=single))
    assert len({part.place[0] for part in chain._parts.values()}) == (1 if single else 2)
    assert chain.run(image(3, 4)).answer.tolist() == [5.0, 3.0]


def remote_chain(folder, remote):
    graphs = {"near": linear(IDENTITY, [0, 0]), "far": linear(SWAP, [0, 0], "logits", (1, 2), "y")}
    program = [
        run("near"),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=0.9), value="logits"),
        run("far", {"logits": "logits"}, {"y": "y"}, on="remote"),
        m.Answer(name="end", value="y"),
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


@pytest.mark.parametrize(
    "outputs, words",
    [
        ({}, "an array for the output 'y', got NoneType"),
        (None, "got NoneType"),
        ({"y": [1, 2]}, "got list"),
        ({"y": np.zeros((2,), np.float32)}, r"float32 \[1, 2\] for the output 'y', got float32 \[2\]"),
        ({"y": np.zeros((1, 2))}, r"got float64 \[1, 2\]"),
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
    with pytest.raises(ChainError, match=r"remote: expected a function .* for \['far'\], got None"):
        remote_chain(tmp_path, None)


@pytest.mark.parametrize("again", ["fill", "crop"])
def test_an_image_that_is_written_again_stays_float32(tmp_path, again):
    # Weight 1, codes of .5: an image of (3, 4) passes as it is; written over it is (1, 2), or the mirrored image.
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    write = {
        "fill": (m.Fill(output="image", shape=(1, 1, 2, 1), content=(1.0, 2.0)),),
        "crop": (
            m.Fill(output="at", shape=(4,), content=(0.0, 0.0, -1.0, 1.0)),
            m.Crop(value="image", at="at", output="image", size=(1, 2)),
        ),
    }
    program = [
        run("part"),
        m.Exit(name="first", rule=m.MaxSoftmax(value="logits", threshold=reference("threshold")), value="logits"),
        *write[again],
        run("part"),
        m.Answer(name="end", value="logits"),
    ]
    parameters = {"threshold": m.Parameter(default=1.0, minimum=0.0, maximum=1.0)}
    chain = Chain.load(make(tmp_path, graphs, program, parameters=parameters), warm_up=False)
    assert chain.run(image(3, 4), parameters={"threshold": 0}).answer.tolist() == [3.0, 4.0]
    assert chain.run(image(3, 4)).answer.tolist() == ([1.0, 2.0] if again == "fill" else [4.0, 3.0])
