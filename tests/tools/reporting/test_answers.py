"""The line that tells an answer, and its row of signs."""

import pytest

from tests.tflite.bundle.test_queries import STEPS
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
