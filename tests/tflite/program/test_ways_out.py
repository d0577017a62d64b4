"""Steps that leave: out of a repeat, to the case that a parameter names, past a part that runs elsewhere and fails."""

import numpy as np
import pytest

from tests.tflite.bundles import SWAP, answers, image, labels, linear, make, picture, reference, run
from tflite.bundle import manifest as m
from tflite.errors import ChainError
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain
from tflite.runtime.result import Event

GRAPHS = {
    "first": linear([[1, 0], [0, 1]], [0, 0]),
    "more": linear([[1, 0], [0, 1]], [1, 0], "x", (1, 2), "y"),
    "lead": linear([[1, -1]], [0], "x", (1, 2), "y"),
    "swap": linear(SWAP, [0, 0], "x", (1, 2), "y"),
}
FREE = {"enough": m.Parameter(default=3.0, minimum=-9.0, maximum=9.0)}
MORE = run("more", {"x": "logits"}, {"y": "logits"})
LEAD = run("lead", {"x": "logits"}, {"y": "lead"})
SWAPPED = run("swap", {"x": "logits"}, {"y": "logits"})
ANSWER = m.Answer(name="end", gives={"label": "logits"})
ENOUGH = m.Leave(rule=m.AtLeast(value="lead", threshold=reference("enough")))


def told(folder, *steps, pixels=(0, 1), remote=None, budget=None, graphs=None, parameters=None, **fields):
    """The result of a program that begins with `first`: the pixels as logits."""
    used = graphs or GRAPHS
    program = [run("first"), *steps]
    chain = Chain.load(make(folder, used, program, parameters=FREE, **fields), remote=remote, warm_up=False)
    return chain.run(image(*pixels), budget, parameters=parameters)


def test_a_leave_ends_the_repeat_and_what_is_behind_it_goes_on(tmp_path):
    """The lead grows from -1 by one a time, and is 3 at the fourth."""
    result = told(tmp_path, m.Repeat(times=9, steps=(MORE, LEAD, ENOUGH)), SWAPPED, ANSWER)
    assert result.path == ("first", *("more", "lead") * 4, "swap")
    assert result.answer.tolist() == [1, 4] and result.exit == "end"
    assert [event for event in result.events if event.kind == "left"] == [Event("left", "main[1].steps[2]")]


def test_a_repeat_that_nothing_leaves_ends_with_its_last_time(tmp_path):
    result = told(tmp_path, m.Repeat(times=2, steps=(MORE, LEAD, ENOUGH)), ANSWER)
    assert result.path == ("first", *("more", "lead") * 2) and result.events[-1].name == "lead"


def test_a_leave_inside_a_branch_leaves_the_innermost_repeat(tmp_path):
    sure = m.AtLeast(value="lead", threshold=0.0)
    inner = m.Repeat(times=5, steps=(MORE, LEAD, m.Branch(rule=sure, then=(m.Leave(rule=sure),))))
    result = told(tmp_path, m.Repeat(times=2, steps=(inner, SWAPPED)), ANSWER)
    # -1 + 1 leaves at once: (1, 1); swapped; 1 + 1 - 1 leaves at once again: (2, 1), swapped.
    assert result.path == ("first", "more", "lead", "swap", "more", "lead", "swap")
    assert result.answer.tolist() == [1, 2]


@pytest.mark.parametrize("setting, case", [(0, 0), (0.5, 0), (0.51, 1), (1.5, 2), (2, 2)])
def test_a_parameter_names_the_case_by_its_nearest_whole_number(tmp_path, setting, case):
    cases = ((MORE,), (MORE, MORE), (SWAPPED,))
    parameters = {"task": m.Parameter(default=setting, minimum=0, maximum=2)}
    program = [run("first"), m.Select(parameter="task", cases=cases), ANSWER]
    result = Chain.load(make(tmp_path, GRAPHS, program, parameters=parameters), warm_up=False).run(image(5, 7))
    assert result.answer.tolist() == [[6, 7], [7, 7], [7, 5]][case]
    kinds = [(event.kind, event.name, event.case) for event in result.events if event.kind in ("case", "skipped")]
    skipped = [["swap"], ["swap"], ["more"]][case]
    others = [["more", "swap"], ["more", "swap"], ["more"]][case]
    assert kinds == [("case", "main[1]", case), *(("skipped", name, None) for name in others)], skipped


FAR = {"part": "swap", "inputs": {"x": "logits"}, "outputs": {"y": "logits"}, "on": "remote"}
COSTS = {name: {"macs": 10.0, "latency_us": 1000.0} for name in GRAPHS}


def failing(part, inputs):
    raise OSError("no network")


