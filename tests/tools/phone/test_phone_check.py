"""tools/phone_check.py: its tables, what it writes into a bundle, and who reads that."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

import tflite
from tests.tools.calling import call
from tests.tools.phone.here import on_the_phone
from tools import evaluate, phone_check, report
from tools.phone import chains, laboratory, record, table
from tools.reporting import page

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"


def chain(name, accuracy, instructions, to_static):
    row = {"name": name, "accuracy": accuracy, "instructions": instructions, "macs": 2 * instructions}
    return row | {"instructions_to_static": to_static, "macs_to_static": to_static}


@pytest.fixture
def found():
    """A report by hand: the static network is right in 99 %, the points in 97, 98.5 and 98.9 %."""
    part = {"macs": 2000.0, "instructions": 500.4, "per_mac": 0.2502}
    return {
        "bundle": "learned",
        "command": "python tools/phone_check.py bundles/learned",
        "machine": {"cpu": "A CPU", "cores": 2, "system": "Linux", "python": "3.11", "versions": {}, "date": "today"},
        "library": "org.tensorflow:tensorflow-lite:2.16.1",
        "processor": "cortex-a76",
        "qemu": "7.2.22",
        "parts": [
            {"name": "a", **part, "equal": True, "steps": 0, "floats": 0.0},
            {"name": "b", **part, "equal": False, "steps": 0, "floats": 2.5e-7},
            {"name": "c", **part, "per_mac": None, "equal": False, "steps": 3, "floats": 0.0},
            {"name": "d", **part, "equal": False, "steps": 2, "floats": None},
        ],
        "goldens": {"cases": 6, "problems": ["golden 2: expected the label 1, received 0", "golden 2: expected"]},
        "dataset": "pixels",
        "split": "test",
        "samples": 3600,
        "chains": [
            chain("fast", 0.97, 100.0, 0.1),
            chain("balanced", 0.985, 400.0, 0.4),
            chain("accurate", 0.989, 600.0, 0.6),
            chain("chain, full depth", 0.99, 1030.0, 1.03),
            chain("static network", 0.99, 1000.0, 1.0),
            chain("static, cut short at exit_2", 0.986, 700.0, 0.7),
        ],
        "missing": {"static, cut short at exit_1": "expected a linear program, received branch"},
    }


def test_cells_of_parts(found):
    assert table.parts(found).rows == (
        ("a", "2,000", "500", "0.2502", "equal"),
        ("b", "2,000", "500", "0.2502", "codes equal, float within 2.5e-07"),
        ("c", "2,000", "500", "", "codes 3 steps off, float equal"),
        ("d", "2,000", "500", "0.2502", "codes 2 steps off"),
    )


def test_cells_of_chains(found):
    found["chains"] = [found["chains"][1], chain("odd", None, 1234567.8, None)]
    assert table.chains(found).rows == (
        ("balanced", "98.50%", "400", "0.400", "800", "0.400"),
        ("odd", "", "1,234,568", "", "2.47 M", ""),
    )


def test_sentences_compare_at_equal_accuracy_and_say_what_all_this_is_not(found):
    said = table.sentences(found)
    assert said[0] == "Golden paths: 5 of 6 answer as they should."
    assert said[1:3] == [f"{problem}." for problem in found["goldens"]["problems"]]
    within = "of the static network's accuracy"
    assert said[3:7] == [
        f"Within 0.5 points {within}: balanced, at 0.400 of its instructions.",
        f"Within 0.5 points {within}: static, cut short at exit_2, at 0.700 of its instructions.",
        f"Within 0.2 points {within}: accurate, at 0.600 of its instructions.",
        f"Within 0.2 points {within} there is no network cut short.",
    ]
    assert said[7] == "Not counted: static, cut short at exit_1 (expected a linear program, received branch)."
    assert said[8].startswith("Instructions are not time and not energy")


def test_without_a_static_network_nothing_is_compared(found):
    found["chains"], found["missing"] = found["chains"][:3], {}
    assert len(table.sentences(found)) == 4


def test_a_terminal_gets_columns_and_docs_get_markdown(found):
    lines = table.text(found).splitlines()
    assert lines[2] == "part  multiply-adds  instructions  per multiply-add  against this machine"
    assert lines[3] == "a             2,000           500            0.2502  equal"
    assert "on 3,600 images of pixels:test:" in lines
    text = table.markdown(found)
    assert "`python tools/phone_check.py bundles/learned`" in text and "A CPU, 2 cores" in text
    assert "| balanced | 98.50% | 400 | 0.400 | 800 | 0.400 |" in text
    found["dataset"] = None
    assert "on ways of 3600 golden cases, accuracies of the manifest:" in table.text(found)


def test_the_page_shows_the_same_tables_and_nothing_where_nobody_asked(found):
    assert page.phone(None) == ""
    text = page.phone(found)
    assert "<td class=left>balanced</td><td>98.50%</td><td>400</td><td>0.400</td>" in text
    assert "codes equal, float within 2.5e-07" in text and "Instructions are not time" in text
    found["bundle"] = "<b>"
    assert "<b>" not in page.phone(found)


@pytest.fixture
def folder(bundle_folder, tmp_path):
    """The bundle with learned exits, to write into."""
    return shutil.copytree(bundle_folder, tmp_path / "learned")


def test_the_command_prints_and_writes_what_was_counted(found, folder, tmp_path, capsys, monkeypatch):
    """With counts that are given, so that it needs no laboratory."""
    monkeypatch.setattr(laboratory, "prepare", lambda processor: processor)
    monkeypatch.setattr("tools.phone.chains.cost", lambda bundle, data, lab: {**found, "processor": lab})
    out = tmp_path / "found.md"
    assert call(phone_check, [str(folder), "--split", "test", "--processor", "cortex-a53", "--out", str(out)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].endswith("(arm64-v8a), cortex-a53, under QEMU 7.2.22") and printed[3].startswith("a   ")
    assert "| balanced | 98.50% |" in out.read_text()
    found["goldens"]["problems"] = []
    assert call(phone_check, [str(folder), "--split", "test", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["command"].startswith("python ")
    assert call(phone_check, [str(folder), "--split", "test", "--write"]) == 2
    assert "received one of them" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--split", "test"], ["--limit", "5"], ["--dataset", "pixels"]])
@on_the_phone
def test_costs_of_other_images_are_not_written(folder, capsys, arguments):
    before = (folder / "manifest.json").read_bytes()
    assert call(phone_check, [str(folder), "--write", *arguments]) == 2
    assert "expected --write without --dataset, --split and --limit" in capsys.readouterr().err
    assert (folder / "manifest.json").read_bytes() == before


@on_the_phone
def test_a_zip_is_not_written_into(folder, capsys):
    archive = shutil.make_archive(str(folder), "zip", folder)
    assert call(phone_check, [archive, "--write"]) == 2
    assert capsys.readouterr().err == f"error: expected a folder with --write, received {archive}\n"


@on_the_phone
def test_two_runs_print_the_same(bundle_folder, capsys):
    printed = []
    for _ in range(2):
        assert call(phone_check, [str(bundle_folder), "--json"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert call(phone_check, [str(bundle_folder)]) == 0
    first = json.loads(printed[0])["parts"][0]
    assert f"{first['instructions']:,.0f}" in capsys.readouterr().out


@on_the_phone
def test_what_is_written_is_what_the_others_read(folder, tmp_path, capsys):
    assert call(phone_check, [str(folder), "--write", "--json", "--out", str(tmp_path / "found.md")]) == 0
    written = json.loads(capsys.readouterr().out)
    assert json.loads((folder / record.FILE).read_text()) == written
    assert (tmp_path / "found.md").read_text().startswith("# learned on the phone's own kernels\n")
    bundle = tflite.Bundle.load(folder)
    counted = {row["name"]: row["instructions"] for row in [*written["parts"], *written["chains"]]}
    for name, part in bundle.manifest.parts.items():
        assert part.costs["arm64_instructions"] == counted[name] and part.costs["macs"] > 0
    for point in bundle.manifest.operating_points:
        assert point.costs["arm64_instructions"] == counted[point.name] and point.costs["macs"] > 0
    source = bundle.manifest.provenance["arm64_instructions"]
    assert (source["processor"], source["split"], source["samples"]) == ("cortex-a76", "test", 60)

    assert call(evaluate, [str(folder), "--cost", "arm64", "--json"]) == 0
    points = json.loads(capsys.readouterr().out)["operating_points"]
    assert {p["name"]: p["costs"]["arm64_instructions"] for p in points} == pytest.approx(
        {name: counted[name] for name in ("fast", "exact")}
    )
    assert call(evaluate, [str(folder), "--cost", "arm64"]) == 0
    heading, fast = capsys.readouterr().out.splitlines()[1:3]
    assert "arm64 instr" in heading and fast.split()[2:4] == [f"{counted['fast'] / 1000:.3g}", "k"]

    assert call(report, [str(folder), "--limit", "20", "--out", str(tmp_path / "page.html")]) == 0
    text = (tmp_path / "page.html").read_text()
    assert "On the phone&#x27;s own kernels" in text and f"{counted['stage_1']:,.0f}" in text


@on_the_phone
def test_a_second_writing_replaces_the_first(folder):
    assert call(phone_check, [str(folder), "--write", "--processor", "cortex-a53"]) == 0
    assert call(phone_check, [str(folder), "--write"]) == 0
    source = tflite.Bundle.load(folder).manifest.provenance["arm64_instructions"]
    assert source["processor"] == laboratory.DEFAULT_PROCESSOR


@on_the_phone
def test_a_bundle_without_a_dataset_is_weighed_by_its_golden_cases(capsys):
    assert call(phone_check, [str(GOLDENS / "rules_int8"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["dataset"] is None and found["goldens"]["problems"] == []
    assert call(phone_check, [str(GOLDENS / "rules_int8"), "--limit", "3"]) == 2
    assert capsys.readouterr().err.startswith("error: expected --dataset with --split and --limit")


@on_the_phone
def test_a_golden_path_that_ends_elsewhere_fails_the_check(bundle_folder, capsys, monkeypatch):
    real = chains.observe

    def astray(*arguments):
        seen = real(*arguments)
        return dataclasses.replace(seen, cases=1, problems=["golden 0: expected the label 1, received 0"])

    monkeypatch.setattr("tools.phone.chains.observe", astray)
    assert call(phone_check, [str(bundle_folder)]) == 1
    assert "Golden paths: 0 of 1 answer as they should." in capsys.readouterr().out


def test_a_bundle_without_counts_cannot_be_told_by_them(bundle_folder, capsys):
    assert call(evaluate, [str(bundle_folder), "--cost", "arm64"]) == 2
    assert capsys.readouterr().err == (
        "error: expected parts with arm64_instructions among their costs (tools/phone_check.py --write counts them), "
        "received stage_1 with macs\n"
    )
