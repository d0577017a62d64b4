"""Fuzzes, and keeps what it finds: `python -m tests.goldens.corpus SECONDS [SEED]`; the seed is told, new by default.

The two files of tests/goldens/corpus hold mutated bundles and damaged parts as `mutations` and `damaged_parts` write
them: the first of each sentence that refuses one, and every one with which anything but a refusal has come out. The
quick tests of both runtimes go through them. With 0 seconds they are judged anew: goldens or words have changed.
"""

import base64
import gzip
import itertools
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.goldens import damaged_parts, make, mutations

BUNDLES, PARTS = (make.HERE / "corpus" / name for name in ("bundles.jsonl.gz", "parts.jsonl.gz"))
MOST = 20_000  # packed bytes of what is kept
_OWN_WORDS = re.compile(r"'[^']*'|\[[^\]]*\]|[0-9][0-9.e+]*")  # of a bundle, not of the sentence


def read(file: Path) -> list[dict]:
    """What is kept in a file, line by line."""
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def write(file: Path, lines: list[dict]) -> None:
    """Writes lines; the same ones make the same bytes."""
    text = "".join(sorted(json.dumps(line) + "\n" for line in lines))
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def judged(line: dict, scratch: str) -> dict:
    """The line with what Python says of it now."""
    if "content" in line:
        return line | {"problem": damaged_parts.verdict(base64.b64decode(line["content"]))}
    return json.loads(mutations.judged((scratch, mutations.mutation_of(line))))


def said(line: dict) -> tuple:
    """What is said of a line, whichever bundle it is of."""
    kind = next((name for name in ("content", "zip", "goldens", "damage") if name in line), "manifest")
    words = _OWN_WORDS.sub("#", (line["problem"] or "").partition(", received")[0].partition("failed: ")[0])
    return kind, words, bool(line.get("mismatches"))


def tried(seed: int) -> Iterator[dict]:
    """Lines that nobody has judged, without end: bundles, and now and then a part."""
    rng, parts = random.Random(seed), damaged_parts.originals()
    for name, mutation in mutations.mutations(sys.maxsize, seed):
        yield mutations.line_of(name, mutation)
        yield {"content": base64.b64encode(damaged_parts.changed(rng, rng.choice(parts))).decode()}


def grow(kept: list[dict], seconds: float, seed: int, scratch: str) -> Iterator[dict]:
    """Judges what is kept anew, then tries others; yields what is to be kept of both."""
    seen, end = set(), time.monotonic() + seconds
    for number, line in enumerate(itertools.chain(kept, tried(seed))):
        if number >= len(kept) and time.monotonic() > end:
            return
        try:
            line = {"leaked": line["leaked"]} | judged(line, scratch) if "leaked" in line else judged(line, scratch)
        except Exception as error:  # which no bundle may bring about
            line["leaked"] = repr(error)
            print(f"seed {seed}, {number - len(kept)}: {line['leaked']}", flush=True)
        if "leaked" in line or (said(line) not in seen and len(gzip.compress(json.dumps(line).encode())) < MOST):
            seen.add(said(line) if "problem" in line else None)
            yield line


def main(seconds: float, seed: int) -> int:
    """Returns the exit status: 1 if a bundle or a part brought about another error than a refusal."""
    print(f"seed {seed}", flush=True)
    before = [line for file in (BUNDLES, PARTS) if file.exists() for line in read(file)]
    with tempfile.TemporaryDirectory() as scratch:
        kept = list(grow(before, seconds, seed, scratch))
    write(PARTS, [line for line in kept if "content" in line])
    write(BUNDLES, [line for line in kept if "content" not in line])
    print(f"{len(before)} were kept, {len(kept)} are")
    return int(any("problem" not in line for line in kept))


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()))
