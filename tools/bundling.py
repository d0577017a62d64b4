"""The end of a conversion: parts, operating points measured on the finished chain, manifest, goldens and card."""

from __future__ import annotations

import functools
import json

import numpy as np

from tflite.bundle import manifest as m
from tflite.bundle import Bundle, write_manifest
from tflite.conversion import card, export, passes, validate, writer
from tflite.bundle.goldens import write_goldens
from tflite.runtime.chain import Chain
from tools import console, machine, runs
from tools.phone.models import counted

GOLDENS = 6


@functools.lru_cache(maxsize=4)
def load(task, split: str):
    """A split of a task, read once a conversion: (images, labels, groups)."""
    return task.load(split)


def write_bundle(work, folder, kept, points, judging: dict, floats: dict, on_float) -> dict:
    """Parts, manifest, goldens, card; every operating point is measured on the finished chain itself.

    judging, floats: decision inputs of the converted and of the float network on the held-out split. on_float: what
    the policy says on the float network.
    """
    program, groups = passes.group_runs(work.kept_program(kept))
    parts = writer.link_groups(groups, work.units)
    costs = {n: {"macs": c.macs, "latency_us": work.latencies[n]} for n, c in work.chain.part_costs.items()}
    weights = {name: cost.parameters for name, cost in work.chain.part_costs.items()}
    described = writer.write_parts(folder, groups, parts, costs, weights, work.options.layout)
    if work.options.cost == "arm64":
        described = counted(described, parts)
    draft = manifest(work, described, program, points)
    write_manifest(folder, draft)
    images, labels, _ = load(work.task, runs.HELD_OUT_SPLIT)
    chain = Chain(Bundle.load(folder))
    measured, rows = measure_points(work, chain, points, images, labels, on_float, kept)
    goldens = write_goldens(chain, folder, list(images[:GOLDENS]))
    final = manifest(work, described, program, points, measured, goldens)
    write_manifest(folder, final)
    names = [name for name, keep in zip(work.exit_names, kept, strict=True) if keep]
    report = {
        "exits": validate.compare_exits(
            names, floats["logits"][:, kept], judging["logits"][:, kept], judging["labels"]
        ),
        "operating_points": rows,
        "parts": {name: len(content) for name, content in parts.items()},
        "bytes": sum(path.stat().st_size for path in (folder / "parts").iterdir()),
        "calibration": work.calibration,
        "samples": len(labels),
    }
    (folder / "MODEL_CARD.md").write_text(card.write_card(final, report))
    problems = Chain(Bundle.load(folder)).self_test()
    if problems:
        raise export.ConversionError(f"the finished bundle fails its own self-test: {problems[0]}")
    return report


def measure_points(work, chain, points, images, labels, on_float, kept):
    """Accuracy and cost of every point on the chain, beside the float network's: (name -> (accuracy, costs), rows)."""
    measured, rows = {}, []
    order = {name: i for i, name in enumerate(work.exit_names)}
    full = None
    for name, setting in reversed(points.items()):
        parameters = known(setting.parameters, chain.manifest.parameters)
        results = [chain.run(image, parameters=parameters) for image in console.progress(images, name)]
        exits = np.array([order[result.exit] for result in results])
        accuracy = float(np.mean([r.label for r in results] == labels))
        costs = {unit: float(np.mean([r.costs[unit] for r in results])) for unit in results[0].costs}
        full = full or costs["macs"]
        float_exits = on_float.exits(setting.parameters, kept)
        float_correct = on_float.correct[np.arange(len(labels)), float_exits]
        measured[name] = (accuracy, costs)
        row = {
            "name": name,
            "accuracy": accuracy,
            "float_accuracy": float(np.mean(float_correct)),
            "exits_flipped": float(np.mean(float_exits != exits)),
        }
        rows.insert(0, row | {"share": costs["macs"] / full, **costs})
    return measured, rows


def manifest(work, parts, program, points, measured=None, goldens=None) -> m.Manifest:
    """The manifest; before the points are measured they carry what the grid gave."""
    zero = dict.fromkeys(next(iter(parts.values())).costs, 0.0)
    task, mode = work.task, work.options.quantize
    names, parameters = list(points), known(work.chain.parameters(), read_parameters(program))
    count = len(task.load(runs.HELD_OUT_SPLIT)[1])
    described = [
        {
            "name": name,
            "parameters": known(points[name].parameters, parameters),
            "accuracy": (measured or {}).get(name, (points[name].accuracy, zero))[0],
            "costs": (measured or {}).get(name, (0, zero))[1],
            "samples": count,
        }
        for name in names
    ]
    data = {
        "format": "frugal",
        "version": 1,
        "name": f"{work.run.folder.name}-{mode}",
        "task": {"kind": "classification", "labels": list(task.labels)},
        "input": {
            "name": "image",
            "shape": list(task.input_shape),
            "resize": "bilinear",
            "crop": "center",
            "scale": list(task.scale),
            "offset": list(task.offset),
        },
        "parts": json.loads(m.msgspec.json.encode(parts)),
        "parameters": parameters,
        "program": program,
        "operating_points": described,
        "default_operating_point": "balanced" if "balanced" in names else names[-1],
        "goldens": None if goldens is None else json.loads(m.msgspec.json.encode(goldens)),
        "provenance": provenance(work),
    }
    return m.decode(json.dumps(data).encode())


def known(parameters: dict, names) -> dict:
    """The parameters of these names: a program whose exits were dropped reads fewer than there are."""
    return {name: value for name, value in parameters.items() if name in names}


def read_parameters(program) -> set[str]:
    """Names of the parameters that a program of plain data reads, wherever a number could stand."""
    if isinstance(program, dict):
        named = {program["parameter"]} if set(program) == {"parameter"} else set()
        return named.union(*map(read_parameters, program.values()))
    return set().union(*map(read_parameters, program)) if isinstance(program, (list, tuple)) else set()


def provenance(work) -> dict:
    """What made the bundle, from what."""
    options = {k: v for k, v in vars(work.options).items() if k not in ("out", "force", "run")}
    described = machine.describe()
    return {
        "dataset": work.task.name,
        "quantize": work.options.quantize,
        "held_out_split": runs.HELD_OUT_SPLIT,
        "preset": work.run.config["preset"],
        "training": work.run.config,
        "options": options,
        "command": f"python tools/convert.py runs/{work.run.folder.name} --quantize {work.options.quantize}",
        "machine": console.plain(described),
        "calibration": work.calibration["chosen"] if work.calibration else None,
    }
