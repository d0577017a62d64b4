"""Tensors in a file of torch.save, such as a model's state_dict, read without torch.

Since version 1.6 such a file is a zip, without compression: NAME/data.pkl has the tensors as views of storages,
NAME/data/KEY the numbers of each. Before it was five pickles, then the numbers: a magic number, the version of the
format, the machine's sizes, the tensors, the keys of the storages; then for every key how many numbers, and these. A
pickle may name any function and call it, so these are read only if they consist of what torch writes, and the two names
that stand for a tensor and a dictionary get stand-ins made here: nothing of the file is executed.
"""

from __future__ import annotations

import collections
import io
import itertools
import math
import pickle
import pickletools
import struct
import warnings
import zipfile
from dataclasses import dataclass

import numpy as np

_MAGIC, _VERSION = 0x1950A86A20F9469CFC6C, 1001
_KINDS = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}
_OPERATIONS = frozenset(
    "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINUNICODE EMPTY_DICT EMPTY_LIST EMPTY_TUPLE "
    "APPEND APPENDS SETITEM SETITEMS TUPLE TUPLE1 TUPLE2 TUPLE3 BINPUT LONG_BINPUT BINGET LONG_BINGET GLOBAL REDUCE "
    "BUILD BINPERSID".split()
)
# What readers of pickles and zips raise where they find something else.
_DAMAGE = (ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, OverflowError)
_DAMAGE += (pickle.UnpicklingError, zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error)
_MOST_SIDES = 8  # dimensions of a tensor
_MOST_OPERATIONS = 20_000  # of a pickle, EfficientNet-Lite0's has 10,696: Python hashes nested tuples by recursion in C


@dataclass(frozen=True)
class _View:
    """A tensor as a file describes it: a storage's key, kind and length, and which of its numbers it has."""

    key: str
    kind: str
    length: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """Its numbers, in a new array. numbers: of the storage."""
        steps = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, steps, writeable=False).copy()


def read(content: bytes) -> dict[str, np.ndarray]:
    """All tensors of a file by name, whatever their strides are.

    content: of the file.

    Raises:
        ValueError: it holds, or asks for, anything else; the sentence says what.
    """
    try:
        views, storages = (_of_zip if content.startswith(b"PK") else _of_pickles)(content)
        # Each is a copy, and there may be many of one storage.
        if sum(math.prod(view.shape) * _KINDS[view.kind].itemsize for view in views.values()) > len(content):
            raise ValueError("tensors larger than it is itself")
        return {name: view.of(storages[view.key]) for name, view in views.items()}
    except _DAMAGE as error:
        reason = str(error)[:200] or type(error).__name__
    raise ValueError(f"expected a file of tensors as torch.save writes them, received one with {reason}")


def _of_pickles(content: bytes) -> tuple[dict, dict]:
    """The tensors and the storages of a file as it was before version 1.6."""
    stream = io.BytesIO(content)
    head = [_unpickled(stream) for _ in range(3)]
    if head[:2] != [_MAGIC, _VERSION] or type(head[2]) is not dict or head[2].get("little_endian") is not True:
        raise ValueError("another beginning")
    views, keys = _views(_unpickled(stream)), _unpickled(stream)
    return views, _storages(stream, keys, views)


