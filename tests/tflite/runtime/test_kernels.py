"""A part is at fault where kernels differ far more than single steps of its inputs explain."""

import numpy as np
import pytest

from tests.goldens import make as golden
from tests.goldens.families import HERE
from tests.tflite.bundles import linear, linear_int8, make, run
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.runtime import kernels
from tflite.runtime.chain import Chain

PROGRAM = [run("part"), m.Answer(name="end", gives={"label": "logits"})]


def int8(weight):
    """Codes 40 and -20 times a weight: half a code of the result for each code of the first input and a weight of 1."""
    return linear_int8([[weight, 0], [0, 1]], [0, 0], (0.5, 1.0, 1.0))


def bundle(folder, graph):
    return Bundle.load(make(folder, {"part": graph}, PROGRAM))


def faults(monkeypatch, usual, other, array):
    """What is said where the reference kernels give what another part gives."""
    opened = kernels.open_parts
    monkeypatch.setattr(
        kernels, "open_parts", lambda _, kernels: opened(other if kernels == "reference" else usual, kernels=kernels)
    )
    return kernels.kernel_faults(usual, {"part": {"image": array}})


def codes(*numbers):
    return np.array(numbers, np.int8).reshape(1, 1, 2, 1)


def test_kernels_that_are_right_are_no_fault(tmp_path, monkeypatch):
    usual = bundle(tmp_path / "one", int8(1))
    assert faults(monkeypatch, usual, usual, codes(40, -20)) == []


def test_a_part_that_other_kernels_move_too_far_is_told(tmp_path, monkeypatch):
    """40 codes of a half are 20, with twice the weight 40; a step moves a result by a code, so eight are right."""
    usual, other = bundle(tmp_path / "one", int8(1)), bundle(tmp_path / "two", int8(2))
    assert faults(monkeypatch, usual, other, codes(16, -20)) == []
    assert faults(monkeypatch, usual, other, codes(40, -20)) == [
        "part part: expected its output logits within 8 by all kernels of TensorFlow Lite, 8 times what single steps "
        "of its inputs do, received 20 by its reference ones"
    ]


def test_float_parts_may_differ_by_their_last_digits(tmp_path, monkeypatch):
    """A step of a float32 input is a 255th of its range, here of 1: 8 / 255 are right, .0314."""
    usual = bundle(tmp_path / "one", linear([[1, 0], [0, 1]], [0, 0]))
    image = np.array([0, 1], np.float32).reshape(1, 1, 2, 1)
    assert faults(monkeypatch, usual, bundle(tmp_path / "a", linear([[1, 0], [0, 1.03]], [0, 0])), image) == []
    monkeypatch.undo()
    (said,) = faults(monkeypatch, usual, bundle(tmp_path / "b", linear([[1, 0], [0, 1.04]], [0, 0])), image)
    assert "within 0.0314 by all kernels" in said and said.endswith("received 0.04 by its reference ones")


def test_a_number_that_is_none_by_other_kernels_is_a_fault(tmp_path, monkeypatch):
    usual = bundle(tmp_path / "one", linear([[1, 0], [0, 1]], [0, 0]))
    other = bundle(tmp_path / "two", linear([[1, 0], [0, 1]], [0, float("nan")]))
    (said,) = faults(monkeypatch, usual, other, np.ones((1, 1, 2, 1), np.float32))
    assert said.endswith("received nan by its reference ones")


@pytest.mark.parametrize("name", ["epnet", "toy", "skipnet"])
def test_converted_networks_have_no_fault_and_agree_with_themselves_by_all_kernels(name):
    chain = Chain.load(HERE / name, warm_up=False)
    assert chain.kernel_faults() == []
    for other in ("optimized", "reference"):
        assert chain.with_kernels(other).self_test() == []


@pytest.mark.parametrize("folder", golden.bundles(), ids=lambda folder: folder.name)
def test_golden_bundles_pass_by_all_kernels(folder):
    for other in ("optimized", "reference"):
        assert golden.load(folder).with_kernels(other).self_test() == []
