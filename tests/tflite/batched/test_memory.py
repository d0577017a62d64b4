"""What a session remembers: nothing is computed twice, and nothing that has changed is taken from memory."""

import copy
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tflite.batched.programs import PARTS, answer, at_least, executor, images, leave, part, run, skipping
from tflite.batched import memo
from tflite.batched.executor import Executor


def exits_only():
    return [*skipping()[:1], *skipping()[2:]]


@pytest.mark.parametrize("small", [memo.SMALL, 0], ids=["small outputs", "large outputs"])
def test_a_sweep_over_a_threshold_runs_every_part_once_a_sample(small, monkeypatch):
    monkeypatch.setattr(memo, "SMALL", small)
    session = executor(exits_only()).session(images(1, 2, 3, 4))
    for threshold in (2.5, 9, 0, 1.5, 9, 2.5):
        session.run({"sure": threshold})
    assert session.computed == {"gate": 4, "head": 4, "big": 4}


def scaled(steps=()):
    """A small part that reads a parameter, behind a trunk that does not; in front of both an exit."""
    gain = {"op": "fill", "output": "gain", "shape": [1, 1], "content": {"parameter": "gain"}}
    return [run("head", "image", "a"), gain, run("scaled", "a gain", "b"), *steps, answer("end", "b")]


def test_a_parameter_reruns_the_part_that_reads_it_alone():
    session = executor(scaled()).session(images(1, 2))
    outputs = [session.run({"gain": gain}).outputs[:, 0].tolist() for gain in (1, 10, 1, 10)]
    assert outputs == [[1, 2], [10, 20], [1, 2], [10, 20]]
    assert session.computed == {"head": 2, "scaled": 4}  # both gains are remembered


def test_of_large_outputs_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(memo, "SMALL", 1)
    session = executor(scaled()).session(images(1, 2))
    for gain in (1, 10, 10, 1):
        session.run({"gain": gain})
    assert session.computed == {"head": 2, "scaled": 6}


def test_the_threshold_of_a_branch_reruns_the_rows_whose_way_changed():
    session = executor(skipping()).session(images(1, 2, 3, 4))
    session.run({"way": 2.5, "sure": 9})
    assert session.computed == {"gate": 4, "block": 2, "head": 4, "big": 4}
    seen = session.run({"way": 1.5, "sure": 9})  # 2 takes the block now
    assert session.computed == {"gate": 4, "block": 3, "head": 5, "big": 5}
    assert seen.outputs[:, 0].tolist() == [101, 104, 106, 108]


def test_a_part_that_several_steps_share_is_remembered_across_them():
    program = [run("block", "image", "a"), run("block", "image", "b"), run("block", "a", "c"), answer("end", "c")]
    session = executor(program).session(images(1, 2))
    assert session.run().outputs[:, 0].tolist() == [4, 8]
    assert session.computed == {"block": 4}


def test_outputs_of_one_part_are_told_apart():
    pair = {"pair": lambda inputs: {"one": inputs["x"], "two": part(lambda x: -x)({"x": inputs["x"]})["out"]}}
    split = {"op": "run", "part": "pair", "inputs": {"x": "image"}, "outputs": {"one": "a", "two": "b"}}
    program = [split, run("block", "a", "c"), run("block", "b", "d"), answer("end", "d")]
    assert executor(program, pair).run(images(1, 2)).outputs[:, 0].tolist() == [-2, -4]


def test_versions_follow_their_inputs():
    one, other = np.array([1, 2], np.uint64), np.array([1, 3], np.uint64)
    a, b = memo.combined("p", {"x": one}), memo.combined("p", {"x": other})
    assert (a[0] == b[0]) and (a[1] != b[1]) and (a[0] != a[1])
    assert memo.combined("q", {"x": one})[0] != a[0] and memo.combined("p", {"y": one})[0] != a[0]
    assert memo.combined("p", {"x": one, "y": other})[1] != memo.combined("p", {"x": other, "y": one})[1]


