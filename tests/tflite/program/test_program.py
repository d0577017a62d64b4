"""Parts, fills and crops in a chain of hand-made parts, whose answers can be worked out on paper."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.tflite.bundles import IDENTITY, SWAP, answers, image, linear, linear_int8, make, picture, reference, run
from tests.tflite.models import OPERATORS, OPTIONS, Graph
from tflite.bundle import manifest as m
from tflite.runtime.chain import Chain


def test_run_and_answer(tmp_path):
    graphs = {"double": linear([[2, 0], [1, 1]], [0.5, -1])}
    program = [run("double"), m.Answer(name="end", gives={"label": "logits"})]
    assert answers(tmp_path, graphs, program, (3, 4)) == ([6.5, 6.0], ("double",))


def test_a_part_of_two_inputs_and_two_outputs_of_which_one_is_kept(tmp_path):
    graph = Graph()
    one, two = graph.input("one", (1, 1, 2, 1)), graph.input("two", (1, 2))
    graph.output("a", graph.dense(one, IDENTITY, [1, 1]))
    graph.output("b", graph.dense(two, SWAP, [0, 0]))
    program = [
        m.Fill(output="pair", shape=(1, 2), content=(5.0, 6.0)),
        m.Run(part="both", inputs={"two": "pair", "one": "image"}, outputs={"b": "kept"}),
        m.Answer(name="end", gives={"label": "kept"}),
    ]
    assert answers(tmp_path, {"both": graph}, program, (1, 2)) == ([6.0, 5.0], ("both",))


@pytest.mark.parametrize("single", [False, True])
def test_what_a_part_wrote_stays_when_it_runs_again(tmp_path, single):
    graphs = {"double": linear([[2, 0], [0, 2]], [0, 0], "x", (1, 2)), "flat": linear(IDENTITY, [0, 0])}
    program = [
        run("flat", outputs={"logits": "one"}),
        run("double", {"x": "one"}, {"logits": "two"}),
        run("double", {"x": "two"}, {"logits": "four"}),
        m.Exit(name="early", rule=m.MaxSoftmax(value="four", threshold=1.0), gives={"label": "four"}),
        m.Answer(name="end", gives={"label": "two"}),
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
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    chain = Chain.load(make(tmp_path, {"moving": graph}, program), warm_up=False)
    assert chain._parts["moving"].outputs["logits"] is None
    assert [chain.run(image(*pixels)).answer.tolist() for pixels in ((1, 2), (3, 4))] == [[1.0, 2.0], [3.0, 4.0]]


def test_a_value_that_changes_its_type_in_a_repeat(tmp_path):
    # Codes of 0.5; weights 1 (code 2 of 0.5); the state starts as float32 and comes back as int8.
    graphs = {"keep": linear_int8([[2, 0], [0, 2]], [4, 0], (0.5, 0.5, 0.5), "x", (1, 2), "y")}
    program = [
        m.Fill(output="state", shape=(1, 2), content=(1.25, 1.75)),
        m.Repeat(times=2, steps=(run("keep", {"x": "state"}, {"y": "state"}),)),
        m.Answer(name="end", gives={"label": "state"}),
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
        m.Exit(name="early", rule=m.AtLeast(value="switch", threshold=2.0), gives={"label": "logits"}),
        m.Answer(name="end", gives={"label": "y"}),
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
        m.Exit(name="same", rule=m.Margin(value="a", threshold=reference("one")), gives={"label": "a"}),
        run("part", {"x": "b"}, {"y": "c"}),
        m.Answer(name="end", gives={"label": "c"}),
    ]
    chain = Chain.load(make(tmp_path, graphs, program, parameters=parameters), warm_up=False)
    assert chain.run(image(0, 0)).answer.tolist() == [1.0, 0.0]
    assert chain.run(image(0, 0), parameters={"task": [3, 4]}).answer.tolist() == [3.0, 4.0]
    assert chain.run(image(0, 0), parameters={"task": np.array([5, 6])}).answer.tolist() == [5.0, 6.0]
    assert chain.run(image(0, 0), parameters={"one": 0}).answer.tolist() == [0.0, 0.0]
    assert chain.run(image(0, 0)).answer.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    "mode, at, expected",
    [
        ("theta", (1.0, 0.0, 0.0, 0.0), 9.0),
        ("glimpse", (-1.0, 0.0), 7.0),
        ("box", (0.0, 0.5, 1.0, 1.0), 9.0),
        ("box", (0.0, 0.0, 1.0, 1.0), 8.0),  # the middle of both pixels
        ("box", (0.0, 0.75, 1.0, 1.25), 2.0),  # half a pixel beyond: between 9 and the padding
    ],
)
def test_crop(tmp_path, mode, at, expected):
    graphs = {"read": linear([[1], [0]], [0, 0], "patch", (1, 1, 1, 1))}
    program = [
        m.Fill(output="at", shape=(1, len(at)), content=at),
        m.Crop(value="image", at="at", output="patch", size=(1, 1), mode=mode, padding=-5.0),
        run("read", {"patch": "patch"}),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    assert answers(tmp_path, graphs, program, (7, 9))[0] == [expected, 0.0]


def test_an_int8_first_part_gets_codes_from_the_table(tmp_path):
    # The image holds pixel / 16; in codes of .5 that is pixel / 8, ties to even: 4 / 8 -> 0, 12 / 8 -> 2. Weight 1.
    graphs = {"part": linear_int8([[2, 0], [0, 2]], [0, 0], (0.5, 0.5, 0.5))}
    program = [run("part"), m.Answer(name="end", gives={"label": "logits"})]
    make(tmp_path, graphs, program, inputs={"image": picture(scale=0.0625)})
    chain = Chain.load(tmp_path, warm_up=False)
    assert chain.manifest.values["image"].type == "int8"
    assert chain.run(image(4, 12)).answer.tolist() == [0.0, 1.0]
    assert chain.run(np.array([[[0.25], [0.75]]], np.float32)).answer.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("single", [False, True])
def test_parts_may_share_a_file(tmp_path, single):
    graphs = {
        "a": linear(IDENTITY, [0, 1], signature="first"),
        "b": linear(SWAP, [0, 0], "logits", (1, 2), "swapped", signature="second"),
    }
    program = [run("a"), run("b", {"logits": "logits"}, {"swapped": "y"}), m.Answer(name="end", gives={"label": "y"})]
    chain = Chain.load(make(tmp_path, graphs, program, single=single))
    assert len({part.file for part in chain.manifest.parts.values()}) == (1 if single else 2)
    assert chain.run(image(3, 4)).answer.tolist() == [5.0, 3.0]


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
        m.Exit(
            name="first", rule=m.MaxSoftmax(value="logits", threshold=reference("threshold")), gives={"label": "logits"}
        ),
        *write[again],
        run("part"),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    parameters = {"threshold": m.Parameter(default=1.0, minimum=0.0, maximum=1.0)}
    chain = Chain.load(make(tmp_path, graphs, program, parameters=parameters), warm_up=False)
    assert chain.run(image(3, 4), parameters={"threshold": 0}).answer.tolist() == [3.0, 4.0]
    assert chain.run(image(3, 4)).answer.tolist() == ([1.0, 2.0] if again == "fill" else [4.0, 3.0])
