"""Writes down and draws what a study computed: one Markdown page and at most one picture an item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tools.reporting import figures


def page(paper: ModuleType, item: str, result: dict, task: str, picture: str | None, foot: Sequence[str]) -> str:
    """The Markdown of an item.

    Args:
        paper: module of the family's study (`tools.studies`).
        item: its name.
        result: its rows.
        task: name of the data set.
        picture: file beside the page, or None.
        foot: lines that say how it was made.
    """
    body = paper.WRITERS[item](result) if item in paper.WRITERS else []
    shown = [f"![{item}]({picture})", ""] if picture else []
    return "\n".join([f"# {paper.TITLE}, {item}: {task}", "", *shown, *body, "", *foot, ""])


def draw(paper: ModuleType, item: str, result: dict, file: Path) -> bool:
    """Draws the picture of an item into a file; False for an item that has none."""
    if item not in paper.PAINTERS:
        return False
    panels, paint = result.get("panels", 1), paper.PAINTERS[item]
    width = 7.0 if panels == 1 else 4.0 * panels
    figures.draw_png(file, lambda figure, axes: paint(axes, result), (1, panels), (width, 4.2), sharey=True)
    return True
