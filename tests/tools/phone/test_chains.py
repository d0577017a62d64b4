"""What a chain costs on the phone: means over ways, by hand, and a bundle beside its static network."""

from pathlib import Path

import numpy as np
import pytest

import tflite
from tests.tools.phone.here import on_the_phone
from tflite.baselines import STATIC
from tflite.bundle.golden_index import read_goldens
from tools.console import UserError
from tools.phone import chains, laboratory
from tools.reporting import samples

GOLDENS = Path(__file__).resolve().parents[2] / "goldens/bundles"
INSTRUCTIONS = {"stage_1": 10.0, "stage_2": 30.0, "stage_3": 60.0}


@pytest.fixture
def exits(pixels):
    """Exit of every image at kappa .01: out first where 2 a - .9 >= .5, second where 2 b - .9 >= .5."""
    images, _, _ = pixels.load("test")
    a, b = images[:, 0, 0, 0] / 255, images[:, 0, 1, 0] / 255
    return np.where(2 * a - 0.9 >= 0.5, 0, np.where(2 * b - 0.9 >= 0.5, 1, 2))


def test_the_mean_over_ways(bundle):
    ways = {("stage_1",): 0.5, ("stage_1", "stage_2"): 0.25, ("stage_1", "stage_2", "stage_3"): 0.25}
    row = chains.chain_row(bundle, "point", 0.9, ways, INSTRUCTIONS)
    assert row == {
        "name": "point",
        "accuracy": 0.9,
        "instructions": 0.5 * 10 + 0.25 * 40 + 0.25 * 100,
        "macs": 0.5 * 100 + 0.25 * 300 + 0.25 * 1000,
    }


def test_a_part_that_is_run_twice_counts_twice(bundle):
    row = chains.chain_row(bundle, "point", None, {("stage_1", "stage_1"): 1.0}, INSTRUCTIONS)
    assert (row["instructions"], row["macs"]) == (20, 200)


def test_operating_points_by_the_images_that_they_stop(bundle, exits):
    data = samples.load(bundle.manifest)
    _, exact, full = chains.point_rows(bundle, data, INSTRUCTIONS)
    assert exact["instructions"] == pytest.approx(np.choose(exits, [10, 40, 100]).mean())
    assert exact["macs"] == pytest.approx(np.choose(exits, [100, 300, 1000]).mean())
    assert full == {"name": "chain, full depth", "accuracy": 1.0, "instructions": 100.0, "macs": 1000.0}


def test_without_images_the_golden_cases_tell_the_ways():
    bundle = tflite.Bundle.load(GOLDENS / "rules_int8")
    instructions = dict.fromkeys(bundle.manifest.parts, 7.0)
    rows = chains.point_rows(bundle, None, instructions)
    cases = [case for case, _ in read_goldens(bundle)]
    for point, row in zip(bundle.manifest.operating_points, rows, strict=False):
        lengths = [len(case.path) for case in cases if case.operating_point == point.name]
        assert row["instructions"] == pytest.approx(7 * np.mean(lengths)) and row["accuracy"] == point.accuracy
    assert rows[-1]["name"] == chains.FULL_DEPTH and rows[-1]["accuracy"] is None


def test_without_images_and_golden_cases_nothing_can_be_said(bundle):
    with pytest.raises(UserError, match="or golden cases, received no case of fast"):
        chains.golden_ways(bundle, "fast")


def test_the_parts_before_an_exit(bundle):
    assert chains.parts_until(bundle, "exit_1") == ["stage_1"]
    assert chains.parts_until(bundle, "exit_2") == ["stage_1", "stage_2"]
    assert chains.parts_until(bundle, STATIC) == ["stage_1", "stage_2", "stage_3"]


def test_ratios_are_to_the_static_network():
    rows = [{"name": "fast", "instructions": 30.0, "macs": 10.0}]
    (fast,) = chains.to_static([dict(row) for row in rows])
    assert fast["instructions_to_static"] is None and fast["macs_to_static"] is None
    static = {"name": "static network", "instructions": 120.0, "macs": 20.0}
    fast, whole = chains.to_static([*rows, static])
    assert (fast["instructions_to_static"], fast["macs_to_static"]) == (0.25, 0.5)
    assert whole["instructions_to_static"] == 1.0


@on_the_phone
def test_a_bundle_beside_its_static_network(bundle, exits):
    found = chains.cost(bundle, samples.load(bundle.manifest), laboratory.prepare())
    assert (found["bundle"], found["dataset"], found["split"], found["samples"]) == ("learned", "pixels", "test", 60)
    assert found["goldens"] == {"cases": 0, "problems": []} and found["missing"] == {}
    parts = {row["name"]: row for row in found["parts"]}
    assert list(parts) == ["stage_1", "stage_2", "stage_3"]
    assert parts["stage_2"]["per_mac"] == parts["stage_2"]["instructions"] / 200
    spent = np.cumsum([row["instructions"] for row in found["parts"]])
    rows = {row["name"]: row for row in found["chains"]}
    assert list(rows)[:4] == ["fast", "exact", "chain, full depth", "static network"]
    assert list(rows)[4:] == ["static, cut short at exit_1", "static, cut short at exit_2"]
    assert rows["exact"]["instructions"] == pytest.approx(spent[exits].mean())
    assert rows["chain, full depth"]["instructions"] == pytest.approx(spent[-1])
    assert rows["static network"]["accuracy"] == 1.0
    assert rows["static network"]["instructions"] < spent[-1], "it has no heads on the way, and is invoked once"
    cut = rows["static, cut short at exit_1"]
    assert cut["macs"] == 100 and cut["instructions"] < parts["stage_1"]["instructions"]
    assert cut["instructions_to_static"] == cut["instructions"] / rows["static network"]["instructions"]


@on_the_phone
def test_a_program_with_crops_has_no_static_network():
    bundle = tflite.Bundle.load(GOLDENS / "steps")
    found = chains.cost(bundle, None, laboratory.prepare())
    assert "expected a program of local runs and decisions" in found["missing"]["static network"]
    assert all(row["instructions_to_static"] is None for row in found["chains"])
    assert found["split"] == "golden cases" and found["dataset"] is None
