"""A bundle in both layouts; what the reports say, by hand."""

import numpy as np
import pytest

from tests.tflite.conversion import tiny
from tflite.bundle import Bundle, write_manifest
from tflite.conversion.card import write_card
from tflite.conversion.passes import group_runs
from tflite.conversion.validate import compare_exits
from tflite.conversion.writer import link_groups, make_manifest, write_parts
from tflite.runtime.chain import Chain


def written(folder, layout):
    """The tiny network as a bundle in int8, joined."""
    folder.mkdir()
    units = tiny.floats() | tiny.quantized()[0].units
    program, groups = group_runs(tiny.program())
    costs = {name: {"macs": 10.0 * i, "latency_us": 1.0} for i, name in enumerate(units)}
    described = write_parts(folder, groups, link_groups(groups, units), costs, dict.fromkeys(units, 7), layout)
    manifest = make_manifest(
        name="tiny",
        inputs={"image": {"kind": "image", "scale": [1 / 255], "offset": [0.0]}},
        shapes={"image": (1, 12, 12, 1)},
        outputs={"label": {"kind": "labels", "labels": list("abcde")}},
        parts=described,
        programs={"main": program},
        parameters={name: {"default": 0.5, "minimum": 0.0, "maximum": 1.0} for name in ("threshold", "unread")},
        points=[
            {
                "name": name,
                "parameters": {"threshold": threshold, "unread": 0.5},
                "accuracy": accuracy,
                "costs": {"macs": macs, "latency_us": 2.0},
                "samples": 50,
            }
            for name, threshold, accuracy, macs in (("quick", 0.2, 0.75, 45.0), ("full", 1.0, 0.8125, 150.0))
        ],
        default_operating_point="full",
        goldens=None,
        provenance={"dataset": "blobs", "quantize": "int8", "command": "python x", "held_out_split": "validation"},
    )
    write_manifest(folder, manifest)
    return folder


def test_parameters_that_the_program_does_not_read_are_left_out(tmp_path):
    manifest = Bundle.load(written(tmp_path / "tiny", "parts")).manifest
    assert list(manifest.parameters) == ["threshold"]
    assert [point.parameters for point in manifest.operating_points] == [{"threshold": 0.2}, {"threshold": 1.0}]


def test_one_file_or_many_give_the_same_bits(tmp_path):
    chains = [Chain(Bundle.load(written(tmp_path / layout, layout))) for layout in ("parts", "single")]
    seen = set()
    for image in tiny.images(12, 9):
        for point in ("quick", "full"):
            one, other = (chain.run(image, operating_point=point) for chain in chains)
            assert (one.path, one.exit, one.label) == (other.path, other.exit, other.label)
            np.testing.assert_array_equal(one.probabilities, other.probabilities)
            seen.add(one.exit)
    assert seen == {"exit_1", "exit_2"}
    assert [path.name for path in (tmp_path / "single/parts").iterdir()] == ["model.tflite"]
    assert sorted(path.name for path in (tmp_path / "parts/parts").iterdir()) == ["stage_1.tflite", "stage_2.tflite"]


def test_a_part_sums_what_its_units_cost(tmp_path):
    """Units 0, 1 and 2 cost 0, 10 and 20, units 3, 4 and 5 cost 30, 40 and 50; seven weights each."""
    parts = Bundle.load(written(tmp_path / "b", "parts")).manifest.parts
    assert [part.costs["macs"] for part in parts.values()] == [30.0, 120.0]
    assert [part.parameters for part in parts.values()] == [21, 21]
    assert parts["stage_1"].units == ("first_1", "second_1", "head_1")
    assert parts["stage_1"].outputs["block_1"].type == "int8"
    assert parts["stage_1"].outputs["block_1"].scale == parts["stage_2"].inputs["block_1"].scale


def test_the_card_holds_every_point_and_every_exit(tmp_path):
    manifest = Bundle.load(written(tmp_path / "b", "parts")).manifest
    exits = {"float_accuracy": 0.5, "accuracy": 0.25, "answers_changed": 0.1, "confidence_change": 0.0625}
    validation = {
        "bytes": 12345,
        "operating_points": [
            {"name": "quick", "float_accuracy": 0.77, "share": 0.3, "decisions_moved": 0.0625},
            {"name": "full", "float_accuracy": 0.82, "share": 1.0, "decisions_moved": 0.0},
        ],
        "notes": ["no calibration image takes the long way"],
        "exits": [{"exit": "exit_1", **exits}],
        "calibration": {"chosen": "64 images"},
    }
    card = write_card(manifest, validation)
    assert "| quick | threshold 0.2 |  | 75.00% | 77.00% | 0.00 M | 30.0% | 6.2% |" in card
    assert "| full | threshold 1 |  | 81.25% | 82.00% | 0.00 M | 100.0% | 0.0% |" in card
    assert "| exit_1 | 50.00% | 25.00% | 10.00% | 0.0625 |" in card
    assert "12,345 bytes" in card and "42 parameters" in card and "Calibration: 64 images." in card
    assert "Note: no calibration image takes the long way." in card
    assert "Calibration" not in write_card(manifest, validation | {"calibration": None})


def test_exits_are_compared_by_hand():
    """Images of labels 0 and 1, both right at 3/4 in float. The first goes to 9/10, the second turns wrong at 3/4."""
    fine, turned, surer = np.log([0.75, 0.25]), np.log([0.75, 0.25]), np.log([0.9, 0.1])
    before = np.stack([fine, fine[::-1]])[:, None]
    after = np.stack([surer, turned])[:, None]
    [row] = compare_exits(["exit_1"], before, after, np.array([0, 1]))
    assert row.pop("exit") == "exit_1"
    assert row == pytest.approx(
        {
            "float_accuracy": 1.0,
            "accuracy": 0.5,
            "answers_changed": 0.5,
            "confidence_drift": 0.075,
            "confidence_change": 0.075,
        }
    )


def test_confidence_that_goes_both_ways_does_not_cancel_in_its_change():
    before = np.log(np.array([[[0.75, 0.25]], [[0.75, 0.25]]]))
    after = np.log(np.array([[[0.875, 0.125]], [[0.625, 0.375]]]))
    [row] = compare_exits(["a"], before, after, np.zeros(2))
    assert row["confidence_drift"] == pytest.approx(0.0) and row["confidence_change"] == pytest.approx(0.125)
