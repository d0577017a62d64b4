"""A bundle's latency against the same network in other shapes: what is measured, and the page that tells it.

Everything that is measured is a chain at an operating point: the bundle's own, and the baselines of `tflite.baselines`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import tflite
from tflite import baselines
from tflite.bundle import queries
from tflite.runtime import timing
from tools import console, machine, native
from tools.reporting.analysis import CUT, FULL_DEPTH, STATIC, TOLERANCES, cheapest_within
from tools.reporting.samples import Samples
from tools.reporting.table import Table

LATENCIES = ("mean", "p50", "p90", "p99")
RATIOS = ("p50", "mean")


def benchmark(
    bundle: tflite.Bundle, data: Samples, points: list[str], rounds: int, conditional: bool, cuts: bool
) -> dict:
    """Measures a bundle and its baselines in turns.

    Args:
        bundle: what is measured.
        data: labelled images.
        points: names of operating points.
        rounds: how often each chain sees all images.
        conditional: whether models with IF operators are among the baselines.
        cuts: whether networks that are cut short at an exit are.

    Returns:
        {"bundle": its name, "dataset", "split", "samples", "rounds", "machine", "chains": `results`, "near_static",
        "overheads", "missing": {baseline: why it is not there}}.
    """
    with native.quiet():
        chains, missing = make_chains(bundle, points, conditional, cuts)
    rows = results(measure(chains, data.images, rounds), data)
    told = {"bundle": bundle.manifest.name, **data.described(), "rounds": rounds, "machine": machine.describe()}
    told |= {"chains": rows, "near_static": near_static(rows), "overheads": overheads(bundle, rows)}
    return told | {"missing": missing}


def make_chains(bundle: tflite.Bundle, points: list[str], conditional: bool, cuts: bool) -> tuple[dict, dict]:
    """Loads everything that is measured; the arguments are those of `benchmark`.

    Returns:
        ({name: (chain, operating point)}, {name: why it is not there}).
    """
    chain = tflite.Chain(bundle)
    made = {f"chain, {point}": (chain, point) for point in points}
    full, full_point = baselines.full_depth(bundle)
    made[FULL_DEPTH] = (tflite.Chain(full), full_point)
    wanted = {STATIC: (points[0], lambda: baselines.static_bundle(bundle))}
    for name in queries.answers(bundle.manifest.programs["main"])[:-1] if cuts else ():
        wanted[f"{CUT}{name}"] = (points[0], lambda name=name: baselines.static_bundle(bundle, name))
    for point in points if conditional else ():
        wanted[f"IF operators, {point}"] = (point, lambda point=point: baselines.conditional_bundle(bundle, point))
    missing = {}
    for name, (point, make) in wanted.items():
        try:
            made[name] = (tflite.Chain(make()), point)
        except (console.UserError, tflite.FrugalError) as error:
            missing[name] = console.sentence(error)
    return made, missing


def measure(chains: dict, images: np.ndarray, rounds: int) -> dict:
    """Times chains at operating points, name -> (chain, point), in turns; the result of `timing.interleave`."""
    answer = {
        name: lambda image, chain=chain, point=point: chain.run(image, operating_point=point).label
        for name, (chain, point) in chains.items()
    }
    blocks = rounds * -(-len(images) // timing.BLOCK)
    turns = iter(console.progress(range(blocks), "measuring, blocks of images"))
    next(turns)
    return timing.interleave(answer, images, rounds, tick=lambda: next(turns, None))


def results(seen: dict, data: Samples) -> list[dict]:
    """Sums up what `measure` has seen on these images.

    Returns:
        A row for each chain: {"name", "accuracy", "mean", "p50", "p90", "p99": milliseconds, "to_static": how they
        compare with the static network's, if there is one}.
    """
    rows = []
    for name, times in seen.items():
        row = {"name": name, "accuracy": float(np.mean(times["labels"] == data.labels))}
        row |= timing.summarise(times["ms"])
        row |= {"to_static": timing.ratio(times["ms"], seen[STATIC]["ms"])} if STATIC in seen else {}
        rows.append(row)
    return rows


def near_static(rows: list[dict]) -> list[dict]:
    """For each tolerance the operating point with the lowest mean latency that is as accurate as the static network.

    Returns:
        A list of {"tolerance", "name", "to_static", "cut": the same of the network cut short, which has a fixed depth};
        None for what is not to be had, and no entry where there is no static network.
    """
    accuracy = {row["name"]: row["accuracy"] for row in rows}.get(STATIC)
    points = [row for row in rows if row["name"].startswith("chain, ") and row["name"] != FULL_DEPTH]
    short = [row for row in rows if row["name"].startswith(CUT)]

    def best(some: list[dict], tolerance: float) -> dict | None:
        row = cheapest_within(some, accuracy, tolerance, "mean")
        return row and {"name": row["name"], "to_static": row["to_static"]}

    missing = {"name": None, "to_static": None}
    return [
        {"tolerance": tolerance} | (best(points, tolerance) or missing) | {"cut": best(short, tolerance)}
        for tolerance in (TOLERANCES if accuracy is not None else ())
    ]


def overheads(bundle: tflite.Bundle, rows: list[dict]) -> dict:
    """What the runtime takes beyond TensorFlow Lite's own work, in milliseconds, from medians.

    Beyond the bare invokes, the static network takes the image, one step and the answer; the chain at full depth takes
    the image, all its steps and the answer. So their difference is that of the other steps.

    Returns:
        {"parts_ms": {part: bare invoke}, "steps": parts run at full depth, "fixed_ms": image and answer, "step_ms":
        a part with its exit}; the last two are None where there is no static network, or no second part.
    """
    parts = timing.part_latencies(bundle)
    full, full_point = baselines.full_depth(bundle)
    image = np.zeros(queries.picture(bundle.manifest)[1], np.uint8)
    path = tflite.Chain(full).run(image, operating_point=full_point).path
    p50 = {row["name"]: row["p50"] for row in rows}
    found = {"parts_ms": parts, "steps": len(path), "fixed_ms": None, "step_ms": None}
    if STATIC not in p50 or len(path) < 2:
        return found
    (static_ms,) = timing.part_latencies(baselines.static_bundle(bundle)).values()
    beyond_static = p50[STATIC] - static_ms
    beyond_full = p50[FULL_DEPTH] - sum(parts[name] for name in path)
    step = (beyond_full - beyond_static) / (len(path) - 1)
    return found | {"step_ms": step, "fixed_ms": beyond_static - step}


def markdown(report: dict) -> str:
    """The result of `benchmark`, with its "command", as a page for docs/: what was measured, how and where."""
    text = (
        f"{report['samples']} images of {report['dataset']}:{report['split']}, {report['rounds']} times, all of them "
        f"taking turns at blocks of {timing.BLOCK}, one thread, uint8 image in, label out. Ratios are to the static "
        "network: median of the rounds (lowest to highest)."
    )
    header = ["what", "accuracy %", *(f"{key} ms" for key in LATENCIES), *(f"{key} / static" for key in RATIOS)]
    cells = []
    for row in report["chains"]:
        ratios = [_ratio(row.get("to_static", {}).get(key)) for key in RATIOS]
        cells.append([row["name"], f"{100 * row['accuracy']:.2f}", *(f"{row[key]:.3f}" for key in LATENCIES), *ratios])
    parts = [[name, f"{1000 * ms:.1f}"] for name, ms in report["overheads"]["parts_ms"].items()]
    blocks = [f"# Latency of {report['bundle']}", f"`{report['command']}`", text]
    blocks += [f"Measured on {machine.line(report['machine'])}.", Table(header, cells).markdown()]
    blocks += ["\n".join(f"- {sentence}" for sentence in sentences(report))]
    return "\n\n".join([*blocks, Table(["part", "bare invoke, median us"], parts).markdown()]) + "\n"


def _ratio(quotient: dict | None) -> str:
    """A ratio with its range over the rounds."""
    return f"{quotient['median']:.3f} ({quotient['low']:.3f} to {quotient['high']:.3f})" if quotient else ""


def sentences(report: dict) -> Iterator[str]:
    """Yields what the tables do not say."""
    for found in report["near_static"]:
        yield from _near_static_sentences(found)
    overhead = report["overheads"]
    if overhead["step_ms"] is not None and min(overhead["step_ms"], overhead["fixed_ms"]) < 0:
        yield "What the runtime takes beyond TensorFlow Lite's own work was lost in the noise of this run."
    elif overhead["step_ms"] is not None:
        yield (
            f"Beyond TensorFlow Lite's own work the runtime takes {1000 * overhead['fixed_ms']:.1f} us an image and "
            f"{1000 * overhead['step_ms']:.1f} us a part with its exit ({overhead['steps']} parts)."
        )
    for name, reason in report["missing"].items():
        yield f"Not measured: {name} ({reason})."


def _near_static_sentences(found: dict) -> Iterator[str]:
    """Yields an entry of `near_static` in words."""
    near = f"within {100 * found['tolerance']:g} points of the static network's accuracy"
    if found["name"] is None:
        yield f"No operating point is {near}."
    else:
        p50, mean = (found["to_static"][key]["median"] for key in RATIOS)
        yield f"{near.capitalize()}: {found['name']}, at {p50:.3f} of its p50 and {mean:.3f} of its mean latency."
    if found["cut"]:
        p50, mean = (found["cut"]["to_static"][key]["median"] for key in RATIOS)
        yield f"The same at a fixed depth: {found['cut']['name']}, at {p50:.3f} and {mean:.3f}."
