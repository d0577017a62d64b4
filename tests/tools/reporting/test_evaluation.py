"""The evaluation of a bundle: what is made of it, and its table."""

import numpy as np
import pytest

import tflite
from tools.console import UserError
from tools.reporting import evaluation


def test_kinds_of_images_stand_below_their_operating_point():
    ms = {"latency_ms": {"p50": 0.25, "p90": 0.5, "p99": 1.0}, "costs": {"macs": 1.5e6, "arm64_instructions": 2e3}}
    easy = {"accuracy": 1.0, "exits": {"a": 1.0, "b": 0.0}, **ms}
    point = {"name": "fast", "accuracy": 0.875, "exits": {"a": 0.75, "b": 0.25}, "groups": {"easy": easy}, **ms}
    table = evaluation.table([point])
    assert table.header[:3] == ("operating point", "accuracy", "mult-adds")
    assert table.rows == (
        ("fast", "87.50%", "1.5 M", "0.250", "0.500", "1.000", "75 25"),
        ("  easy", "100.00%", "1.5 M", "0.250", "0.500", "1.000", "100 0"),
    )
    counted = evaluation.table([point], "arm64")
    assert (counted.header[2], counted.rows[0][2]) == ("arm64 instr", "2 k")


def test_the_title_tells_the_settings():
    report = {"bundle": "b", "samples": 3, "dataset": "pixels", "split": "test", "settings": {"kappa": 0.5}}
    assert evaluation.title(report) == "b on 3 images of pixels:test, kappa 0.5"


@pytest.fixture
def evaluated(bundle, five):
    return evaluation.evaluate(bundle, five, ["fast", "exact"], {})


def test_points_by_hand(evaluated):
    """One of five is wrong at both points; `fast` sends the fifth image away first, for 100 in place of 1000."""
    fast, exact = evaluated["operating_points"]
    assert (exact["name"], exact["samples"], exact["accuracy"]) == ("exact", 5, 0.8)
    assert exact["exits"] == pytest.approx({"exit_1": 0.4, "exit_2": 0.2, "answer": 0.4})
    assert fast["exits"] == pytest.approx({"exit_1": 0.6, "exit_2": 0.2, "answer": 0.2})
    assert (fast["costs"], exact["costs"]) == ({"macs": 320.0}, {"macs": 500.0})
    assert exact["groups"]["hard"]["accuracy"] == 1.0 and exact["groups"]["easy"]["accuracy"] == pytest.approx(2 / 3)
    assert (evaluated["bundle"], evaluated["dataset"], evaluated["samples"]) == ("learned", "pixels", 5)


def test_the_settings_of_an_evaluation_are_laid_over_every_point(bundle, five):
    """Where nothing is saved at a price of 0 and all is asked, a white pixel alone leaves: 2 - 1 reaches 1."""
    report = evaluation.evaluate(bundle, five, ["fast", "exact"], {"threshold": 1.0, "kappa": 0.0})
    assert [point["exits"] for point in report["operating_points"]] == [
        pytest.approx({"exit_1": 0.2, "exit_2": 0.4, "answer": 0.4})
    ] * 2
    assert evaluation.title(report) == "learned on 5 images of pixels:test, threshold 1.0, kappa 0.0"


def test_runs_of_every_image_by_point(bundle, five):
    results, tables = evaluation.run_points(tflite.Chain(bundle), five, ["exact"])
    assert [result["name"] for result in results] == ["exact"]
    assert tables["exact"]["exit"].tolist() == [0, 0, 1, 2, 2]
    assert tables["exact"]["label"].tolist() == [0, 0, 1, 1, 0]
    # Of logits that are d apart: (10, 5), (8, 5), (0, 9), (2, 4), (5.49, 0).
    expected = [1 / (1 + np.exp(-d)) for d in (5, 3, 9, 2, 10 * 140 / 255)]
    np.testing.assert_allclose(tables["exact"]["confidence"], expected, atol=1e-5)


def test_a_cost_that_a_part_lacks_is_refused(bundle):
    evaluation.check_cost(bundle.manifest, "macs")
    with pytest.raises(UserError) as refused:
        evaluation.check_cost(bundle.manifest, "arm64")
    assert str(refused.value) == (
        "expected parts with arm64_instructions among their costs (tools/phone_check.py --write counts them), "
        "received stage_1 with macs"
    )


def test_a_table_of_nothing_is_its_header_and_its_caption():
    lines = evaluation.table([]).text().splitlines()
    assert lines == [
        "operating point  accuracy  mult-adds  p50 ms  p90 ms  p99 ms  exits",
        "(exits: percent of the images that left at each, in the program's order)",
    ]
