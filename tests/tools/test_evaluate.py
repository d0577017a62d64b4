"""tools/evaluate.py against numbers that follow from the hand-made bundle's rules."""

import json

import numpy as np
import pytest

from tests.tools.calling import call
from tools import evaluate
from tools.reporting import evaluation


@pytest.fixture
def expected(pixels):
    """Exit and label of every image at kappa .01: out first where 2 a - .9 >= .5, second where 2 b - .9 >= .5."""
    images, labels, _ = pixels.load("test")
    a, b = images[:, 0, 0, 0] / 255, images[:, 0, 1, 0] / 255
    exits = np.where(2 * a - 0.9 >= 0.5, 0, np.where(2 * b - 0.9 >= 0.5, 1, 2))
    said = np.choose(exits, [10 * a < 5, 10 * b - 1 > 10 * a, b > a]).astype(int)
    return exits, said == labels


def test_json_of_one_point(bundle_folder, capsys, expected, pixels):
    exits, right = expected
    assert call(evaluate, [str(bundle_folder), "--operating-point", "exact", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (point,) = report["operating_points"]
    assert (report["bundle"], report["dataset"], report["samples"]) == ("learned", "pixels", 60)
    assert point["accuracy"] == pytest.approx(right.mean())
    assert point["exits"] == pytest.approx(
        {"exit_1": (exits == 0).mean(), "exit_2": (exits == 1).mean(), "answer": (exits == 2).mean()}
    )
    assert point["macs"] == pytest.approx(np.choose(exits, [100, 300, 1000]).mean())
    groups = pixels.load("test")[2]
    assert list(point["groups"]) == ["easy", "hard"]
    assert point["groups"]["hard"]["accuracy"] == pytest.approx(right[groups == 1].mean())
    assert point["groups"]["easy"]["samples"] == (groups == 0).sum()
    assert set(point["latency_ms"]) == {"mean", "p50", "p90", "p99"}
    assert "paths" not in point


def test_a_table_of_all_points_and_a_file(bundle_folder, capsys, tmp_path):
    out = tmp_path / "reports" / "evaluation.json"
    assert call(evaluate, [str(bundle_folder), "--limit", "20", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "learned on 20 images of pixels:test"
    assert [line.split()[0] for line in lines[2:8]] == ["fast", "easy", "hard", "exact", "easy", "hard"]
    written = json.loads(out.read_text())
    assert [point["name"] for point in written["operating_points"]] == ["fast", "exact"]
    assert written["machine"]["cores"] >= 1


def test_an_unknown_point_is_one_sentence(bundle_folder, capsys):
    assert call(evaluate, [str(bundle_folder), "--operating-point", "best"]) == 2
    assert capsys.readouterr().err == "error: expected an operating point (fast, exact) or all, received 'best'\n"


def test_settings_are_laid_over_the_operating_point(bundle_folder, capsys):
    """`exact` at the price of `fast` is `fast`."""

    def exits(*arguments):
        assert call(evaluate, [str(bundle_folder), "--json", *arguments]) == 0
        report = json.loads(capsys.readouterr().out)
        return report["settings"], report["operating_points"][0]["exits"]

    (given, priced), (nothing, fast) = exits("--operating-point", "exact", "--set", "kappa=0.05"), exits()
    assert given == {"kappa": 0.05} and nothing == {} and priced == fast
    assert priced != exits("--operating-point", "exact")[1]
    assert call(evaluate, [str(bundle_folder), "--set", "kappa=cheap"]) == 2
    assert "parameter kappa: expected a finite number or a list of them, received 'cheap'" in capsys.readouterr().err
    assert call(evaluate, [str(bundle_folder), "--set", "kappa=-"]) == 2
    assert "expected --set NAME=NUMBER" in capsys.readouterr().err


def test_the_costs_that_can_be_asked_for_are_those_that_are_told():
    assert set(evaluate.COSTS) == set(evaluation.COSTS)
