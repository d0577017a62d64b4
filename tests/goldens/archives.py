"""Archives of a bundle, as other systems and bad people make them: seeded, from bytes, with every field in reach."""

import struct
import zlib
from dataclasses import dataclass, replace

REGULAR, FOLDER, LINK, PIPE = 0o100644 << 16, 0o040755 << 16, 0o120777 << 16, 0o010644 << 16


@dataclass(frozen=True)
class Item:
    """An entry of an archive; what is None follows from the rest.

    Attributes:
        name: as it stands in the archive.
        content: what it unpacks to.
        method: 0 stored, 8 deflate; any other is written as stored.
        packed: the bytes in the archive.
        size, crc, flags, attributes: of the directory.
        local_name: of the header before the packed bytes.
        stated: packed size in the directory.
        offset: added to where the directory says it is.
    """

    name: bytes
    content: bytes
    method: int = 8
    packed: bytes | None = None
    size: int | None = None
    crc: int | None = None
    flags: int = 0
    attributes: int = 0
    local_name: bytes | None = None
    stated: int | None = None
    offset: int = 0


def deflated(content):
    """A deflate stream without a header."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


def archive(items, comment=b"", before=b"", between=b"", count=None, shift=0):
    """The bytes of an archive.

    Args:
        items: the entries.
        comment: behind everything.
        before: stands before everything, and the directory's offsets do not count it.
        between: stands between directory and end.
        count: the number of entries that the end states.
        shift: added to the place of the directory that the end states.
    """
    body, directory = b"", b""
    for item in items:
        packed = item.packed
        if packed is None:
            packed = deflated(item.content) if item.method == 8 else item.content
        size = len(item.content) if item.size is None else item.size
        crc = zlib.crc32(item.content) if item.crc is None else item.crc
        stated = len(packed) if item.stated is None else item.stated
        name = item.name if item.local_name is None else item.local_name
        place = len(body) + item.offset
        numbers = (item.flags, item.method, 0, 33, crc, stated, size)
        body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, *numbers, len(name), 0) + name + packed
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 0x314, 20, *numbers, len(item.name), 0, 0, 0, 0, item.attributes, place
        )
        directory += item.name
    number = len(items) if count is None else count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, number, number, len(directory), len(body) + shift, len(comment))
    return before + body + directory + between + end + comment


def items_of(folder, method=8, prefix=b""):
    """The files of a folder as entries."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Item(prefix + path.relative_to(folder).as_posix().encode(), path.read_bytes(), method, attributes=REGULAR)
        for path in files
    ]


LITTER = (
    Item(b"__MACOSX/._manifest.json", b"\0\5\x16\7"),
    Item(b"__MACOSX/bundle/parts/._first.tflite", b"\0\5\x16\7"),
    Item(b".DS_Store", b"\0\0\0\1Bud1"),
    Item(b"bundle/.DS_Store", b"\0\0\0\1Bud1"),
    Item(b"parts/._first.tflite", b"\0\5\x16\7"),
    Item(b"parts/", b"", 0, attributes=FOLDER),
    Item(b"bundle/", b"", 0, attributes=FOLDER),
    Item(b"./", b"", 0),
)
STRAY = (
    *(Item(name, b"x") for name in (b"/etc/x", b"../x", b"a/../x", b"a//b", b"a\\b", b"C:x", b"a\0b", b"", b"a/./b")),
    *(Item(name, b"x") for name in (b"\xff", "\u00e9".encode(), b"notes.txt", b"other/notes.txt", b"a:b", b"././x")),
    *(Item(b"stray", b"x", method) for method in (1, 9, 12, 14, 93, 95, 99)),
    *(Item(b"stray", b"x", attributes=kind) for kind in (LINK, PIPE, FOLDER, REGULAR)),
    *(Item(b"stray", b"x", flags=flags) for flags in (1, 1 << 3, 1 << 6, 1 << 11, 1 << 13)),
    Item(b"folder/", b"x"),
    Item(b"stray", b"x", size=0xFFFFFFFF),
    Item(b"stray", b"x", stated=0xFFFFFFFF),
    Item(b"manifest.json", b"{}"),
    Item(b"./manifest.json", b"{}"),
)


def _changes(item):
    """Ways to spoil one entry."""
    content, packed = item.content, deflated(item.content)
    bomb = deflated(content + bytes(1 << 20))
    return (
        replace(item, crc=1),
        replace(item, size=len(content) + 1),
        replace(item, size=max(0, len(content) - 1)),
        replace(item, packed=bomb, method=8),
        replace(item, packed=deflated(content[:-1]), method=8),
        replace(item, packed=packed + b"\0", method=8),
        replace(item, packed=packed[:-1], method=8),
        replace(item, packed=b"\7" + packed[1:], method=8),
        replace(item, packed=b"\0\0\0\xff\xff" * (len(content) // 4 + 300) + packed, method=8),
        replace(item, packed=content, method=8),
        replace(item, packed=packed, method=0),
        replace(item, packed=content, method=0, stated=max(0, len(content) - 1)),
        replace(item, local_name=b"another"),
        replace(item, offset=1),
        replace(item, offset=1 << 31),
        replace(item, stated=1 << 30),
        replace(item, name=b"./" + item.name),
        replace(item, name=item.name + b"/"),
        replace(item, name=item.name.upper()),
        replace(item, flags=1),
        replace(item, attributes=LINK),
        replace(item, method=12),
    )


def mutated_archive(rng, folder):
    """An archive of a folder with a few things done to it."""
    prefix = rng.choice([b"", b"", b"", b"./", b"bundle/", b"bundle/", b"./bundle/", b"a/b/"])
    items = items_of(folder, rng.choice([0, 8]), prefix)
    for _ in range(rng.choice([0, 1, 1, 2])):
        items.insert(rng.randrange(len(items) + 1), rng.choice(LITTER))
    how = rng.choice(["none", "none", "entry", "entry", "stray", "twice", "gone", "end", "bytes", "bytes", "cut"])
    place = rng.randrange(len(items))
    if how == "entry":
        items[place] = rng.choice(_changes(items[place]))
    elif how == "stray":
        items.insert(place, rng.choice(STRAY))
    elif how == "twice":
        items.append(items[place])
    elif how == "gone":
        del items[place]
    ends = [
        *({"comment": b"made by nobody"}, {"comment": b"PK\5\6" + bytes(18)}, {"before": b"#!/bin/sh\n"}),
        *({"between": b"PK\6\7" + bytes(16)}, {"count": 0xFFFF}, {"count": len(items) + 1}, {"count": 1}),
        *({"shift": 1}, {"shift": -1}, {"comment": bytes(0xFFFF)}),
    ]
    data = archive(items, **(rng.choice(ends) if how == "end" else {}))
    if how == "cut":
        data = data[: rng.randrange(len(data))]
    return _changed_bytes(rng, data) if how == "bytes" else data


def _changed_bytes(rng, data):
    """Some bytes changed, half of the times behind the entries, where the fields are."""
    changed = bytearray(data)
    start = max(0, data.find(b"PK\1\2")) if rng.random() < 0.5 else 0
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(start, len(data))
        changed[place] = rng.choice([0, 1, 255, changed[place] ^ 1 << rng.randrange(8)])
    return bytes(changed)
