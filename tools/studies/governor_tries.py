"""Other numbers for the governor's latency ceiling, on the streams whose accuracies miss: what each wins and loses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tflite.bundle import places
from tflite.conversion.table import Table
from tflite.runtime import latency_ceiling
from tools import console
from tools.studies.governor_page import LOSS, P90, misses
from tools.studies.governor_profile import Profile
from tools.studies.governor_simulation import Stream, drive, judge, targets_of

TRACES = ("heating", "bursts", "two apps")  # what slows a device and lets go again
FILE = "tries.json"
# Constants of the latency ceiling are in capitals, settings of a policy are not.
TRIES: tuple[dict[str, float], ...] = ({}, {"CREDIT": 20.0}, {"FASTER": 0.95})


def name_of(numbers: Mapping[str, float]) -> str:
    """A try in words."""
    return ", ".join(f"{name} {value:g}" for name, value in numbers.items()) or "as it is"


@contextlib.contextmanager
def changed(numbers: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """While it is open the ceiling's constants are these; yields the settings of a policy among them."""
    constants = {name: value for name, value in numbers.items() if name.isupper()}
    before = {name: getattr(latency_ceiling, name) for name in constants}
    try:
        vars(latency_ceiling).update(constants)
        yield {name: value for name, value in numbers.items() if name not in constants}
    finally:
        vars(latency_ceiling).update(before)


def measure(profiles: Sequence[Profile], targets: int, runs: int, seed: int, folder: Path, command: str) -> list[dict]:
    """A row a try; what the folder's file holds of the same streams is taken from it, and added to.

    Returns:
        {"name", "streams": how many some fixed point can hold, "p90": the worst share of a target, "late": how many are
        above what is promised, "missed": how many lose more accuracy than that, "worst", "mean": of their gains}.
    """
    asked = {"runs": runs, "targets": targets, "seed": seed, "bundles": [profile.sha256 for profile in profiles]}
    known = places.read_object(folder / FILE)
    rows = {row["name"]: row for row in known["rows"]} if known.get("asked") == asked else {}
    streams = [Stream(profile, trace, runs, seed) for profile in profiles for trace in TRACES]
    for numbers in TRIES:
        if (name := name_of(numbers)) not in rows:
            rows[name] = {"name": name} | _tried(streams, targets, numbers)
            written = {"command": command, "asked": asked, "rows": list(rows.values())}
            console.write_text(folder / FILE, console.as_json(written))
    return list(rows.values())


def _tried(streams, targets, numbers):
    aims = [(stream, target) for stream in streams for target in targets_of(stream.profile, targets)]
    rows = []
    with changed(numbers) as settings:
        for stream, target in console.progress(aims, name_of(numbers)):
            rows.append(judge(stream, target, drive(stream, target, settings=settings)))
    gains = [row["gain"] for row in rows if "gain" in row]
    return {
        "streams": len(gains),
        "p90": max(row["p90"] for row in rows if "p90" in row),
        "late": sum("p90" in misses(row) for row in rows),
        "missed": sum("accuracy" in misses(row) for row in rows),
        "worst": min(gains),
        "mean": sum(gains) / len(gains),
    }


def blocks(folder: Path) -> list[str]:
    """What was tried, for the page; nothing where nothing was."""
    known = places.read_object(folder / FILE)
    if not known:
        return []
    told = (
        f"Other numbers for the latency ceiling, on the streams of {', '.join(TRACES)} alone (`{known['command']}`): "
        f"how many have a p90 above {P90} of the target and the worst one, how many lose more than {LOSS} points "
        "against the best fixed point, the most that is lost, and the mean of all that is won or lost."
    )
    rows = [
        [r["name"], r["streams"], r["late"], f"{r['p90']:.3f}", r["missed"], f"{r['worst']:+.2f}", f"{r['mean']:+.3f}"]
        for r in known["rows"]
    ]
    header = ["numbers", "streams", "late", "worst p90", "lose too much", "most lost", "mean"]
    return [told, Table(header, rows, "lrrrrrr").markdown()]
