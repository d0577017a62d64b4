"""Detectors that meet new kinds: trials that start where the base stage has ended, kept, and told with intervals."""

import json

import numpy as np
import pytest

from keras_models.datasets import TASKS
from tests.families.tiny import DETECTOR
from tests.families.toy_boxes import THINGS
from tests.tools.calling import typed
from tools import compare_detectors, train
from tools.studies import few_shots, few_shots_pages

STAGE = {"epochs": 1, "batch_size": 16, "peak_learning_rate": 0.002}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of FSRW and one of YOLO on bright things, of which the tall ones are new."""
    folder = tmp_path_factory.mktemp("detectors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, THINGS.name, THINGS)
        for name, changes in (("fsrw", {}), ("yolo", {"reweighted": False})):
            arguments = DETECTOR | {"labels": THINGS.labels, "novel": ["tall"]} | changes
            preset = {"family": "fsrw", "task": THINGS.name, "arguments": arguments, "stages": {"base": STAGE}}
            file = folder / f"{name}.json"
            file.write_text(json.dumps(preset | {"source": "none", "expected": "seconds"}))
            assert typed(train, file, "--out", folder / name) == 0
        yield folder


def compare(runs, *arguments):
    return typed(compare_detectors, runs / "fsrw", runs / "yolo", "--folder", runs / "trials", *arguments)


def test_a_trial_starts_from_the_base_and_leaves_it_as_it_was(runs):
    detector = few_shots.Detector(runs / "fsrw", steps=3, rate=0.002)
    before = detector.precision()
    assert set(before) == {"base_ap50", "base_ap"}, "of a kind without a row nothing is told"
    found = detector.trial("fsrw", 2, draw=0)
    assert set(found) == {"base_ap50", "base_ap", "novel_ap50", "novel_ap", "loss"} and np.isfinite(found["loss"]).all()
    again = detector.trial("fsrw", 2, draw=0)
    assert again["loss"] == pytest.approx(found["loss"], rel=1e-4), "the same draw, from the same weights"
    assert detector.trial("fsrw", 2, draw=1)["loss"] != pytest.approx(found["loss"])
    detector.reset()
    assert detector.precision() == before


def test_the_rows_of_a_trial_are_the_mean_over_its_examples(runs):
    detector = few_shots.Detector(runs / "fsrw", steps=1, rate=0.002)
    detector.trial("fsrw", 3, draw=2)
    network, shown = detector.network, few_shots.Shown(detector.network.order, 3, 2)
    shown(detector.train, "train")
    rows = np.array(network.rows)
    assert int(network.known) == 2
    network.set_rows(shown.examples(network.order, network.config))
    np.testing.assert_allclose(rows, np.array(network.rows), atol=1e-4)


@pytest.mark.slow
def test_methods_are_compared_kept_and_told(runs, capsys, tmp_path):
    options = ("--shots", 1, "--draws", 2, "--steps", 2, "--limit", 8)
    assert compare(runs, *options, "--out", tmp_path / "page.md") == 0
    text = (tmp_path / "page.md").read_text()
    assert "rendered, not photographs" in text and "LSTD(YOLO)-full" in text and (tmp_path / "page.png").exists()
    numbers = json.loads((tmp_path / "page.json").read_text())
    (split,) = numbers["splits"]
    assert len(split["trials"]) == 5 * 2 and split["novel"] == ["tall"]
    assert set(split["bases"]) == {"fsrw", "yolo"}
    capsys.readouterr()
    assert compare(runs, *options, "--only-kept") == 0
    assert "draw 0" not in capsys.readouterr().out, "nothing is trained again"
    assert compare(runs, "--shots", 1, "--draws", 1, "--steps", 3, "--limit", 8) == 2
    assert "expected a trial with the same settings" in capsys.readouterr().err


def test_what_there_is_not_is_refused_in_a_sentence(runs, capsys):
    assert compare(runs, "--method", "meta") == 2
    assert "expected methods among yolo_ft" in capsys.readouterr().err
    assert typed(compare_detectors, runs / "yolo", "--folder", runs / "none") == 2
    assert "expected a run of fsrw of split 0, received none" in capsys.readouterr().err


def test_intervals_by_hand():
    """Of 1, 2, 3: mean 2, deviation 1, t = 4.30 by the root of three."""
    mean, half = few_shots_pages.interval([1, 2, 3])
    assert mean == 2 and half == pytest.approx(4.30 / np.sqrt(3))
    assert few_shots_pages.cell([5.0]) == "5.0"
    rows = [
        {"method": method, "shots": 1, "draw": draw, "novel_ap50": value + draw}
        for method, value in (("fsrw", 20.0), ("yolo_ft", 5.0), ("lstd", 19.0))
        for draw in range(3)
    ]
    (said,) = few_shots_pages.orders({"trials": rows})
    assert said == "k = 1: 21.0, above the best baseline (LSTD(YOLO), 20.0), but the intervals meet."
