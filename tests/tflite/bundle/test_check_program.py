"""Programs that could not run to an answer: each refused with its step named, before anything is opened."""

import pytest

from tflite.bundle import manifest as m
from tflite.bundle.check_program import check_program
from tflite.errors import BundleError

FILE = {"file": "p.tflite", "sha256": "0" * 64, "bytes": 1}
IMAGE = m.Tensor(shape=(1, 4, 4, 1), type="float32")
LOGITS = m.Tensor(shape=(1, 2), type="float32")
CODES = m.Tensor(shape=(1, 2), type="int8", scale=0.5, zero_point=0)
ONE = m.Tensor(shape=(1, 1), type="float32")
SCORES = m.Tensor(shape=(1, 3), type="float32")
THETA = m.Tensor(shape=(1, 4), type="float32")
ANSWER = m.Answer(name="end", gives={"label": "logits"})


def part(inputs, outputs, **fields):
    return m.Part(**{**FILE, **fields}, inputs=inputs, outputs=outputs, costs={"macs": 1.0})


PARTS = {
    "head": part({"image": IMAGE}, {"logits": LOGITS, "one": ONE, "scores": SCORES, "theta": THETA}),
    "next": part({"x": LOGITS}, {"y": CODES}),
    "server": part({"x": LOGITS}, {"y": LOGITS}, file=None, sha256=None, bytes=None),
}
KEPT = {"logits": "logits", "one": "one", "scores": "scores", "theta": "theta"}
HEAD = m.Run(part="head", inputs={"image": "image"}, outputs=KEPT)
PARAMETERS = {
    "kappa": m.Parameter(default=0.5, minimum=0, maximum=1),
    "task": m.Parameter(default=(0.0, 1.0), minimum=0, maximum=1),
}


def check(*steps):
    return check_program(
        m.Manifest(
            name="b",
            task=m.Task(labels=("a", "b")),
            input=m.Input(shape=(4, 4, 1), scale=(1.0,), offset=(0.0,)),
            parts=PARTS,
            parameters=PARAMETERS,
            program=steps,
            operating_points=(),
            default_operating_point="",
        )
    )


def rule(value="one", kind=m.AtLeast, threshold=0.5, **fields):
    return kind(value=value, threshold=threshold, **fields)


def leave(name="early", value="logits", **fields):
    return m.Exit(
        name=name,
        rule=rule(**{"value": "one" if not fields.get("kind") else "logits", **fields}),
        gives={"label": value},
    )


def step(**fields):
    return m.Run(**{"part": "next", "inputs": {"x": "logits"}, "outputs": {"y": "y"}, **fields})


def cut(**fields):
    return m.Crop(**{"value": "image", "at": "theta", "output": "patch", "size": (2, 2), **fields})


def fill(**fields):
    return m.Fill(**{"output": "state", "shape": (1, 2), "content": 0.0, **fields})


def reference(name):
    return m.ParameterReference(parameter=name)


def nested(depth):
    steps = (fill(),)
    for _ in range(depth):
        steps = (m.Repeat(times=1, steps=steps),)
    return steps


GOOD = [
    (HEAD, ANSWER),
    (HEAD, leave(), leave("b", kind=m.Margin), ANSWER),
    (HEAD, m.Branch(rule=rule(), then=(ANSWER,)), m.Answer(name="other", gives={"label": "logits"})),
    (
        HEAD,
        m.Branch(rule=rule(), then=(step(),), otherwise=(fill(output="y"),)),
        m.Answer(name="end", gives={"label": "y"}),
    ),
    (
        HEAD,
        m.Select(value="scores", cases=((), (step(),), (ANSWER,))),
        m.Answer(name="other", gives={"label": "logits"}),
    ),
    (HEAD, m.Repeat(times=3, steps=(cut(), step(outputs={"y": "logits"}))), ANSWER),
    (HEAD, step(part="server", outputs={"y": "logits"}, on="remote"), ANSWER),
    (HEAD, fill(content=reference("task")), fill(output="k", shape=(7,), content=reference("kappa")), ANSWER),
    (HEAD, m.Repeat(times=2499, steps=(fill(), leave(), leave("b"), leave("c"))), ANSWER),
    (HEAD, *nested(16), ANSWER),
]


@pytest.mark.parametrize("steps", GOOD)
def test_a_program_that_runs_to_an_answer_passes(steps):
    assert "image" in check(*steps).values


def test_a_piece_that_grows_from_turn_to_turn_is_refused_at_last():
    """Of c channels 2 x 2 pixels, and 4 times as many at each of 7 more scales: 87380 c, for c = 1, 8, 64, 512."""
    grow = cut(at="place", output="image", mode="glimpse", scales=8)
    assert check(HEAD, fill(output="place"), grow, ANSWER).values["image"]
    with pytest.raises(BundleError) as caught:
        check(HEAD, fill(output="place"), m.Repeat(times=2, steps=(grow,)), ANSWER)
    assert caught.value.field == "program[2].steps[0].size"
    assert caught.value.problem == "expected at most 16777216 pixels, received 44738560"


def test_a_recurrent_value_may_have_the_types_of_every_writer():
    loop = m.Repeat(times=2, steps=(step(inputs={"x": "state"}, outputs={"y": "state"}),))
    facts = check(HEAD, fill(), loop, ANSWER)
    assert facts.tensors["program[2].steps[0].inputs.x"] == {LOGITS, CODES}
    once = m.Repeat(times=1, steps=loop.steps)
    assert check(HEAD, fill(), once, ANSWER).tensors["program[2].steps[0].inputs.x"] == {LOGITS}


