"""Parts that run elsewhere, against the same parts here."""

import numpy as np

import tflite
from tests.tflite import bundles
from tflite.runtime.comparison import ComparedRemote, Difference


def test_differences_are_codes_for_int8_and_numbers_for_floats():
    difference = Difference()
    assert difference.equal and difference.steps is None and difference.floats is None
    difference.compare(np.array([1, -128], np.int8), np.array([1, 127], np.int8))
    assert (difference.steps, difference.floats, difference.equal) == (255, None, False)
    difference.compare(np.array([3], np.int8), np.array([4], np.int8))
    assert difference.steps == 255, "the largest counts"
    difference.compare(np.array([1.0, 2.0], np.float32), np.array([1.5, 2.0], np.float32))
    assert difference.floats == 0.5
    difference.compare(np.array([2**31 - 1], np.int32), np.array([-(2**31)], np.int32))
    assert difference.floats == 2.0**32 - 1, "int32 is no code, and its difference does not wrap around"


def test_nan_equals_nan_and_nothing_else():
    difference = Difference()
    difference.compare(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]))
    assert difference.equal and difference.floats == 0.0
    difference.compare(np.array([np.nan]), np.array([1.0]))
    assert difference.floats == np.inf and not difference.equal


def test_a_remote_part_is_held_against_the_same_part_here(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    program = [bundles.run("first"), bundles.m.Answer(name="answer", gives={"label": "logits"})]
    bundle = tflite.Bundle.load(bundles.make(tmp_path / "b", graphs, program))
    shape = bundle.manifest.values["image"].shape
    given, off = np.full(shape, 0.5, np.float32), [0.0]
    remote = ComparedRemote(lambda part, inputs: {"logits": np.full((1, 2), 0.5 + off[0], np.float32)}, bundle)
    remote("first", {"image": given})
    assert remote.differences["first"].equal
    off[0] = 0.25
    assert remote("first", {"image": given})["logits"].tolist() == [[0.75, 0.75]], "the remote answer is given"
    assert remote.differences["first"].floats == 0.25 and not remote.differences["first"].equal
