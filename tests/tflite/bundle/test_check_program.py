"""Programs that could not run to an answer: each refused with its step named, before anything is opened."""

import time

import pytest

from tests.tflite.bundles import labels, manifest, picture
from tflite.bundle import manifest as m
from tflite.bundle.check_program import check_programs
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
    "which": m.Parameter(default=1, minimum=0, maximum=2),
}
VECTOR = {"all": m.VectorOutput()}


def check(*steps, programs=None):
    fields = {"parameters": PARAMETERS, "outputs": labels("a", "b") | VECTOR}
    made = manifest(PARTS, programs or steps, {"image": picture((4, 4, 1))}, **fields)
    check_programs(made)
    return made


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


def test_a_value_keeps_the_tensor_that_is_declared():
    """Read as numbers a constant stays float32; a state that a part of another encoding renews is so too."""
    loop = m.Repeat(times=2, steps=(step(inputs={"x": "state"}, outputs={"y": "state"}),))
    assert check(HEAD, fill(), loop, ANSWER).values["state"] == LOGITS
    with pytest.raises(BundleError) as caught:
        check(HEAD, fill(output="logits", shape=(1, 3)), ANSWER)
    assert caught.value.field == "programs.main[1].output"
    assert caught.value.problem == "expected the shape [1, 3], received [1, 2] in 'logits'"


def test_every_program_is_checked_and_main_has_to_be_there():
    assert check(programs={"main": (HEAD, ANSWER), "again": (HEAD, ANSWER)})
    with pytest.raises(BundleError) as caught:
        check(programs={"main": (HEAD, ANSWER), "again": (HEAD,)})
    assert caught.value.field == "programs.again"
    with pytest.raises(BundleError, match=r'expected a program "main", received \[\'other\'\]'):
        check(programs={"other": (HEAD, ANSWER)})


def test_what_is_written_on_the_ways_out_of_a_repeat_is_there_behind_it():
    """Here `y` is written before both ways out, so it may be read; there only before one."""
    read = m.Answer(name="end", gives={"label": "y"})
    assert check(HEAD, m.Repeat(times=2, steps=(step(), m.Leave(rule=rule()))), read)
    with pytest.raises(BundleError) as caught:
        check(HEAD, m.Repeat(times=2, steps=(m.Leave(rule=rule()), step())), read)
    assert caught.value.field == "programs.main[2].gives.label"


def test_only_what_both_the_run_and_its_otherwise_write_is_there_behind_them():
    server = {"part": "server", "on": "remote", "outputs": {"y": "y"}}
    read = m.Answer(name="end", gives={"label": "y"})
    assert check(HEAD, step(**server, otherwise=(fill(output="y"),)), read)
    assert check(HEAD, step(**server, otherwise=(ANSWER,)), m.Answer(name="other", gives={"label": "y"}))
    with pytest.raises(BundleError) as caught:
        check(HEAD, step(**server, otherwise=()), read)
    assert caught.value.field == "programs.main[2].gives.label"


def test_every_time_of_a_repeat_may_read_what_an_earlier_one_wrote_but_the_first_may_not():
    loop = (m.Leave(rule=rule()), step(), step(inputs={"x": "y"}, outputs={"y": "z"}))
    assert check(HEAD, fill(output="z"), m.Repeat(times=2, steps=loop), ANSWER)


def test_a_check_takes_time_in_proportion_to_the_text():
    """Sixteen repeats in each other, with 500 steps: one pass, where a fixed point would take 2^16."""
    steps = tuple(step(outputs={"y": f"y{i}"}) for i in range(500))
    for _ in range(16):
        steps = (*steps[:1], m.Repeat(times=1, steps=steps))
    begin = time.perf_counter()
    check(HEAD, *steps, ANSWER)
    assert time.perf_counter() - begin < 1


