"""The model card, line by line, for a bundle whose parameters are numbers and lists."""

import msgspec
import pytest

from tests.goldens.make import HERE
from tflite.bundle import manifest as m
from tflite.conversion.card import write_card

MADE = {"dataset": "blobs", "quantize": "int8", "command": "convert x", "held_out_split": "held_out"}


@pytest.fixture
def manifest():
    """The golden bundle of every step: p0 sets `sure`, p2 `apart` and the list `start`."""
    read = m.decode((HERE / "bundles/steps/manifest.json").read_bytes())
    return msgspec.structs.replace(read, provenance=MADE)


def validation(manifest, **fields):
    points = [
        {"name": point.name, "float_accuracy": 0.75, "share": 0.5, "decisions_moved": 0.0}
        for point in manifest.operating_points
    ]
    return {"bytes": 1234567, "operating_points": points, "exits": []} | fields


def points(card):
    """The rows of the operating points, as lists of cells."""
    lines = card.split("## Operating points")[1].split("## Every answer")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| p")]


def test_lists_are_shown_as_lists(manifest):
    assert [row[:2] for row in points(write_card(manifest, validation(manifest)))] == [
        ["p0", "sure 0.9"],
        ["p1", "apart 0.2"],
        ["p2", "apart 2, start [0, 2, 0]"],
    ]


def test_a_point_that_sets_nothing_has_an_empty_cell(manifest):
    plain = msgspec.structs.replace(manifest.operating_points[0], parameters={})
    manifest = msgspec.structs.replace(manifest, operating_points=(plain,))
    assert points(write_card(manifest, validation(manifest)))[0][:4] == ["p0", "", "", "50.00%"]


def test_what_a_point_may_lose_is_told_with_what_that_means(manifest):
    report = validation(manifest)
    assert "19 of 20" not in write_card(manifest, report)
    for row, points_lost in zip(report["operating_points"], (2.0, 0.5, None), strict=True):
        row["may_lose"] = points_lost
    card = write_card(manifest, report)
    assert [row[2] for row in points(card)] == ["2 points", "0.5 points", ""] and "in 19 of 20 cases" in card


def test_rows_follow_the_manifest_whatever_the_order_of_the_report(manifest):
    report = validation(manifest)
    for row, accuracy in zip(report["operating_points"], (0.1, 0.2, 0.3), strict=True):
        row["float_accuracy"] = accuracy
    report["operating_points"].reverse()
    assert [row[4] for row in points(write_card(manifest, report))] == ["10.00%", "20.00%", "30.00%"]


def test_it_begins_with_what_it_is_and_what_it_is_asked(manifest):
    told = msgspec.structs.replace(manifest, title="Two kinds", question="Which of two is it?")
    card = write_card(told, validation(told))
    assert card.startswith("# Two kinds\n\nWhich of two is it? A network that decides, image by image,")
    assert "\n- Bundle: hand_made\n" in card


def test_it_says_what_was_made_of_what(manifest):
    card = write_card(manifest, validation(manifest))
    assert card.startswith("# hand_made\n\n")
    assert f"as a chain of {len(manifest.parts)} TFLite parts" in card
    assert "- Task: blobs; in: image (picture, 5x4x1); out: label (one of 3)\n" in card
    assert "- Weights: int8; 0 parameters, 1,234,567 bytes\n" in card
    assert "- Made by: `convert x`\n" in card
    assert "Measured on 9 images of held_out, which nothing was trained on.\n" in card
    assert card.endswith("|\n") and "\n\n\n" not in card


def test_calibration_and_notes_come_last_and_only_where_there_are_some(manifest):
    card = write_card(manifest, validation(manifest, calibration={"chosen": "64 images"}, notes=["one", "two"]))
    assert card.endswith("\nCalibration: 64 images.\nNote: one.\nNote: two.\n")
    bare = write_card(manifest, validation(manifest, calibration=None, notes=[]))
    assert "Calibration" not in bare and "Note" not in bare


def test_it_says_what_is_given():
    read = m.decode((HERE / "bundles/pointed/manifest.json").read_bytes())
    read = msgspec.structs.replace(read, provenance=MADE)
    assert "image (picture, 8x8x1), where (box, 4)" in write_card(read, validation(read))
