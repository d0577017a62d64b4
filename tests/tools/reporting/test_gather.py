"""What a report is made of, on five images whose ways are known."""

import base64
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

import tflite
from tests.tflite import bundles
from tflite.baselines import analysis
from tflite.bundle import manifest as m
from tflite.bundle import places
from tools.reporting import gather

ANSWERS = ["exit_1", "exit_2", "answer"]


@pytest.fixture
def chain(bundle):
    return tflite.Chain(bundle)


@pytest.fixture
def branching(tmp_path):
    """A bundle of one part whose program ends in one answer or in another."""
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    ways = [(m.Answer(name=name, gives={"label": "logits"}),) for name in ("sure", "unsure")]
    rule = m.MaxSoftmax(value="logits", threshold=0.9)
    program = [bundles.run("first"), m.Branch(rule=rule, then=ways[0], otherwise=ways[1])]
    return tflite.Bundle.load(bundles.make(tmp_path / "branching", graphs, program))


def test_a_report_of_a_program_with_branches_says_that_exits_are_not_compared(branching, five):
    report = gather.gather(branching, five, "python tools/report.py b")
    assert report["exits"] == [] and report["static"] is None
    assert report["notes"][0] == "Exits are not compared one by one: not every image passes all of them."


def test_why_there_is_no_static_network_is_one_sentence(branching):
    static, [note] = gather.make_static(branching)
    assert static is None and note.startswith("There is no static network to compare with: expected ")
    assert note.endswith(".") and "\n" not in note


def test_latencies_are_of_some_images_in_all_rounds(bundle, chain, five, monkeypatch):
    monkeypatch.setattr(gather, "LATENCY_IMAGES", 2)
    static, _ = gather.make_static(bundle)
    seen = gather.latencies(chain, static, five)
    assert list(seen) == ["fast", "exact", "static network"]
    assert {len(ms) for ms in seen.values()} == {gather.LATENCY_ROUNDS * 2}
    assert list(gather.latencies(chain, None, five)) == ["fast", "exact"]


def test_pictures_are_those_of_the_images_and_rows_those_of_the_split(five, chain):
    runs = {"label": five.labels, "exit": np.array([0, 0, 1, 2, 2]), "confidence": np.array([0.9, 0.8, 0.7, 0.6, 0.5])}
    found = gather.pictures(analysis.examples(runs, five.labels, five.groups, five.group_names, 2), five, chain)
    assert [entry["row"] for entry in found["easy"]] == [3, 5]
    assert [entry["row"] for entry in found["hard"]] == [21, 13]
    data = base64.b64decode(found["hard"][0]["picture"].partition(",")[2])
    assert np.asarray(Image.open(io.BytesIO(data))).tolist() == [[140, 0]]


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe{}", b""])
def test_a_json_file_that_cannot_be_read_is_empty(bundle_folder, tmp_path, content):
    folder = shutil.copytree(bundle_folder, tmp_path / "learned")
    if content is not None:
        (folder / "validation.json").write_bytes(content)
    assert places.read_object(folder / "validation.json") == {}


def test_a_json_file_lies_beside_the_manifest_of_a_folder_alone(bundle_folder, tmp_path):
    folder = shutil.copytree(bundle_folder, tmp_path / "learned")
    (folder / "validation.json").write_text(json.dumps({"label": "é"}), encoding="utf-8")
    assert places.read_object(tflite.Bundle.load(folder).path / "validation.json") == {"label": "é"}
    archive = shutil.make_archive(str(tmp_path / "learned"), "zip", folder)
    assert places.read_object(tflite.Bundle.load(archive).path / "validation.json") == {}
