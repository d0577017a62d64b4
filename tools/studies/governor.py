"""The governor's study: profiles of bundles, every trace of a device at every target, deadlines; the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from tflite.bundle import places
from tools import console
from tools.reporting import figures
from tools.studies import governor_page, governor_profile, governor_tries
from tools.studies.governor_profile import Profile
from tools.studies.governor_simulation import Stream, drive, judge, judge_deadline, targets_of
from tools.studies.governor_traces import TRACES

PROFILES = "profiles"  # folder beside the page
DISTURBED = ("heating", "bursts", "two apps", "charge cycles")  # traces on which deadlines are looked at


def measure(bundle: str, folder: Path, data: dict, command: str) -> Path:
    """Measures a bundle, and returns the profile's file.

    data: dataset, split and limit, as `samples.load` takes them.
    """
    from tflite import Bundle
    from tools.reporting import samples

    opened = Bundle.load(bundle)
    governor_profile.reach_of(opened.manifest.programs["main"])  # Fail fast: data sets take a while.
    images = samples.load(opened.manifest, **data)
    profile = governor_profile.measure(opened, images, command)
    file = folder / PROFILES / f"{profile.bundle}.json"
    governor_profile.write(profile, file)
    return file


def read_profiles(files: Sequence[str], folder: Path) -> list[Profile]:
    """The profiles of these files, or all that lie in the folder. Raises UserError if there are none."""
    found = list(files) or sorted((folder / PROFILES).glob("*.json"))
    if not found:
        raise console.UserError(f"expected profiles in {folder / PROFILES}, or --bundle BUNDLE, received none")
    return [governor_profile.read(file) for file in found]


def simulate(profiles: Sequence[Profile], targets: int, runs: int, seed: int) -> dict:
    """Every trace at every target for every profile, with the governor and with deadlines; plain rows."""
    aims = [(profile, target) for profile in profiles for target in targets_of(profile, targets)]
    rows: dict[str, list] = {"streams": [], "deadlines": []}
    for (profile, target), trace in console.progress(list(product(aims, TRACES)), "streams"):
        stream = Stream(profile, trace, runs, seed)
        rows["streams"].append(judge(stream, target, drive(stream, target)))
        if trace in DISTURBED:
            rows["deadlines"].append(judge_deadline(stream, target))
    return console.plain({"runs": runs, "targets": targets, "seed": seed, **rows})


def read(folder: Path) -> tuple[dict, str]:
    """What was simulated in a folder, and by which command. Raises UserError if nothing was."""
    found = places.read_object(folder / "figures.json")
    if not found:
        raise console.UserError(f"expected a simulation in {folder}, received none")
    return found, found.pop("command")


def write(found: dict, profiles: Sequence[Profile], folder: Path, command: str) -> Path:
    """Writes page, picture and numbers into a folder; returns the page's file."""
    stream, target = governor_page.shown(profiles, found["runs"], found["seed"])
    page, picture, numbers = folder / "README.md", folder / "governor.png", folder / "figures.json"
    size = (11.5, 9.0)
    figures.draw_png(picture, lambda _, axes: governor_page.paint(axes, found, stream, target), (3, 3), size)
    told = governor_page.text(found, profiles, picture, stream, target, command, governor_tries.blocks(folder))
    console.write_text(page, told)
    console.write_text(numbers, json.dumps({"command": command, **found}, indent=1) + "\n")
    return page
