"""A bundle's latency against the same network in other shapes: the measurement, and the page that tells it.

Everything that is measured is a chain at an operating point: the bundle's own, and the baselines of `tflite.baselines`.
"""

import numpy as np

import tflite
from tflite.baselines import benchmark as shapes
from tflite.bundle import queries
from tflite.conversion.table import Table
from tflite.runtime import timing
from tools import console, machine, native
from tools.pipeline.judge import LabelJudge
from tools.reporting.samples import Samples, place

LATENCIES = ("mean", "p50", "p90", "p99")
RATIOS = ("p50", "mean")


def benchmark(
    bundle: tflite.Bundle, data: Samples, points: list[str], rounds: int, conditional: bool, cuts: bool
) -> dict:
    """Measures a bundle and its baselines (`make_chains`) in turns; `rounds`: how often each chain sees all images.

    Returns:
        {"bundle": its name, "dataset", "split", "samples", "rounds", "machine", "chains": `results`, "near_static",
        "overheads", "missing": {baseline: why it is not there}}.
    """
    with native.quiet():
        chains, missing = shapes.make_chains(bundle, points, conditional, cuts)
    asked = queries.asked(bundle.manifest, data.group_names, data.groups)
    judge = data.judge(bundle.manifest)
    rows = shapes.results(measure(chains, data.images, rounds, asked, judge.of_result), data.labels, judge.right)
    told = {"bundle": bundle.manifest.name, **data.described(), "rounds": rounds, "machine": machine.describe()}
    told |= {"boxes": True} if data.kinds else {}
    told |= {"chains": rows, "near_static": shapes.near_static(rows, bundle.manifest.operating_points)}
    told |= {"overheads": shapes.overheads(bundle, rows)}
    return told | {"missing": missing}


def measure(chains: dict, images: np.ndarray, rounds: int, asked=None, answer_of=LabelJudge().of_result) -> dict:
    """As `tflite.baselines.benchmark.measure`, and shows how far it got."""
    blocks = rounds * -(-len(images) // timing.BLOCK)
    turns = iter(console.progress(range(blocks), "measuring, blocks of images"))
    next(turns)
    return shapes.measure(chains, images, rounds, lambda: next(turns, None), asked, answer_of)


def markdown(report: dict) -> str:
    """The result of `benchmark`, with its "command", as a page for docs/: what was measured, how and where."""
    text = (
        f"{report['samples']} images of {place(report)}, {report['rounds']} times, all of them "
        f"taking turns at blocks of {timing.BLOCK}, one thread, uint8 image in, label out. Ratios are to the static "
        "network, which is this one run whole, median of the rounds (lowest to highest); smaller ones: --against."
    )
    header = [
        "what",
        f"{'AP50' if report.get('boxes') else 'accuracy'} %",
        *(f"{key} ms" for key in LATENCIES),
        *(f"{key} / static" for key in RATIOS),
    ]
    cells = []
    for row in report["chains"]:
        ratios = [_ratio(row.get("to_static", {}).get(key)) for key in RATIOS]
        cells.append([row["name"], f"{100 * row['accuracy']:.2f}", *(f"{row[key]:.3f}" for key in LATENCIES), *ratios])
    parts = [[name, f"{1000 * ms:.1f}"] for name, ms in report["overheads"]["parts_ms"].items()]
    blocks = [f"# Latency of {report['bundle']}", f"`{report['command']}`", text]
    blocks += [f"Measured on {machine.line(report['machine'])}.", Table(header, cells).markdown()]
    told = shapes.sentences(report["near_static"], report["overheads"], report["missing"])
    blocks += ["\n".join(f"- {sentence}" for sentence in told)]
    return "\n\n".join([*blocks, Table(["part", "bare invoke, median us"], parts).markdown()]) + "\n"


def _ratio(quotient: dict | None) -> str:
    return f"{quotient['median']:.3f} ({quotient['low']:.3f} to {quotient['high']:.3f})" if quotient else ""
