"""Reads the .zip of a bundle, with the rules of docs/bundle.md: a central directory, and entries stored or deflated.

Libraries of zips differ in what they take and in what they overlook (names, duplicates, checksums, sizes that lie), and
both runtimes have to take the same archives. What an entry says of its size is never trusted: it is unpacked into as
many bytes as the manifest says, and one more is an error.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from typing import BinaryIO, NamedTuple

MAX_ENTRIES = 10_000
MAX_DIRECTORY = 8 << 20
STORED, DEFLATED = 0, 8

_END = struct.Struct("<4s4H2IH")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_DRIVE = re.compile("[A-Za-z]:")
_FILE_KINDS = (0, 0o100000, 0o040000)  # none said, a regular file, a folder


class ZipError(ValueError):
    """An archive, or an entry of one, that is refused: half a sentence, which says why."""


class Entry(NamedTuple):
    """An entry of the central directory that holds a file."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def read_directory(stream: BinaryIO) -> dict[str, Entry]:
    """Reads and checks the central directory.

    Args:
        stream: the archive, which can be sought in.

    Returns:
        Name -> entry of every file, without the folder that all of them may lie in, and without what macOS adds.

    Raises:
        ZipError: it is no archive, or one that is refused.
    """
    count, data = _central_directory(stream)
    files, seen, position = {}, set(), 0
    for _ in range(count):
        name, entry, position = _next_entry(data, position)
        if name in seen:
            raise ZipError(f"the name {name!r} stands twice")
        seen.add(name)
        if entry is not None and not _is_litter(name):
            files[name] = entry
    if position != len(data):
        raise ZipError("its directory holds more than its entries")
    return _without_top_folder(files)


def _central_directory(stream):
    """The number of entries, and the bytes that describe them."""
    length = stream.seek(0, os.SEEK_END)
    start = max(0, length - _END.size - 0xFFFF)
    stream.seek(start)
    tail = stream.read(length - start)
    place = len(tail) - _END.size
    while place >= 0:
        if tail.startswith(b"PK\5\6", place) and place + _END.size + _END.unpack_from(tail, place)[7] == len(tail):
            break
        place = tail.rfind(b"PK\5\6", 0, place + 3)
    if place < 0:
        raise ZipError("it has no end of a .zip")
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, place)
    if disk or first_disk or here != count or 0xFFFF == count or 0xFFFFFFFF in (size, offset):
        raise ZipError("it is in several pieces or a zip64")
    if count > MAX_ENTRIES or size > MAX_DIRECTORY:
        raise ZipError(f"it has more than {MAX_ENTRIES} entries or {MAX_DIRECTORY} bytes of them")
    if offset + size != start + place:
        raise ZipError("its directory does not end where it says")
    stream.seek(offset)
    return count, stream.read(size)


def _next_entry(data, position):
    """The name of an entry, the entry or None for a folder, and the position behind it."""
    if len(data) - position < _ENTRY.size or not data.startswith(b"PK\1\2", position):
        raise ZipError("its directory holds fewer entries than it says")
    fields = _ENTRY.unpack_from(data, position)
    _, _, _, flags, method, _, _, crc, packed, size, name_length, extra, comment, _, _, attributes, offset = fields
    first = position + _ENTRY.size
    end = first + name_length + extra + comment
    if end > len(data):
        raise ZipError("its directory holds fewer entries than it says")
    raw = data[first : first + name_length]
    name = _plain_name(raw)
    if flags & _ENCRYPTED:
        raise ZipError(f"{name!r} is encrypted")
    if method not in (STORED, DEFLATED):
        raise ZipError(f"{name!r} is packed by method {method}, which is neither stored (0) nor deflate (8)")
    if attributes >> 16 & 0o170000 not in _FILE_KINDS:
        raise ZipError(f"{name!r} is a link or another thing that is no file")
    if 0xFFFFFFFF in (packed, size, offset):
        raise ZipError(f"{name!r} is a zip64 entry")
    if not raw.endswith(b"/"):
        return name, Entry(raw, flags, method, crc, packed, size, offset), end
    if size:
        raise ZipError(f"{name!r} is a folder with a content")
    return name, None, end


def _plain_name(raw):
    """A name in UTF-8, without `./` before it and `/` behind it; one that leads anywhere else is refused."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        raise ZipError("a name is not UTF-8") from None
    plain = name
    while plain.startswith("./"):
        plain = plain[2:]
    plain = plain.removesuffix("/")
    leads_away = set(plain.split("/")) & {"", ".", ".."} or set(plain) & set("\\\0") or _DRIVE.match(plain)
    if leads_away and name != "./":
        raise ZipError(f"{name!r} is no relative path of plain names with forward slashes")
    return plain


def _is_litter(name):
    """Whether macOS added it: a folder of its own, the look of a folder, the other half of a file."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1] == ".DS_Store" or parts[-1].startswith("._")


def _without_top_folder(files):
    """The same files, named from the one folder that all lie in, if there is one and no manifest beside it."""
    tops = {name.split("/", 1)[0] for name in files}
    if "manifest.json" in files or len(tops) != 1:
        return files
    return {name.split("/", 1)[1]: entry for name, entry in files.items() if "/" in name}


def unpack(stream: BinaryIO, entry: Entry) -> bytes:
    """Reads the content of an entry, whose size has been checked against what is expected.

    Raises:
        ZipError: it is not what the directory says.
    """
    stream.seek(entry.offset)
    head = stream.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        raise ZipError("there is no entry where the directory says")
    _, _, flags, method, _, _, _, _, _, name_length, extra = _LOCAL.unpack(head)
    if stream.read(name_length) != entry.name or method != entry.method or (flags ^ entry.flags) & _ENCRYPTED:
        raise ZipError("the entry is another one than the directory says")
    stream.seek(extra, os.SEEK_CUR)
    if entry.packed > entry.size + (entry.size >> 3) + 1024:
        raise ZipError(f"the entry takes more room than {entry.size} bytes need")
    packed = stream.read(entry.packed)
    if len(packed) != entry.packed:
        raise ZipError("the entry is cut off")
    content = packed if entry.method == STORED else _inflate(packed, entry.size)
    if len(content) != entry.size:
        raise ZipError(f"the entry unpacks to another size than {entry.size} bytes")
    if zlib.crc32(content) != entry.crc:
        raise ZipError("the checksum (CRC-32) of the entry is another one")
    return content


def _inflate(packed, size):
    """At most `size` bytes; a stream that goes on, or ends before its data does, is refused."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(packed, size + 1)
    except zlib.error:
        raise ZipError("the entry is no deflate stream") from None
    if len(content) <= size and (not stream.eof or stream.unused_data):
        raise ZipError("the entry's deflate stream does not end where the entry does")
    return content
