"""Of each sample the logits of the task that is asked, others as if they were not."""

import numpy as np
from keras import ops

from keras_models import programs
from keras_models.base import Knob
from keras_models.functional.asked import FAR, answers_asked


def test_every_sample_has_the_logits_of_its_task():
    few, many = np.array([[1, 2], [3, 4], [5, 6]], np.float32), np.arange(9, dtype=np.float32).reshape(3, 3)
    found = ops.convert_to_numpy(answers_asked([few, many], np.array([1, 0, 1])))
    assert found.tolist() == [[[0, 1, 2]], [[3, 4, FAR]], [[6, 7, 8]]]


def test_a_program_under_every_value_of_what_is_asked():
    inner = programs.select_by("b", [[programs.answer("x", x="v")], [programs.answer("y", y="v")]])
    program = [
        programs.run("p", {"a": "v"}, {"b": "v"}),
        programs.select_by("a", [[inner], [programs.answer("z", z="v")]]),
    ]
    knobs = {"a": Knob(0, 0, 1, "", names=("one", "two")), "b": Knob(0, 0, 1, "", names=("three", "four"))}
    ways = programs.asked_ways(program, knobs | {"free": Knob(0.5, 0, 1, "")})
    assert [way[-1]["name"] for way in ways] == ["x", "y", "z", "z"] and all(len(way) == 2 for way in ways)
    assert programs.asked_ways(program, {"free": Knob(0.5, 0, 1, "")}) == [program]
