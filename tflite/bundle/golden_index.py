"""The index of a bundle's goldens: its form, and the arrays that it points into."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from ..errors import BundleError
from . import manifest as m
from .json_text import read_json

INDEX, ARRAYS = "golden/index.json", "golden/arrays.bin"
MAX_GOLDENS = 10_000  # arrays, and cases
MAX_ALL = 1 << 26  # elements of all arrays
# What an event of a kind has beside its name; others have nothing.
DETAILS = {"failed": "why", "stopped": "why", "case": "case", "row": "row", "crop": "corners"}


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Frozen; an unknown field is an error, and what is not there is not written."""


class GoldenArray(Form, frozen=True, kw_only=True):
    """Numbers in `golden/arrays.bin`: `offset` in bytes, little-endian, rows first."""

    shape: Annotated[tuple[m.Dimension, ...], msgspec.Meta(min_length=1, max_length=8)]
    type: Literal["uint8", "float32"]
    offset: m.Count


class GoldenEvent(Form, frozen=True, kw_only=True):
    """An event of a result, but for those of parts that ran."""

    kind: Literal["failed", "case", "skipped", "left", "crop", "row", "stopped", "not_reached"]
    name: str
    why: str | None = None
    case: m.Count | None = None
    row: m.Count | None = None
    corners: tuple[float, float, float, float] | None = None


class GoldenBox(Form, frozen=True, kw_only=True):
    """What is answered of a box beside its corners, which are the output's numbers; a mask's numbers row by row."""

    label: m.Count
    score: float
    mask: tuple[float, ...] | None = None


class GoldenOutput(Form, frozen=True, kw_only=True):
    """What is answered of an output; `label` and `probabilities` of labels, `boxes` where there are such."""

    numbers: tuple[float, ...]
    label: m.Count | None = None
    probabilities: tuple[float, ...] | None = None
    boxes: tuple[GoldenBox, ...] | None = None


class GoldenCase(Form, frozen=True, kw_only=True):
    """What a run at `operating_point` without a budget must give.

    Attributes:
        program: that is run.
        inputs: input -> index of an array.
        parameters: name -> number, over those of the operating point.
        tolerance: largest accepted difference of an output's numbers and of probabilities; None is 0 for the numbers of
            an 8-bit value and goldens.TOLERANCE for everything else.
    """

    program: str = "main"
    inputs: dict[str, m.Count]
    operating_point: str
    parameters: dict[m.Name, m.Real] = {}
    path: tuple[str, ...]
    events: tuple[GoldenEvent, ...]
    exit: str
    reason: str
    outputs: dict[str, GoldenOutput]
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1e30)] | None = None


class GoldenIndex(Form, frozen=True, kw_only=True):
    """What `golden/index.json` holds."""

    arrays: Annotated[tuple[GoldenArray, ...], msgspec.Meta(max_length=MAX_GOLDENS)]
    cases: Annotated[tuple[GoldenCase, ...], msgspec.Meta(max_length=MAX_GOLDENS)]


def read_index(data: bytes, file: str = INDEX) -> GoldenIndex:
    """Reads `golden/index.json`.

    Args:
        data: its bytes.
        file: its name, for the error.

    Raises:
        BundleError: it is no index of goldens.
    """
    try:
        read_json(data)
        return msgspec.json.decode(data, type=GoldenIndex)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BundleError(f"expected an index of goldens, but reading failed: {error}", file=file) from None


def read_arrays(index: GoldenIndex, data: bytes) -> list[np.ndarray]:
    """Reads the arrays in the bytes of `golden/arrays.bin`, in which they lie (`golden_check`).

    Args:
        index: says where each array is.
        data: the bytes.
    """
    arrays = []
    for array in index.arrays:
        dtype = np.dtype(array.type).newbyteorder("<")
        flat = np.frombuffer(data, dtype, math.prod(array.shape), array.offset)
        arrays.append(flat.reshape(array.shape).astype(array.type))
    return arrays


def read_goldens(bundle: Any) -> Iterator[tuple[GoldenCase, dict[str, np.ndarray]]]:
    """Yields the golden cases of a `Bundle`, each with its inputs by name; none where it has no goldens.

    Raises:
        BundleError: they cannot be read.
    """
    entry = bundle.manifest.goldens
    if entry is not None:
        index = read_index(bundle.read(entry.index.file), entry.index.file)
        arrays = read_arrays(index, bundle.read(entry.arrays.file))
        for case in index.cases:
            yield case, {name: arrays[place] for name, place in case.inputs.items()}
