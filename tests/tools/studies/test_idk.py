"""The rows of table 4.2, on answers that can be checked by hand, and its page."""

import numpy as np
import pytest

from tests.keras_models.policies.deferral_answers import THREE, TINY, TRIPLE, split
from tools.pipeline import runs
from tools.studies import idk

COSTS = np.array([2.0e6, 10.0e6])


def test_rows_of_images_that_the_entropy_sorts():
    found = idk.compared(TINY, TINY, TINY, COSTS, ("small", "large"))
    assert len(found["rows"]) == 4 * 3 + 2
    # Half go on, to the accuracy of the last: 2 + 0.5 * 10 of 10.
    same = {"accuracy": 100.0, "error": 0.0, "idk": 50.0, "macs": 7.0e6, "relative": 0.7, "beaten_by": None}
    for row in found["rows"]:
        assert row | same == row and row["answered"] == [50.0, 50.0]
    assert [row["target"] for row in found["rows"][:12:3]] == [100.0, 99.9, 99.8, 99.65]
    assert all(row["met"] for row in found["rows"][:12])
    assert [row["type"] for row in found["rows"][12:]] == [idk.ORACLE, idk.OBLIVIOUS]
    assert found["members"] == [
        {"name": "small", "accuracy": 50.0, "error": 25.0, "macs": 2.0e6, "relative": 0.2},
        {"name": "large", "accuracy": 100.0, "error": 0.0, "macs": 10.0e6, "relative": 1.0},
    ]


def test_rows_of_three_members():
    found = idk.compared(TRIPLE, TRIPLE, TRIPLE, THREE, "abc")
    # Half stop at the first, a quarter at each of the others: 1 + 0.5 * 2 + 0.25 * 10.
    best = {"accuracy": 100.0, "idk": 50.0, "answered": [50.0, 25.0, 25.0], "macs": 4.5e6, "relative": 0.45}
    oracle = next(row for row in found["rows"] if row["type"] == idk.ORACLE)
    assert oracle | best == oracle
    for row in found["rows"][:12]:
        assert row | best == row, row["type"]
    assert [member["accuracy"] for member in found["members"]] == [50.0, 75.0, 100.0]


def test_a_rule_that_meets_no_target_says_so():
    """The first member is surest where it is wrong: no threshold keeps the accuracy, but going on always does."""
    held_out = split([[0.9999]] * 4, [[0, 1]] * 4)
    found = idk.compared(TINY, held_out, TINY, COSTS, ("small", "large"))
    for row in found["rows"][:12]:
        assert (row["met"], row["idk"], row["relative"]) == (False, 100.0, 1.2), row["type"]
        assert row["beaten_by"] == "large", "which is as accurate and need not run the first"
    lines = idk.write_table_4_2(found)
    assert any(line.startswith("0 of 12 rules and targets have a setting") for line in lines)
    assert "| Prob+Grid | 99.65 | no: all go on | 100.00 ± 0.00 | 100.0 |" in "\n".join(lines)


def test_the_printed_table_is_consistent():
    """FLOPs = 1.7e7 + IDK * 3.7e7, relative to 3.7e7; the rates are printed to 0.1 %."""
    for name, _, _, rate, flops, relative in idk.PRINTED:
        assert 1.7e7 + rate / 100 * 3.7e7 == pytest.approx(flops, abs=2e4), name
        assert flops / 3.7e7 == pytest.approx(relative, abs=1e-3), name


def test_the_page_of_three_members_and_a_bundle():
    found = idk.compared(TRIPLE, TRIPLE, TRIPLE, THREE, ("a", "b", "c"))
    other = {"accuracy": 96.0, "idk": 49.0, "macs": 4.4e6, "relative": 0.44}
    point = {"point": "fast", "points": 2.0, "met": False, "error": 0.5, "answered": [50.0, 25.0, 25.0]}
    point |= {"accuracy": 95.0, "idk": 50.0, "macs": 4.5e6, "relative": 0.45, "float": other}
    lines = "\n".join(
        idk.write_table_4_2(found | {"bundles": [{"bundle": "x", "last": 98.0, "dropped": ["m"], "rows": [point]}]})
    )
    lines = lines.splitlines()
    assert "| b | 75.00 ± 21.65 | 2 M | 0.200 |" in lines
    assert "| Ent+Grid | 99.65 | yes | 100.00 ± 0.00 | 50.0 | 50.0 | 25.0 | 25.0 | 4.5 M | 0.450 |  |" in lines
    assert "| Oracle |  |  | 100.00 ± 0.00 | 50.0 | 50.0 | 25.0 | 25.0 | 4.5 M | 0.450 |  |" in lines
    assert any(line.endswith("The conversion dropped m, which did not pay for itself: never run.") for line in lines)
    assert "| fast | 2 | no | 95.00 ± 0.50 (96.00) | 50.0 (49.0) | 4.5 M | 0.450 (0.440) |" in lines
    assert "| Ent+Cost | 95.26 | 95.22 | 48.9 | 35.1 M | 0.949 |" in lines
    assert any("p_0 = 1, p_N = 0" in line and "4.15" in line for line in lines)


def test_a_run_of_another_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a run of a cascade, received one of resnet"):
        idk.member_names(runs.Run(tmp_path, {"family": "resnet"}))
    members = ["runs/small", {"file": "large.keras"}]
    run = runs.Run(tmp_path, {"family": "cascade", "arguments": {"members": members}})
    assert idk.member_names(run) == ["small", "large"]
