"""The picture and the page of chains beside the static frontier."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tests.tools.calling import call
from tests.tools.reporting.test_page import STATIC_ROWS
from tflite.baselines import frontier as lines
from tools import frontier, machine
from tools.reporting import frontier_figure


@pytest.fixture
def report():
    times = {"mean": 1.0, "p50": 1.0, "p90": 1.0, "p99": 1.0, "macs": 5e6}
    behind = {**STATIC_ROWS[0], "name": "behind", "accuracy": 0.85, "arm64_instructions": 4e6}
    rows = lines.with_shares([row | times for row in (*STATIC_ROWS, behind)])
    told = {"dataset": "digits", "split": "test", "samples": 100, "timed": 10, "rounds": 2, "library": "lite:1"}
    return told | {"rows": rows, "missing": {}, "command": "python x", "machine": machine.describe()}


def drawn(axis):
    """label -> (x, y) of what is drawn on an axis."""
    return {
        bars.get_label(): tuple(np.array(bars.lines[0].get_data()).tolist()) for bars in axis.containers if bars.lines
    }


def test_the_frontier_is_a_line_and_every_chain_another(report):
    axis = Figure().subplots()
    frontier_figure.panel(axis, report["rows"])
    found = drawn(axis)
    assert found["static frontier"] == ([2, 8], [90, 100]) and found["static, behind it"] == ([4], [85])
    assert found["learned"] == ([3, 6], [95, 100])
    assert axis.get_xscale() == "log" and axis.get_ylim() == pytest.approx((94, 100.2))
    assert axis.get_xlabel() == "million arm64 instructions an image, mean"


def test_without_instructions_the_latency_is_drawn(report):
    axis = Figure().subplots()
    frontier_figure.panel(axis, [row | {"arm64_instructions": None} for row in report["rows"]])
    assert axis.get_xlabel() == "milliseconds an image, mean" and drawn(axis)["learned"][0] == [1, 1]


def test_one_command_makes_page_and_picture_of_up_to_three_data_sets(report, tmp_path, capsys):
    file = tmp_path / "frontier.json"
    file.write_text(json.dumps({name: report | {"dataset": name} for name in ("a", "b", "c", "d")}))
    assert call(frontier, ["--page", file]) == 0
    page = (tmp_path / "frontier.md").read_text()
    assert all(f"## {name}\n" in page for name in "abcd") and "![accuracy against cost](frontier.png)" in page
    assert "| learned, exact | chain | 100.00 (0.00) | 6 M | 1.000 | 1.000 | 1.000 | 1.000 | 5 M | 0.75 |" in page
    with Image.open(tmp_path / "frontier.png") as picture:
        width, height = picture.size
    assert width > 3 * height * 0.9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected a PRESET, or --page FILE.json, received none"),
        (["epnet_digits", "--page", "f.json"], "expected a PRESET or --page, received both"),
        (["--page", "f.md"], "expected --page FILE.json, received f.md"),
        (["--page", "f.json"], "No such file or directory: f.json"),
    ],
)
def test_other_pages_are_refused(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(frontier, arguments) == 2
    assert words in capsys.readouterr().err and list(tmp_path.iterdir()) == []