@pytest.mark.parametrize(
    "remote, budget, why",
    [
        (None, None, "absent"),
        (None, Budget(latency_ms=1e9), "absent"),
        (failing, None, "error"),
        (lambda part, inputs: {"y": np.zeros((1, 3), np.float32)}, None, "error"),
        (lambda part, inputs: {"y": inputs["x"]}, Budget(latency_ms=0.5), "late"),
    ],
)
def test_what_is_done_otherwise(tmp_path, remote, budget, why):
    step = m.Run(**FAR, otherwise=(MORE,))
    result = told(tmp_path, step, ANSWER, remote=remote, budget=budget, costs=COSTS)
    assert result.path == ("first", "more") and result.answer.tolist() == [1, 1]
    assert [(e.kind, e.name, e.why) for e in result.events[1:3]] == [("failed", "swap", why), ("run", "more", None)]
    assert result.costs["macs"] == result.macs == 20, "what failed costs nothing"
    assert "swap" not in {event.name for event in result.events if event.kind == "not_reached"}


def test_a_part_that_answers_in_time_is_told_with_its_bytes(tmp_path):
    step = m.Run(**FAR, otherwise=(MORE,))
    remote = lambda part, inputs: {"y": inputs["x"][:, ::-1]}  # noqa: E731
    result = told(tmp_path, step, ANSWER, remote=remote, budget=Budget(latency_ms=1e9), costs=COSTS)
    assert result.path == ("first", "swap") and result.answer.tolist() == [1, 0]
    (far,) = (event for event in result.events if event.kind == "remote")
    assert far.name == "swap" and far.bytes == (8, 8) and far.ms > 0
    assert [event.name for event in result.events if event.kind == "not_reached"] == ["more"]


def test_without_otherwise_a_part_elsewhere_is_needed(tmp_path):
    with pytest.raises(ChainError, match=r"remote: expected a function .* for \['swap'\], received None"):
        told(tmp_path, m.Run(**FAR), ANSWER)
    with pytest.raises(ChainError, match="remote part swap: expected output arrays, but .*no network"):
        told(tmp_path, m.Run(**FAR), ANSWER, remote=failing)


def test_otherwise_may_answer(tmp_path):
    result = told(tmp_path, m.Run(**FAR, otherwise=(m.Answer(name="alone", gives={"label": "logits"}),)), ANSWER)
    assert (result.exit, result.reason, result.answer.tolist()) == ("alone", "final", [0, 1])


def test_a_crop_adds_its_costs_and_says_where_it_was(tmp_path):
    program = [
        m.Fill(output="at", shape=(4,), content=(0.0, 0.5, 1.0, 1.0)),
        m.Crop(value="image", at="at", output="piece", size=(1, 2), mode="box", costs={"macs": 12.0}),
        run("first", {"image": "piece"}),
        m.Exit(name="early", rule=m.MaxSoftmax(value="logits", threshold=2.0), gives={"label": "logits"}),
        run("swap", {"x": "logits"}, {"y": "logits"}),
        ANSWER,
    ]
    graphs = {name: GRAPHS[name] for name in ("first", "swap")}
    chain = Chain.load(make(tmp_path, graphs, program), warm_up=False)
    result = chain.run(image(4, 8))
    assert result.events[0] == Event("crop", "piece", corners=(0.0, 0.5, 1.0, 1.0))
    assert (result.macs, result.costs) == (42, {"macs": 42.0})
    # Before the exit there are 12 of the crop and 10 of `first`, behind it 20 of `swap`.
    assert chain.run(image(4, 8), Budget(macs=42)).exit == "end"
    assert chain.run(image(4, 8), Budget(macs=41.9)).reason == "macs"
    assert [stop.costs["macs"] for stop in chain.trace(image(4, 8)).stops] == [22, 42]
    assert answers(tmp_path / "again", graphs, program, (4, 8))[1] == ("first", "swap")


def test_values_that_are_converted_when_they_are_written(tmp_path):
    """A value of 8 bits in halves: what is written is rounded to it, whoever writes."""
    half = m.Tensor(shape=(1, 2), type="int8", scale=0.5, zero_point=3)
    program = [
        m.Fill(output="kept", shape=(1, 2), content=(0.3, -0.2)),
        m.Repeat(times=1, steps=(run("first", {"image": "image"}, {"logits": "kept"}),)),
        m.Answer(name="end", gives={"label": "kept"}),
    ]
    values = {"image": m.Tensor(shape=(1, 1, 2, 1), type="float32"), "kept": half}
    inputs = {"image": picture(scale=0.3)}
    folder = make(tmp_path, {"first": GRAPHS["first"]}, program, values=values, inputs=inputs)
    chain = Chain.load(folder, warm_up=False)
    assert chain.run(image(1, 4)).answer.tolist() == [0.5, 1.0]  # of 0.3 and 1.2
    assert chain.run(image(1, 4)).outputs["label"].type == "int8"
    filled = [program[0], m.Answer(name="end", gives={"label": "kept"})]
    outputs = labels("a", "b", activation="none")
    graphs = {"first": GRAPHS["first"]}
    folder = make(tmp_path / "filled", graphs, filled, values=values, inputs=inputs, outputs=outputs)
    assert Chain.load(folder, warm_up=False).run(image(1, 4)).answer.tolist() == [0.5, 0.0]  # ties to even: -0.4 to 0
