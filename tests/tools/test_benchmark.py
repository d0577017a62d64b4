"""tools/benchmark.py on the hand-made bundle."""

import json

from tests.tools.calling import call
from tools import benchmark


def test_a_whole_benchmark(bundle_folder, capsys, tmp_path):
    out = tmp_path / "latency.md"
    arguments = [str(bundle_folder), "--limit", "30", "--rounds", "2", "--json", "--out", str(out)]
    assert call(benchmark, arguments) == 0
    report = json.loads(capsys.readouterr().out)
    by_name = {row["name"]: row for row in report["chains"]}
    assert list(by_name) == [
        "chain, fast",
        "chain, exact",
        "chain, full depth",
        "static network",
        "static, cut short at exit_1",
        "static, cut short at exit_2",
        "IF operators, fast",
        "IF operators, exact",
    ]
    assert by_name["static network"]["accuracy"] == by_name["chain, full depth"]["accuracy"] == 1.0
    for point in ("fast", "exact"):
        assert by_name[f"chain, {point}"]["accuracy"] == by_name[f"IF operators, {point}"]["accuracy"] < 1.0
    assert by_name["static network"]["to_static"]["p50"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    assert all(0 < row["p50"] <= row["p90"] <= row["p99"] for row in by_name.values())
    assert set(report["overheads"]["parts_ms"]) == {"stage_1", "stage_2", "stage_3"}
    assert report["missing"] == {}
    assert out.read_text().startswith("# Latency of learned\n")


def test_no_round_is_refused(bundle_folder, capsys):
    assert call(benchmark, [str(bundle_folder), "--rounds", "0"]) == 2
    assert capsys.readouterr().err == "error: expected at least one round, received --rounds 0\n"
