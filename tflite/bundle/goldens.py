"""A bundle's self-test: a few images with the expected path and answer, which every runtime must reproduce."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from ..errors import BundleError, ChainError
from . import manifest as m
from .files import file_entry
from .json_text import read_json

INDEX, IMAGES = "golden/index.json", "golden/images.bin"
TOLERANCE = 1e-3
ROUNDED = ("int8", "dynamic")  # what provenance calls `quantize` where kernels round to 8 bits
NEIGHBOURS = 16
MAX_GOLDENS = 10_000  # images, and cases
MAX_PIXELS = 1 << 26  # elements of all images


class GoldenImage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pixels in `golden/images.bin`: `offset` in bytes, little-endian, rows first."""

    shape: Annotated[tuple[m.Dimension, ...], msgspec.Meta(min_length=2, max_length=3)]
    type: Literal["uint8", "float32"]
    offset: m.Count


class GoldenCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a run of image number `image` at `operating_point` without a budget must give.

    Attributes:
        tolerance: largest accepted difference of the answer's numbers and of the probabilities; None is 0 for an 8-bit
            answer and TOLERANCE for everything else.
    """

    image: m.Count
    operating_point: str
    label: m.Count
    path: tuple[str, ...]
    exit: str
    reason: str
    answer: tuple[float, ...]
    probabilities: tuple[float, ...]
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1e30)] | None = None


class GoldenIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `golden/index.json` holds."""

    images: Annotated[tuple[GoldenImage, ...], msgspec.Meta(max_length=MAX_GOLDENS)]
    cases: Annotated[tuple[GoldenCase, ...], msgspec.Meta(max_length=MAX_GOLDENS)]


def write_goldens(
    chain: Any,
    folder: str | PathLike,
    images: Sequence[np.ndarray],
    operating_points: Sequence[str] | None = None,
) -> m.Goldens:
    """Runs images and writes the results as the bundle's goldens.

    Kernels of different builds round alike nearly everywhere: a mean within 1e-4 of the middle between two codes may
    fall to either side. So a chain that rounds to 8 bits (its provenance says so) also runs `NEIGHBOURS` copies of each
    image with one grey level changed at one pixel, which changes more roundings than that. A case's tolerance is twice
    the largest change of its numbers. A case whose label, path, exit or reason changes is left out, unless its
    operating point has no other.

    Args:
        chain: a `Chain` on the bundle as it will be shipped, except for its goldens.
        folder: the bundle's folder.
        images: uint8 or float32 images.
        operating_points: names; None is all of them.

    Returns:
        The `Goldens` to put in the manifest.
    """
    names = operating_points or [point.name for point in chain.manifest.operating_points]
    arrays = [np.ascontiguousarray(image) for image in images]
    count = NEIGHBOURS if chain.manifest.provenance.get("quantize") in ROUNDED else 0
    entries, cases, offset = [], [], 0
    for number, array in enumerate(arrays):
        entries.append(GoldenImage(shape=array.shape, type=array.dtype.name, offset=offset))
        offset += array.nbytes
        near = _neighbours(array, count)
        cases += [(_case(chain, array, number, name), [_case(chain, x, number, name) for x in near]) for name in names]
    folder = Path(folder)
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    (folder / IMAGES).write_bytes(b"".join(_little_endian(array).tobytes() for array in arrays))
    index = msgspec.json.encode(GoldenIndex(images=tuple(entries), cases=tuple(_steady(cases))))
    (folder / INDEX).write_bytes(msgspec.json.format(index, indent=1) + b"\n")
    return m.Goldens(index=file_entry(folder, INDEX), images=file_entry(folder, IMAGES))


def _case(chain, image, number, operating_point):
    result = chain.run(image, operating_point=operating_point)
    return GoldenCase(
        image=number,
        operating_point=result.operating_point,
        label=result.label,
        path=result.path,
        exit=result.exit,
        reason=result.reason,
        answer=tuple(result.answer.tolist()),
        probabilities=tuple(result.probabilities.tolist()),
    )


def _neighbours(image, count):
    """`count` copies of a uint8 image, each with one grey level changed somewhere; none of a float one."""
    random, copies = np.random.default_rng(0), []
    for place in random.integers(image.size, size=count if image.dtype == np.uint8 else 0):
        copy = image.copy()
        copy.flat[place] = copy.flat[place] + 1 if copy.flat[place] < 255 else 254
        copies.append(copy)
    return copies