BAD = [
    ((HEAD,), "program", "one that does not"),
    ((HEAD, leave()), "program", "one that does not"),
    ((HEAD, m.Branch(rule=rule(), then=(ANSWER,))), "program", "one that does not"),
    ((HEAD, ANSWER, fill()), "program[2]", "nothing behind an answer"),
    ((HEAD, m.Branch(rule=rule(), then=(ANSWER,), otherwise=(m.Answer(name="b", gives={"label": "logits"}),)), fill()),
     "program[2]", "nothing behind an answer"),
    ((HEAD, m.Repeat(times=2, steps=(ANSWER,))), "program[1].steps", "every way answers before"),
    ((ANSWER,), "program[0].value", "every way here has written, received 'logits'"),
    ((HEAD, m.Branch(rule=rule(), then=(step(),)), m.Answer(name="e", gives={"label": "y"})), "program[2].value", "received 'y'"),
    ((HEAD, m.Select(value="scores", cases=((step(),), (step(),), ())), m.Answer(name="e", gives={"label": "y"})),
     "program[2].value", "received 'y'"),
    ((HEAD, m.Repeat(times=2, steps=(step(inputs={"x": "y"}),)), ANSWER),
     "program[1].steps[0].inputs.x", "received 'y'"),
    ((HEAD, step(inputs={"x": "y"}), ANSWER), "program[1].inputs.x", "received 'y'"),
    ((HEAD, leave(), leave(), ANSWER), "program[2].name", "'early' twice"),
    ((HEAD, leave("end"), ANSWER), "program[2].name", "'end' twice"),
    ((HEAD, m.Branch(rule=rule(), then=(leave(),), otherwise=(leave(),)), ANSWER),
     "program[1].otherwise[0].name", "'early' twice"),
    ((step(part="tail"), ANSWER), "program[0].part", "received 'tail'"),
    ((HEAD, step(part="server", outputs={"y": "y"}), ANSWER), "program[1].part", "'server', which runs locally"),
    ((HEAD, step(inputs={"z": "logits"}), ANSWER), "program[1].inputs", "['x'], received ['z']"),
    ((HEAD, step(inputs={}), ANSWER), "program[1].inputs", "received []"),
    ((HEAD, step(outputs={"z": "y"}), ANSWER), "program[1].outputs", "received 'z'"),
    ((m.Run(part="head", inputs={"image": "image"}, outputs={"logits": "v", "one": "v"}), ANSWER),
     "program[0].outputs", "values that differ"),
    ((HEAD, step(inputs={"x": "scores"}), ANSWER), "program[1].inputs.x", "shape [1, 2], received [1, 3]"),
    ((HEAD, fill(output="image"), HEAD, ANSWER), "program[2].inputs.image", "[1, 4, 4, 1], received [1, 2]"),
    ((HEAD, m.Answer(name="e", gives={"label": "scores"})), "program[1].value", "2 element(s), received 3"),
    ((HEAD, leave(value="scores"), ANSWER), "program[1].value", "2 element(s), received 3"),
    ((HEAD, m.Exit(name="e", rule=rule("scores"), gives={"label": "logits"}), ANSWER),
     "program[1].rule.value", "1 element(s), received 3"),
    ((HEAD, m.Exit(name="e", rule=rule("one", m.Margin), gives={"label": "logits"}), ANSWER),
     "program[1].rule.value", "at least 2"),
    ((HEAD, leave(threshold=reference("beta")), ANSWER), "program[1].rule.threshold", "received 'beta'"),
    ((HEAD, leave(threshold=reference("task")), ANSWER), "program[1].rule.threshold", "the list 'task'"),
    ((HEAD, leave(kind=m.LogisticEntropy, weight=1.0, bias=reference("x")), ANSWER),
     "program[1].rule.bias", "received 'x'"),
    ((HEAD, m.Branch(rule=rule("none"), then=()), ANSWER), "program[1].rule.value", "received 'none'"),
    ((HEAD, m.Select(value="scores", cases=((), ())), ANSWER), "program[1].value", "2 element(s), received 3"),
    ((HEAD, cut(at="one"), ANSWER), "program[1].at", "4 element(s), received 1"),
    ((HEAD, cut(at="theta", mode="glimpse"), ANSWER), "program[1].at", "2 element(s), received 4"),
    ((HEAD, cut(value="logits"), ANSWER), "program[1].value", "[1, height, width, channels], received [1, 2]"),
    ((HEAD, cut(scales=2), ANSWER), "program[1].scales", "1 for the mode theta, received 2"),
    ((HEAD, cut(at="logits", mode="glimpse", size=(4096, 4096), scales=8), ANSWER), "program[1].size", "at most"),
    ((HEAD, fill(content=(1.0, 2.0, 3.0)), ANSWER), "program[1].content", "2 numbers for the shape, received 3"),
    ((HEAD, fill(shape=(3,), content=reference("task")), ANSWER),
     "program[1].content", "3 numbers for the shape, received 2"),
    ((HEAD, fill(content=reference("beta")), ANSWER), "program[1].content", "received 'beta'"),
    ((HEAD, fill(shape=(2**13, 2**14)), ANSWER), "program[1].shape", "at most"),
    ((HEAD, m.Repeat(times=100, steps=(m.Repeat(times=99, steps=(fill(),)),)), ANSWER), "program", "received 10003"),
    ((HEAD, *nested(17), ANSWER), "program", "16 steps inside each other"),
]  # fmt: skip


@pytest.mark.parametrize("steps, field, words", BAD)
def test_a_program_that_would_not_is_refused(steps, field, words):
    with pytest.raises(BundleError) as caught:
        check(*steps)
    assert (caught.value.field, words in str(caught.value)) == (field, True), str(caught.value)
