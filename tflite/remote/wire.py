"""The protocol between a device and the server half (docs/server.md): paths, headers, and tensors as raw bytes.

Both sides have the bundle's manifest, and say so by its SHA-256. So a body is nothing but the numbers of a part's
tensors, in the manifest's order, row by row and little-endian; headers repeat types and shapes, and have a digest.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from urllib.parse import quote

import numpy as np

from ..bundle.manifest import Tensor
from ..errors import RemoteError
from ..program.values import DTYPES

CONTENT_TYPE = "application/octet-stream"
TENSORS = "Frugal-Tensors"  # types and shapes of the body
PART = "Frugal-Part"  # the part that answers
REQUEST = "X-Request-Id"  # whatever a request has, its answer has too
DIGEST = "Content-Digest"  # RFC 9530


def path(bundle: str, sha256: str, part: str) -> str:
    """Where a part is asked: `/v1/BUNDLE/SHA-256 of its manifest.json/PART`."""
    return f"/v1/{segment(bundle)}/{sha256}/{segment(part)}"


def segment(name: str) -> str:
    """A name as a path or a header has it: what is beside letters, digits, `-`, `.`, `_` and `~` as `%XX` of UTF-8."""
    return quote(name.encode("utf-8", "surrogatepass"), safe="")


def described(tensors: Mapping[str, Tensor]) -> str:
    """Types and shapes of tensors, as a header has them: `seen=float32[1,8,8,2], sure=int8[1,1]`."""
    shapes = ((name, tensor.type, ",".join(map(str, tensor.shape))) for name, tensor in tensors.items())
    return ", ".join(f"{segment(name)}={kind}[{shape}]" for name, kind, shape in shapes)


def digest(body: bytes) -> str:
    """The digest of a body, as its header has it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def size(tensors: Mapping[str, Tensor]) -> int:
    """Bytes of a body."""
    return sum(math.prod(tensor.shape) * np.dtype(DTYPES[tensor.type]).itemsize for tensor in tensors.values())


def pack(arrays: Mapping[str, np.ndarray], tensors: Mapping[str, Tensor]) -> bytes:
    """The body that holds arrays, each of which has the type and shape of its tensor.

    Raises:
        RemoteError: one has not.
    """
    parts = []
    for name, tensor in tensors.items():
        array = arrays.get(name)
        if not isinstance(array, np.ndarray) or array.dtype != DTYPES[tensor.type] or array.shape != tensor.shape:
            received = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
            raise RemoteError(f"{name}: expected {tensor.type} {list(tensor.shape)}, received {received}")
        parts.append(array.astype(_little(tensor), copy=False).tobytes())
    return b"".join(parts)


def unpack(body: bytes, tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """The arrays that a body holds: views of it.

    Raises:
        RemoteError: it has not as many bytes as the tensors.
    """
    if len(body) != size(tensors):
        raise RemoteError(f"expected {size(tensors)} bytes for {described(tensors)}, received {len(body)}")
    arrays, start = {}, 0
    for name, tensor in tensors.items():
        count = math.prod(tensor.shape)
        array = np.frombuffer(body, _little(tensor), count, start)
        arrays[name] = array.astype(DTYPES[tensor.type], copy=False).reshape(tensor.shape)
        start += array.nbytes
    return arrays


def _little(tensor):
    return np.dtype(DTYPES[tensor.type]).newbyteorder("<")
