"""The page of a benchmark: what is told of what was compared."""

import pytest

from tests.tflite.measured import measured_points, measured_rows
from tflite.baselines.benchmark import near_static
from tools.reporting import benchmark


@pytest.fixture
def rows():
    return measured_rows()


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
        "near_static": near_static(rows, measured_points()),
        "overheads": {"parts_ms": {"stage_1": 0.0021}, "fixed_ms": 0.0123, "step_ms": 0.0045, "steps": 3},
        "missing": {"IF operators, fast": "expected exits with the rule at_least, received entropy"},
    }
    text = benchmark.markdown(report)
    assert "`python tools/benchmark.py bundles/learned`" in text and "Some CPU, 2 cores" in text
    assert "| chain, fast | 96.90 | 0.300 | 1.000 | 1.000 | 1.000 | 0.300 (0.300 to 0.300) |" in text
    assert "are chosen on: chain, balanced, at 0.500 of the static network's p50 and 0.500 of its mean." in text
    assert "| stage_1 | 2.1 |" in text
    assert "12.3 us an image and 4.5 us a part" in text
    assert "Not measured: IF operators, fast (expected exits" in text
    report["near_static"] = near_static([rows[0], rows[4]], measured_points())
    assert "No operating point is within 0.2 points" in benchmark.markdown(report)


def test_a_ratio_without_a_static_network_stays_empty(rows):
    del rows[0]["to_static"]
    told = {"bundle": "b", "command": "c", "dataset": "d", "split": "s", "samples": 1, "rounds": 1, "missing": {}}
    told |= {"machine": {"cpu": "", "cores": 1, "system": "", "python": "", "versions": {}, "date": ""}}
    told |= {"chains": rows[:1], "near_static": near_static(rows[:1], measured_points())}
    text = benchmark.markdown(told | {"overheads": {"parts_ms": {}, "step_ms": None}})
    assert "| chain, fast | 96.90 | 0.300 | 1.000 | 1.000 | 1.000 |  |  |" in text and "None" not in text
