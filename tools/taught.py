"""Rows that a bundle's tables were taught: files of `tools/teach.py`, or of a device, put into a chain's tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tools import console

if TYPE_CHECKING:
    from tflite import Bundle, Manifest
    from tflite.runtime.tables import Table


def add_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option --tables."""
    text = "rows that the bundle was taught (tools/teach.py, or the app's export), in the place of those it came with"
    parser.add_argument("--tables", metavar="FILE", nargs="+", default=[], help=text)


def boxed(manifest: Manifest, program: str, pictures: Sequence, boxes: Sequence[str]) -> list:
    """Examples for a program that teaches: pictures, or where it asks for a box on them, pictures with one each.

    Args:
        manifest: of the bundle.
        program: which is asked; one that is not there asks for none.
        pictures: arrays, as a chain takes them.
        boxes: texts, four numbers between commas each.

    Raises:
        UserError: a box is asked for and there is not one for each picture, or none is asked for and there is one.
    """
    import numpy as np

    from tflite.bundle import queries
    from tflite.bundle.manifest import BoxInput

    read = queries.inputs(manifest, program) if program in manifest.programs else []
    asked = next((name for name in read if isinstance(manifest.inputs[name], BoxInput)), None)
    if asked is None and boxes:
        raise console.UserError(
            f"expected a program that asks for a box, received --box for {program!r}, which does not"
        )
    if asked is None:
        return list(pictures)
    if len(boxes) != len(pictures):
        raise console.UserError(f"expected --box for each of {len(pictures)} pictures, received {len(boxes)}")
    found = [np.array([numbers(text, 4)], np.float32) for text in boxes]
    return [{manifest.inputs[asked].image: p, asked: box} for p, box in zip(pictures, found, strict=True)]


def numbers(text: str, count: int) -> list[float]:
    """As many numbers as are asked for, between commas. Raises UserError for another text."""
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count:
        raise console.UserError(f"expected {count} numbers such as 0.1,0.2,0.6,0.7, received {text!r}")
    return found


def load(tables: Mapping[str, Table], files: Sequence[str]) -> None:
    """Reads files of saved rows, each into the table that it names.

    Raises:
        UserError: a bundle without tables, or a file of a table that it has not.
        ChainError: a file of another bundle, a damaged one, or none.
    """
    for file in files:
        if not tables:
            raise console.UserError(f"expected a bundle with tables for {file}, received one without")
        name = table_of(file)
        if name is not None and name not in tables:
            known = ", ".join(tables)
            raise console.UserError(f"{file}: expected rows of a table of the bundle ({known}), received {name!r}")
        tables[name or next(iter(tables))].load(file)  # which refuses what is no such file


def rows(bundle: Bundle, files: Sequence[str]) -> tuple[str, ...] | None:
    """Labels of the rows that a bundle answers from when it has read these files; None where it comes with its labels.

    Raises errors as `load` does.
    """
    from tflite.bundle import queries
    from tflite.runtime.tables import Tables

    if not files:
        return None
    tables = Tables(bundle)
    load(tables, files)
    name = queries.of_table(bundle.manifest)
    return None if name is None else tables[name].labels


def table_of(file: str) -> str | None:
    """The table that a file of saved rows names; None where it is no such file."""
    from tflite.bundle.json_text import read_json
    from tflite.errors import BundleError

    try:
        with open(file, "rb") as stream:
            head = read_json(stream.readline(1 << 20).rstrip(b"\n"))
    except (BundleError, ValueError):
        return None
    name = head.get("table") if isinstance(head, dict) else None
    return name if isinstance(name, str) else None
