"""One kind of table, and its three forms: aligned text for a terminal, Markdown for docs/, HTML for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LEFT, RIGHT = "l", "r"


@dataclass(frozen=True)
class Table:
    """A table of text; whatever it is made of is turned into text and can no longer be changed.

    Attributes:
        header: name of each column.
        rows: cells, as many in each row as there are columns.
        align: LEFT or RIGHT for each column, such as "lrr". Empty: the first column to the left, others to the right if
            one of their cells is a number or all are empty.
        stressed: indices of the rows that stand out.
        caption: what is to be known below the table; may be empty.

    Raises:
        ValueError: a row, or `align`, has not as many entries as there are columns; a stressed row is not there.
    """

    header: Sequence
    rows: Iterable[Sequence] = ()
    align: str = ""
    stressed: Iterable[int] = ()
    caption: str = ""

    def __post_init__(self):
        header, rows = _texts(self.header), tuple(map(_texts, self.rows))
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"expected {len(header)} cells, received {len(row)}: {list(row)}")
        align = self.align or "".join(_alignment(i, [row[i] for row in rows]) for i in range(len(header)))
        if len(align) != len(header) or set(align) - {LEFT, RIGHT}:
            raise ValueError(f"expected {LEFT} or {RIGHT} for each of {len(header)} columns, received {align!r}")
        stressed = frozenset(self.stressed)
        if not stressed <= set(range(len(rows))):
            raise ValueError(f"expected stressed rows below {len(rows)}, received {sorted(stressed)}")
        for name, value in (("header", header), ("rows", rows), ("align", align), ("stressed", stressed)):
            object.__setattr__(self, name, value)

    def text(self) -> str:
        """The table in columns of equal width; a star stands behind the first cell of a stressed row."""
        starred = ((f"{row[0]} *", *row[1:]) if i in self.stressed else row for i, row in enumerate(self.rows))
        rows = [self.header, *starred]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        pads = [str.ljust if side == LEFT else str.rjust for side in self.align]
        lines = ["  ".join(pad(*cell) for pad, *cell in zip(pads, row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, *([self.caption] if self.caption else [])])

    def markdown(self) -> str:
        """The table in Markdown; stressed rows are bold, the caption is a paragraph behind it."""
        rule = "|" + "|".join("---" if side == LEFT else "---:" for side in self.align) + "|"
        lines = [_markdown_line(self.header), rule]
        lines += [_markdown_line(row, bold=i in self.stressed) for i, row in enumerate(self.rows)]
        return "\n".join([*lines, *(["", self.caption] if self.caption else [])])

    def html(self) -> str:
        """The table as an element of a page; page.css has the classes `scroll`, `chosen` and `left`."""
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        head = self._html_cells("th", self.header)
        body = "".join(
            f"<tr{' class=chosen' if i in self.stressed else ''}>{self._html_cells('td', row)}</tr>"
            for i, row in enumerate(self.rows)
        )
        inner = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f'<div class="scroll"><table>{inner}</table></div>'

    def _html_cells(self, tag: str, cells: tuple[str, ...]) -> str:
        """Cells of a row; numbers stand to the right unless something else is said."""
        classes = (" class=left" if side == LEFT else "" for side in self.align)
        return "".join(f"<{tag}{name}>{escape(cell)}</{tag}>" for name, cell in zip(classes, cells, strict=True))


def _texts(cells: Iterable) -> tuple[str, ...]:
    return tuple(str(cell) for cell in cells)


def _alignment(column: int, cells: list[str]) -> str:
    """The side on which a column stands if nobody says."""
    numbers = any(cell.lstrip("+-")[:1].isdigit() for cell in cells) or not any(cells)
    return RIGHT if column and numbers else LEFT


def _markdown_line(cells: tuple[str, ...], bold: bool = False) -> str:
    cells = tuple(cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(f'**{cell}**' if bold and cell else cell for cell in cells)} |"