def _steady(cases):
    """Selects the cases whose decisions do not change among their neighbours, and sets their tolerances.

    Args:
        cases: pairs (case, cases of its neighbours).
    """

    def decided(case):
        return case.label, case.path, case.exit, case.reason

    sure = [all(decided(near) == decided(case) for near in others) for case, others in cases]
    with_sure = {case.operating_point for (case, _), steady in zip(cases, sure, strict=True) if steady}
    for (case, others), steady in zip(cases, sure, strict=True):
        if steady or case.operating_point not in with_sure:
            moved = [_moved(case, near) for near in others if decided(near) == decided(case)]
            yield msgspec.structs.replace(case, tolerance=max(TOLERANCE, 2 * max(moved))) if moved else case


def _moved(case, near):
    """Largest difference between two cases' answers and probabilities."""
    pairs = ((case.answer, near.answer), (case.probabilities, near.probabilities))
    return max(float(np.abs(np.subtract(*pair)).max()) for pair in pairs)


def _little_endian(array):
    return array.astype(array.dtype.newbyteorder("<"))


def check_goldens(chain: Any) -> list[str]:
    """Runs every golden of a chain's bundle.

    Args:
        chain: a `Chain`.

    Returns:
        A sentence for each mismatch; an empty list if all agree.

    Raises:
        BundleError: the bundle has no goldens, or they cannot be read.
    """
    entry = chain.manifest.goldens
    if entry is None:
        raise BundleError("expected goldens, received null", field="goldens")
    index = read_index(chain.bundle.read(entry.index.file), entry.index.file)
    images = read_images(index, chain.bundle.read(entry.images.file), entry)
    problems = []
    for number, case in enumerate(index.cases):
        if case.image >= len(images):
            problem = f"expected an image below {len(images)}, received {case.image}"
            raise BundleError(problem, file=entry.index.file, field=f"cases[{number}].image")
        try:
            result, type_ = chain.run_typed(images[case.image], case.operating_point)
        except ChainError as error:
            raise BundleError(str(error), file=entry.index.file, field=f"cases[{number}]") from None
        problems += [f"golden {number}: {problem}" for problem in _differences(case, result, type_)]
    return problems


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


def read_images(index: GoldenIndex, data: bytes, entry: m.Goldens) -> list[np.ndarray]:
    """Reads the images in the bytes of `golden/images.bin`.

    Args:
        index: says where each image is.
        data: the bytes.
        entry: the manifest's entry, for the error.

    Raises:
        BundleError: an image reaches beyond the end.
    """
    pixels = sum(math.prod(image.shape) for image in index.images)
    if pixels > MAX_PIXELS:
        problem = f"expected images of at most {MAX_PIXELS} elements together, received {pixels}"
        raise BundleError(problem, file=entry.index.file, field="images")
    images = []
    for number, image in enumerate(index.images):
        dtype = np.dtype(image.type).newbyteorder("<")
        count = math.prod(image.shape)
        if image.offset + count * dtype.itemsize > len(data):
            problem = f"expected an image inside the {len(data)} bytes of {entry.images.file}, received one behind them"
            raise BundleError(problem, file=entry.index.file, field=f"images[{number}].offset")
        flat = np.frombuffer(data, dtype, count, image.offset)
        images.append(flat.reshape(image.shape).astype(image.type))
    return images


def _differences(case, result, type_):
    """Yields a sentence for each difference between a result and what its case expects."""
    for key in ("label", "path", "exit", "reason"):
        expected, received = getattr(case, key), getattr(result, key)
        if expected != received:
            yield f"expected the {key} {expected!r}, received {received!r}"
    usual = {"answer": 0.0 if type_ in ("int8", "uint8") else TOLERANCE, "probabilities": TOLERANCE}
    for key, tolerance in usual.items():
        tolerance = tolerance if case.tolerance is None else case.tolerance
        with np.errstate(over="ignore"):  # beyond float32 is infinite
            expected, received = np.array(getattr(case, key)).astype(np.float32), getattr(result, key)
        if expected.shape != received.shape:
            yield f"expected {expected.size} numbers in {key}, received {received.size}"
        elif not (np.abs(expected - received) <= tolerance).all():
            worst = float(np.abs(expected - received).max())
            yield f"expected {key} within {tolerance:g}, received {worst:g} off"
