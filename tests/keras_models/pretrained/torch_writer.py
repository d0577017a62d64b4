"""Files as torch.save writes them, and as it did before version 1.6, made without torch."""

import collections
import io
import pickle
import struct
import sys
import types
import zipfile
from dataclasses import dataclass
from unittest import mock

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
SIZES = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
CODES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


@dataclass
class Tensor:
    """A view of a storage: what stands for it in a pickle."""

    key: object
    kind: str
    length: object
    offset: object
    shape: object
    strides: object

    def __reduce__(self):
        torch = sys.modules["torch"]
        storage = types.SimpleNamespace(pid=("storage", getattr(torch, self.kind), self.key, "cpu", self.length, None))
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())


class _Pickler(pickle.Pickler):
    def persistent_id(self, found):
        return getattr(found, "pid", None) if isinstance(found, types.SimpleNamespace) else None


def _named(module, name):
    return type(name, (), {"__module__": module, "__qualname__": name})


def pickled(found, protocol=2) -> bytes:
    """A pickle, for which torch's names are there."""
    modules = {"torch": types.ModuleType("torch"), "torch._utils": types.ModuleType("torch._utils")}
    for kind in (*CODES, "CharStorage"):
        setattr(modules["torch"], kind, _named("torch", kind))
    modules["torch._utils"]._rebuild_tensor_v2 = _named("torch._utils", "_rebuild_tensor_v2")
    stream = io.BytesIO()
    with mock.patch.dict(sys.modules, modules):
        _Pickler(stream, protocol).dump(found)
    return stream.getvalue()


def written(tensors, storages, head=(MAGIC, 1001, SIZES), end=b"") -> bytes:
    """A file. tensors: name -> `Tensor`, or a pickle; storages: key -> array."""
    body = tensors if isinstance(tensors, bytes) else pickled(collections.OrderedDict(tensors))
    numbers = [struct.pack("<q", len(array)) + np.asarray(array).tobytes() for array in storages.values()]
    return b"".join([*map(pickled, head), body, pickled(list(storages)), *numbers, end])


def zipped(tensors, storages, compression=zipfile.ZIP_STORED, **entries) -> bytes:
    """A file as since version 1.6. entries: name -> content, in the place of what it would be; None leaves it out."""
    body = tensors if isinstance(tensors, bytes) else pickled(collections.OrderedDict(tensors))
    found = {"data.pkl": body, "byteorder": b"little", "version": b"3\n"}
    found |= {f"data/{key}": np.asarray(array).tobytes() for key, array in storages.items()} | entries
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in found.items():
            if content is not None:
                archive.writestr(f"net/{name}", content)
    return stream.getvalue()
