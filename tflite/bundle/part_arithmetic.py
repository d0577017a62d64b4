"""Scales and types of a part's operators that TensorFlow Lite's arithmetic can hold; see `part_check`.

Both checks take an operator's table, what `operators` says of its kind, the tensors of its subgraph and its path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .operators import Operator
from .part_tables import expect

RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (0, 0)}  # of zero points; these types have scales
COMPARISONS = {"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"}


def check_scales(operator: Mapping[str, Any], form: Operator, tensors: Sequence, options: Sequence, where: str) -> None:
    """Scales that TensorFlow Lite can compute with: where they are others it aborts. Raises Damaged."""
    for i, index in enumerate(operator.get("inputs", ())):
        several = index != -1 and len(tensors[index].scales) > 1 and not (form.optional and i > 0)
        expect(not several, f"{where}.inputs[{i}]", f"one scale for {form.name}", "one a channel")
    scales = [tensors[i].scales[0] for i in operator.get("inputs", ()) if i != -1 and tensors[i].type in RANGES]
    results = [tensors[i].scales[0] for i in operator.get("outputs", ()) if tensors[i].type in RANGES]
    sixteen = any(tensors[i].type == "int16" for i in operator.get("outputs", ()))
    if form.name in ("ADD", "SUB") and scales and results:
        bits = 13 if sixteen else 18
        expected = f"a result with no smaller scale than inputs / 2^{bits}"
        expect(max(scales) <= results[0] * (1 << bits), where, expected, "one")
    if form.name in COMPARISONS:
        expect(1 not in scales, where, "inputs of another scale than 1", "one of them")
    if form.name in ("SOFTMAX", "LOG_SOFTMAX") and scales:
        beta = options[0] if options else 1
        expect(beta * scales[0] * (1 << 25) >= 1, where, "a scale and a beta of at least 2^-25 together", "less")


def check_weights(operator: Mapping[str, Any], form: Operator, tensors: Sequence, where: str) -> None:
    """Kernels for int16 read weights of 8 bits and a bias of 64, whatever the types say. Raises Damaged."""
    types = [None if index == -1 else tensors[index].type for index in operator.get("inputs", ())]
    if form.optional:
        expect(types[1] != "int16", f"{where}.inputs[1]", "weights of another type than int16", "such")
        last = form.inputs[1] - 1
        if "int16" in types and len(types) > last and types[last] is not None:
            expect(types[last] == "int64", f"{where}.inputs[{last}]", "a bias of int64 beside int16", types[last])