def _of_zip(content: bytes) -> tuple[dict, dict]:
    """The tensors and the storages of a file as it is since then."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("a compressed entry")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("entries larger than it is itself")
        names = [entry.filename for entry in entries]
        roots = [name.removesuffix("data.pkl") for name in names if name.endswith("/data.pkl")]
        if len(roots) != 1 or len(set(names)) != len(names):
            raise ValueError("no data.pkl, or entries of one name")
        (root,) = roots
        if f"{root}byteorder" in names and archive.read(f"{root}byteorder") != b"little":
            raise ValueError("numbers of another byte order")
        stream = io.BytesIO(archive.read(f"{root}data.pkl"))
        views = _views(_unpickled(stream))
        if stream.read(1):
            raise ValueError("bytes behind its pickle")
        known = _known(views)
        bodies = {key: archive.read(f"{root}data/{key}") for key in known}
    return views, {key: _numbers(bodies[key], key, *known[key]) for key in known}


def _unpickled(stream: io.BytesIO):
    """The next pickle of a stream, of allowed operations alone."""
    start = stream.tell()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of names with backslashes
        operations = list(itertools.islice(pickletools.genops(stream), _MOST_OPERATIONS))
    if operations[-1][0].name != "STOP":
        raise ValueError(f"a pickle of more than {_MOST_OPERATIONS} operations")
    for operation, argument, _ in operations:
        if operation.name not in _OPERATIONS:
            raise ValueError(f"the operation {operation.name} in a pickle")
        # The unpickler makes room for as many as the number says.
        if operation.name == "LONG_BINPUT" and argument > _MOST_OPERATIONS:
            raise ValueError(f"a memo of {argument} in a pickle")
    stream.seek(start)
    return _Restricted(stream).load()


class _Restricted(pickle.Unpickler):
    """Makes views of storages and dictionaries, and nothing else."""

    def find_class(self, module, name):
        """The stand-in for what a pickle names."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            # A new one each time: a pickle may set attributes of what it gets.
            return lambda storage, offset, size, stride, *_: _view(storage, offset, size, stride)
        if module == "torch" and name in _KINDS:
            return name
        raise ValueError(f"the name {module}.{name} in a pickle")

    def persistent_load(self, pid):
        """What names a storage, as it stands there."""
        return pid


def _view(storage, offset, shape, strides) -> _View:
    is_storage = type(storage) is tuple and len(storage) >= 5 and storage[0] == "storage"
    if not (is_storage and all(type(part) is str for part in storage[1:4]) and storage[1] in _KINDS):
        raise ValueError("a tensor of no storage")
    length, numbers = storage[4], (storage[4], offset, *shape, *strides)
    if not all(type(number) is int and 0 <= number < 1 << 40 for number in numbers):
        raise ValueError("a tensor of numbers that are no counts")
    if len(shape) != len(strides) or len(shape) > _MOST_SIDES:
        raise ValueError(f"a tensor of shape {tuple(shape)} and strides {tuple(strides)}")
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    # Strides of nothing would make of a few numbers any number of them.
    if 0 in shape or last >= length or math.prod(shape) > length:
        raise ValueError(f"a tensor that is not within its {length} numbers")
    return _View(storage[2], storage[1], length, offset, tuple(shape), tuple(strides))


def _views(found) -> dict[str, _View]:
    if type(found) is not collections.OrderedDict:
        raise ValueError("no dictionary of tensors")
    views = dict(dict.items(found))  # not what a pickle may have set as its items
    if not all(type(name) is str and type(view) is _View for name, view in views.items()):
        raise ValueError("values that are no tensors by name")
    return views


def _storages(stream: io.BytesIO, keys, views) -> dict[str, np.ndarray]:
    """The numbers of each storage, up to the end of the file."""
    known = _known(views)
    if type(keys) is not list or len(set(keys)) != len(keys) or set(keys) != set(known):
        raise ValueError("other storages than its tensors have")
    storages = {}
    for key in keys:
        kind, length = known[key]
        if stream.read(8) != struct.pack("<q", length):
            raise ValueError(f"a storage {key!r} of another length than {length}")
        storages[key] = _numbers(stream.read(length * _KINDS[kind].itemsize), key, kind, length)
    if stream.read(1):
        raise ValueError("bytes behind its end")
    return storages


def _known(views: dict[str, _View]) -> dict[str, tuple[str, int]]:
    """Key -> (kind, length) of the storages that tensors are views of."""
    known = {}
    for view in views.values():
        if known.setdefault(view.key, (view.kind, view.length)) != (view.kind, view.length):
            raise ValueError(f"the storage {view.key!r} described in two ways")
    return known


def _numbers(body: bytes, key: str, kind: str, length: int) -> np.ndarray:
    if len(body) != length * _KINDS[kind].itemsize:
        raise ValueError(f"a storage {key!r} of another length than {length}")
    return np.frombuffer(body, _KINDS[kind])
