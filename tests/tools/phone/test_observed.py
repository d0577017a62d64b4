"""Bundles on the phone: their ways, their counts, and what of them is refused."""

from pathlib import Path

import msgspec
import pytest

import tflite
from tests.tflite import bundles
from tests.tools.phone.here import on_the_phone
from tflite import baselines
from tflite.bundle import manifest as m
from tflite.bundle.golden_index import read_goldens
from tools.console import UserError
from tools.phone import chains, laboratory
from tools.phone.models import Phone

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"


@on_the_phone
@pytest.mark.parametrize("name", ["convolutions", "rules_int8", "rules_float", "shared", "steps", "seams", "moving"])
def test_golden_bundles_go_their_golden_ways_on_the_phone(name, monkeypatch):
    """`shared` has several signatures in a file, `steps` branches, `moving` parts that move their memory."""
    ran, run = [], Phone.run

    def noted(self, part, *given, **more):
        ran.append(part)
        return run(self, part, *given, **more)

    monkeypatch.setattr(Phone, "run", noted)
    bundle = tflite.Bundle.load(GOLDENS / name)
    seen = chains.observe(bundle, baselines.example_inputs(bundle), laboratory.prepare())
    assert seen.problems == [] and seen.cases == len(list(read_goldens(bundle))) > 0
    assert set(seen.counts) == set(bundle.manifest.parts)
    golden = sum(len(case.path) for case, _ in read_goldens(bundle))
    counted = sum(map(len, seen.counts.values()))
    assert len(ran) == 1 + counted + golden, "one run tells what asking takes; all golden steps ran there"
    for name, difference in seen.differences.items():
        assert not difference.steps, "quantized outputs are equal to the bit"
        assert seen.instructions[name] > 0 and (difference.floats or 0) < 1e-5


@on_the_phone
def test_a_golden_case_that_the_phone_answers_otherwise_is_a_problem(tmp_path):
    """The folder's goldens with one label changed."""
    import shutil

    from tflite.bundle import file_entry, write_manifest

    folder = shutil.copytree(GOLDENS / "convolutions", tmp_path / "b")
    index = folder / "golden/index.json"
    content = msgspec.json.decode(index.read_bytes())
    content["cases"][0]["outputs"]["label"]["label"] += 1
    index.write_bytes(msgspec.json.encode(content))
    manifest = tflite.Bundle.load(GOLDENS / "convolutions").manifest
    entry = msgspec.structs.replace(manifest.goldens, index=file_entry(folder, "golden/index.json"))
    write_manifest(folder, msgspec.structs.replace(manifest, goldens=entry))
    bundle = tflite.Bundle.load(folder)
    seen = chains.observe(bundle, baselines.example_inputs(bundle), laboratory.prepare())
    assert len(seen.problems) == 1 and seen.problems[0].startswith("golden 0: expected the label")


@on_the_phone
def test_a_part_that_no_image_reaches_is_counted_too(tmp_path):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0]), "rare": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    never = m.MaxSoftmax(value="logits", threshold=2.0)
    program = [
        bundles.run("first"),
        m.Branch(rule=never, then=(bundles.run("rare"),)),
        m.Answer(name="answer", gives={"label": "logits"}),
    ]
    bundle = tflite.Bundle.load(bundles.make(tmp_path / "b", graphs, program))
    seen = chains.observe(bundle, baselines.example_inputs(bundle), laboratory.prepare())
    assert list(map(len, seen.counts.values())) == [4, 1]
    assert seen.instructions["rare"] == seen.instructions["first"], "it is the same model"


def test_a_bundle_with_a_part_elsewhere_is_refused(tmp_path):
    bundle = tflite.Bundle.load(GOLDENS / "remote")
    with pytest.raises(UserError, match="expected what to do where far has no file"):
        chains.observe(bundle, [], None)
