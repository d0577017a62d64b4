"""Inputs that are prepared before a run: the same answers, of which the clock of the run sees nothing."""

import numpy as np
import pytest

from tests.goldens import make as golden
from tests.tflite.bundles import image, make, picture, two_exits
from tests.tflite.bundles import linear as linear_part
from tests.tflite.bundles import run as run_step
from tflite import Preparer
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.bundle.golden_index import read_goldens
from tflite.errors import ChainError
from tflite.runtime import image as reader
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain


@pytest.mark.parametrize("name", ["pictures_padded", "pictures_rgb_uint8", "several", "prototypes", "steps"])
def test_golden_inputs_give_the_same_numbers_prepared(name):
    chain, seen = golden.load(golden.HERE / "bundles" / name), 0
    for case, inputs in read_goldens(chain.bundle):
        prepared = chain.preparer(case.program)(inputs)
        for _ in range(2):
            result = chain.run(prepared, operating_point=case.operating_point, program=case.program)
            assert (result.path, result.exit, result.reason) == (case.path, case.exit, case.reason)
            for output, expected in case.outputs.items():
                np.testing.assert_allclose(result.outputs[output].numbers.ravel(), expected.numbers, atol=1e-3)
        seen += 1
    assert seen > 8


def test_what_was_prepared_stays_when_the_next_is(tmp_path):
    chain = Chain.load(two_exits(tmp_path))
    prepare = chain.preparer()
    first, second = prepare(image(0, 9)), prepare(image(9, 0))
    labels = [chain.run(each, None, "fast").label for each in (first, second, first, prepare(first))]
    assert labels == [1, 0, 1, 1]


def test_the_clock_of_a_run_does_not_pay_for_a_large_picture(tmp_path, monkeypatch):
    """Fitting takes 50 ms of this clock: a run of 10 ms leaves at its first exit unless that was done before."""
    now, fit = [0], reader.fit_pixels
    monkeypatch.setattr(reader, "fit_pixels", lambda *given: now.__setitem__(0, now[0] + 50_000_000) or fit(*given))
    inputs = {"image": picture(resize="bilinear")}
    chain = Chain.load(two_exits(tmp_path, inputs=inputs), clock=lambda: now[0], warm_up=False)
    large, budget = np.full((30, 40), 7, np.uint8), Budget(latency_ms=10)
    late = chain.run(large, budget)
    assert (late.exit, late.reason, late.elapsed_ms) == ("early", "latency", 50.0)
    result = chain.run(chain.preparer()(large), budget)
    assert (result.exit, result.reason, result.elapsed_ms) == ("last", "final", 0.0)


def test_a_preparer_needs_no_chain(tmp_path):
    folder = two_exits(tmp_path)
    prepared = Preparer(Bundle.load(folder).manifest)(image(0, 9))
    assert Chain.load(folder).run(prepared, None, "fast").label == 1
    with pytest.raises(ChainError, match=r"program: expected one of \['main'\], received 'teach'"):
        Preparer(Bundle.load(folder).manifest, "teach")


def test_what_was_prepared_for_another_bundle_or_program_is_refused(tmp_path):
    graphs = {"part": linear_part([[1, 0], [0, 1]], [0, 0])}
    program = [run_step("part"), m.Answer(name="end", gives={"label": "logits"})]
    other = Chain.load(make(tmp_path / "other", graphs, program), warm_up=False)
    chain = Chain.load(two_exits(tmp_path / "one"), warm_up=False)
    with pytest.raises(ChainError, match="inputs: expected some prepared for this bundle, received some for another"):
        chain.run(other.preparer()(image(1, 2)))
    chain = golden.load(golden.HERE / "bundles" / "prototypes")
    hint = chain.preparer("point")(np.array([[3.0, 0.0, -4.0]], np.float32))
    with pytest.raises(ChainError, match=r"expected the inputs \['image'\], received some prepared for \['hint'\]"):
        chain.run(hint)
    assert chain.run(hint, program="point").exit == "hinted"
