"""The line that tells an answer, and its row of signs."""

from types import SimpleNamespace

import pytest

from tests.tflite.bundle.test_queries import STEPS
from tflite.bundle import manifest as m
from tflite.runtime.result import Box
from tools.reporting import answers


def test_signs_of_a_path():
    parts = ["a", "b", "c", "d"]
    assert answers.path_signs(("a",), parts, "a") == "◆□□□"
    assert answers.path_signs(("a", "b", "c", "d"), parts, "d") == "■■■◆"
    assert answers.path_signs(("a", "c"), parts, "c") == "■□◆□"


def test_a_part_that_is_run_twice_has_one_sign_and_a_constant_was_given_by_none():
    parts = ["trunk", "head", "block"]
    assert answers.path_signs(("trunk", "head", "block", "head"), parts, "head") == "■◆■"
    assert answers.path_signs(("trunk", "head"), parts, None) == "■■□"


@pytest.mark.parametrize(
    ("exit_name", "path", "signs"),
    [
        ("early", ["trunk", "head", "controller"], "■□◆■□"),
        ("early", ["trunk", "cheap_head", "controller"], "■◆□■□"),
        ("late", ["trunk", "cheap_head", "controller", "block", "block", "head", "controller"], "■■◆■■"),
    ],
)
def test_the_place_where_an_image_left_is_that_of_its_answer(exit_name, path, signs):
    described = {"image": "x.png", "label": "left", "probability": 0.875, "truth": None, "exit": exit_name}
    described |= {"reason": "rule", "path": path, "macs": 1500, "elapsed_ms": 0.125}
    expected = f"x.png: left 87.5%  {signs}  1.5 k multiply-adds, 0.12 ms, {exit_name} (rule)"
    assert answers.line(described, STEPS) == expected
    wrong, right = ({**described, "truth": truth} for truth in ("right", "left"))
    assert "87.5% (wrong: right)  " in answers.line(wrong, STEPS)
    assert "87.5% (right)  " in answers.line(right, STEPS)


def test_boxes_are_told_one_by_one():
    """By hand: two boxes of which one is named, none of another output, and a label where there is one."""
    boxes = (Box((0.0, 0.25, 0.5, 1.0), 0.75, 1, "cat", None), Box((0.0, 0.0, 1.0, 1.0), 0.5, 0, "dog", None))
    found = {"animals": boxes, "cars": (), "kind": None}
    outputs = {name: SimpleNamespace(boxes=some) for name, some in found.items()}
    ran = {"path": (), "macs": 7, "costs": {}, "elapsed_ms": 1.0, "operating_point": "p"}
    result = SimpleNamespace(
        label=None, name=None, probabilities=None, outputs=outputs, exit="end", reason="final", **ran
    )
    described = answers.describe("a.png", result, None, ())
    cat = {"name": "cat", "score": 0.75, "corners": (0.0, 0.25, 0.5, 1.0)}
    assert described["boxes"]["animals"][0] == cat and described["boxes"]["cars"] == [] and len(described["boxes"]) == 2
    end = (m.Answer(name="end", gives={"animals": "x"}),)
    assert answers.line(described, end) == (
        "a.png: 2 animals (cat 0.75, dog 0.50), 0 cars    7 multiply-adds, 1.00 ms, end (final)"
    )
    labelled = described | {"label": "zoo", "probability": 0.5}
    assert answers.line(labelled, end).startswith("a.png: zoo 50.0%, 2 animals (cat 0.75, dog 0.50), 0 cars ")
