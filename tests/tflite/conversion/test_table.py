"""The table in its three forms, by hand."""

import dataclasses

import pytest

from tflite.conversion.table import Table

POINTS = Table(["", "accuracy", "note"], [["fast", 90.5, "a|b"], ["exact", 9, "<c>"]], stressed=[1], caption="of 10")


def test_a_terminal_gets_columns():
    assert POINTS.text().splitlines() == [
        "         accuracy  note",
        "fast         90.5  a|b",
        "exact *         9  <c>",
        "of 10",
    ]


def test_docs_get_markdown():
    assert POINTS.markdown().splitlines() == [
        "|  | accuracy | note |",
        "|---|---:|---|",
        "| fast | 90.5 | a\\|b |",
        "| **exact** | **9** | **<c>** |",
        "",
        "of 10",
    ]


def test_a_page_gets_html():
    assert POINTS.html() == (
        '<div class="scroll"><table><caption>of 10</caption><thead><tr><th class=left></th><th>accuracy</th>'
        "<th class=left>note</th></tr></thead><tbody><tr><td class=left>fast</td><td>90.5</td>"
        "<td class=left>a|b</td></tr><tr class=chosen><td class=left>exact</td><td>9</td>"
        "<td class=left>&lt;c&gt;</td></tr></tbody></table></div>"
    )


def test_what_stays_empty_stays_plain():
    table = Table(["a", "b"], [["x", ""]], stressed=[0])
    assert table.markdown().splitlines()[-1] == "| **x** |  |"
    assert table.text() == "a    b\nx *"
    assert Table(["a", "b"]).markdown() == "| a | b |\n|---|---:|"
    assert "caption" not in table.html()


@pytest.mark.parametrize(
    ("cells", "align"),
    [(["1", "x"], "lr"), (["-0.5"], "lr"), (["+3 %"], "lr"), (["exit_1"], "ll"), (["", ""], "lr"), (["", "x"], "ll")],
)
def test_numbers_stand_to_the_right(cells, align):
    assert Table(["name", "column"], [["1", cell] for cell in cells]).align == align


def test_an_alignment_that_is_given_is_kept():
    assert Table(["a", "b"], [["long", "1"]], align="rl").text() == "   a  b\nlong  1"


def test_it_cannot_be_changed():
    rows = [["x"]]
    table = Table(["a"], rows)
    rows.append(["y"])
    rows[0][0] = "z"
    assert table == Table(("a",), (("x",),)) and hash(table) == hash(Table(["a"], [["x"]]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.caption = "b"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rows": [[1, 2, 3]]}, r"expected 2 cells, received 3: \['1', '2', '3'\]"),
        ({"align": "l"}, "expected l or r for each of 2 columns, received 'l'"),
        ({"align": "lc"}, "expected l or r for each of 2 columns, received 'lc'"),
        ({"rows": [[1, 2]], "stressed": [1]}, r"expected stressed rows below 1, received \[1\]"),
    ],
)
def test_what_does_not_fit_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Table(["a", "b"], **given)
