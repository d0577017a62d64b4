"""Runs a bundle for a report: every operating point, every exit's answer, the static network, side by side.

What comes out is one plain dictionary, described at `gather`; charts.py draws it and page.py writes it down. The
arithmetic is that of `tflite.baselines.analysis` and of `Chain.evaluate`.
"""

import msgspec
import numpy as np

import tflite
from tflite import baselines
from tflite.baselines import STATIC, analysis
from tflite.bundle import places, queries
from tools import console, machine, native
from tools.phone import record
from tools.reporting import benchmark, charts, detections, evaluation, figures, frontier, looks, samples

LATENCY_IMAGES = 300
LATENCY_ROUNDS = 3
NOT_COMPARED = "Exits are not compared one by one: not every image passes all of them."


def gather(bundle: tflite.Bundle, data: samples.Samples, command: str) -> dict:
    """Measures everything that a report shows of a bundle, on these images; told with the command line.

    Returns:
        {"bundle": facts of the manifest, "data": what it ran on, "machine", "command", "answers": names in order,
        "points": one for each operating point: accuracy, macs, exits, latency_ms, groups, "default_point",
        "exits": rows of `analysis.exit_table` at the default point, or [], "gates": {gate: curve}, "static": accuracy
        and macs or None, "notes": what could not be had and why, "latency": {name: [milliseconds]}, "examples": easy
        and hard images with thumbnails, "detections": `detections.pictures` of boxes, "phone": what
        `tools/phone_check.py --write` found, "frontier": what `tools/benchmark.py --against --write` did, "validation":
        contents of validation.json; each empty where
        there is none}.
    """
    with native.quiet():
        chain = tflite.Chain(bundle, self_test=True)
    answers = queries.answers(bundle.manifest.programs["main"])
    points, runs = evaluation.run_points(chain, data, [point.name for point in bundle.manifest.operating_points])
    default = bundle.manifest.default_operating_point
    table = analysis.trace_table(chain, console.progress(data.images, "asking every exit"), answers)
    static, missing = make_static(bundle)
    images = console.progress(data.images, "running the static network", len(data))
    found = {"easy": [], "hard": []}
    if not data.kinds:
        found = analysis.examples(runs[default], data.labels, data.groups, data.group_names)
    report = {
        "bundle": queries.facts(bundle.manifest),
        "data": {**data.described(), "groups": list(data.group_names)},
        "machine": machine.describe(),
        "command": command,
        "answers": answers,
        "points": points,
        "default_point": default,
        "exits": analysis.exit_table(table, runs[default], data.labels, answers) if table else [],
        "gates": {gate: analysis.sweep(table, data.labels, gate) if table else [] for gate in charts.GATE_NAMES},
        "static": analysis.static_point(bundle, static, table, data.labels, images) if static is not None else None,
        "notes": missing if table else [NOT_COMPARED, *missing],
        "latency": latencies(chain, static, data),
        "examples": pictures(found, data, chain),
        "detections": detections.pictures(runs[default]["found"], data) if data.kinds else [],
        "phone": places.read_object(bundle.path / record.FILE),
        "frontier": places.read_object(bundle.path / frontier.FILE),
        "validation": places.read_object(bundle.path / "validation.json"),
    }
    return console.plain(report)


def make_static(bundle: tflite.Bundle) -> tuple[tflite.Chain | None, list[str]]:
    """The static network as a chain: (chain, nothing), or (None, why there is none)."""
    with native.quiet():
        made, missing = baselines.attempt({STATIC: lambda: tflite.Chain(baselines.static_bundle(bundle))})
    return made.get(STATIC), [f"There is no static network to compare with: {reason}." for reason in missing.values()]


def latencies(chain: tflite.Chain, static: tflite.Chain | None, data: samples.Samples) -> dict[str, np.ndarray]:
    """Milliseconds `[rounds * images]` of some images at every operating point and in the static network, if any."""
    made = {point.name: (chain, point.name) for point in chain.manifest.operating_points}
    made |= {} if static is None else {STATIC: (static, None)}
    rows = samples.draw_rows(len(data), LATENCY_IMAGES)
    asked = queries.asked(chain.manifest, data.group_names, None if data.groups is None else data.groups[rows])
    seen = benchmark.measure(made, data.images[rows], LATENCY_ROUNDS, asked)
    return {name: np.round(times["ms"].ravel(), 5) for name, times in seen.items()}


def pictures(examples: dict, data: samples.Samples, chain: tflite.Chain) -> dict:
    """The examples with a thumbnail each, with the names of their labels' rows in the split, and where a run looked."""
    program = msgspec.to_builtins(chain.manifest.programs["main"])
    asked = queries.asked(chain.manifest, data.group_names, data.groups) or [None] * len(data)
    for entry in (*examples["easy"], *examples["hard"]):
        image = data.images[entry["row"]]
        entry["picture"], entry["sides"] = figures.thumbnail(image), image.shape[:2]
        entry["looks"] = looks.looks(program, chain.run(image, parameters=asked[entry["row"]]))
        entry["row"] = int(data.rows[entry["row"]])
    return examples
