"""tools/benchmark.py --against: a chain beside static networks, in one run."""

import json
import shutil
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

import tflite
from tests.tools.calling import call
from tflite import baselines
from tflite.bundle import write_manifest
from tools import benchmark, machine
from tools.pipeline.judge import LabelJudge
from tools.reporting import frontier, samples

OPTIONS = ("--limit", 30, "--rounds", 2)


@pytest.fixture(autouse=True)
def no_laboratory(monkeypatch):
    monkeypatch.setattr(frontier.laboratory, "missing", lambda: ["qemu"])


@pytest.fixture
def statics(bundle, pixels, tmp_path):
    """A folder of one static network: that of the chain's last answer, which is always right."""
    folder = tmp_path / "made/bundles/alone"
    folder.mkdir(parents=True)
    images, labels, _ = pixels.load("test")
    baselines.write_static_bundle(bundle, folder, "alone", images, labels)
    return tmp_path / "made"


@pytest.fixture
def chain(bundle_folder, tmp_path):
    """A copy of the chain, which may be written to."""
    return shutil.copytree(bundle_folder, tmp_path / "chain")


def test_one_run_has_all_kinds_of_rows(chain, statics, tmp_path, capsys, pixels):
    file = tmp_path / "frontier.json"
    file.write_text(json.dumps({"other": {"rows": [{"kind": "static", "accuracy": 0.5}]}}))
    assert call(benchmark, [chain, "--against", statics, *OPTIONS, "--json", "--merge", file, "--write"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["samples"], report["timed"], report["rounds"], report["library"]) == (60, 30, 2, None)
    rows = {row["name"]: row for row in report["rows"]}
    kinds = ["chain", "chain", "fixed depth", "fixed depth", "fixed depth", "static"]
    assert [row["kind"] for row in report["rows"]] == kinds
    assert list(rows)[:3] == ["learned, fast", "learned, exact", "learned, whole"] and list(rows)[-1] == "alone"
    images, labels, _ = pixels.load("test")
    opened = tflite.Chain.load(chain)
    results = [opened.run(image, operating_point="fast") for image in images]
    right, fast = np.array([result.label for result in results]) == labels, rows["learned, fast"]
    assert fast["accuracy"] == right.mean() and fast["macs"] == pytest.approx(np.mean([r.macs for r in results]))
    assert fast["standard_error"] == pytest.approx(np.sqrt(right.mean() * (1 - right.mean()) / 59))
    # Each layer on the way and the logits of an answer are a 2 x 2 matrix; no controller, and no logits before.
    told = [rows[f"learned, {name}"]["macs"] for name in ("cut short at exit_1", "cut short at exit_2", "whole")]
    assert told == [4, 8, 12] and rows["alone"]["macs"] == 12
    cheapest = min(
        (row for row in report["rows"] if row["kind"] != "chain" and row["accuracy"] >= fast["accuracy"]),
        key=lambda row: row["mean"],
    )
    share = fast["share"]
    assert share["of"] == cheapest["name"] and share["p90"] == fast["p90"] / cheapest["p90"]
    assert share["more_accurate"] == pytest.approx(fast["accuracy"] - cheapest["accuracy"])
    kept = json.loads(file.read_text())
    assert list(kept) == ["other", "pixels"] and kept["pixels"]["rows"] == report["rows"]
    assert json.loads((chain / "frontier.json").read_text()) == report
    card = (chain / "MODEL_CARD.md").read_text()
    assert card.count("## Beside static networks") == 1 and f"of {share['of']}, the cheapest static one" in card
    assert call(benchmark, [chain, "--against", statics, *OPTIONS, "--write", "--out", tmp_path / "page.md"]) == 0
    assert (chain / "MODEL_CARD.md").read_text().count("## Beside static networks") == 1
    assert "| alone | static | 100.00 (0.00) |" in (tmp_path / "page.md").read_text()


def test_the_word_frontier_finds_those_of_the_data_set(chain, statics, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(statics, tmp_path / "runs/frontier/preset")
    other = shutil.copytree(statics / "bundles/alone", tmp_path / "runs/frontier/preset/bundles/other")
    manifest = tflite.Bundle.load(other).manifest
    write_manifest(other, msgspec.structs.replace(manifest, provenance={"dataset": "digits"}))
    (found,) = frontier.find(["frontier"], "pixels")
    assert found.manifest.name == "alone" and [b.path.name for b in frontier.find(["frontier"], "digits")] == ["other"]


def test_bundles_of_one_name_are_told_apart(bundle, statics):
    (alone,) = frontier.find([str(statics)], "pixels")
    names, missing = frontier.entries([bundle], [alone, alone])
    assert len(names) == 7 and list(names)[-1] == f"alone ({alone.path})" and missing == {}


def test_a_page_says_how_networks_were_trained_where_their_bundles_say_it():
    training = {"preset": "thin", "stages": {"classifiers": {"epochs": 3}}, "seed": 1, "start": "runs/other"}
    told = {"told": {"training": training}, "silent": {}, "odd": {"training": {"stages": []}}, "worse": {"training": 1}}
    manifests = [SimpleNamespace(name=name, provenance=provenance) for name, provenance in told.items()]
    kept = [SimpleNamespace(manifest=manifest) for manifest in manifests]
    said = "preset `thin`, 3 epochs, seed 1, from the weights of runs/other"
    assert frontier.trained(*kept) == {"told": said}
    report = {
        "trained": {"told": said},
        "rows": [],
        "missing": {},
        "library": None,
        "samples": 1,
        "timed": 1,
        "rounds": 1,
    }
    report |= {"rounds": 1, "dataset": "digits", "split": "test", "command": "c", "machine": machine.describe()}
    assert f"Trained: told: {said}." in frontier.markdown(report)


def test_instructions_are_means_over_the_ways(bundle, pixels, monkeypatch):
    """Parts of 1, 10 and 100 instructions; each bundle is counted once."""
    asked = []

    def observe(bundle, images, lab):
        asked.append(bundle)
        return frontier.phone.Seen({f"stage_{i}": [10 ** (i - 1)] for i in (1, 2, 3)}, {}, 0, [])

    monkeypatch.setattr(frontier.phone, "observe", observe)
    counts = frontier.Counts("a laboratory")
    ways = {("stage_1",): 0.5, ("stage_1", "stage_2", "stage_3"): 0.5}
    assert counts.mean(bundle, ways) == counts.mean(bundle, ways) == 56.0 and len(asked) == 1
    data = samples.load(bundle.manifest)
    _, found, macs = frontier.outcomes(tflite.Chain(bundle), "exact", data.images, data.labels, LabelJudge())
    assert sum(found.values()) == pytest.approx(1) and len(found) == 3
    assert macs == pytest.approx(100 + 200 * (1 - found[("stage_1",)]) + 700 * found[("stage_1", "stage_2", "stage_3")])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--merge", "f.json"], "expected --against with --merge and --write, received none"),
        (["--against", "nowhere"], "expected static networks of pixels, which tools/frontier.py makes, received none"),
        (["--against", "frontier"], "received none in runs/frontier/"),
        (["--against", "frontier", "--rounds", "0"], "expected at least one round"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(chain, arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(benchmark, [chain, *arguments]) == 2
    assert words in capsys.readouterr().err and not (tmp_path / "f.json").exists()


def test_other_files_and_data_sets_are_refused(chain, statics, tmp_path, capsys):
    (tmp_path / "f.json").write_text('{"a": 1}')
    assert call(benchmark, [chain, "--against", statics, "--merge", tmp_path / "f.json"]) == 2
    assert "expected reports of tools/benchmark.py --against by data set" in capsys.readouterr().err
    assert call(benchmark, [chain, chain]) == 2
    assert "expected one bundle without --against, received 2" in capsys.readouterr().err
    with pytest.raises(frontier.console.UserError, match="expected static networks of digits, received .*alone"):
        frontier.find([str(statics)], "digits")
