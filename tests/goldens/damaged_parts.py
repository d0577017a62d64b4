"""Writes damaged parts and what Python says of each: `python -m tests.goldens.damaged_parts FILE [COUNT [SEED]]`.

Every line of the gzipped FILE is a part of a golden bundle with some bytes changed, or a model that was made wrong on
purpose, with the sentence that refuses it, or null where it is accepted. The JVM test has to refuse the same ones in
the same words. The file is made when it is needed, in seconds, not kept.
"""

import base64
import gzip
import json
import random
import struct
import sys

from tests.goldens import make
from tests.goldens.hostile_parts import HOSTILE
from tflite.bundle.part_check import read_signatures
from tflite.bundle.part_tables import Damaged

SEED = 21
NUMBERS = [0, 1, 2, 3, 4, 5, 8, 16, 127, 255, 1 << 16, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 32) - 4]


def originals():
    """Every part of the golden bundles, in an order that does not depend on the disk."""
    parts = (path for folder in make.bundles() for path in sorted((folder / "parts").iterdir()))
    return [path.read_bytes() for path in parts]


def changed(rng, content):
    """Some bytes of a file changed: bits, whole numbers, numbers from elsewhere, the end cut off."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        place = rng.randrange(len(content))
        word = place & ~3
        how = rng.choice(["bit", "byte", "number", "number", "nudge", "copy", "cut"])
        if how == "bit":
            content[place] ^= 1 << rng.randrange(8)
        elif how == "byte":
            content[place] = rng.randrange(256)
        elif how == "cut" and rng.random() < 0.2:
            del content[max(place, 16) :]
        elif word + 4 <= len(content):
            old = struct.unpack_from("<I", content, word)[0]
            other = struct.unpack_from("<I", content, rng.randrange(0, len(content) - 3, 4))[0]
            new = {"number": rng.choice(NUMBERS), "nudge": (old + rng.choice([-8, -4, -1, 1, 4, 8])) % (1 << 32)}
            struct.pack_into("<I", content, word, new.get(how, other))
    return bytes(content)


def damaged_parts(count, seed=SEED):
    """Yields the bytes of the hostile parts, and of `count` changed ones."""
    rng, parts = random.Random(seed), originals()
    yield from (make_part() for make_part in HOSTILE.values())
    for _ in range(count):
        yield changed(rng, rng.choice(parts))


def verdict(content):
    """None for a part that is accepted, or the sentence that refuses it."""
    try:
        read_signatures(content)
    except Damaged as error:
        return str(error)
    return None


def write(path, count, seed=SEED):
    """Writes `count` changed parts, and all hostile ones, with Python's verdicts."""
    with gzip.open(path, "wt", compresslevel=4) as stream:
        for content in damaged_parts(count, seed):
            line = {"content": base64.b64encode(content).decode(), "problem": verdict(content)}
            stream.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    write(sys.argv[1], *(map(int, sys.argv[2:] or [10_000])))
