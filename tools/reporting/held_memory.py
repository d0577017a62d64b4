"""What parts hold of memory once they have run: anonymous pages of a fresh process, file pages apart."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tflite
from tflite import baselines
from tflite.bundle import write_manifest
from tflite.runtime.parts import open_parts, zero_inputs

STATUS = Path("/proc/self/status")
CHAINS = 20  # opened beside each other, for what one holds is little beside what a process does


def of_bundle(bundle: tflite.Bundle, point: str, path: Sequence[str]) -> dict | None:
    """What a chain holds, and its static network.

    Args:
        bundle: in a folder or a .zip.
        point: name of the operating point of the path.
        path: parts that most of its images go through.

    Returns:
        {"all_parts", "one_file": all of them as signatures of one file, in one interpreter, "reached": {"point",
        "parts", "kib"}, "static"} in KiB; None where the system does not tell, or no static network equals the program.
    """
    if not STATUS.exists():
        return None
    try:
        static = baselines.static_bundle(bundle)
    except baselines.BaselineError:
        return None
    own, all_parts = str(bundle.path), list(dict.fromkeys(open_parts(bundle, lazy=True)))
    with tempfile.TemporaryDirectory() as scratch:
        alone = _written(static, Path(scratch, "static"))
        one_file = _written(baselines.with_one_file(bundle), Path(scratch, "one_file"))
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            jobs = [(own, all_parts), (one_file, all_parts), (own, list(path)), (alone, list(static.manifest.parts))]
            every, joined, reached, whole = pool.starmap(_held, jobs, chunksize=1)
    reached = {"point": point, "parts": len(set(path)), "kib": reached}
    return {"all_parts": every, "one_file": joined, "reached": reached, "static": whole}


def _written(bundle, folder):
    """Writes a bundle that is in memory; returns its place."""
    for name in {part.file for part in bundle.manifest.parts.values() if part.file is not None}:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bundle.read(name))
    write_manifest(folder, bundle.manifest)
    return str(folder)


def _held(place, names):
    """KiB that the parts of those names hold once each has run; an interpreter for each file."""
    bundle, opened = tflite.Bundle.load(place), []
    _open(bundle, names, opened)  # what the library keeps for all is there from the first one on
    before = _anonymous()
    for _ in range(CHAINS):
        _open(bundle, names, opened)
    return round((_anonymous() - before) / CHAINS)


def _open(bundle, names, opened):
    parts = open_parts(bundle, lazy=True)
    for name in names:
        for key, array in zero_inputs(bundle.manifest.parts[name]).items():
            parts[name].inputs[key](array)
        parts[name].invoke()
    opened.append(parts)


def _anonymous():
    return int(re.search(r"^RssAnon:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)[1])


def sentence(held: dict) -> str:
    """The numbers of `of_bundle` for a card."""
    reached, static = held["reached"], held["static"]
    shares = f"{held['all_parts'] / static:.2f} and {reached['kib'] / static:.2f} times that"
    joined = f" ({held['one_file']:,} KiB as signatures of one file)" if "one_file" in held else ""
    return (
        f"{held['all_parts']:,} KiB once all parts have run{joined}; {reached['kib']:,} KiB at the point "
        f"{reached['point']}, most of whose images need {reached['parts']} of them, where each is opened when it is "
        f"first reached; the static network {static:,} KiB ({shares}). Anonymous pages of a process, files apart."
    )
