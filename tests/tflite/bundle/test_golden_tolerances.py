"""Tolerances of goldens: what other correct kernels give, and one grey level more or less, is not a difference."""

import copy
import json
from types import SimpleNamespace

import numpy as np

from tflite.bundle.golden_index import INDEX
from tflite.bundle.goldens import write_goldens
from tflite.runtime.result import Answer, Event


class Steps:
    """A chain whose answer moves by `slope` a grey level of the picture's sum, and whose exit turns at `edge`.

    By other kernels the sum is `by` more.
    """

    def __init__(self, quantize="int8", slope=0.25, edge=1e9, by=0.0, corners=None):
        points = [SimpleNamespace(name="fast"), SimpleNamespace(name="full")]
        self.manifest = SimpleNamespace(operating_points=points, provenance={"quantize": quantize})
        self.slope, self.edge, self.by, self.off, self.corners = slope, edge, by, 0.0, corners

    def with_kernels(self, kernels):
        assert kernels in ("optimized", "reference")
        other = copy.copy(self)
        other.off = self.by
        return other

    def run(self, inputs, operating_point, parameters, program):
        assert parameters == {}
        total = float(inputs["image"].sum()) + self.off
        early = operating_point == "fast" and total >= self.edge
        numbers, way = np.array([self.slope * total, 0.0]), ("first",) if early else ("first", "second")
        events = () if self.corners is None else (Event("crop", "piece", corners=(0, 0, 1, self.corners * total)),)
        decided = {"path": way, "exit": way[-1], "reason": "rule" if early else "final", "events": events}
        outputs = {"label": Answer(numbers, "int8" if self.slope else "float32", 0, "a", numbers / 10)}
        return SimpleNamespace(operating_point=operating_point, outputs=outputs, **decided)


def written(chain, folder, pictures):
    write_goldens(chain, folder, [{"image": np.array(picture, np.uint8)} for picture in pictures])
    return json.loads((folder / INDEX).read_text())["cases"]


def test_what_hangs_on_a_rounding_has_a_tolerance(tmp_path):
    """A grey level moves the answer by 0.25, so twice that; white pixels get darker, never 256."""
    cases = written(Steps(), tmp_path / "int8", [[[3, 4]], [[255, 255]], [[0, 9]]])
    assert [case["tolerance"] for case in cases] == [0.5] * 6
    assert [case["tolerance"] for case in written(Steps("dynamic"), tmp_path / "dynamic", [[[3, 4]]])] == [0.5] * 2
    assert [case["tolerance"] for case in written(Steps("int8", 1e-5), tmp_path / "least", [[[3, 4]]])] == [1e-3] * 2
    assert all("tolerance" not in case for case in written(Steps("float32"), tmp_path / "float", [[[3, 4]]]))


def test_a_hundredth_of_the_pixels_changes_at_once(tmp_path):
    """300 pixels: three levels at most, up or down, so at most 0.75, and by chance at least once of sixteen times."""
    cases = written(Steps(), tmp_path, [np.full((15, 20), 7)])
    assert [case["tolerance"] for case in cases] == [1.5] * 2


def test_what_other_kernels_give_has_a_tolerance_whatever_the_chain(tmp_path):
    """They move the sum by 3, so the answer by 0.75; a float32 answer within half a thousandth needs none."""
    assert [case["tolerance"] for case in written(Steps(by=3.0), tmp_path / "int8", [[[9, 9]]])] == [1.5] * 2
    assert [case["tolerance"] for case in written(Steps("float32", by=3.0), tmp_path / "f", [[[9, 9]]])] == [1.5] * 2
    cases = written(Steps("float32", slope=0, by=3.0, corners=1e-4), tmp_path / "near", [[[9, 9]]])
    assert all("tolerance" not in case for case in cases)


def test_corners_of_crops_move_too(tmp_path):
    """By 0.25 a grey level, where the numbers do not move at all."""
    cases = written(Steps(slope=0, corners=0.25), tmp_path, [[[9, 9]]])
    assert [case["tolerance"] for case in cases] == [0.5] * 2


def test_a_tolerance_is_that_of_all_cases_that_end_alike(tmp_path):
    """Only the brighter picture, of 300 pixels, moves by three levels; the other one ends at the same exit."""
    cases = written(Steps(), tmp_path, [[[3, 9]], np.full((15, 20), 7)])
    assert [case["tolerance"] for case in cases] == [1.5] * 4


def test_a_label_that_leads_by_less_than_the_tolerance_is_no_golden(tmp_path):
    """1 times 0.25 is half of the tolerance, 2 times is all of it, 3 times is more."""
    cases = written(Steps(), tmp_path, [[[0, 1]], [[0, 2]], [[0, 3]]])
    assert [case["inputs"]["image"] for case in cases] == [2, 2]


def test_a_path_that_one_grey_level_turns_is_no_golden(tmp_path):
    """Pictures of 6, 7 and 20 on an edge of 7: brighter or not, 6 would turn, at `fast` alone."""
    cases = written(Steps(edge=7), tmp_path, [[[2, 4]], [[10, 10]]])
    assert [(case["inputs"]["image"], case["operating_point"]) for case in cases] == [
        (0, "full"),
        (1, "fast"),
        (1, "full"),
    ]


def test_a_path_that_other_kernels_turn_is_no_golden(tmp_path):
    cases = written(Steps("float32", edge=7, by=2), tmp_path, [[[1, 4]], [[10, 10]]])
    assert [(case["inputs"]["image"], case["operating_point"]) for case in cases] == [
        (0, "full"),
        (1, "fast"),
        (1, "full"),
    ]


def test_an_operating_point_keeps_its_unsteady_goldens_if_there_are_no_others(tmp_path):
    cases = written(Steps(edge=7), tmp_path, [[[2, 4]]])
    assert [(case["operating_point"], case["tolerance"]) for case in cases] == [("fast", 0.5), ("full", 0.5)]
