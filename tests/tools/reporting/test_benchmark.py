"""The benchmark: which baselines there are, what is compared, what is written."""

import pytest

import tflite
from tests.tflite import bundles
from tools.reporting import analysis, benchmark, samples


def ratio(value):
    return {key: {"median": value, "low": value, "high": value} for key in ("p50", "mean")}


@pytest.fixture
def rows():
    """The static network is right in 97.6 %, the points in 96.9, 97.15 and 97.5 %."""
    shared = {"p50": 1.0, "p90": 1.0, "p99": 1.0}
    return [
        {"name": "chain, fast", "accuracy": 0.969, "mean": 0.3, "to_static": ratio(0.3), **shared},
        {"name": "chain, balanced", "accuracy": 0.9715, "mean": 0.5, "to_static": ratio(0.5), **shared},
        {"name": "chain, exact", "accuracy": 0.975, "mean": 0.7, "to_static": ratio(0.7), **shared},
        {"name": analysis.FULL_DEPTH, "accuracy": 0.976, "mean": 0.1, "to_static": ratio(0.1), **shared},
        {"name": analysis.STATIC, "accuracy": 0.976, "mean": 1.0, "to_static": ratio(1.0), **shared},
    ]


def test_the_point_near_the_static_network(rows):
    half, fifth = benchmark.near_static(rows)
    assert (half["tolerance"], half["name"]) == (0.005, "chain, balanced")
    assert (fifth["tolerance"], fifth["name"]) == (0.002, "chain, exact")
    assert fifth["to_static"]["mean"]["median"] == 0.7 and fifth["cut"] is None
    assert benchmark.near_static(rows[:1]) == []
    assert [found["name"] for found in benchmark.near_static([rows[0], rows[4]])] == [None, None]


def test_the_network_cut_short_that_is_as_accurate_stands_beside_the_chain(rows):
    shared = {"p50": 0.4, "p90": 1.0, "p99": 1.0}
    cuts = [("a", 0.96, 0.2), ("b", 0.972, 0.45), ("c", 0.973, 0.6)]
    rows += [
        {"name": analysis.CUT + name, "accuracy": accuracy, "mean": mean, "to_static": ratio(mean), **shared}
        for name, accuracy, mean in cuts
    ]
    half, fifth = benchmark.near_static(rows)
    assert (half["name"], half["cut"]["name"]) == ("chain, balanced", "static, cut short at b")
    assert fifth["cut"] is None
    sentences = list(benchmark.sentences({"near_static": [half], "overheads": {"step_ms": None}, "missing": {}}))
    assert sentences[1] == "The same at a fixed depth: static, cut short at b, at 0.450 and 0.450."


def test_an_overhead_below_nothing_is_noise_and_is_said_to_be():
    found = {"parts_ms": {}, "fixed_ms": -0.01, "step_ms": 0.02, "steps": 3}
    (sentence,) = benchmark.sentences({"near_static": [], "overheads": found, "missing": {}})
    assert sentence.endswith("was lost in the noise of this run.")


def test_markdown_names_command_machine_ratios_and_what_is_missing(rows):
    report = {
        "bundle": "learned",
        "command": "python tools/benchmark.py bundles/learned",
        "dataset": "pixels",
        "split": "test",
        "samples": 60,
        "rounds": 5,
        "machine": {
            "cpu": "Some CPU",
            "cores": 2,
            "system": "Linux",
            "python": "3.11",
            "versions": {},
            "date": "today",
        },
        "chains": rows,
        "near_static": benchmark.near_static(rows),
        "overheads": {"parts_ms": {"stage_1": 0.0021}, "fixed_ms": 0.0123, "step_ms": 0.0045, "steps": 3},
        "missing": {"IF operators, fast": "expected exits with the rule at_least, received entropy"},
    }
    text = benchmark.markdown(report)
    assert "`python tools/benchmark.py bundles/learned`" in text and "Some CPU, 2 cores" in text
    assert "| chain, fast | 96.90 | 0.300 | 1.000 | 1.000 | 1.000 | 0.300 (0.300 to 0.300) |" in text
    assert "0.5 points of the static network's accuracy: chain, balanced, at 0.500 of its p50 and 0.500 of its" in text
    assert "| stage_1 | 2.1 |" in text
    assert "12.3 us an image and 4.5 us a part" in text
    assert "Not measured: IF operators, fast (expected exits" in text
    report["near_static"] = benchmark.near_static([rows[0], rows[4]])
    assert "No operating point is within 0.2 points" in benchmark.markdown(report)


def test_one_point_without_conditional_models(bundle):
    made, missing = benchmark.make_chains(bundle, ["exact"], conditional=False, cuts=False)
    assert list(made) == ["chain, exact", "chain, full depth", "static network"] and missing == {}


def test_what_cannot_be_built_is_said(tmp_path):
    bundle = tflite.Bundle.load(bundles.two_exits(tmp_path))
    made, missing = benchmark.make_chains(bundle, ["fast"], conditional=True, cuts=False)
    assert list(made) == ["chain, fast", "chain, full depth", "static network"]
    assert list(missing) == ["IF operators, fast"] and "received max_softmax" in missing["IF operators, fast"]


def test_overheads_need_a_static_network(bundle, rows):
    found = benchmark.overheads(bundle, [row for row in rows if row["name"] != analysis.STATIC])
    assert found["step_ms"] is None and found["steps"] == 3
    # Bare invokes take microseconds here: with 1 ms for both, a step costs next to nothing and an image nearly all.
    found = benchmark.overheads(bundle, rows)
    assert abs(found["step_ms"]) < 0.1 and found["fixed_ms"] == pytest.approx(1.0, abs=0.2)


def test_every_chain_sees_the_same_images(bundle):
    data = samples.load(bundle.manifest, limit=7)
    made, _ = benchmark.make_chains(bundle, ["fast"], conditional=False, cuts=True)
    seen = benchmark.measure(made, data.images, 2)
    assert {times["ms"].shape for times in seen.values()} == {(2, 7)}
