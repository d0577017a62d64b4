"""Writes mutated manifests and what Python says of each: `python -m tests.goldens.mutations FILE [COUNT [SEED]]`.

Every line of the gzipped FILE is one mutation of a golden bundle: its manifest, and in some a file that was changed or
taken away (`damage`), or its index of goldens, which the self-test then reads (`goldens`), or an archive of it (`zip`),
with the file and field that the refusal names, or nulls where the bundle still loads. The JVM test has to refuse the
same ones with the same field, and its self-test has to find as many mismatches. The
file is made when it is needed, by a process for each core (ten thousand take a minute of one core), not kept.
"""

import copy
import gzip
import hashlib
import json
import multiprocessing
import random
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.goldens import make
from tests.goldens.archives import mutated_archive
from tflite.bundle import Bundle
from tflite.errors import BundleError
from tflite.runtime.chain import Chain

SEED = 2024
NUMBERS = [0, 1, -1, 2, 3, 0.5, 16, 1.0, 1e30, 1.1e30, -1e300, 2**24 + 1, 2**31, 2**63, 10**30]
WORDS = [
    *(
        "",
        "image",
        "logits",
        "v1",
        "first",
        "run",
        "exit",
        "int8",
        "float32",
        "softmax",
        "none",
        "p0",
        "macs",
        "remote",
    ),
    *("keep", "each", "boxes", "masks", "row", "rows", "scores", "count", "classes", "teach", "labels", "pad", "int16"),
    *("glimpse", "theta", "../x", "parts/first.tflite", "nothing", "a\nb", "\x00", "é" * 150, "\U0001f600", "it's"),
]
OTHERS = [None, True, False, [], {}, [[1]], [0.5, 2.5], {"a": 1}, {"parameter": "sure"}, {"parameter": "start"}]
TOKENS = [
    *(b"1e999", b"-1e999", b"1" * 64, b"1" * 65, b"-0", b"1.0", b"1E5", b"01", b"1.", b".5", b"NaN", b"-Infinity"),
    *(b'"\\ud800"', b'"\\u0000"', b'"\\ud83d\\ude00"', b'"\x01"', b'"\\x"', b"[" * 70 + b"]" * 70, b"[" * 300_000),
    *(b'{"a": 1, "a": 1}', b'{"a": 1, "\\u0061": 1}', b"[" + b"[]," * 600_000 + b"0]", b"'x'", b"tru", b"/**/1"),
]
_TOKEN = re.compile(rb'"[^"]*"|-?[0-9][0-9.e+-]*|null|true')
BYTES = b'{}[]",:0123456789.eE+-\\ntfu \x00\x1f\x7f\x80\xc3\xff'


def places(node, path=()):
    """Every path into a JSON value, as keys and indices, but for the value itself."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


def at(data, path):
    """What is at a path."""
    for key in path:
        data = data[key]
    return data


def changed_tree(rng, data):
    """Changes one thing in a JSON value, in place."""
    everywhere = list(places(data))
    often = [*["programs"] * 8, *["values"] * 4, *["parts"] * 4, *["operating_points"] * 2, *["samples"] * 8]
    section = rng.choice([*data, *(name for name in often if name in data or name != "samples")])
    path = rng.choice([p for p in everywhere if p[0] == section] or everywhere)
    parent, key = at(data, path[:-1]), path[-1]
    how = rng.choice(["value", "value", "transplant", "transplant", "delete", "double", "rename", "nudge", "reverse"])
    if how == "value":
        parent[key] = copy.deepcopy(rng.choice(rng.choice([NUMBERS, WORDS, OTHERS])))
    elif how == "transplant":
        parent[key] = copy.deepcopy(at(data, rng.choice(everywhere)))
    elif how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif how == "rename" and isinstance(parent, dict):
        parent[rng.choice([*WORDS, *(str(p[-1]) for p in everywhere)])] = parent.pop(key)
    elif how == "nudge" and isinstance(parent[key], (int, float)):
        parent[key] = rng.choice([-parent[key], parent[key] + 1, parent[key] * 2, parent[key] - 0.5])
    elif how == "reverse" and isinstance(parent[key], list):
        parent[key].reverse()


def changed_text(rng, text):
    """Changes some bytes of a text."""
    place = rng.randrange(len(text))
    how = rng.choice(["replace", "insert", "delete", "cut", "repeat", "token", "field"])
    if how == "token":
        token = rng.choice(list(_TOKEN.finditer(text)))
        return text[: token.start()] + rng.choice(TOKENS) + text[token.end() :]
    if how == "field":
        fields = list(re.finditer(rb'("\w+"): ("[^"]*"|[0-9.]+),', text))
        field = rng.choice(fields) if fields else re.search(b"$", text)
        return text[: field.start()] + field[0] + text[field.start() :]
    if how == "replace":
        return text[:place] + bytes([rng.choice(BYTES)]) + text[place + 1 :]
    if how == "insert":
        return text[:place] + bytes([rng.choice(BYTES)]) + text[place:]
    if how == "delete":
        return text[:place] + text[place + rng.randint(1, 4) :]
    if how == "cut":
        return text[:place]
    lines = text.split(b"\n")
    line = rng.randrange(len(lines))
    return b"\n".join([*lines[: line + 1], *lines[line:]])


def damaged_file(rng, folder):
    """A file of a bundle besides its manifest, and what becomes of it: other bytes, or None where it is gone."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    path = rng.choice(files)
    content = path.read_bytes()
    how = rng.choice(["gone", "cut", "changed", "longer"])
    if how == "changed":
        place = rng.randrange(len(content))
        content = content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]
    elif how != "gone":
        content = content[: rng.randrange(len(content))] if how == "cut" else content + b"\n"
    return path.relative_to(folder).as_posix(), None if how == "gone" else content


