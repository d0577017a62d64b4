"""Programs in a line that are traced once, against the same programs run setting by setting."""

import numpy as np
import pytest

from tests.tflite.batched.programs import answer, at_least, executor, images, leave, run
from tflite.batched.line import LineTraces

NUMBERS = (-1, 0.2, 0.6, 3)
GAIN = {"op": "fill", "output": "gain", "shape": [1, 1], "content": {"parameter": "gain"}}
ENTROPY = {"rule": "entropy", "value": "logits", "threshold": 0.5}


def program(rule):
    """The image times a gain; a head, an exit, and another network."""
    steps = [GAIN, run("scaled", "image gain", "x"), run("gate", "x", "score"), run("head", "x", "logits")]
    return [*steps, leave("early", "logits", rule), run("big", "x", "last"), answer("end", "last")]


def traces(steps):
    return LineTraces(executor(steps), steps, images(*NUMBERS), 3)


@pytest.mark.parametrize("rule", [at_least("score", {"parameter": "sure"}), ENTROPY], ids=["at_least", "entropy"])
@pytest.mark.parametrize("settings", [{}, {"sure": 0.1}, {"gain": 5.0}, {"gain": -1.0, "sure": -0.5}])
def test_samples_end_where_they_end_when_the_program_is_run(rule, settings):
    steps = program(rule)
    outcomes = executor(steps).run(images(*NUMBERS), settings)
    found = traces(steps)
    ends = found.ends(settings)
    assert ends.tolist() == outcomes.end.tolist()
    np.testing.assert_array_equal(found.answers(settings)[np.arange(4), ends], outcomes.outputs)


def test_a_program_is_traced_once_for_every_filling():
    steps, runs = program(at_least("score", {"parameter": "sure"})), []
    counted = executor(steps)
    run_all = counted.run
    counted.run = lambda *arguments, **options: runs.append(arguments[1]) or run_all(*arguments, **options)
    found = LineTraces(counted, steps, images(*NUMBERS), 2)
    for sure in (0.1, 0.5, 2.0):
        found.ends({"sure": sure})
    assert runs == [{"gain": 1.0}]
    assert found.ends({"gain": 2.0}).tolist() == [1, 1, 0, 0] and runs[1:] == [{"gain": 2.0}]


def test_an_exit_that_is_not_kept_is_passed():
    found = traces(program(at_least("score", {"parameter": "sure"})))
    assert found.ends({}).tolist() == [1, 1, 0, 0]
    assert found.ends({}, np.array([False, True])).tolist() == [1, 1, 1, 1]
    assert found.answers().shape == (4, 2, 2)
