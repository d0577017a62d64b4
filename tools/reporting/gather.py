"""Runs a bundle for a report: every operating point, every exit's answer, the static network, side by side.

What comes out is one plain dictionary, described at `gather`; charts.py draws it and page.py writes it down. The
arithmetic is that of `tflite.baselines.analysis` and of `Chain.evaluate`.
"""

import numpy as np

import tflite
from tflite import baselines
from tflite.baselines import STATIC, analysis
from tflite.bundle import places, queries
from tools import console, machine, native
from tools.phone import record
from tools.reporting import benchmark, evaluation, figures, samples

LATENCY_IMAGES = 300
LATENCY_ROUNDS = 3
NOT_COMPARED = "Exits are not compared one by one: not every image passes all of them."
GATES = ("max_softmax", "entropy")


def gather(bundle: tflite.Bundle, data: samples.Samples, command: str) -> dict:
    """Measures everything that a report shows of a bundle, on these images; told with the command line.

    Returns:
        {"bundle": facts of the manifest, "data": what it ran on, "machine", "command", "answers": names in order,
        "points": one for each operating point: accuracy, macs, exits, latency_ms, groups, "default_point",
        "exits": rows of `analysis.exit_table` at the default point, or [], "gates": {gate: curve}, "static": accuracy
        and macs or None, "notes": what could not be had and why, "latency": {name: [milliseconds]}, "examples": easy
        and hard images with thumbnails, "phone": what `tools/phone_check.py --write` found, "validation":
        contents of validation.json; both empty where there is none}.
    """
    with native.quiet():
        chain = tflite.Chain(bundle)
    answers = queries.answers(bundle.manifest.programs["main"])
    points, runs = evaluation.run_points(chain, data, [point.name for point in bundle.manifest.operating_points])
    default = bundle.manifest.default_operating_point
    table = analysis.trace_table(chain, console.progress(data.images, "asking every exit"), answers)
    static, notes = make_static(bundle)
    notes = notes if table else [NOT_COMPARED, *notes]
    found = analysis.examples(runs[default], data.labels, data.groups, data.group_names)
    report = {
        "bundle": facts(bundle),
        "data": {"task": data.task, "split": data.split, "samples": len(data), "groups": list(data.group_names)},
        "machine": machine.describe(),
        "command": command,
        "answers": answers,
        "points": points,
        "default_point": default,
        "exits": analysis.exit_table(table, runs[default], data.labels, answers) if table else [],
        "gates": {gate: analysis.sweep(table, data.labels, gate) if table else [] for gate in GATES},
        "static": static_point(bundle, static, table, data) if static is not None else None,
        "notes": notes,
        "latency": latencies(chain, static, data),
        "examples": pictures(found, data),
        "phone": places.read_object(bundle.path / record.FILE),
        "validation": places.read_object(bundle.path / "validation.json"),
    }
    return console.plain(report)


def facts(bundle: tflite.Bundle) -> dict:
    """What a reader wants to know of the manifest."""
    manifest, points = bundle.manifest, bundle.manifest.operating_points
    files = {part.file: part.bytes for part in manifest.parts.values() if part.file is not None}
    return {
        "name": manifest.name,
        "labels": list(queries.labels(manifest)),
        "input": list(queries.picture(manifest)[1]),
        "parts": {name: {"costs": part.costs, "parameters": part.parameters} for name, part in manifest.parts.items()},
        "types": sorted({tensor.type for part in manifest.parts.values() for tensor in part.inputs.values()}),
        "bytes": sum(files.values()),
        "files": len(files),
        "settings": {point.name: dict(point.parameters) for point in points},
        "promised": {point.name: {"accuracy": point.accuracy, "samples": point.samples} for point in points},
        "provenance": manifest.provenance,
    }


def make_static(bundle: tflite.Bundle) -> tuple[tflite.Chain | None, list[str]]:
    """The static network as a chain: (chain, nothing), or (None, why there is none)."""
    with native.quiet():
        made, missing = baselines.attempt({STATIC: lambda: tflite.Chain(baselines.static_bundle(bundle))})
    return made.get(STATIC), [f"There is no static network to compare with: {reason}." for reason in missing.values()]


def static_point(bundle: tflite.Bundle, static: tflite.Chain, table: dict | None, data: samples.Samples) -> dict:
    """Accuracy and multiply-adds when every image goes to the end.

    The multiply-adds of a program in a line are those of all parts; the heads and controllers on the way, which a
    static network does without, are in them. Those of any other are counted in the static network.
    """
    if table:
        right = np.argmax(table["probabilities"][:, -1], axis=-1) == data.labels
        macs = sum(part.costs["macs"] for part in bundle.manifest.parts.values())
    else:
        images = console.progress(data.images, "running the static network", len(data))
        right = np.array([static.run(image).label for image in images]) == data.labels
        (part,) = static.manifest.parts.values()
        macs = baselines.count_macs(static.bundle.read(part.file))
    return {"accuracy": float(right.mean()), "macs": macs}


def latencies(chain: tflite.Chain, static: tflite.Chain | None, data: samples.Samples) -> dict[str, np.ndarray]:
    """Milliseconds `[rounds * images]` of some images at every operating point and in the static network, if any."""
    made = {point.name: (chain, point.name) for point in chain.manifest.operating_points}
    made |= {} if static is None else {STATIC: (static, None)}
    seen = benchmark.measure(made, data.images[samples.draw_rows(len(data), LATENCY_IMAGES)], LATENCY_ROUNDS)
    return {name: np.round(times["ms"].ravel(), 5) for name, times in seen.items()}


def pictures(examples: dict, data: samples.Samples) -> dict:
    """The examples with a thumbnail each and with the names of their labels' rows in the split."""
    for entry in (*examples["easy"], *examples["hard"]):
        entry["picture"] = figures.thumbnail(data.images[entry["row"]])
        entry["row"] = int(data.rows[entry["row"]])
    return examples
