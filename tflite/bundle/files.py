"""Reads and writes bundles: a folder or a .zip with a manifest, its parts and its goldens.

Path, size and SHA-256 of every file that the manifest names are checked before it is used. A loaded bundle is immutable
and may be shared by any number of threads and chains. Interpreters map the files of a folder from disk (the system
keeps one copy); the files of a .zip are held in memory once. A folder must not change while a bundle of it is in use,
because its files are checked only when it is loaded.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BundleError
from . import manifest as m
from .check import check_manifest, manifest_files
from .golden_check import check_golden_files
from .json_text import MAX_BYTES
from .part_files import check_part_files
from .places import whole
from .replacing import recover
from .zip_files import ZipError, read_directory, unpack

MANIFEST = "manifest.json"
MAX_ZIP_BYTES = 1 << 30  # of all files of a .zip that a manifest names: they are held in memory
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that has passed all checks that do not need TensorFlow Lite.

    Attributes:
        path: the folder or .zip.
        manifest: its `Manifest`.
        sha256: of the bytes of its `manifest.json`, which names all other files with theirs; empty where it has none.
    """

    path: Path
    manifest: m.Manifest
    _contents: dict | None = field(repr=False, default=None)
    sha256: str = ""

    @classmethod
    def load(cls, path: str | os.PathLike) -> Bundle:
        """Loads and checks a bundle; nothing in it is run.

        Args:
            path: a folder, or a .zip of one.

        Returns:
            A `Bundle`.

        Raises:
            BundleError: it is missing, damaged, tampered with, too new or inconsistent.
        """
        path = _existing(path)
        try:
            if path.is_dir():
                manifest, digest = _checked(_Folder(path))
                bundle = cls(path, manifest, sha256=digest)
            else:
                with _open_regular(path) as stream:
                    source = _Zip(path, stream)
                    manifest, digest = _checked(source)
                    bundle = cls(path, manifest, source.contents, digest)
            check_part_files(bundle.manifest, bundle.read)
            check_golden_files(bundle.manifest, bundle.read)
            return bundle
        except BundleError as error:
            error.bundle = str(path if path.name not in ("", "..") else path.absolute())
            raise
        except OSError as error:
            raise BundleError(f"expected a readable bundle, but {error}", file=path) from None
        except MemoryError:
            problem = "expected a bundle that fits into memory, received one that does not"
            raise BundleError(problem, file=path) from None

    def model(self, file: str) -> dict:
        """Returns the arguments that make an interpreter read a part's file: a path, or bytes.

        Bytes are for a .zip, and for a path that is not UTF-8, which an interpreter does not take.
        """
        path = str(self.path / file)
        if self._contents is None and path == path.encode("utf-8", "replace").decode():
            return {"model_path": path}
        return {"model_content": self.read(file)}

    def read(self, file: str) -> bytes:
        """Reads a file that the manifest names.

        Raises:
            BundleError: it is no longer there.
        """
        if self._contents is not None:
            return self._contents[file]
        try:
            return (self.path / file).read_bytes()
        except OSError as error:
            raise BundleError(f"expected a readable file, but {error}", file=file) from None


def _existing(path):
    """The path of something that is there, and is a folder or a regular file."""
    try:
        path = Path(path)
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        if isinstance(path, Path) and recover(path):
            return _existing(path)
        raise BundleError("expected a bundle (a folder or a .zip), received nothing there", file=path) from None
    except (OSError, TypeError, ValueError) as error:
        problem = f"expected a path of a bundle (a folder or a .zip), but {error}"
        raise BundleError(problem, file=str(path)) from None
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        problem = "expected a bundle (a folder or a .zip), received something that is neither"
        raise BundleError(problem, file=path)
    return path


def _checked(source):
    """The manifest of a bundle and the digest of its text, after every check of its files."""
    text = source.read(MANIFEST, None, MAX_BYTES, "")
    manifest = m.decode(text)
    check_manifest(manifest)
    files = {}
    for where, file, sha256, size in manifest_files(manifest):
        files.setdefault(file, (where, file, sha256, size))
    source.check_total(sum(size for _, _, _, size in files.values()))
    for where, file, sha256, size in files.values():
        source.check(file, sha256, size, where)
    return manifest, hashlib.sha256(text).hexdigest()


