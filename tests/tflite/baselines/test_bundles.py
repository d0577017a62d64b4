"""Bundles in memory: the files stay, the program is another."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tests.tools import learned
from tflite import baselines
from tflite.bundle import manifest as m

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"


def test_another_program_leaves_the_files_alone(bundle, bundle_folder):
    short = (*learned.program()[:2], m.Answer(name="answer", gives={"label": "logits_1"}))
    changed = baselines.with_program(bundle, short)
    assert changed.manifest.programs["main"] == short != bundle.manifest.programs["main"]
    assert changed.model("parts/stage_1.tflite") == {"model_path": str(bundle_folder / "parts/stage_1.tflite")}
    with pytest.raises(tflite.BundleError):
        baselines.with_program(bundle, short[:-1])


@pytest.mark.parametrize("name", ["convolutions", "shared", "prototypes"])
def test_all_parts_in_one_file_answer_the_same(name):
    bundle = tflite.Bundle.load(GOLDENS / name)
    joined = baselines.with_one_file(bundle)
    assert {part.file for part in joined.manifest.parts.values()} == {"parts/model.tflite"}
    assert [part.signature for part in joined.manifest.parts.values()] == list(bundle.manifest.parts)
    own, other = tflite.Chain(bundle), tflite.Chain(joined)
    for inputs in baselines.inputs_of_goldens(bundle):
        one, same = own.run(inputs), other.run(inputs)
        assert (one.path, one.exit, one.label) == (same.path, same.exit, same.label)
        assert np.array_equal(one.probabilities, same.probabilities)


def test_every_run_is_handed_over_wherever_it_stands(tmp_path):
    graphs = {name: bundles.linear([[1, 0], [0, 1]], [0, 0], "x", (1, 2)) for name in ("deep", "other")}
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])} | graphs
    again = bundles.run("deep", {"x": "logits"})
    rule = m.MaxSoftmax(value="logits", threshold=0.9)
    program = [
        bundles.run("first"),
        m.Repeat(times=2, steps=(m.Branch(rule=rule, then=(again,)),)),
        m.Select(value="logits", cases=((bundles.run("other", {"x": "logits"}),), (again,))),
        m.Answer(name="answer", gives={"label": "logits"}),
    ]
    bundle = tflite.Bundle.load(bundles.make(tmp_path / "b", graphs, program))
    handed = baselines.all_remote(bundle).manifest.programs["main"]
    assert msgspec.json.encode(handed).count(b'"on":"remote"') == 4
    assert msgspec.json.encode(handed).replace(b'"on":"remote"', b'"on":"local"') == msgspec.json.encode(program)


def test_inputs_are_the_golden_ones_or_drawn(bundle):
    first, again = baselines.example_inputs(bundle), baselines.example_inputs(bundle)
    assert len(first) == 4
    for one, other in zip(first, again, strict=True):
        one, other = one["image"], other["image"]
        assert one.shape == (1, 2, 1) and one.dtype == np.uint8 and (one == other).all()
    golden = tflite.Bundle.load(GOLDENS / "convolutions")
    index = msgspec.json.decode((GOLDENS / "convolutions/golden/index.json").read_bytes())
    shapes = [list(given["image"].shape) for given in baselines.example_inputs(golden)]
    used = sorted({case["inputs"]["image"] for case in index["cases"]})
    assert len(used) > 1 and shapes == [index["arrays"][number]["shape"] for number in used]
