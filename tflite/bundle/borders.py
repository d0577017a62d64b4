"""What a bundle is given and what it answers: inputs, outputs and tables of format version 2, as frozen structs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .language import Activation, Name, Real, Strict

# `$` alone also matches before a final newline; the look-ahead does not let one through.
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
RelativePath = Annotated[str, Meta(min_length=1, max_length=500)]
Count = Annotated[int, Meta(ge=0, le=2**62)]


class File(Strict, kw_only=True):
    """A file of the bundle: relative path, SHA-256 in lower-case hexadecimal digits, size in bytes."""

    file: RelativePath
    sha256: Sha256
    bytes: Count


class ImageInput(Strict, kw_only=True, tag_field="kind", tag="image"):
    """A picture: `scale` and `offset` hold one number a channel; its value is `[1, height, width, channels]`.

    `padding` is the pixel around a picture that is padded to the aspect ratio.
    """

    resize: Literal["none", "bilinear"] = "none"
    crop: Literal["none", "center", "pad"] = "none"
    padding: Annotated[int, Meta(ge=0, le=255)] = 0
    scale: tuple[Real, ...]
    offset: tuple[Real, ...]


class VectorInput(Strict, kw_only=True, tag_field="kind", tag="vector"):
    """Finite float32 numbers in the shape of the input's value, as they are."""


class BoxInput(Strict, kw_only=True, tag_field="kind", tag="box"):
    """A box drawn on the picture of the input `image`: top, left, bottom, right; its value is `[1, 4]`."""

    image: Name


class LabelsOutput(Strict, kw_only=True, tag_field="kind", tag="labels"):
    """One of several labels: `labels[i]` is the name of class i; `activation` says what the given numbers are.

    With a `table` the labels are those of its rows, and the elements behind them do not count.
    """

    labels: tuple[str, ...] = ()
    table: Name | None = None
    activation: Activation = "softmax"


class VectorOutput(Strict, kw_only=True, tag_field="kind", tag="vector"):
    """Any numbers."""


class BoxesOutput(Strict, kw_only=True, tag_field="kind", tag="boxes"):
    """Boxes (top, left, bottom, right): the value given is `[1, rows, 4]`; other values say what the rows are.

    `scores` and `classes` have one element a row; without `classes` there is one label. `count` tells how many rows
    there are; without it all count.
    """

    labels: tuple[str, ...] = ()
    table: Name | None = None
    scores: Name
    classes: Name | None = None
    count: Name | None = None


class MasksOutput(BoxesOutput, kw_only=True, tag_field="kind", tag="masks"):
    """Boxes with a mask each: `masks` is `[1, rows, height, width]`, stretched over the box, 0..1 once activated."""

    masks: Name
    activation: Literal["sigmoid", "none"] = "sigmoid"


class RowOutput(Strict, kw_only=True, tag_field="kind", tag="row"):
    """A row for a table: of several examples the mean, or with "unit" the mean scaled to the length 1."""

    table: Name
    combine: Literal["mean", "unit"] = "mean"


AnyInput = ImageInput | VectorInput | BoxInput
AnyOutput = LabelsOutput | VectorOutput | BoxesOutput | MasksOutput | RowOutput


class Table(Strict, kw_only=True):
    """Rows of numbers with a label each, which a device may add to.

    `rows` is the value `[1, capacity, ...]` that holds them, `count` the value `[1, 1]` of how many there are.
    `content` has them row by row, little-endian; it is null where there are none.
    """

    rows: Name
    count: Name | None = None
    labels: tuple[str, ...] = ()
    type: Literal["float32", "float16"] = "float32"
    content: File | None = None
