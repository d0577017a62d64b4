"""A bundle as a device runs it that reaches no server."""

from __future__ import annotations

import dataclasses
import json

import msgspec

from ..bundle import Bundle
from ..bundle import manifest as m
from ..bundle.check import manifest_files
from .bundles import BaselineError

INNER = ("then", "otherwise", "steps")


def device_alone(bundle: Bundle) -> Bundle:
    """The bundle without its parts that have no file: what is done otherwise stands in their place.

    Its goldens are those that a device passes without a server, less the events that tell of one; itself where every
    part has a file.

    Raises:
        BaselineError: a part without a file is run where the program knows nothing else.
    """
    absent = {name for name, part in bundle.manifest.parts.items() if part.file is None}
    if not absent:
        return bundle
    programs = json.loads(msgspec.json.encode(bundle.manifest.programs))
    steps = {name: _without(program, absent) for name, program in programs.items()}
    manifest = msgspec.structs.replace(
        bundle.manifest,
        programs=msgspec.convert(steps, dict[str, tuple[m.AnyStep, ...]]),
        parts={name: part for name, part in bundle.manifest.parts.items() if name not in absent},
    )
    contents = {file: bundle.read(file) for _, file, *_ in manifest_files(bundle.manifest)}
    if manifest.goldens is not None:
        index = manifest.goldens.index.file
        contents[index] = _untold(contents[index], absent)
    return dataclasses.replace(bundle, manifest=manifest, _contents=contents)


def _without(steps: list[dict], absent: set[str]) -> list[dict]:
    """Steps in which the runs of some parts are replaced by what is done otherwise, at any depth."""
    kept = []
    for step in steps:
        inner = {key: _without(step[key], absent) for key in INNER if step.get(key)}
        inner |= {"cases": [_without(case, absent) for case in step["cases"]]} if "cases" in step else {}
        if step["op"] != "run" or step["part"] not in absent:
            kept.append(step | inner)
        elif "otherwise" not in inner:
            problem = f"expected what to do where {step['part']} has no file, received no otherwise"
            raise BaselineError(problem)
        else:
            kept += inner["otherwise"]
    return kept


def _untold(index: bytes, absent: set[str]) -> bytes:
    """An index of goldens without the events of some parts."""
    found = json.loads(index)
    for case in found["cases"]:
        case["events"] = [event for event in case["events"] if event["name"] not in absent]
    return json.dumps(found).encode()
