"""Compares the parts of a manifest with what their files hold, before anything opens them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import BundleError
from . import manifest as m
from .part_check import FileTensor, Signature, read_signatures
from .part_tables import Damaged


def check_part_files(manifest: m.Manifest, read: Callable[[str], bytes]) -> None:
    """Checks every part's file, and that its tensors are those of the manifest.

    Args:
        manifest: a checked manifest.
        read: returns the bytes of a file that the manifest names.

    Raises:
        BundleError: a file is no part, or a part that the manifest does not describe.
    """
    signatures = {}
    for name, part in manifest.parts.items():
        if part.file is None:
            continue
        if part.file not in signatures:
            signatures[part.file] = _signatures(read(part.file), part.file, f"parts.{name}.file")
        _compare(name, part, signatures[part.file])


def _signatures(content, file, field):
    try:
        return read_signatures(content)
    except Damaged as error:
        raise BundleError(str(error), file=file, field=field) from None


def _compare(name: str, part: m.Part, signatures: dict[str, Signature]) -> None:
    if part.signature not in signatures:
        problem = f"expected the signature {part.signature!r}, received {sorted(signatures)}"
        raise BundleError(problem, file=part.file, field=f"parts.{name}.signature")
    for side in ("inputs", "outputs"):
        expected, received = getattr(part, side), getattr(signatures[part.signature], side)
        field = f"parts.{name}.{side}"
        if set(expected) != set(received):
            problem = f"expected the {side} {sorted(expected)}, received {sorted(received)} in the model"
            raise BundleError(problem, file=part.file, field=field)
        for key, tensor in expected.items():
            _compare_tensor(tensor, received[key], part.file, f"{field}.{key}")


def _compare_tensor(tensor: m.Tensor, received: FileTensor, file: str, field: str) -> None:
    """Compares shape, type, scale and zero point; scales as float32, which is how TFLite stores them."""
    pairs = [("shape", list(tensor.shape), list(received.shape)), ("type", tensor.type, received.type)]
    if tensor.scale is not None:
        pairs.append(("scale", [float(np.float32(tensor.scale))], list(received.scales)))
        pairs.append(("zero point", [tensor.zero_point], list(received.zero_points)))
    for what, expected, found in pairs:
        if expected != found:
            problem = f"expected the {what} {expected} of the manifest, received {found} in the model"
            raise BundleError(problem, file=file, field=field)