def mutations(count, seed=SEED):
    """Yields (bundle, mutation): the fields of a line before it is judged, with bytes for texts."""
    rng = random.Random(seed)
    originals = {path.name: (path / "manifest.json").read_bytes() for path in make.bundles()}
    for _ in range(count):
        name = rng.choice(sorted(originals))
        chance = rng.random()
        if chance < 0.05:
            yield name, {"manifest": originals[name], "damage": damaged_file(rng, make.HERE / "bundles" / name)}
        elif chance < 0.25:
            yield name, {"manifest": changed_text(rng, originals[name])}
        elif chance < 0.35:
            yield name, changed_index(rng, name, originals[name])
        elif chance < 0.45:
            yield name, {"zip": mutated_archive(rng, make.HERE / "bundles" / name)}
        else:
            yield name, {"manifest": changed_json(rng, originals[name])}


def changed_json(rng, text):
    """JSON with one to three things changed."""
    data = json.loads(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        changed_tree(rng, data)
    return json.dumps(data, indent=1, ensure_ascii=rng.random() < 0.5).encode()


def changed_index(rng, name, manifest):
    """Another index of goldens, with a manifest that says so."""
    index = (make.HERE / "bundles" / name / "golden/index.json").read_bytes()
    index = changed_text(rng, index) if rng.random() < 0.4 else changed_json(rng, index)
    data = json.loads(manifest)
    data["goldens"]["index"].update(sha256=hashlib.sha256(index).hexdigest(), bytes=len(index))
    return {"manifest": json.dumps(data).encode(), "damage": ("golden/index.json", index), "goldens": True}


def verdict(folder, manifest, damage=None, goldens=False):
    """Loads a bundle folder with this manifest and damage: the mismatches of its goldens if asked, or a BundleError."""
    (folder / "manifest.json").write_bytes(manifest)
    path = folder / damage[0] if damage else None
    original = path.read_bytes() if damage else None
    try:
        if damage:
            path.unlink() if damage[1] is None else path.write_bytes(damage[1])
        chain = Chain(Bundle.load(folder), remote=make.twice, warm_up=False)
        return chain.self_test() if goldens else []
    except BundleError as error:
        return error
    finally:
        if damage:
            path.write_bytes(original)


def zip_verdict(path, data):
    """The same of an archive; what is said of the archive itself has no path, which differs from run to run."""
    path.write_bytes(data)
    try:
        Chain(Bundle.load(path), remote=make.twice, warm_up=False)
    except BundleError as error:
        error.file = "" if error.file == str(path) else error.file
        return error
    return []


def judged(task):
    """A mutation with Python's verdict, as a line of JSON; `task` is (scratch folder, mutation)."""
    folder, (name, mutation) = task
    bundles = Path(folder) / str(multiprocessing.current_process().pid)
    if not bundles.exists():
        shutil.copytree(make.HERE / "bundles", bundles)
    is_zip = "zip" in mutation
    found = zip_verdict(bundles / "bundle.zip", mutation["zip"]) if is_zip else verdict(bundles / name, **mutation)
    line = line_of(name, mutation) | {key: getattr(found, key, None) for key in ("file", "field", "problem")}
    return json.dumps(line | {"mismatches": len(found) if isinstance(found, list) else 0}) + "\n"


def line_of(name, mutation):
    """A mutation as a line has it: texts for bytes."""
    line = {"bundle": name} | {
        key: value.decode("latin-1") if isinstance(value, bytes) else value for key, value in mutation.items()
    }
    if "damage" in mutation:
        file, content = mutation["damage"]
        line["damage"] = {"file": file, "content": None if content is None else content.decode("latin-1")}
    return line


def mutation_of(line):
    """The bundle and the mutation of a line: the inverse of `line_of`."""
    mutation = {key: line[key].encode("latin-1") for key in ("manifest", "zip") if key in line}
    if "damage" in line:
        file, content = line["damage"]["file"], line["damage"]["content"]
        mutation["damage"] = file, None if content is None else content.encode("latin-1")
    return line["bundle"], mutation | {key: line[key] for key in ("goldens",) if key in line}


def write(path, count, seed=SEED):
    """Writes `count` mutations with Python's verdicts, in their order."""
    with tempfile.TemporaryDirectory() as scratch, gzip.open(path, "wt", compresslevel=4) as stream:
        with multiprocessing.get_context("spawn").Pool() as pool:
            tasks = ((scratch, mutation) for mutation in mutations(count, seed))
            stream.writelines(pool.imap(judged, tasks, chunksize=50))


if __name__ == "__main__":
    write(sys.argv[1], *(map(int, sys.argv[2:] or [10_000])))
