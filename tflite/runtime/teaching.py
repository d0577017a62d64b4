"""Teaching: what a program makes of examples becomes a row of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..bundle.manifest import Manifest
from ..bundle.queries import row_outputs
from ..errors import ChainError
from .budget import shown


def teach(
    chain: Any,
    label: str,
    examples: Sequence,
    point: str | None,
    parameters: dict | None,
    program: str,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Runs a program on examples and adds the row that they make together; see `Chain.teach`."""
    whole = isinstance(examples, (str, bytes, Mapping, np.ndarray))  # one example, or a batch whose meaning is unclear
    if whole or not isinstance(examples, Sequence) or not examples:
        raise ChainError(f"examples: expected a list of at least one, received {shown(examples)}")
    name = _row_output(chain.manifest, program)
    output = chain.manifest.outputs[name]
    table = chain.tables[output.table]
    table.check_new(label)
    rows = []
    for example in examples:
        given = chain.run(example, None, point, parameters, program).outputs
        if name not in given:
            raise ChainError(f"teach: expected a row for every example, received none for number {len(rows)}")
        rows.append(given[name].numbers.reshape(table.row_shape))
        if progress is not None:
            progress(len(rows))
    row = combined_row(rows, output.combine)
    table.add(label, row)
    return row


def _row_output(manifest: Manifest, program: str) -> str:
    """The one output of a program that is a row."""
    if not isinstance(program, str) or program not in manifest.programs:
        raise ChainError(f"program: expected one of {sorted(manifest.programs)}, received {shown(program)}")
    rows = row_outputs(manifest, program)
    if len(rows) != 1:
        raise ChainError(f"program {program}: expected one that gives one row, received one that gives {rows}")
    return rows[0]


def combined_row(rows: Sequence[np.ndarray], combine: str) -> np.ndarray:
    """One row of those of several examples.

    Args:
        rows: float32, of one shape.
        combine: "mean", or "unit": the mean scaled to the length 1.

    Returns:
        float32, from sums in float64, example by example.

    Raises:
        ChainError: the mean has no length to scale.
    """
    total = np.zeros(rows[0].shape)
    for row in rows:
        total += row
    mean = total / len(rows)
    if combine == "unit":
        squares = 0.0
        for number in mean.ravel().tolist():  # one by one, as every runtime does
            squares += number * number
        if not 0 < squares < math.inf:
            raise ChainError(
                f"teach: expected examples whose mean has a length above 0, received {math.sqrt(squares):g}"
            )
        mean = mean / math.sqrt(squares)
    return mean.astype(np.float32)
