"""The load test of the server half: a little of it, bounded and written down."""

import json

import pytest

from tests.tools.calling import call
from tests.tools.serving.live import halves
from tools import serve_load


def test_it_measures_every_server_and_writes_a_page(tmp_path, capsys):
    bundle = halves(tmp_path / "made")
    page = tmp_path / "page.md"
    line = [bundle.path, "--requests", "20", "--connections", "1", "2", "--replicas", "1", "--batch", "2"]
    assert call(serve_load, [*line, "--out", page]) == 0
    assert capsys.readouterr().out.count("requests a second") == 4
    found = json.loads(page.with_suffix(".json").read_text())
    assert [(row["batch"], row["connections"], row["requests"]) for row in found["rows"]] == [
        (1, 1, 20),
        (1, 2, 20),
        (2, 1, 20),
        (2, 2, 20),
    ]
    assert all(row["wrong"] == 0 and 0 < row["p50_ms"] <= row["p99_ms"] for row in found["rows"])
    assert all(0 <= row["cpu_ms"] < 1000 for row in found["rows"]), "the system counts in hundredths of a second"
    text = page.read_text()
    assert "beside one replica that answers one by one: one replica, batches: " in text
    assert call(serve_load, ["--page", page.with_suffix(".json"), "--out", page]) == 0 and page.read_text() == text
    assert text.count("| one replica") == 4 and page.with_suffix(".png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("option", "number"), [("--requests", 100_001), ("--connections", 257), ("--replicas", 17), ("--seconds", 601)]
)
def test_what_is_not_bounded_is_refused(tmp_path, capsys, option, number):
    assert call(serve_load, [tmp_path, option, number]) == 2
    assert f"{option[2:]}: expected 1 to" in capsys.readouterr().err


@pytest.mark.parametrize("line", [[], ["a", "--page", "b"]])
def test_it_measures_or_draws(capsys, line):
    assert call(serve_load, line) == 2
    assert "expected a BUNDLE or --page" in capsys.readouterr().err