BAD = [
    ((HEAD,), "programs.main", "one that does not"),
    ((HEAD, leave()), "programs.main", "one that does not"),
    ((HEAD, m.Branch(rule=rule(), then=(ANSWER,))), "programs.main", "one that does not"),
    ((HEAD, ANSWER, fill()), "programs.main[2]", "nothing behind an answer"),
    ((HEAD, m.Branch(rule=rule(), then=(ANSWER,), otherwise=(m.Answer(name="b", gives={"label": "logits"}),)), fill()),
     "programs.main[2]", "nothing behind an answer"),
    ((HEAD, m.Repeat(times=2, steps=(ANSWER,))), "programs.main[1].steps", "every way answers before"),
    ((ANSWER,), "programs.main[0].gives.label", "that is declared, received 'logits'"),
    ((HEAD, m.Branch(rule=rule(), then=(step(),)), m.Answer(name="e", gives={"label": "y"})),
     "programs.main[2].gives.label", "received 'y'"),
    ((HEAD, m.Select(value="scores", cases=((step(),), (step(),), ())), m.Answer(name="e", gives={"label": "y"})),
     "programs.main[2].gives.label", "received 'y'"),
    ((HEAD, m.Repeat(times=2, steps=(step(inputs={"x": "y"}),)), ANSWER),
     "programs.main[1].steps[0].inputs.x", "received 'y'"),
    ((HEAD, step(inputs={"x": "y"}), ANSWER), "programs.main[1].inputs.x", "received 'y'"),
    ((HEAD, leave(), leave(), ANSWER), "programs.main[2].name", "'early' twice"),
    ((HEAD, leave("end"), ANSWER), "programs.main[2].name", "'end' twice"),
    ((HEAD, m.Branch(rule=rule(), then=(leave(),), otherwise=(leave(),)), ANSWER),
     "programs.main[1].otherwise[0].name", "'early' twice"),
    ((step(part="tail"), ANSWER), "programs.main[0].part", "received 'tail'"),
    ((HEAD, step(part="server", outputs={"y": "y"}), ANSWER), "programs.main[1].part", "'server', which runs locally"),
    ((HEAD, step(inputs={"z": "logits"}), ANSWER), "programs.main[1].inputs", "['x'], received ['z']"),
    ((HEAD, step(inputs={}), ANSWER), "programs.main[1].inputs", "received []"),
    ((HEAD, step(outputs={"z": "y"}), ANSWER), "programs.main[1].outputs", "received 'z'"),
    ((m.Run(part="head", inputs={"image": "image"}, outputs={"logits": "v", "one": "v"}), ANSWER),
     "programs.main[0].outputs", "values that differ"),
    ((HEAD, step(inputs={"x": "scores"}), ANSWER), "programs.main[1].inputs.x", "shape [1, 2], received [1, 3]"),
    ((HEAD, fill(output="image"), HEAD, ANSWER), "programs.main[1].output", "[1, 2], received [1, 4, 4, 1]"),
    ((HEAD, m.Answer(name="e", gives={"label": "scores"})), "programs.main[1].gives.label", "2 element(s), received 3"),
    ((HEAD, leave(value="scores"), ANSWER), "programs.main[1].gives.label", "2 element(s), received 3"),
    ((HEAD, m.Exit(name="e", rule=rule("scores"), gives={"label": "logits"}), ANSWER),
     "programs.main[1].rule.value", "1 element(s), received 3"),
    ((HEAD, m.Exit(name="e", rule=rule("one", m.Margin), gives={"label": "logits"}), ANSWER),
     "programs.main[1].rule.value", "at least 2"),
    ((HEAD, leave(threshold=reference("beta")), ANSWER), "programs.main[1].rule.threshold", "received 'beta'"),
    ((HEAD, leave(threshold=reference("task")), ANSWER), "programs.main[1].rule.threshold", "the list 'task'"),
    ((HEAD, leave(kind=m.LogisticEntropy, weight=1.0, bias=reference("x")), ANSWER),
     "programs.main[1].rule.bias", "received 'x'"),
    ((HEAD, m.Branch(rule=rule("none"), then=()), ANSWER), "programs.main[1].rule.value", "received 'none'"),
    ((HEAD, m.Select(value="scores", cases=((), ())), ANSWER), "programs.main[1].value", "2 element(s), received 3"),
    ((HEAD, cut(at="one"), ANSWER), "programs.main[1].at", "4 element(s), received 1"),
    ((HEAD, cut(at="theta", mode="glimpse"), ANSWER), "programs.main[1].at", "2 element(s), received 4"),
    ((HEAD, cut(value="logits"), ANSWER), "programs.main[1].value", "[1, height, width, channels], received [1, 2]"),
    ((HEAD, cut(scales=2), ANSWER), "programs.main[1].scales", "1 for the mode theta, received 2"),
    ((HEAD, cut(at="logits", mode="glimpse", size=(4096, 4096), scales=8), ANSWER), "programs.main[1].size", "at most"),
    ((HEAD, fill(content=(1.0, 2.0, 3.0)), ANSWER), "programs.main[1].content", "2 numbers for the shape, received 3"),
    ((HEAD, fill(shape=(3,), content=reference("task")), ANSWER),
     "programs.main[1].content", "3 numbers for the shape, received 2"),
    ((HEAD, fill(content=reference("beta")), ANSWER), "programs.main[1].content", "received 'beta'"),
    ((HEAD, fill(shape=(2**13, 2**14)), ANSWER), "programs.main[1].shape", "at most"),
    ((HEAD, m.Repeat(times=100, steps=(m.Repeat(times=99, steps=(fill(),)),)), ANSWER),
     "programs.main", "received 10003"),
    ((HEAD, *nested(17), ANSWER), "programs.main", "16 steps inside each other"),
    ((HEAD, m.Leave(rule=rule()), ANSWER), "programs.main[1]", "a repeat or an each around it, received none"),
    ((HEAD, m.Repeat(times=2, steps=(m.Leave(rule=rule("two")), fill())), ANSWER),
     "programs.main[1].steps[0].rule.value", "received 'two'"),
    ((HEAD, step(otherwise=()), ANSWER), "programs.main[1].otherwise", "only for a remote run"),
    ((HEAD, m.Answer(name="e", gives={"box": "logits"})), "programs.main[1].gives", "['all', 'label'], received 'box'"),
    ((HEAD, m.Answer(name="e", gives={"all": "image", "label": "one"})),
     "programs.main[1].gives.label", "2 element(s), received 1"),
    ((HEAD, m.Select(cases=((),)), ANSWER), "programs.main[1]", "a value or a parameter, received none"),
    ((HEAD, m.Select(value="one", parameter="which", cases=((),)), ANSWER), "programs.main[1]", "received both"),
    ((HEAD, m.Select(parameter="which", cases=((), ())), ANSWER),
     "programs.main[1].parameter", "a parameter of 0 to 1, received 0 to 2"),
    ((HEAD, m.Select(parameter="task", cases=((), ())), ANSWER), "programs.main[1].parameter", "the list 'task'"),
    ((HEAD, m.Select(parameter="who", cases=((), ())), ANSWER), "programs.main[1].parameter", "received 'who'"),
    ((HEAD, cut(mode="box", scales=2), ANSWER), "programs.main[1].scales", "1 for the mode box, received 2"),
    ((HEAD, cut(mode="box", at="one"), ANSWER), "programs.main[1].at", "4 element(s), received 1"),
    ((HEAD, cut(costs={"hours": 1.0}), ANSWER), "programs.main[1].costs", "units among ['macs'], received ['hours']"),
]  # fmt: skip


@pytest.mark.parametrize("steps, field, words", BAD)
def test_a_program_that_would_not_is_refused(steps, field, words):
    with pytest.raises(BundleError) as caught:
        check(*steps)
    assert (caught.value.field, words in str(caught.value)) == (field, True), str(caught.value)