VALUES = ["image", "v0", "v1"]
names = st.sampled_from(VALUES)
thresholds = st.sampled_from([{"parameter": "way"}, {"parameter": "sure"}, 0.25])
rules = st.builds(at_least, st.just("score"), thresholds)
runs = st.builds(lambda p, x, y, out: run(p, f"{x} {y}", out), st.sampled_from(["sum", "last"]), names, names, names)
gates = st.builds(lambda value: run("gate", value, "score"), names)
fills = st.builds(lambda out: {"op": "fill", "output": out, "shape": [1, 2], "content": {"parameter": "gain"}}, names)
exits = st.builds(leave, st.just("exit"), names, rules)


def nested(steps):
    lists = st.lists(steps, max_size=4)
    branch = st.builds(lambda r, a, b: {"op": "branch", "rule": r, "then": a, "otherwise": b}, rules, lists, lists)
    select = st.builds(lambda v, a, b: {"op": "select", "value": v, "cases": [a, b]}, names, lists, lists)
    return branch | select | st.builds(lambda a: {"op": "repeat", "times": 2, "steps": a}, lists)


programs = st.lists(st.recursive(runs | runs | gates | fills | exits, nested, max_leaves=10), max_size=10)
settings_of_a_run = st.tuples(*[st.sampled_from([-1.0, 0.0, 0.5, 2.0])] * 3)
MIXING = {"sum": part(lambda x, y: x - 0.5 * y + 0.125), "last": part(lambda x, y: np.stack([y[:, 1], x[:, 0]], 1))}
START = [run("gate", "image", "score"), *(run("block", "image", name) for name in VALUES[1:])]


def numbered(steps, counter):
    """The steps with exits of different names."""
    for step in steps:
        if step["op"] == "exit":
            step["name"] = f"exit_{next(counter)}"
        for key in ("then", "otherwise", "steps"):
            numbered(step.get(key, []), counter)
        for case in step.get("cases", []):
            numbered(case, counter)
    return steps


@settings(max_examples=60, deadline=None)
@given(
    programs, st.lists(st.tuples(*[st.sampled_from([-1.0, 0.0, 0.5, 2.0])] * 3), min_size=1, max_size=4), st.booleans()
)
def test_a_batch_with_a_memory_does_what_each_sample_alone_does(program, tuples, trace):
    program = numbered([*copy.deepcopy(START), *copy.deepcopy(program), answer("end", "v1")], itertools.count())
    batch = np.array([[-1, 5], [0.25, -3], [0.6, 0.6], [3, 1], [0.25, 0]], np.float32)
    parameters = {name: {"default": 0.5} for name in ("way", "sure", "gain")}
    whole = Executor(program, PARTS | MIXING, parameters)
    session = whole.session({"image": batch})
    for way, sure, gain in tuples:
        given = {"way": way, "sure": sure, "gain": gain}
        seen = session.run(given, trace=trace, keep=["v0"])
        replayed = whole.run({"image": batch}, given, trace=trace, replay=seen)
        assert replayed.paths() == seen.paths()
        for i in range(len(batch)):
            alone = Executor(program, PARTS | MIXING, parameters).run({"image": batch[i : i + 1]}, given, trace=trace)
            assert alone.paths()[0] == seen.paths()[i] and alone.ends[alone.end[0]] == seen.ends[seen.end[i]]
            np.testing.assert_array_equal(alone.outputs[0], seen.outputs[i])
            stops = [(s.name, s.outputs[s.rows == i].tolist()) for s in seen.stops if i in s.rows]
            assert stops == [(s.name, s.outputs.tolist()) for s in alone.stops]


def test_an_unknown_output_is_a_key_error():
    with pytest.raises(KeyError):
        executor([run("empty", "image", "a"), answer("end", "a")], {"empty": lambda inputs: {}}).run(images(1))
