"""Decisions on parts and programs that can be checked by hand."""

import numpy as np
import pytest

from tflite.batched.executor import Executor
from tflite.batched.values import Value
from tools.studies import skipnet_study
from tools.studies.skipnet_study import Decided, decide


def branch(number):
    """The block doubles what it is given where the image's own number, which nothing changes, is high enough."""
    rule = {"rule": "at_least", "value": f"gate_{number}", "threshold": {"parameter": "threshold"}}
    gate = {"op": "run", "part": f"gate_{number}", "inputs": {"x": "image"}, "outputs": {"y": f"gate_{number}"}}
    block = {"op": "run", "part": "double", "inputs": {"x": "features"}, "outputs": {"y": "features"}}
    return [gate, {"op": "branch", "rule": rule, "then": [block], "otherwise": []}]


STEM = {"op": "run", "part": "copy", "inputs": {"x": "image"}, "outputs": {"y": "features"}}
PROGRAM = [STEM, *branch(2), *branch(3), {"op": "answer", "name": "answer", "gives": {"label": "features"}}]


@pytest.fixture
def counted():
    """An executor, and by part how many images it was run for."""
    seen = {}

    def part(name, change):
        def run(inputs):
            value = inputs["x"].real()
            seen[name] = seen.get(name, 0) + len(value)
            return {"y": Value(change(value).astype(np.float32))}

        return run

    parts = {"copy": part("copy", lambda x: x), "double": part("double", lambda x: x * [1, 2])}
    parts |= {f"gate_{i}": part(f"gate_{i}", lambda x, i=i: x[:, i - 2 : i - 1]) for i in (2, 3)}
    return Executor(PROGRAM, parts, {"threshold": {"default": 0.5}}), seen


# Gate 2 sees the first number and gate 3 the second one; the larger of (first, second, doubled block by block) answers.
IMAGES = np.array([[0.9, 0.8], [0.9, 0.3], [0.4, 0.6], [0.4, 0.3]], np.float32)


def test_which_blocks_run_at_a_threshold(counted):
    executor, _ = counted
    none, some, every = decide(executor, IMAGES, [{"threshold": 0.95}, {}, {"threshold": 0.0}])
    assert some.run.tolist() == [[True, True], [True, False], [False, True], [False, False]]
    assert some.answers.tolist() == [1, 0, 1, 0] and some.blocks.tolist() == [3, 2, 2, 1]
    assert not none.run.any() and none.answers.tolist() == [0, 0, 1, 0]
    assert every.run.all() and every.answers.tolist() == [1, 1, 1, 1]


def test_images_in_chunks_are_decided_as_all_at_once(counted, monkeypatch):
    executor, _ = counted
    [whole] = decide(executor, IMAGES, [{}])
    monkeypatch.setattr(skipnet_study, "CHUNK", 3)
    [parts] = decide(executor, IMAGES, [{}])
    np.testing.assert_array_equal(parts.run, whole.run)
    np.testing.assert_array_equal(parts.answers, whole.answers)


def test_what_a_threshold_does_not_change_is_not_computed_again(counted):
    """The stem and the gates run once for every image, however many thresholds are asked."""
    executor, seen = counted
    decide(executor, IMAGES, [{"threshold": threshold} for threshold in (0.1, 0.5, 0.7)])
    assert seen["copy"] == seen["gate_2"] == seen["gate_3"] == 4


def test_a_static_network_runs_all_there_is():
    assert Decided(np.array([0, 1]), np.zeros((2, 0), bool)).blocks.tolist() == [1, 1]
