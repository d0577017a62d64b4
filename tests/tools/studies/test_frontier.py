"""tools/frontier.py: static networks of a tiny trunk, trained, converted, evaluated, and read back."""

import json

import numpy as np
import pytest

import tflite
from tests.tools import blobs
from tests.tools.studies.test_epnet import TINY
from tools import console, frontier
from tools.pipeline import training
from tools.studies import frontier as study


def call(*arguments):
    return console.main(frontier.build_parser, frontier.command, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two widths of a trunk of one depth, made once; nothing is counted under QEMU."""
    folder = tmp_path_factory.mktemp("frontier")
    (folder / "tiny.json").write_text(json.dumps(TINY | {"family": "epnet"}))
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(study.laboratory, "missing", lambda: ["qemu"])
        assert call(*options(folder), "--out", folder / "found.json") == 0
    return folder


def options(folder):
    return folder / "tiny.json", "--width", 0.5, 1, "--depth", 1, "--folder", folder / "made"


def test_rows_say_what_the_bundles_do(folder):
    rows = json.loads((folder / "found.json").read_text())
    assert [row["name"] for row in rows] == ["width_0.5_depth_1_seed_0", "width_1_depth_1_seed_0"]
    assert rows[0]["macs"] < rows[1]["macs"] and {row["arm64_instructions"] for row in rows} == {None}
    images, labels, _ = blobs.BLOBS.load("test")
    for row in rows:
        chain = tflite.Chain.load(folder / "made/bundles" / row["name"])
        right = np.array([chain.run(image).label for image in images]) == labels
        assert row["accuracy"] == right.mean() and row["samples"] == 1000
        assert row["standard_error"] == pytest.approx(np.sqrt(right.mean() * (1 - right.mean()) / 999))
        assert [point.name for point in chain.manifest.operating_points] == ["full"]
        assert chain.manifest.provenance["training"]["stages"]["classifiers"]["exit_weights"] == [0, 0, 0, 1]


def test_what_is_there_is_neither_trained_nor_converted_again(folder, monkeypatch, capsys):
    monkeypatch.setattr(training, "train", lambda *_, **__: pytest.fail("trained"))
    monkeypatch.setattr(study.conversion, "convert", lambda *_: pytest.fail("converted"))
    monkeypatch.setattr(study, "evaluated", lambda *_: pytest.fail("evaluated"))
    monkeypatch.setattr(study.laboratory, "missing", lambda: [])
    monkeypatch.setattr(study.models, "count", lambda models: {name: 1234 for name in models})
    with blobs.registered():
        assert call(*options(folder)) == 0
    assert "1.23 k" in capsys.readouterr().out, "instructions are counted when they can be"
    kept = json.loads((folder / "made/measured/width_1_depth_1_seed_0.json").read_text())
    assert kept["arm64_instructions"] == 1234


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cascade_digits"], "expected a preset of a family with static networks"),
        (["epnet_digits", "--width", "0"], "expected --width from 0.01 to 4, received [0.0]"),
        (["epnet_digits", "--size", "48"], "expected width and depth of the static networks"),
        (["epnet_digits", "--seeds", "-1"], "expected --seeds of at least 0, received -1"),
        (["epnet_digits", "--epochs", "0"], "expected --epochs of at least 1"),
        (["nothing"], "expected a preset, one of"),
    ],
)
def test_what_makes_no_sense_leaves_nothing(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == 2
    assert words in capsys.readouterr().err and list(tmp_path.iterdir()) == []
