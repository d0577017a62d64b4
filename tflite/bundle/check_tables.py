"""Static checks of a manifest's tables, and of the labels of its outputs, which may be a table's."""

from __future__ import annotations

import math

from . import manifest as m
from .check_size import require

MAX_ROWS = 100_000
BYTES = {"float32": 4, "float16": 2}


def check_tables(manifest: m.Manifest) -> None:
    """Checks the tables and outputs of a manifest whose values have been checked.

    Raises:
        BundleError: a check fails; the error names the field.
    """
    taken = set(manifest.inputs)
    for name, table in manifest.tables.items():
        _check_table(table, manifest.values, taken, f"tables.{name}")
    for name, output in manifest.outputs.items():
        _check_output(output, manifest.tables, f"outputs.{name}")


def row_elements(table: m.Table, values: dict[str, m.Tensor]) -> int:
    """How many numbers a row of a table has."""
    return math.prod(values[table.rows].shape[2:])


def _check_table(table, values, taken, where):
    shapes = {}
    for key in ("rows", "count"):
        value = getattr(table, key)
        if value is None:
            continue
        require(value in values, f"expected a value that is declared, received {value!r}", f"{where}.{key}")
        free = value not in taken
        problem = f"expected a value that no input and no other table writes, received {value!r}"
        require(free, problem, f"{where}.{key}")
        taken.add(value)
        shapes[key] = values[value].shape
    shape, received = shapes["rows"], list(shapes["rows"])
    form = len(shape) > 1 and shape[0] == 1 and shape[1] <= MAX_ROWS
    problem = f"expected [1, capacity, ...] of at most {MAX_ROWS} rows, received {received} in {table.rows!r}"
    require(form, problem, f"{where}.rows")
    counted = shapes.get("count", (1, 1))
    require(
        counted == (1, 1), f"expected the shape [1, 1], received {list(counted)} in {table.count!r}", f"{where}.count"
    )
    _check_labels(table.labels, f"{where}.labels")
    count, capacity = len(table.labels), shape[1]
    problem = f"expected at most {capacity} labels, the capacity, received {count}"
    require(count <= capacity, problem, f"{where}.labels")
    _check_content(table, count * row_elements(table, values) * BYTES[table.type], where)


def _check_content(table, size, where):
    problem = f"expected a file of {size} bytes for {len(table.labels)} rows, received null"
    require(table.content is not None or not size, problem, f"{where}.content")
    received = size if table.content is None else table.content.bytes
    problem = f"expected {size} bytes for {len(table.labels)} rows, received {received}"
    require(received == size, problem, f"{where}.content.bytes")


def _check_labels(labels, where):
    require("" not in labels, "expected labels that are not empty, received one that is", where)
    seen = set()
    for label in labels:
        require(label not in seen, f"expected labels that differ, received {label!r} twice", where)
        seen.add(label)


def _check_output(output, tables, where):
    if isinstance(output, m.VectorOutput):
        return
    if output.table is not None:
        known = output.table in tables
        problem = f"expected one of the tables {sorted(tables)}, received {output.table!r}"
        require(known, problem, f"{where}.table")
    if not isinstance(output, m.RowOutput):
        one = bool(output.labels) != (output.table is not None)
        problem = f"expected labels or a table, received {'both' if output.labels else 'none'}"
        require(one, problem, f"{where}.labels")
