"""How studies are written down: an item's page, picture and numbers, and a comparison that a command prints."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from tools import console, options
from tools.reporting import figures


class Item(NamedTuple):
    """A table or figure of a source.

    Attributes:
        compute: function of a study that returns plain rows, a dict.
        write: function of these rows that returns the blocks of a page; None for a picture alone.
        paint: function of (flat list of axes, rows), or None; a picture has rows["panels"] axes beside each other.
        of_bundle: function of (study, bundle folder) that returns plain rows, which the item has as an entry of
            rows["bundles"]: it again, converted. None for an item that takes no bundle.
    """

    compute: Callable
    write: Callable | None = None
    paint: Callable | None = None
    of_bundle: Callable | None = None


def page(blocks: Iterable[str]) -> str:
    """Blocks of Markdown, such as headings, paragraphs and tables, as a page."""
    return "\n\n".join(blocks) + "\n"


def percent(share: float | None) -> str:
    """A share in percent with two digits, without a sign; empty for None."""
    return "" if share is None else f"{100 * share:.2f}"


def accuracy(row: dict) -> str:
    """A row's accuracy with its standard error in brackets, in percent."""
    error = row["error"] if "error" in row else row["standard_error"]
    return f"{percent(row['accuracy'])} ({percent(error)})"


def file_name(item: str, of: str) -> str:
    """File of an item's page: of a data set with the paper's network, or of a preset."""
    return f"{item.replace(' ', '_')}_{of}.md"


def image(shows: str, picture: Path) -> str:
    """A picture beside the page in Markdown, in which an address has no spaces."""
    return f"![{shows}]({quote(picture.name)})"


def put(file: Path, text: str, numbers: object) -> Path:
    """Writes a page, and its numbers as JSON beside it; returns the page's file."""
    console.write_text(file, text)
    told = json.dumps(console.plain(numbers), indent=1, ensure_ascii=False)
    console.write_text(file.with_suffix(".json"), told + "\n")
    return file


def write(file: Path, title: str, name: str, item: Item, rows: dict, foot: Iterable[str], numbers: dict) -> str:
    """Writes an item's page into a file, beside it its numbers as JSON and its picture, if any; returns the page.

    rows: what the item computed. foot: the last blocks, which say how it was made. numbers: what the JSON file holds.
    """
    picture = file.with_suffix(".png")
    shown = [image(name, picture)] if item.paint else []
    text = page([f"# {title}", *shown, *(item.write(rows) if item.write else ()), *foot])
    put(file, text, numbers)
    if item.paint:
        panels = rows.get("panels", 1)
        size = (7.0 if panels == 1 else 4.0 * panels, 4.2)
        figures.draw_png(picture, lambda _, axes: item.paint(axes, rows), (1, panels), size, sharey=True)
    return text


def report(out: str | None, as_json: bool, found: object, text: str) -> None:
    """Prints a comparison, or its numbers as JSON, and writes its page with the numbers beside it, if there is one."""
    if out:
        put(Path(out), text, found)
    options.tell(None, as_json, found, text)


def tell(
    out: str | None, as_json: bool, found: object, text: str, shows: str = "", draw: Callable | None = None
) -> None:
    """Prints a comparison, or its numbers as JSON, and writes it into the file `out`, if there is one.

    shows: what the picture beside the page shows, which `draw(found, file)` draws; None where there is none.
    """
    picture = Path(out).with_suffix(".png") if out and draw else None
    options.tell(out, as_json, found, text, f"{text}\n{image(shows, picture)}\n" if picture else text)
    if picture:
        draw(found, picture)
