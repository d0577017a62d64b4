"""The study of recurrent attention: when it stops looking, what is told, by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tools.console import UserError
from tools.studies import attention, attention_pages

ROW = {"name": "garn_add_mnist_2000", "kind": "GARN", "task": "add_mnist", "images": 2_000, "seed": 0, "note": ""}
ROW |= {"epochs": 30, "accuracy": 0.71, "error": 0.006, "samples": 5_000, "macs": 11_500_000.0, "reward": -0.4}
ROW |= {"by_glimpse": [0.1, 0.71], "sure": [[0.5, 0.6, 1.25], [0.9, 0.7, 1.75]]}
EARLY = ROW | {"name": "garn_add_mnist_20000_early", "images": 20_000, "note": "early", "accuracy": 0.9}
FC = {key: value for key, value in ROW.items() if key not in ("reward", "by_glimpse", "sure")}
FC |= {"name": "fc_add_mnist_2000", "kind": "FC", "accuracy": 0.11}


def test_it_stops_when_it_is_sure():
    """Shares of 1/2, then 0.9: at 0.8 the second glimpse of three is the last for one, the third for the other."""
    sure, even = [np.log(9.0), 0.0], [0.0, 0.0]
    logits = np.array([[even, sure, even], [even, even, even]])
    right = np.array([[False, True, False], [False, False, True]])
    assert attention.leaving(logits, right, 0.8) == (1.0, 2.5)
    assert attention.leaving(logits, right, 0.4) == (0.0, 1.0)
    assert attention.leaving(logits, right, 0.95) == (0.5, 3.0)


def test_an_accuracy_and_its_error_by_hand():
    found = attention.summary(np.array([True, True, False, True]))
    assert found == {"accuracy": 0.75, "error": 0.25, "samples": 4}


def test_names_are_told_apart_and_known():
    names = [member.name for member in attention.MEMBERS]
    assert len(set(names)) == len(names)
    with pytest.raises(UserError, match="expected some of garn_add_mnist_2000, .*, received nobody"):
        next(attention.make(None, [0], ["nobody"]))


def test_what_was_measured_is_read_back_in_the_members_order(tmp_path):
    (tmp_path / "measured").mkdir()
    for row in (FC, ROW, {"name": "gone", "seed": 0}):
        (tmp_path / "measured" / f"{row['name']}_seed_0.json").write_text(json.dumps(row))
    assert attention.finished(tmp_path) == [ROW, FC]
    assert next(attention.make(tmp_path, [0], ["fc_add_mnist_2000"])) == FC


def test_the_page_tells_what_is_printed_and_what_was_reached(tmp_path):
    point = {"name": "fast", "accuracy": 0.8, "costs": {"macs": 5e6}, "parameters": {"sure": 0.9, "glimpses": 6.0}}
    found = {"rows": [ROW, EARLY, FC], "bundle": {"name": "garn", "points": [point], "samples": 2_000}}
    file = attention_pages.write(tmp_path / "garn.md", found, "python tools/attention.py")
    text = file.read_text()
    assert "| sum of two digits | 2,000 | GARN | 0 | above 70 | 71.00 (0.60) | 0.40 | 11.5 M |" in text.replace(
        "  ", " "
    )
    assert "1.25" in text and "sure 0.9, glimpses 6" in text and "`python tools/attention.py`" in text
    assert json.loads(file.with_suffix(".json").read_text())["rows"] == [ROW, EARLY, FC]
    with Image.open(file.with_suffix(".png")) as picture:
        assert picture.size[0] > 600


def test_glimpses_are_drawn_where_they_were(tmp_path, monkeypatch):
    """At (1, 1) the centre is the last pixel's; the first is in the middle of 80 pixels, at 39.5."""
    from matplotlib.figure import Figure

    axis = Figure().subplots()
    example = {"locations": [[1.0, 1.0]], "answers": [4, 7], "label": 7}
    attention_pages.paint_glimpses([axis], {"size": 20, "examples": [example]}, np.zeros((1, 80, 80, 1), np.uint8))
    assert [patch.get_xy() for patch in axis.patches] == [(29.5, 29.5), (69.0, 69.0)]
    assert "4 7" in axis.get_title() and [text.get_text() for text in axis.texts] == ["1", "2"]
    task = SimpleNamespace(load=lambda split: (np.zeros((1, 80, 80, 1), np.uint8), None, None))
    monkeypatch.setattr(attention_pages.datasets, "get", lambda name: task)
    found = {"rows": [EARLY | {"size": 20, "examples": [example]}]}
    text = attention_pages.write(tmp_path / "garn.md", found, "python").read_text()
    assert "(garn_glimpses.png)" in text and (tmp_path / "garn_glimpses.png").stat().st_size > 1_000


def test_without_a_network_that_answers_early_there_are_no_exits(tmp_path):
    text = attention_pages.write(tmp_path / "garn.md", {"rows": [ROW, FC]}, "python").read_text()
    assert "Glimpses as a budget" not in text and "On the device" not in text
