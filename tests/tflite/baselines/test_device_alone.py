"""A bundle with a server half as a device runs it alone: other steps, fewer parts, the same answers and goldens."""

import numpy as np
import pytest

from tests.goldens import make
from tests.goldens.families import HERE
from tflite import baselines
from tflite.baselines import BaselineError
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain


@pytest.fixture(scope="module")
def cinet():
    return Bundle.load(HERE / "cinet")


def test_what_is_done_otherwise_stands_in_the_place_of_the_server(cinet):
    alone = baselines.device_alone(cinet)
    assert set(cinet.manifest.parts) - set(alone.manifest.parts) == {"classifier"}
    steps = alone.manifest.programs["main"]
    assert not any(getattr(step, "on", "local") == "remote" for step in steps)
    assert len(steps) == len(cinet.manifest.programs["main"])
    ran = [unit for step in steps if hasattr(step, "part") for unit in alone.manifest.parts[step.part].units]
    assert ran == ["extractor", "locator", "local"]


def test_it_answers_as_the_bundle_without_a_server(cinet):
    one, other = Chain(cinet, warm_up=False), Chain(baselines.device_alone(cinet), warm_up=False)
    rng = np.random.default_rng(0)
    for _ in range(4):
        picture = rng.integers(0, 256, (12, 12, 1), dtype=np.uint8)
        before, now = one.run(picture), other.run(picture)
        assert before.path == now.path and before.label == now.label
        np.testing.assert_array_equal(before.answer, now.answer)
        assert [e.why for e in before.events if e.kind == "failed"] == ["absent"]
        assert not [e for e in now.events if e.kind == "failed"]


def test_it_passes_its_goldens(cinet):
    assert Chain(baselines.device_alone(cinet), warm_up=False).self_test() == []


def test_a_bundle_whose_parts_all_have_files_is_itself():
    bundle = Bundle.load(HERE / "resnet")
    assert baselines.device_alone(bundle) is bundle


def test_a_program_that_cannot_do_without_is_refused():
    bundle = Bundle.load(make.HERE / "bundles" / "remote")
    with pytest.raises(BaselineError, match="expected what to do where far has no file"):
        baselines.device_alone(bundle)
