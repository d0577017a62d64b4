"""Several TFLite files with their filters stored once: a pool of rows, and for every constant a table of their numbers.

Networks of several tasks that pick filters from pools have most of them in common. Folded normalisations change a
filter's length, not its direction: of int8 filters, which have a scale each, the codes stay the same, and are found.
A shared form is one line of JSON (format, files with their constants, pools) and a newline, then of every pool its
rows, then of every file what is left of it and the tables, two bytes an entry or, for more than 65,536 rows, four. What
is restored are the same files, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ..errors import FrugalError

FORMAT, VERSION = "frugal-shared-rows", 1
LEAST_ROW = 8  # bytes: a shorter row costs more in the table than it saves


class SharedRowsError(FrugalError):
    """Bytes that are no shared form, or not one of this version, or damaged; says what was expected."""


class Span(NamedTuple):
    """Where the rows of a constant lie in a file: first byte, bytes of a row, how many."""

    start: int
    row: int
    count: int


def spans(content: bytes) -> list[Span]:
    """The rows of every constant of a TFLite file that has at least two dimensions, in the order of their places.

    Rows lie along the first dimension: that of the filters of convolutions and of dense layers. What several tensors
    name is one constant.
    """
    model, found = schema.Model.GetRootAs(content, 0), {}
    base = np.frombuffer(content, np.uint8).__array_interface__["data"][0]
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        for index in range(graph.TensorsLength()):
            tensor = graph.Tensors(index)
            data = model.Buffers(tensor.Buffer()).DataAsNumpy()
            if tensor.ShapeLength() < 2 or isinstance(data, int) or not len(data):
                continue
            count = tensor.Shape(0)
            if count and len(data) % count == 0 and len(data) // count >= LEAST_ROW:
                start = data.__array_interface__["data"][0] - base
                found[start] = Span(start, len(data) // count, count)
    return [found[start] for start in sorted(found)]


def share(files: Mapping[str, bytes]) -> bytes:
    """The shared form of TFLite files by name."""
    pools: dict[int, dict[bytes, int]] = {}  # length of a row -> row -> its number
    described, tables, rests = [], [], []
    for name, content in files.items():
        own, rest, end = spans(content), [], 0
        for span in own:
            pool = pools.setdefault(span.row, {})
            rows = [
                content[at : at + span.row] for at in range(span.start, span.start + span.row * span.count, span.row)
            ]
            tables.append((span.row, [pool.setdefault(row, len(pool)) for row in rows]))
            rest.append(content[end : span.start])
            end = span.start + span.row * span.count
        rests.append((b"".join([*rest, content[end:]]), len(own)))
        digest = hashlib.sha256(content).hexdigest()
        described.append({"name": name, "bytes": len(content), "sha256": digest, "spans": [list(span) for span in own]})
    head = {"format": FORMAT, "version": VERSION, "files": described}
    head["pools"] = [[row, len(pool)] for row, pool in pools.items()]
    body, taken = [b"".join(pool) for pool in pools.values()], iter(tables)
    for rest, count in rests:
        body.append(rest)
        for row, numbers in (next(taken) for _ in range(count)):
            body.append(np.array(numbers, _entry(len(pools[row]))).tobytes())
    return b"".join([json.dumps(head, separators=(",", ":")).encode(), b"\n", *body])


def restore(content: bytes) -> dict[str, bytes]:
    """The files of a shared form by name.

    Raises:
        SharedRowsError: it is none, or damaged.
    """
    head, _, body = content.partition(b"\n")
    try:
        told = json.loads(head)
        if not isinstance(told, dict) or (told.get("format"), told.get("version")) != (FORMAT, VERSION):
            raise SharedRowsError(f"expected {FORMAT} of version {VERSION}, received {head[:60]!r}")
        files = _restored(told, body)
        wanted = {one["name"]: one["sha256"] for one in told["files"]}
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SharedRowsError(f"expected {FORMAT} that is whole, received {type(error).__name__}: {error}") from error
    for name, made in files.items():
        if hashlib.sha256(made).hexdigest() != wanted[name]:
            raise SharedRowsError(f"expected the bytes of {name} with SHA-256 {wanted[name]}, received others")
    return files


def _restored(told: Mapping, body: bytes) -> dict[str, bytes]:
    """The files, from what the first line tells and what follows it."""
    place = 0

    def take(count: int) -> bytes:
        nonlocal place
        place += count
        if count < 0 or place > len(body):
            raise ValueError("it ends before its files do")
        return body[place - count : place]

    pools = {row: np.frombuffer(take(row * count), np.uint8).reshape(count, row) for row, count in told["pools"]}
    files = {}
    for one in told["files"]:
        own = [Span(*span) for span in one["spans"]]
        rest = take(one["bytes"] - sum(span.row * span.count for span in own))
        pieces, used, end = [], 0, 0
        for span in own:
            kind = _entry(len(pools[span.row]))
            numbers = np.frombuffer(take(span.count * kind.itemsize), kind)
            pieces += [rest[used : used + span.start - end], pools[span.row][numbers].tobytes()]
            used, end = used + span.start - end, span.start + span.row * span.count
        files[one["name"]] = b"".join([*pieces, rest[used:]])
    return files


def _entry(rows: int) -> np.dtype:
    """How an entry of a table is stored, for a pool of so many rows."""
    return np.dtype("<u2" if rows <= 1 << 16 else "<u4")


def in_common(files: Mapping[str, bytes]) -> Iterator[tuple[int, int, int]]:
    """Of every length of rows: (bytes of a row, how many rows the files have, how many of these differ)."""
    rows: dict[int, list[bytes]] = {}
    for content in files.values():
        for start, row, count in spans(content):
            rows.setdefault(row, []).extend(content[start + i * row : start + (i + 1) * row] for i in range(count))
    for row in sorted(rows):
        yield row, len(rows[row]), len(set(rows[row]))
