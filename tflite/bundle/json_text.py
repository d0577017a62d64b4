"""Reads the JSON texts of a bundle: strictly, and only after their sizes have been counted.

docs/bundle.md states the limits. They are counted on the bytes before anything is parsed, so that no text costs more
than reading it once.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_BYTES = 8 << 20
MAX_DEPTH = 64
MAX_ITEMS = 1 << 20
MAX_DIGITS = 64

# A text that has no end reaches to the end of the file: so a match never has to be given up and tried again.
_TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = re.compile(rb"[^\[\]{}]+")
_LONG_NUMBER = re.compile(rb"[0-9+\-.eE]{%d}" % (MAX_DIGITS + 1))


def read_json(data: bytes) -> Any:
    """Parses JSON in UTF-8.

    Args:
        data: a whole file.

    Returns:
        Dicts, lists, texts, numbers, booleans and None; a number beyond float64 is infinite.

    Raises:
        ValueError: over a limit, not JSON, not UTF-8, or an object that has a field twice.
    """
    check_limits(data)
    twice = []

    def as_dict(pairs):
        fields = dict(pairs)
        if len(fields) < len(pairs):
            seen = set()
            twice.extend(name for name, _ in pairs if name in seen or seen.add(name))
        return fields

    tree = json.loads(data.decode(), object_pairs_hook=as_dict, parse_constant=_refuse_constant)
    if twice:
        raise ValueError(f"the field {twice[0]!r} stands twice")
    if b"\\u" in data:
        json.dumps(tree, ensure_ascii=False).encode()  # an escape can write half of a character
    return tree


def check_limits(data: bytes) -> None:
    """Checks size, count of values, nesting and length of numbers.

    Args:
        data: a whole file, JSON or not.

    Raises:
        ValueError: one of them is over its limit.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    outside = _TEXTS.sub(b"", data)
    if sum(outside.count(sign) for sign in (b",", b"[", b"{")) > MAX_ITEMS:
        raise ValueError(f"more than {MAX_ITEMS} values")
    depth = 0
    for bracket in _NO_BRACKETS.sub(b"", outside):
        depth = depth + 1 if bracket in b"[{" else max(0, depth - 1)
        if depth > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} lists and objects inside each other")
    if _LONG_NUMBER.search(outside):
        raise ValueError(f"a number of more than {MAX_DIGITS} characters")


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")
