"""tools/report.py: a page for any bundle."""

import json

from PIL import Image

from tests.tflite import bundles
from tests.tools.calling import call
from tflite.bundle import manifest as m
from tools import report


def test_a_program_with_branches_has_a_report_too(tmp_path, pixels, monkeypatch):
    graphs = {"first": bundles.linear([[1, 0], [0, 1]], [0, 0])}
    ways = [(m.Answer(name=name, gives={"label": "logits"}),) for name in ("sure", "unsure")]
    rule = m.MaxSoftmax(value="logits", threshold=0.9)
    program = [bundles.run("first"), m.Branch(rule=rule, then=ways[0], otherwise=ways[1])]
    outputs = bundles.labels("left", "right")
    folder = bundles.make(tmp_path / "b", graphs, program, outputs=outputs, provenance={"dataset": "pixels"})
    out = tmp_path / "r.html"
    assert call(report, [str(folder), "--out", str(out), "--limit", "20"]) == 0
    text = out.read_text()
    assert "not every image passes all of them" in text and "no static network to compare with" in text
    assert "How good each exit is" not in text


def test_the_command_writes_the_page_and_prints_json(bundle_folder, tmp_path, capsys):
    out = tmp_path / "page.html"
    drawn = tmp_path / "new folder" / "cost.png"
    assert call(report, [bundle_folder, "--limit", "10", "--out", out, "--json", "--picture", drawn]) == 0
    with Image.open(drawn) as picture:
        assert picture.format == "PNG" and picture.width > 2 * picture.height > 800
    assert json.loads(capsys.readouterr().out)["data"]["samples"] == 10
    assert out.read_text().startswith("<!doctype html>")
    assert call(report, [bundle_folder, "--picture", tmp_path / "cost.pdf"]) == 2
    assert capsys.readouterr().err == f"error: expected a .png file as --picture, received {tmp_path}/cost.pdf\n"
    assert call(report, [bundle_folder, "--picture", bundle_folder / "manifest.json"]) == 2
    assert "nor part of a bundle or run" in capsys.readouterr().err
    assert call(report, [str(bundle_folder), "--split", "train"]) == 2
    assert capsys.readouterr().err == "error: expected the split test, received 'train'\n"
