"""The page of rendered data sets, on those that come with the tests: nothing is drawn here."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools import render
from tools.console import main
from tools.studies import rendered

SHIPPED = str(Path(__file__).resolve().parents[1] / "rendered")


def call(*arguments):
    return main(render.build_parser, render.command, ["--data-dir", SHIPPED, *arguments])


def test_a_page_shows_pictures_and_what_each_thing_is(tmp_path, capsys):
    page = tmp_path / "page.md"
    assert call("scenes/tiny", "clevr_sharing/tiny", "--pictures", "3", "--out", str(page), "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in numbers] == ["scenes/tiny", "clevr_sharing/tiny"]
    assert numbers[1]["shape"] == [60, 80] and numbers[1]["milliseconds"] is None
    text = page.read_text()
    assert "| clevr_sharing/tiny | 80 x 60 | 16 / 8 / 8 / 8 |" in text and "not photographed" in text
    # Three pictures of 96 with 4 beside each; scenes, the same with their masks, and CLEVR's below them.
    with Image.open(tmp_path / "page.png") as picture:
        assert picture.size == (300, 100 + 100 + 64)


def test_things_are_marked_in_colours_of_their_own():
    image = np.full((8, 8, 3), 100, np.uint8)
    seen = np.zeros((8, 8, 1), np.uint8)
    seen[2:6, 2:6] = 1
    marked = rendered._marked(
        {"image": image, "instances": seen, "objects": {"bbox": [np.array([0.25, 0.25, 0.75, 0.75])]}}
    )
    assert marked[0, 0].tolist() == [60, 60, 60], "grey and darker"
    assert marked[2, 2].tolist() == [230, 60, 60], "the box"
    assert marked[3, 3].tolist() == [162, 60, 60], "0.4 x 60 and 0.6 x 230, 60, 60"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["max_min_mnist/digits"], "expected a rendered data set, such as clevr_sharing/small, received max_min_mnist"),
        (["nothing/at_all"], "expected a rendered data set, received nothing/at_all"),
        (["scenes/tiny", "--out", "page.txt"], "expected --out FILE.md"),
        (["scenes/tiny", "--pictures", "0"], "expected --pictures of at least 1"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, told, capsys):
    assert call(*arguments) == 2
    assert told in capsys.readouterr().err
