"""Chains whose parts are opened by the run that first reaches them: what is open when, and the same answers."""

import numpy as np
import pytest

from tests.goldens import make as golden
from tests.tflite.bundles import IDENTITY, SWAP, image, linear, make, run
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.errors import BundleError
from tflite.runtime import parts
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain

PICTURE = np.random.default_rng(9).integers(0, 256, (12, 12), np.uint8)


@pytest.fixture
def opened(monkeypatch):
    """Names of the files of which interpreters were made, in order."""
    files, usual = [], parts._open
    monkeypatch.setattr(parts, "_open", lambda b, file, *rest: files.append(file) or usual(b, file, *rest))
    return files


def chain(name="convolutions", **options):
    return Chain(Bundle.load(golden.HERE / "bundles" / name), lazy_parts=True, **options)


def test_a_part_that_the_budget_does_not_reach_is_never_opened(opened):
    lazy = chain(warm_up=False)
    assert opened == []
    for _ in range(3):
        assert lazy.run(PICTURE, Budget(macs=10), "p1").path == ("first",)
    assert opened == ["parts/first.tflite"]
    assert lazy.run(PICTURE, operating_point="p1").path == ("first", "second")
    assert opened == ["parts/first.tflite", "parts/second.tflite"]


def test_the_warm_up_times_every_part_and_keeps_none(opened):
    lazy = chain()
    assert opened == ["parts/first.tflite", "parts/second.tflite"]
    assert lazy._parts.unopened == {"first", "second"}
    assert lazy.run(PICTURE, operating_point="p1").slowdown > 0


def test_parts_that_a_run_has_opened_stay_when_all_are_timed_again(opened):
    lazy = chain(warm_up=False)
    before = lazy.run(PICTURE, operating_point="p1").answer.copy()
    assert min(lazy.measure(2).values()) > 0
    assert opened == ["parts/first.tflite", "parts/second.tflite"]
    assert lazy.run(PICTURE, operating_point="p1").answer.tolist() == before.tolist()


@pytest.mark.parametrize("name", ["convolutions", "rules_int8", "shared", "moving", "steps", "prototypes", "sixteen"])
def test_the_self_test_finds_nothing(name):
    assert chain(name).self_test() == []


def test_what_cannot_be_fed_zeros_is_warmed_up_on_goldens(opened, monkeypatch):
    def fails(*given):
        raise BundleError("expected anything but zeros")

    lazy, usual = chain(warm_up=False), parts.Parts.briefly
    monkeypatch.setattr(parts.Parts, "briefly", lambda own, name: fails() if own.unopened else usual(own, name))
    assert min(lazy.measure(1).values()) > 0
    assert lazy._parts.unopened == set()


def test_parts_of_one_file_are_opened_together(tmp_path, opened):
    graphs = {
        "a": linear(IDENTITY, [0, 1], signature="first"),
        "b": linear(SWAP, [0, 0], "logits", (1, 2), "swapped", signature="second"),
    }
    program = [run("a"), run("b", {"logits": "logits"}, {"swapped": "y"}), m.Answer(name="end", gives={"label": "y"})]
    make(tmp_path, graphs, program, single=True)
    lazy = Chain(Bundle.load(tmp_path), lazy_parts=True, warm_up=False)
    assert lazy.run(image(3, 4)).answer.tolist() == [5.0, 3.0]
    assert opened == ["parts/all.tflite"]
