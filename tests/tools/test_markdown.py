"""Tables of pages."""

import pytest

from tools import markdown


def test_a_table_by_hand():
    assert markdown.table(["a", "b"], [[1, "x"], ["y", 2.5]]) == ["| a | b |", "|---|---|", "| 1 | x |", "| y | 2.5 |"]


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"expected 2 cells, received 3: \[1, 2, 3\]"):
        markdown.table(["a", "b"], [[1, 2, 3]])


def test_a_page_ends_with_command_and_machine():
    lines = markdown.foot("python tools/x.py")
    assert lines[1] == "`python tools/x.py`" and "cores" in lines[3]
