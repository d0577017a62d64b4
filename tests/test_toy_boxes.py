"""A family that answers with boxes, added by one file, goes through every tool: AP50 is its accuracy."""

import json

import numpy as np
import pytest

from keras_models.functional import average_precision as ap
from tests.families import toy_boxes, whole_way
from tests.families.toy_boxes import THINGS
from tests.tools.calling import typed
from tflite.bundle import Bundle
from tflite.runtime.chain import Chain
from tools import benchmark, evaluate, report, run

registered, _, folder = whole_way.fixtures(toy_boxes, "toy_boxes")


def found_on(chain, split):
    """What a chain finds on a split, and what there is to find."""
    images, things, _ = THINGS.load(split)
    found = np.full((len(images), 4, 6), -1.0)
    for place, image in enumerate(images):
        for row, box in enumerate(chain.run(image).outputs["things"].boxes):
            found[place, row] = (*box.corners, box.score, THINGS.labels.index(box.name))
    return found, things


def test_a_bundle_states_the_ap50_of_what_it_finds(folder):
    bundle = Bundle.load(folder / "bundle")
    chain = Chain(bundle, warm_up=False)
    assert chain.self_test() == []
    (precision,) = (ap.mean_precision(ap.average_precision(*found_on(chain, "held_out"), [0, 1], ap.HALF)),)
    assert precision > 0.5, "it has learned to find them"
    for point in bundle.manifest.operating_points:
        assert point.accuracy == pytest.approx(precision, abs=1e-6)
    card = (folder / "bundle/MODEL_CARD.md").read_text()
    assert "AP50" in card and "boxes of 2" in card
    (row,) = json.loads((folder / "bundle/validation.json").read_text())["exits"]
    assert row["float_accuracy"] > 0.5 and row["accuracy"] == pytest.approx(precision, abs=1e-6)


def test_what_it_finds_is_evaluated(folder, capsys):
    assert typed(evaluate, folder / "bundle", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    found_, things = found_on(Chain.load(folder / "bundle", warm_up=False), "test")
    precision = ap.average_precision(found_, things, [0, 1])
    for point in found["operating_points"]:
        assert point["accuracy"] == pytest.approx(point["boxes"]["ap50"], abs=1e-6)
        assert point["boxes"]["ap50"] == pytest.approx(ap.mean_precision(precision[:, 0]), abs=1e-6)
        assert point["boxes"]["ap"] == pytest.approx(ap.mean_precision(precision), abs=1e-6)
        assert set(point["boxes"]["kinds"]) == {"flat", "tall"}
    assert typed(evaluate, folder / "bundle") == 0
    assert "AP50" in capsys.readouterr().out


def test_the_float_network_is_evaluated(folder, capsys):
    assert typed(evaluate, folder / "run", "--policy", "own", "--split", "validation", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert all(0.5 < row["accuracy"] <= 1 for row in found["policies"])


def test_latencies_are_measured_and_a_report_shows_what_was_found(folder, tmp_path, capsys):
    assert typed(benchmark, folder / "bundle", "--limit", 4, "--rounds", 1, "--out", tmp_path / "latency.md") == 0
    assert "AP50 %" in (tmp_path / "latency.md").read_text()
    assert typed(report, folder / "bundle", "--limit", 16, "--out", tmp_path / "page.html", "--json") == 0
    page = (tmp_path / "page.html").read_text()
    assert "What it finds" in page and 'class="right"' in page and "AP50 at" in page
    assert typed(run, folder / "bundle", "bright_things:test:0-3") == 0
    assert "things" in capsys.readouterr().out


def test_other_data_is_refused_in_a_sentence(folder, capsys):
    assert typed(evaluate, folder / "bundle", "--dataset", "cifar10") == 2
    assert "expected a dataset with the bundle's labels" in capsys.readouterr().err
    assert typed(evaluate, folder / "bundle", "--dataset", "scenes_tiny") == 2
    assert "expected a dataset with things that the bundle finds (flat, tall)" in capsys.readouterr().err
