"""Where a run looked, as a report draws it: corners by hand."""

from types import SimpleNamespace

import pytest

from tools.reporting import looks

GLIMPSE = {"op": "crop", "mode": "glimpse", "value": "image", "at": "where", "output": "patch", "scales": 3}
INNER = {"op": "crop", "mode": "box", "value": "patch", "at": "box", "output": "piece"}


def run(*events):
    return SimpleNamespace(events=[SimpleNamespace(kind=k, name=n, corners=c) for k, n, c in events])


def test_of_three_windows_the_smallest_is_a_quarter_as_wide():
    program = [{"op": "repeat", "times": 2, "steps": [GLIMPSE]}]
    found = looks.looks(program, run(("run", "glimpse", None), ("crop", "patch", (-0.2, 0.0, 0.8, 2.0))))
    assert found == [pytest.approx((0.175, 0.75, 0.425, 1.25))]


def test_a_crop_of_a_crop_lies_in_all_of_it():
    found = looks.looks(
        [GLIMPSE, INNER], run(("crop", "patch", (0.0, 0.0, 0.8, 0.4)), ("crop", "piece", (0.5, 1.0, 1.0, 0.5)))
    )
    assert found[1] == pytest.approx((0.4, 0.2, 0.8, 0.4)), "upright, within the largest window"


def test_what_is_nowhere_is_not_drawn():
    assert looks.looks([GLIMPSE], run(("crop", "patch", (float("nan"), 0.0, 1.0, 1.0)))) == []
    assert looks.overlay([], (80, 80)) == ""


def test_frames_are_in_pixels_and_numbered():
    drawn = looks.overlay([(0.0, 0.25, 0.5, 1.0), (0.5, 0.5, 1.0, 1.0)], (40, 80))
    assert 'viewBox="0 0 80 40"' in drawn and drawn.count("<rect") == 2
    assert '<rect x="20.00" y="0.00" width="60.00" height="20.00"/>' in drawn
    assert ">1</text>" in drawn and ">2</text>" in drawn and 'opacity="1.00"' in drawn
