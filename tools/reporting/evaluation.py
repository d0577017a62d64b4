"""Evaluates a bundle on labelled images: accuracy, exits, costs and latency, by operating point and kind of image."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import numpy as np

import tflite
from tflite.bundle import queries
from tflite.runtime.evaluation import evaluate as summarise
from tools import console, machine, native
from tools.console import UserError
from tools.reporting.samples import Samples
from tools.reporting.table import Table

COSTS = {"macs": ("macs", "mult-adds"), "arm64": ("arm64_instructions", "arm64 instr")}  # unit in a bundle, heading
PERCENTILES = ("p50", "p90", "p99")


def evaluate(bundle: tflite.Bundle, data: Samples, points: Iterable[str], settings: dict) -> dict:
    """Runs every image at every one of the operating points.

    Args:
        bundle: what is measured.
        data: labelled images.
        points: names of operating points.
        settings: parameters of the program, on top of each point.

    Returns:
        {"bundle": its name, "dataset", "split", "samples", "machine", "settings", "operating_points": results of `tidy`
        in the order of the points}.
    """
    with native.quiet():
        chain = tflite.Chain(bundle)
    results, _ = run_points(chain, data, points, settings)
    told = {"bundle": bundle.manifest.name, **data.described(), "machine": machine.describe()}
    return told | {"settings": settings, "operating_points": results}


def run_points(chain: tflite.Chain, data: Samples, points: Iterable[str], settings: dict | None = None) -> tuple:
    """Runs all images at operating points: (results of `tidy`, {point: runs table of analysis.py})."""
    answers, results, tables = queries.answers(chain.manifest.programs["main"]), [], {}
    places = {name: i for i, name in enumerate(answers)}
    for point in points:
        seen = []

        def run(*arguments) -> tflite.Result:
            result = chain.run(*arguments)
            seen.append((result.label, places[result.exit], float(result.probabilities[result.label])))
            return result

        images = console.progress(data.tuples(), f"evaluating {point}", len(data))
        found = summarise(SimpleNamespace(run=run), images, point, parameters=settings)
        results.append(tidy(found.to_dict(), answers, data.group_names))
        columns = map(np.array, zip(*seen, strict=True))
        tables[point] = dict(zip(("label", "exit", "confidence"), columns, strict=True))
    return results, tables


def tidy(evaluation: dict, answers: Iterable[str], group_names: Iterable[str] = ()) -> dict:
    """Makes plain data of an `Evaluation`.

    Args:
        evaluation: as a dictionary.
        answers: names of the program's exits and answers; all of them are listed, in this order.
        group_names: kinds of images, in the order in which they are listed.

    Returns:
        {"name": of the operating point, "accuracy", "exits", and so on, "groups": the same for each kind}; ways are
        left out.
    """

    def summary(values):
        exits = {name: values["exits"].get(name, 0.0) for name in answers}
        return {k: v for k, v in values.items() if k != "paths"} | {"exits": exits}

    groups = evaluation["groups"]
    order = [name for name in group_names if name in groups] or list(groups)
    result = {"name": evaluation["operating_point"], **summary(evaluation["total"])}
    return result | ({"groups": {name: summary(groups[name]) for name in order}} if order else {})


def check_cost(manifest: tflite.Manifest, cost: str) -> None:
    """Raises UserError for a bundle with a part that has no such cost, one of COSTS."""
    for name, part in manifest.parts.items():
        if COSTS[cost][0] not in part.costs:
            raise UserError(
                f"expected parts with {COSTS[cost][0]} among their costs (tools/phone_check.py --write counts them), "
                f"received {name} with {', '.join(part.costs)}"
            )


def title(report: dict) -> str:
    """What was evaluated on what, in one line."""
    text = f"{report['bundle']} on {report['samples']} images of {report['dataset']}:{report['split']}"
    return text + "".join(f", {name} {value}" for name, value in report["settings"].items())


def table(results: list[dict], cost: str = "macs") -> Table:
    """Results of `tidy`, with one of COSTS: a row for each operating point, and below it one for each kind of image."""
    unit, heading = COSTS[cost]
    rows = []
    for result in results:
        kinds = {f"  {kind}": row for kind, row in result.get("groups", {}).items()}
        for name, row in {result["name"]: result, **kinds}.items():
            ms = [f"{row['latency_ms'][key]:.3f}" for key in PERCENTILES]
            exits = " ".join(f"{100 * share:.0f}" for share in row["exits"].values())
            rows.append([name, f"{row['accuracy']:.2%}", console.count(row["costs"][unit]), *ms, exits])
    header = ["operating point", "accuracy", heading, *(f"{key} ms" for key in PERCENTILES), "exits"]
    caption = "(exits: percent of the images that left at each, in the program's order)"
    return Table(header, rows, "lrrrrrl", caption=caption)
