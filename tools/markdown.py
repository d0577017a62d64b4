"""Pages in Markdown: tables, and the foot that says how a page was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tools import machine


def table(header: Sequence[str], rows: Iterable[Sequence]) -> list[str]:
    """The lines of a table; every row has as many cells as the header."""
    lines = [_line(header), "|" + "---|" * len(header)]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"expected {len(header)} cells, received {len(row)}: {list(row)}")
        lines.append(_line(row))
    return lines


def foot(command: str) -> list[str]:
    """The lines that end a page: the command that made it, and the machine that it ran on."""
    return ["", f"`{command}`", "", machine.line(machine.describe()), ""]


def _line(cells) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
