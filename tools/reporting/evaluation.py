"""Evaluates a bundle on labelled images: accuracy, exits, costs and latency, by operating point and kind of image."""

from collections.abc import Iterable, Sequence

import numpy as np

import tflite
from tflite.baselines import analysis
from tflite.bundle import queries
from tflite.conversion.table import Table
from tflite.runtime import evaluation as runtime
from tflite.runtime.server_parts import ServerParts
from tools import console, machine, native, taught
from tools.reporting.samples import Samples, place

COSTS = {"macs": ("macs", "mult-adds"), "arm64": ("arm64_instructions", "arm64 instr")}  # unit in a bundle, heading
PERCENTILES = ("p50", "p90", "p99")


def evaluate(
    bundle: tflite.Bundle,
    data: Samples,
    points: Iterable[str],
    settings: dict,
    server_half: bool = False,
    tables: Sequence[str] = (),
) -> dict:
    """Runs every image at the operating points of these names; settings: of parameters, on top of each point.

    server_half: whether the bundle's server half answers, in this process; else it is a device alone.
    tables: files of rows that the bundle was taught (`tools.taught`).

    Returns:
        {"bundle": its name, "dataset", "split", "samples", "machine", "settings", "server_half", "operating_points":
        results of `tidy` in the order of the points, of a bundle with a server half with the mean `bytes_sent`, of one
        that answers with boxes with `boxes`, as `BoxJudge.figures` has them}.

    Raises:
        ChainError: a server half that is not there.
    """
    with native.quiet():
        chain = tflite.Chain(bundle, self_test=True)
        if server_half:
            chain = tflite.Chain(bundle, remote=ServerParts(bundle))
    taught.load(chain.tables, tables)
    results, _ = run_points(chain, data, points, settings)
    told = {"bundle": bundle.manifest.name, **data.described(), "machine": machine.describe()}
    return told | {"settings": settings, "server_half": server_half, "operating_points": results}


def run_points(chain: tflite.Chain, data: Samples, points: Iterable[str], settings: dict | None = None) -> tuple:
    """Runs all images at operating points: (results of `tidy`, {point: runs table of `tflite.baselines.analysis`})."""
    answers, results, tables = queries.answers(chain.manifest.programs["main"]), [], {}
    asked, judge = queries.asking(chain.manifest, data.group_names), data.judge(chain.manifest)
    compare = runtime.Judge(judge.of_result, judge.right) if data.kinds else None
    for point in points:
        seen = []
        images = console.progress(data.tuples(), f"evaluating {point}", len(data))
        found = runtime.evaluate(chain, images, point, None, settings, seen.append, asked, compare)
        results.append(runtime.tidy(found.to_dict(), answers, data.group_names))
        if any(part.file is None for part in chain.manifest.parts.values()):
            results[-1]["bytes_sent"] = float(np.mean([bytes_sent(result) for result in seen]))
        tables[point] = analysis.runs_table(seen, answers)
        if data.kinds:
            tables[point]["found"] = [judge.of_result(result) for result in seen]
            results[-1]["boxes"] = judge.figures(tables[point]["found"], data.labels)
    return results, tables


def bytes_sent(result) -> int:
    """Bytes that a result says went to remote parts."""
    return sum(event.bytes[0] for event in result.events if event.kind == "remote")


def check_cost(manifest: tflite.Manifest, cost: str) -> None:
    """Raises UserError for a bundle with a part that has no such cost, one of COSTS."""
    for name, part in manifest.parts.items():
        if COSTS[cost][0] not in part.costs:
            raise console.UserError(
                f"expected parts with {COSTS[cost][0]} among their costs (tools/phone_check.py --write counts them), "
                f"received {name} with {', '.join(part.costs)}"
            )


def title(report: dict) -> str:
    """What was evaluated on what, in one line."""
    text = f"{report['bundle']} on {report['samples']} images of {place(report)}"
    if report.get("server_half"):
        sent = sorted({f"{row['bytes_sent']:.0f}" for row in report["operating_points"]})
        text += f", with its server half in this process, {' or '.join(sent)} bytes sent"
    return text + "".join(f", {name} {value}" for name, value in report["settings"].items())


def boxes_text(results: list[dict]) -> str:
    """Average precision of every operating point, of base and novel kinds in each split; empty where there is none."""
    rows, names = [], []
    for result in results:
        if told := result.get("boxes"):
            splits = told["splits"].items()
            names = [f"{side} {number}" for number, sides in splits for side in sides]
            cells = [one for _, sides in splits for one in sides.values()]
            rows.append([result["name"], *(_percent(one) for one in (told["ap50"], told["ap"], *cells))])
    caption = "(AP50 of the kinds that the bundle knows; base and novel: of a split of the kinds)"
    return Table(["operating point", "AP50", "AP", *names], rows, caption=caption).text() if rows else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


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
