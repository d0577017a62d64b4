"""How a study is written down: a page, its numbers and its picture, which say the same."""

import json

import pytest

from tests.tools.canvas import lines
from tools.reporting import figures
from tools.studies import pages
from tools.studies.pages import Item


@pytest.fixture
def drawn(monkeypatch):
    """What `figures.draw_png` is asked for, a call an entry; the picture is a word."""
    asked = []

    def draw(file, paint, shape=(1, 1), size=None, **shared):
        from matplotlib.figure import Figure

        axes = list(Figure().subplots(*shape, squeeze=False).ravel())
        paint(None, axes)
        asked.append({"shape": shape, "size": size, "axes": axes, **shared})
        file.write_text("picture")

    monkeypatch.setattr(figures, "draw_png", draw)
    return asked


def paint(axes, rows):
    for axis in axes:
        axis.plot(rows["values"], label="values")


@pytest.mark.parametrize(
    ("share", "text"), [(None, ""), (0.0, "0.00"), (0.98765, "98.77"), (1, "100.00"), (1e-9, "0.00")]
)
def test_a_share_in_percent(share, text):
    assert pages.percent(share) == text


def test_an_accuracy_with_its_error():
    assert pages.accuracy({"accuracy": 0.85034, "error": 0.0036}) == "85.03 (0.36)"
    assert pages.accuracy({"accuracy": 1.0, "standard_error": 0.0}) == "100.00 (0.00)"


def test_a_page_and_its_numbers_are_put_and_told(tmp_path, capsys):
    file = tmp_path / "docs" / "a.md"
    found = {"rows": [float("nan"), 0.5], "name": "é"}
    pages.report(str(file), False, found, "# A page\n")
    assert capsys.readouterr().out == "# A page\n\n" and file.read_text(encoding="utf-8") == "# A page\n"
    assert json.loads(file.with_suffix(".json").read_text(encoding="utf-8")) == {"rows": [None, 0.5], "name": "é"}
    pages.report(None, True, found, "# A page\n")
    assert json.loads(capsys.readouterr().out)["rows"] == [None, 0.5]


def test_blocks_stand_apart_and_a_page_ends_with_a_line():
    assert pages.page(["# title", "text\nof two lines", "| a |"]) == "# title\n\ntext\nof two lines\n\n| a |\n"


def test_a_page_names_its_picture_and_lies_beside_its_numbers(tmp_path, drawn):
    item = Item(None, write=lambda rows: [f"values {rows['values']}"], paint=paint)
    file, numbers = tmp_path / "docs" / "table_4.2_é.md", {"é": [1, None]}
    text = pages.write(file, "The title", "table 4.2", item, {"values": [1, 2]}, ["made so"], numbers)
    assert text == "# The title\n\n![table 4.2](table_4.2_%C3%A9.png)\n\nvalues [1, 2]\n\nmade so\n"
    assert file.read_text(encoding="utf-8") == text
    assert {other.name for other in file.parent.iterdir()} == {f"table_4.2_é.{kind}" for kind in ("md", "json", "png")}
    written = file.with_suffix(".json").read_text(encoding="utf-8")
    assert json.loads(written) == numbers and "é" in written, "letters stay letters"
    assert lines(drawn[0]["axes"][0]) == {"values": ([0, 1], [1, 2])}


def test_an_item_without_a_picture_has_none_and_one_without_words_has_none(tmp_path, drawn):
    words = Item(None, write=lambda rows: ["words"])
    assert pages.write(tmp_path / "a.md", "A", "table 1", words, {}, [], {}) == "# A\n\nwords\n"
    assert drawn == [] and not (tmp_path / "a.png").exists()
    picture = Item(None, paint=paint)
    assert pages.write(tmp_path / "b.md", "B", "figure 7", picture, {"values": []}, ["foot"], {}) == (
        "# B\n\n![figure 7](b.png)\n\nfoot\n"
    )
    assert (tmp_path / "b.png").read_text() == "picture"


@pytest.mark.parametrize(("panels", "size"), [(None, (7.0, 4.2)), (1, (7.0, 4.2)), (2, (8.0, 4.2)), (3, (12.0, 4.2))])
def test_panels_stand_beside_each_other_and_share_what_is_up(tmp_path, drawn, panels, size):
    rows = {"values": [1]} | ({} if panels is None else {"panels": panels})
    pages.write(tmp_path / "a.md", "A", "figure 8", Item(None, paint=paint), rows, [], {})
    assert drawn[0]["shape"] == (1, panels or 1) and drawn[0]["size"] == size and drawn[0]["sharey"] is True
    assert len(drawn[0]["axes"]) == (panels or 1)


def told(capsys, out, draw=None, json=False):
    """What is printed of a comparison, and the files that `draw` was asked for."""
    files = []
    given = out and str(out), json
    pages.tell(
        *given, {"a": 1}, "# page\n", "what it shows", draw and (lambda found, file: files.append((found, file)))
    )
    return capsys.readouterr().out, files


def test_a_comparison_is_printed_and_written_with_its_picture(tmp_path, capsys):
    printed, files = told(capsys, tmp_path / "my page.md", draw=True)
    assert printed == "# page\n\n", "a terminal shows no picture"
    page = (tmp_path / "my page.md").read_text()
    assert page == "# page\n\n![what it shows](my%20page.png)\n", "in Markdown an address has no spaces"
    assert files == [({"a": 1}, tmp_path / "my page.png")]


def test_without_a_file_there_is_no_picture_and_without_a_picture_the_page_is_what_is_printed(tmp_path, capsys):
    assert told(capsys, None, draw=True) == ("# page\n\n", [])
    assert told(capsys, tmp_path / "a.md")[1] == [] and (tmp_path / "a.md").read_text() == "# page\n"


def test_with_json_the_numbers_are_printed_and_the_page_is_written_all_the_same(tmp_path, capsys):
    printed, files = told(capsys, tmp_path / "a.md", draw=True, json=True)
    assert json.loads(printed) == {"a": 1} and len(files) == 1
    assert (tmp_path / "a.md").read_text().startswith("# page\n")