def _open_regular(path):
    """Opens a file to read; a pipe or a device in its place neither blocks nor is read."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is no regular file")
    return os.fdopen(descriptor, "rb")


def file_entry(folder: str | os.PathLike, file: str) -> m.File:
    """Describes a file for a manifest.

    Args:
        folder: the bundle's folder.
        file: path relative to it, with forward slashes.

    Returns:
        A `File` with its SHA-256 and size.
    """
    data = (Path(folder) / file).read_bytes()
    return m.File(file=file, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


def write_manifest(folder: str | os.PathLike, manifest: m.Manifest) -> Path:
    """Checks a manifest and the files that it names, then writes `manifest.json` atomically.

    Args:
        folder: the bundle's folder, with parts and goldens in place.
        manifest: what to write.

    Returns:
        The path of the file written.

    Raises:
        BundleError: the manifest would be refused by `Bundle.load`; nothing is written.
    """
    folder = Path(folder)
    data = m.encode(manifest)
    manifest = m.decode(data)
    check_manifest(manifest)
    source = _Folder(folder)
    for where, file, sha256, size in manifest_files(manifest):
        source.check(file, sha256, size, where)
    check_part_files(manifest, lambda file: (folder / file).read_bytes())
    check_golden_files(manifest, lambda file: (folder / file).read_bytes())
    with whole(folder / MANIFEST) as stream:
        stream.write(data)
    return folder / MANIFEST


def _check_digest(file, where, expected, received):
    if expected != received:
        raise BundleError(
            f"expected the SHA-256 {expected[:12]}..., received {received[:12]}...: the file was changed",
            file=file, field=where,
        )  # fmt: skip


def _check_size(file, where, expected, most, received):
    if expected is not None and expected != received:
        raise BundleError(f"expected {expected} bytes, received {received}: is it truncated?", file=file, field=where)
    if received > most:
        raise BundleError(f"expected at most {most} bytes, received {received}", file=file, field=where)


class _Folder:
    """The files of a bundle that is a folder."""

    def __init__(self, path):
        self._root = path.resolve()

    def check_total(self, size):
        """Any size will do: the files are mapped from disk."""

    def read(self, file, size, most, where):
        """Reads a file of `size` bytes, or of any size up to `most` if `size` is None."""
        with self._open(file, size, most, where) as stream:
            return stream.read(most)

    def check(self, file, sha256, size, where):
        """Checks size and digest without holding the file in memory."""
        digest = hashlib.sha256()
        with self._open(file, size, size, where) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        _check_digest(file, where, sha256, digest.hexdigest())

    def _open(self, file, size, most, where):
        try:
            path = (self._root / file).resolve()
            if not path.is_relative_to(self._root):
                problem = f"expected a file inside the bundle, received a link to {path}"
                raise BundleError(problem, file=file, field=where)
            if not path.is_file():
                raise BundleError("expected a file, received none there", file=file, field=where)
            received = path.stat().st_size
            _check_size(file, where, size, most, received)
            return _open_regular(path)
        except (OSError, ValueError, RuntimeError) as error:
            if isinstance(error, BundleError):
                raise
            raise BundleError(f"expected a readable file, but {error}", file=file, field=where) from None


class _Zip:
    """The files of a bundle that is a .zip: at its root, or all in one folder.

    Attributes:
        contents: name -> bytes of every file that has been checked.
    """

    def __init__(self, path, stream):
        self._path, self._stream, self.contents = path, stream, {}
        try:
            self._entries = read_directory(stream)
        except ZipError as error:
            raise BundleError(f"expected a folder or a .zip, but reading failed: {error}", file=path) from None

    def check_total(self, size):
        """Bounds what is held in memory."""
        if size > MAX_ZIP_BYTES:
            problem = f"expected at most {MAX_ZIP_BYTES} bytes of files in a .zip, received {size}"
            raise BundleError(problem, file=self._path)

    def read(self, file, size, most, where):
        """Reads a file of `size` bytes, or of any size up to `most` if `size` is None."""
        entry = self._entries.get(file)
        if entry is None:
            problem = "expected a file, received none of this name in the .zip"
            raise BundleError(problem, file=file, field=where)
        _check_size(file, where, size, most, entry.size)
        try:
            return unpack(self._stream, entry)
        except (OSError, ZipError) as error:
            raise BundleError(f"expected a readable file, but {error}", file=file, field=where) from None

    def check(self, file, sha256, size, where):
        """Checks size and digest, and keeps the bytes."""
        data = self.read(file, size, size, where)
        _check_digest(file, where, sha256, hashlib.sha256(data).hexdigest())
        self.contents[file] = data
