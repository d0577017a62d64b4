"""A bundle's self-test: a few images with the path and the answer expected, which every runtime must reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from . import manifest as m
from .bundle import file_entry
from .errors import BundleError, ChainError
from .values import DTYPES

INDEX, IMAGES = "golden/index.json", "golden/images.bin"
TOLERANCE = 1e-3


class GoldenImage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pixels in `golden/images.bin`: `offset` in bytes, little-endian, rows first."""

    shape: m.Shape
    type: Literal["uint8", "float32"]
    offset: m.Count


class GoldenCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a run of image number `image` at `operating_point` must give, without a budget."""

    image: m.Count
    operating_point: str
    label: int
    path: tuple[str, ...]
    exit: str
    reason: str
    answer: tuple[float, ...]
    probabilities: tuple[float, ...]


class GoldenIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `golden/index.json` holds."""

    images: tuple[GoldenImage, ...]
    cases: tuple[GoldenCase, ...]


def write_goldens(chain, folder, images, operating_points=None):
    """Runs images and writes what came out as the bundle's goldens.

    Args:
        chain: a `Chain` on the bundle as it will be shipped, but for its goldens.
        folder: the bundle's folder.
        images: list of uint8 or float32 images.
        operating_points: names; None is all of them.

    Returns:
        The `Goldens` to put in the manifest.
    """
    names = operating_points or [point.name for point in chain.manifest.operating_points]
    arrays = [np.ascontiguousarray(image) for image in images]
    entries, cases, offset = [], [], 0
    for number, array in enumerate(arrays):
        entries.append(GoldenImage(shape=array.shape, type=array.dtype.name, offset=offset))
        offset += array.nbytes
        cases += [_case(chain.run(array, operating_point=name), number) for name in names]
    folder = Path(folder)
    (folder / "golden").mkdir(parents=True, exist_ok=True)
    (folder / IMAGES).write_bytes(b"".join(_little_endian(array).tobytes() for array in arrays))
    index = msgspec.json.encode(GoldenIndex(images=tuple(entries), cases=tuple(cases)))
    (folder / INDEX).write_bytes(msgspec.json.format(index, indent=1) + b"\n")
    return m.Goldens(index=file_entry(folder, INDEX), images=file_entry(folder, IMAGES))


def _case(result, number):
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


def _little_endian(array):
    return array.astype(array.dtype.newbyteorder("<"))


def check_goldens(chain):
    """Runs every golden of a chain's bundle.

    Returns:
        A list of sentences, one a mismatch; empty when all agree.

    Raises:
        BundleError: the bundle has no goldens, or they cannot be read.
    """
    entry = chain.manifest.goldens
    if entry is None:
        raise BundleError("expected goldens, got null", field="goldens")
    index = read_index(chain.bundle.read(entry.index.file), entry.index.file)
    images = read_images(index, chain.bundle.read(entry.images.file), entry)
    problems = []
    for number, case in enumerate(index.cases):
        if case.image >= len(images):
            problem = f"expected an image below {len(images)}, got {case.image}"
            raise BundleError(problem, file=entry.index.file, field=f"cases[{number}].image")
        try:
            result, type_ = chain.run_typed(images[case.image], case.operating_point)
        except ChainError as error:
            raise BundleError(str(error), file=entry.index.file, field=f"cases[{number}]") from None
        problems += [f"golden {number}: {problem}" for problem in _differences(case, result, type_)]
    return problems


def read_index(data, file=INDEX):
    """Reads `golden/index.json`.

    Raises:
        BundleError: it has another form.
    """
    try:
        return msgspec.json.decode(data, type=GoldenIndex)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BundleError(f"expected an index of goldens, but reading failed: {error}", file=file) from None


def read_images(index, data, entry):
    """Cuts the images out of the bytes of `golden/images.bin`.

    Returns:
        A list of arrays.

    Raises:
        BundleError: an image reaches behind the end.
    """
    images = []
    for number, image in enumerate(index.images):
        dtype = np.dtype(DTYPES[image.type]).newbyteorder("<")
        count = int(np.prod(image.shape, dtype=np.int64))
        if image.offset + count * dtype.itemsize > len(data):
            problem = f"expected an image inside the {len(data)} bytes of {entry.images.file}, got one behind them"
            raise BundleError(problem, file=entry.index.file, field=f"images[{number}].offset")
        flat = np.frombuffer(data, dtype, count, image.offset)
        images.append(flat.reshape(image.shape).astype(DTYPES[image.type]))
    return images


def _differences(case, result, type_):
    """Yields a sentence for everything in which a result is not what the case expects."""
    for key in ("label", "path", "exit", "reason"):
        expected, received = getattr(case, key), getattr(result, key)
        if expected != received:
            yield f"expected the {key} {expected!r}, got {received!r}"
    answer_tolerance = 0.0 if type_ in ("int8", "uint8") else TOLERANCE
    for key, tolerance in (("answer", answer_tolerance), ("probabilities", TOLERANCE)):
        expected, received = np.array(getattr(case, key), np.float32), getattr(result, key)
        if expected.shape != received.shape:
            yield f"expected {expected.size} numbers in {key}, got {received.size}"
        elif not (np.abs(expected - received) <= tolerance).all():
            worst = float(np.abs(expected - received).max())
            yield f"expected {key} within {tolerance:g}, got {worst:g} off"
