"""Batches that leave repeats, name a case, do without a part, and are answered several ways."""

import numpy as np
import pytest

from tests.tflite.batched.programs import COSTS, PARAMETERS, PARTS, answer, at_least, executor, images, part, run
from tflite.batched.executor import Declared, Executor


def test_a_leave_lets_those_go_that_have_enough():
    """Doubled until it is at least 8, three times at most, and 100 more for all: 1 and 5 leave, 0.5 does not."""
    steps = [run("block", "image", "image"), run("gate", "image", "score"),
             {"op": "leave", "rule": at_least("score", 8.0)}]  # fmt: skip
    program = [{"op": "repeat", "times": 3, "steps": steps}, run("big", "image", "image"), answer("end", "image")]
    seen = executor(program).run(images(1, 5, 0.5))
    assert seen.outputs[:, 0].tolist() == [108, 110, 104]
    assert seen.runs()["block"].tolist() == [3, 1, 3] and seen.runs()["big"].tolist() == [1, 1, 1]
    assert seen.sides() == {"main[0].steps[2]": {"left": 2, "stayed": 2}}
    assert len(set(seen.ways().tolist())) == 3
    again = executor(program).run(images(0.1, 0.5, 50), replay=seen)
    assert again.paths() == seen.paths()


def test_a_parameter_names_the_case_for_all():
    cases = [[run("block", "image", "x")], [run("big", "image", "x")]]
    program = [{"op": "select", "parameter": "way", "cases": cases}, answer("end", "x")]
    assert executor(program).run(images(1, 2), {"way": 0.6}).outputs[:, 0].tolist() == [101, 102]
    assert executor(program).run(images(1, 2), {"way": 0.5}).outputs[:, 0].tolist() == [2, 4]


def test_a_part_that_is_not_there_is_done_without():
    far = run("far", "image", "x", on="remote", otherwise=[run("block", "image", "x")])
    program = [far, answer("end", "x")]
    seen = executor(program).run(images(1, 2))
    assert seen.paths() == [("block",)] * 2 and [event.kind for event in seen.events][0] == "failed"
    here = executor(program, {"far": part(lambda x: x - 1)}).run(images(1, 2))
    assert here.outputs[:, 0].tolist() == [0, 1] and here.paths() == [("far",)] * 2
    assert "macs" in here.costs(COSTS | {"far": {"macs": 7.0}})


def test_several_outputs_are_kept_apart_and_a_crop_adds_its_costs():
    box = {"op": "crop", "value": "image", "at": "at", "output": "piece", "size": [1, 1], "mode": "box"}
    program = [
        {"op": "fill", "output": "at", "shape": [4], "content": [0.0, 1.0, 1.0, 2.0]},
        box | {"padding": -3.0, "costs": {"macs": 6.0}},
        run("flat", "piece", "a"),
        {"op": "exit", "name": "early", "rule": at_least("a", {"parameter": "sure"}), "gives": {"one": "a"}},
        {"op": "answer", "name": "end", "gives": {"one": "a", "other": "at"}},
    ]
    flat = part(lambda x: x.reshape(len(x), 1))
    batch = {"image": np.array([[[[1], [2]], [[3], [4]]], [[[5], [6]], [[7], [8]]]], np.float32)}
    made = executor(program, {"flat": flat})
    seen = made.run(batch)
    assert seen.given["one"].real.tolist() == [[-3], [-3]], "beyond the picture"
    assert seen.given["other"].rows.tolist() == [0, 1] and seen.given["other"].real.tolist()[0] == [0, 1, 1, 2]
    assert seen.costs({"flat": {"macs": 1.0}})["macs"].tolist() == [7, 7]
    left = made.run(batch, {"sure": -9})
    assert "other" not in left.given and left.outputs.tolist() == [[-3], [-3]]


def test_samples_that_are_answered_with_other_outputs_each_have_their_own():
    program = [
        run("gate", "image", "score"),
        {"op": "exit", "name": "few", "rule": at_least("score", 2.0), "gives": {"few": "score"}},
        answer("end", "image"),
    ]
    seen = executor(program).run(images(1, 2, 3))
    assert seen.given["few"].rows.tolist() == [1, 2] and seen.given["label"].rows.tolist() == [0]
    few, end = seen.given["few"].real, seen.given["label"].real
    assert (few.shape[1], end.shape[1]) == (1, 2) and seen.outputs.tolist() == [
        end[0].tolist(),
        [few[0, 0], -np.inf],
        [few[1, 0], -np.inf],
    ]
    assert seen.labels().tolist() == [int(end[0].argmax()), 0, 0]


def test_a_declared_value_is_kept_in_its_form():
    program = [run("block", "image", "x"), answer("end", "x")]
    made = Executor(program, PARTS, PARAMETERS, Declared({"x": (np.dtype(np.int8), (0.5, 0))}))
    assert made.run(images(0.3, 70)).outputs.tolist() == [[0.5, 10], [63.5, 10]]


def test_every_sample_may_have_its_own_value_of_a_parameter():
    """A select goes where each is asked, a fill has the number of each, and a rule knows one for all alone."""
    program = [
        {"op": "fill", "output": "number", "shape": [2], "content": {"parameter": "task"}},
        {"op": "select", "parameter": "task", "cases": [[answer("first", "image")], [answer("second", "number")]]},
    ]
    made = Executor(program, PARTS, {"task": {"default": 0}})
    seen = made.run(images(5, 6, 7) | {"task": np.array([1, 0, 1])}, chunk=2)
    assert seen.end.tolist() == [1, 0, 1] and seen.outputs.tolist() == [[1, 1], [6, 5], [1, 1]]
    assert made.run(images(5, 6), {"task": 1}).end.tolist() == [1, 1]
    asking = [
        {"op": "exit", "name": "e", "rule": at_least("image", {"parameter": "task"}), "gives": {"label": "image"}}
    ]
    with pytest.raises(ValueError, match="expected one value of 'task' for all samples, received one a sample"):
        Executor([*asking, answer("end", "image")], PARTS, {"task": {"default": 0}}).run(images(1) | {"task": [1]})
