"""A family that no tool knows, added by one file, goes through the shared checks and through every tool."""

import json

import numpy as np
import pytest

from tests.families import toy, whole_way
from tests.goldens import families
from tests.tools.calling import typed
from tests.tools.stripes import STRIPES
from tflite.baselines import inputs_of_goldens
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain
from tools import benchmark, convert, evaluate, report, run, train

registered, case, folder = whole_way.fixtures(toy, "toy_stripes")


def test_it_passes_the_checks_of_all_families(case):
    assert whole_way.check(case) < 1


def test_a_training_tells_what_its_judged_stage_reached(folder, capsys):
    assert {"branches.keras", "model.keras", "gate.json"} <= {file.name for file in (folder / "run").iterdir()}
    (row,) = json.loads((folder / "run/gate.json").read_text())["points"]
    assert 0 < row["long_way"] < 1, "the gate has learned to send some the long way"
    assert typed(train, "toy_stripes", "--out", folder / "run") == 0
    assert "is trained: convert it" in capsys.readouterr().out


def test_a_bundle_states_what_it_reaches_and_its_self_test_goes_both_ways(folder):
    bundle = Bundle.load(folder / "bundle")
    chain = Chain(bundle, warm_up=False)
    assert chain.self_test() == []
    points = {point.name: point for point in bundle.manifest.operating_points}
    images, labels, _ = STRIPES.load("held_out")
    for name, point in points.items():
        results = [chain.run(image, operating_point=name) for image in images]
        assert point.accuracy == pytest.approx(np.mean([r.label for r in results] == labels))
        assert point.costs["macs"] == pytest.approx(np.mean([r.macs for r in results]))
    assert list(points)[-1] == "full"
    stated = json.loads((folder / "bundle/manifest.json").read_text())
    (rule,) = [step["rule"] for step in stated["programs"]["main"] if step["op"] == "branch"]
    assert rule["threshold"] == {"parameter": "threshold"}
    assert len(golden_paths(chain)) == 2, "goldens of both sides of the branch"


def golden_paths(chain):
    """The different paths of the self-test's images at any operating point."""
    images = inputs_of_goldens(chain.bundle)
    return {chain.run(i, operating_point=p.name).path for i in images for p in chain.manifest.operating_points}


def test_images_run_one_by_one(folder, capsys):
    assert typed(run, folder / "bundle", "stripes:test:0-7", "--json") == 0
    results = json.loads(capsys.readouterr().out)
    assert len(results) == 8 and {result["exit"] for result in results} == {"answer"}
    assert typed(run, folder / "bundle", "stripes:test:0-7") == 0
    assert len(capsys.readouterr().out.splitlines()) == 8
    assert typed(run, folder / "bundle", "stripes:test:0-7", "--set", "threshold=0", "--json") == 0
    long = json.loads(capsys.readouterr().out)
    assert typed(run, folder / "bundle", "stripes:test:0-7", "--set", "threshold=2", "--json") == 0
    short = json.loads(capsys.readouterr().out)
    assert max(result["macs"] for result in short) < min(result["macs"] for result in long)


def test_operating_points_are_evaluated(folder, capsys):
    assert typed(evaluate, folder / "bundle", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    chain = Chain.load(folder / "bundle", warm_up=False)
    images, labels, _ = STRIPES.load("test")
    for point in found["operating_points"]:
        results = [chain.run(image, operating_point=point["name"]) for image in images]
        assert point["accuracy"] == pytest.approx(np.mean([r.label for r in results] == labels))
    assert typed(evaluate, folder / "bundle") == 0
    assert "stripes:test" in capsys.readouterr().out


def test_its_own_rules_are_compared_on_the_float_network(folder, capsys, tmp_path):
    out = tmp_path / "policies.json"
    assert typed(evaluate, folder / "run", "--policy", "own", "--split", "validation", "--out", out) == 0
    assert "in float on stripes:validation" in capsys.readouterr().out
    found = json.loads(out.read_text())
    assert found["exits"] == [] and found["policies"]
    assert all(0 < row["share"] and 0 <= row["accuracy"] <= 1 for row in found["policies"])


def test_a_gate_at_exits_is_refused_in_a_sentence(folder, capsys):
    assert typed(evaluate, folder / "run", "--policy", "entropy") == 2
    assert "expected" in capsys.readouterr().err


def test_exits_to_keep_are_refused_in_a_sentence(folder, capsys, tmp_path):
    assert typed(convert, folder / "run", "--out", tmp_path / "b", "--exits", "1") == 2
    assert "expected a network with exits for --exits, received '1'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_latencies_are_measured(folder, tmp_path, capsys):
    out = tmp_path / "latency.md"
    assert typed(benchmark, folder / "bundle", "--limit", 4, "--rounds", 1, "--json", "--out", out) == 0
    found = json.loads(capsys.readouterr().out)
    names = [row["name"] for row in found["chains"]]
    assert {"chain, full depth", "static network"} <= set(names)
    assert not any("static" in note for note in found["missing"])
    assert out.read_text().startswith("# Latency of")


def test_a_report_is_written(folder, tmp_path):
    out = tmp_path / "page.html"
    assert typed(report, folder / "bundle", "--limit", 8, "--out", out) == 0
    text = out.read_text()
    assert text.startswith("<!doctype html>") and "no static network to compare with" not in text


def test_the_bundle_that_other_runtimes_are_tested_with_is_of_its_program(folder):
    """Python, the JVM and the phone's kernels run its golden bundle: see tests/goldens/families.py."""
    kept = json.loads((families.HERE / toy.NAME / "manifest.json").read_text())
    made = json.loads((folder / "bundle/manifest.json").read_text())
    assert kept["programs"] == made["programs"] and kept["parameters"].keys() == made["parameters"].keys()
