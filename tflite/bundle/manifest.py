"""The bundle's format, version 2, as frozen structs: the source of `docs/bundle.schema.json`.

This module defines the form of a manifest, `check.py` its consistency; docs/bundle.md explains both. The docstrings of
the structs are descriptions in the schema. Lists are tuples, so that a manifest is immutable, can be hashed, and can be
shared between threads.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..errors import BundleError
from .borders import (  # noqa: F401  (so are what it is given and what it answers)
    AnyInput,
    AnyOutput,
    BoxesOutput,
    BoxInput,
    Count,
    File,
    ImageInput,
    LabelsOutput,
    MasksOutput,
    RelativePath,
    RowOutput,
    Sha256,
    Table,
    VectorInput,
    VectorOutput,
)
from .json_text import read_json
from .language import (  # noqa: F401  (the language is part of the format: this module gives both)
    Activation,
    Answer,
    AnyRule,
    AnyStep,
    AtLeast,
    Branch,
    Cost,
    Crop,
    Dimension,
    Each,
    Entropy,
    Exit,
    Fill,
    Keep,
    KeptValue,
    Leave,
    LogisticEntropy,
    Margin,
    MaxSoftmax,
    Name,
    Number,
    ParameterReference,
    Real,
    Repeat,
    Rule,
    Run,
    Select,
    Setting,
    Shape,
    Step,
    Strict,
)

FORMAT = "frugal"
VERSION = 2
MAX_NAMED = 1000  # parts, values, parameters, operating points
MAX_BORDER = 100  # inputs, outputs, tables, programs
MAX_SAMPLES = 10_000
MAX_FILE_BYTES = 2**31 - 1

# `$` alone also matches before a final newline; the look-ahead does not let one through.
BundleName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,100}$(?!\n)")]
Title = Annotated[str, Meta(min_length=1, max_length=80)]
Question = Annotated[str, Meta(min_length=1, max_length=200)]
TensorScale = Annotated[float, Meta(ge=1e-30, le=1e30)]
TensorType = Literal["float32", "int8", "uint8", "int16", "int32"]


class Tensor(Strict, kw_only=True):
    """A value, or a tensor at the border of a part.

    int8, uint8 and int16 have a scale and a zero point: real = (q - zero_point) * scale; that of int16 is 0.
    """

    shape: Shape
    type: TensorType
    scale: TensorScale | None = None
    zero_point: Annotated[int, Meta(ge=-128, le=255)] | None = None


class Part(Strict, kw_only=True):
    """One static TFLite submodel. `file`, `sha256` and `bytes` are null for a part that runs remotely only."""

    file: RelativePath | None
    sha256: Sha256 | None = None
    bytes: Count | None = None
    signature: Name = "serving_default"
    inputs: Annotated[dict[Name, Tensor], Meta(min_length=1)]
    outputs: Annotated[dict[Name, Tensor], Meta(min_length=1)]
    units: tuple[Name, ...] = ()
    parameters: Count = 0
    costs: dict[Name, Cost]


class Parameter(Strict, kw_only=True):
    """A knob of the programs: a number, or a list of numbers of the default's length; bounds hold for each number.

    `names` are those of its values 0, 1, 2, ..., where a caller chooses among a few, such as tasks.
    """

    default: Number
    minimum: Real
    maximum: Real
    description: str = ""
    names: tuple[Title, ...] = ()


class OperatingPoint(Strict, kw_only=True):
    """Settings of the parameters, with the accuracy (0..1) and mean costs measured on `samples` held-out images."""

    name: Name
    parameters: dict[Name, Number]
    accuracy: Annotated[float, Meta(ge=0, le=1)]
    costs: dict[Name, Cost]
    samples: Count
    description: str = ""


class Goldens(Strict, kw_only=True):
    """The self-test: `index` is JSON, `arrays` the numbers that it points into."""

    index: File
    arrays: File


class Samples(Strict, kw_only=True):
    """Labelled pictures to show and to measure with: `images` holds their uint8 pixels, `labels` a class for each."""

    images: File
    labels: Annotated[tuple[Count, ...], Meta(min_length=1, max_length=MAX_SAMPLES)]


class Manifest(Strict, kw_only=True):
    """Everything that `manifest.json` holds. `title` and `question` say to people what it is and what it is asked."""

    format: Literal["frugal"] = FORMAT
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)] = VERSION
    name: BundleName
    title: Title | UnsetType = UNSET
    question: Question | UnsetType = UNSET
    inputs: Annotated[dict[Name, AnyInput], Meta(min_length=1, max_length=MAX_BORDER)]
    values: Annotated[dict[Name, Tensor], Meta(min_length=1, max_length=MAX_NAMED)]
    outputs: Annotated[dict[Name, AnyOutput], Meta(min_length=1, max_length=MAX_BORDER)]
    parts: Annotated[dict[Name, Part], Meta(min_length=1, max_length=MAX_NAMED)]
    tables: Annotated[dict[Name, Table], Meta(max_length=MAX_BORDER)] = {}
    parameters: Annotated[dict[Name, Parameter], Meta(max_length=MAX_NAMED)] = {}
    programs: Annotated[
        dict[Name, Annotated[tuple[AnyStep, ...], Meta(min_length=1)]], Meta(min_length=1, max_length=MAX_BORDER)
    ]
    operating_points: Annotated[tuple[OperatingPoint, ...], Meta(min_length=1, max_length=MAX_NAMED)]
    sorted_by: Name = "macs"
    default_operating_point: Name
    goldens: Goldens | None = None
    samples: Samples | UnsetType = UNSET
    provenance: dict[str, Any] = {}


_decoder = msgspec.json.Decoder(Manifest)


def decode(data: bytes | str) -> Manifest:
    """Reads a manifest and checks its form; `check.check_manifest` checks its consistency.

    Args:
        data: the bytes of `manifest.json`.

    Returns:
        A `Manifest`.

    Raises:
        BundleError: not JSON, another format, a newer version, or a field that is missing, unknown or out of range.
    """
    try:
        data = data.encode() if isinstance(data, str) else data
        tree = read_json(data)
        if isinstance(tree, dict):
            _check_header(tree)
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _located(str(error), tree) from None
    except BundleError:
        raise
    except (msgspec.MsgspecError, ValueError) as error:
        raise BundleError(f"expected a JSON object that is not nested too deep, but reading failed: {error}") from None


def _check_header(tree):
    """Refuses another format or a newer version first, for a newer manifest may have fields that are unknown here."""
    form, version = tree.get("format"), tree.get("version")
    if form != FORMAT:
        raise BundleError(f'expected "{FORMAT}", received {form!r}', field="format")
    if type(version) is not int or version < 1:
        raise BundleError(f"expected a whole number from 1, received {version!r}", field="version")
    if version != VERSION:
        advice = "convert the model again" if version < VERSION else "update the runtime or convert the model again"
        raise BundleError(f"expected version {VERSION}, received {version}: {advice}", field="version")


def _located(message, tree):
    """Splits msgspec's "problem - at `$.field`", or "at `key` in `$.field`", into the two halves of a BundleError."""
    match = re.fullmatch(r"(.*?)(?: - at (?:`key` in )?`\$\.?(.*)`)?", message, re.DOTALL)
    problem = re.sub(r"^(Expected `[^`]+`), got (`[^`]+`)$", r"\1, received \2", match.group(1))
    field = match.group(2) or ""
    if named := re.match(r"(\w+)\[\.\.\.\]", field):
        field = f"{named[1]}.{_wrong_name(tree, named[1])}{field[named.end() :]}"
    return BundleError(problem[:1].lower() + problem[1:], field=field)


def _wrong_name(tree, key):
    """The first name in the object `key` whose entry has the wrong form, which msgspec leaves out of its message."""
    form = get_type_hints(Manifest, include_extras=True)[key]
    for name, entry in tree[key].items():
        try:
            msgspec.convert({name: entry}, form)
        except msgspec.ValidationError:
            return name
    return "[...]"


def encode(manifest: Manifest) -> bytes:
    """Writes a manifest as indented JSON bytes with a final newline; `decode` reads them back to an equal manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def schema_json() -> bytes:
    """Returns the JSON schema of a manifest."""
    schema = msgspec.json.schema(Manifest)
    # The structs have defaults, for manifests that are made; those that are read have to say what they are.
    schema["$defs"]["Manifest"]["required"][:0] = ["format", "version"]
    kept = schema["$defs"]["Keep"]["properties"]["outputs"]
    kept["propertyNames"] = {"enum": sorted(get_args(KeptValue))}  # msgspec leaves the names of fields out
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=1) + b"\n"


def write_schema(path: str | Path) -> None:
    """Writes the JSON schema (`docs/bundle.schema.json`) to `path`."""
    Path(path).write_bytes(schema_json())
