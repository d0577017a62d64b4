"""Measure a bundle's latency against the same network run whole, side by side: one thread, real images, one process."""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
import sys

from tools import console, machine, native
from tools.evaluate import add_data_options, chosen_points

STATIC, FULL_DEPTH = "static network", "chain, full depth"
CUT = "static, cut short at "
TOLERANCES = (0.005, 0.002)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/benchmark.py",
        description=__doc__,
        epilog="Rivals: the chain at its operating points; the chain at full depth; all parts linked to one static "
        "model; one model whose exits are IF operators. All go from a uint8 image to a label, pre-processing included.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser, limit=1024)
    parser.add_argument("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="how often every rival sees all images (default: 5)")
    parser.add_argument("--no-conditional", action="store_true", help="leave out the model with IF operators")
    parser.add_argument("--no-cuts", action="store_true", help="leave out the networks that are cut short at an exit")
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    parser.add_argument(
        "--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown"
    )
    return parser


def make_rivals(bundle, points, conditional: bool, cuts: bool) -> tuple[dict, dict]:
    """Loads everything that is measured; models with IF operators, and networks cut short, if wanted.

    Returns:
        ({name: (chain, operating point)}, {name: why it is not there}).
    """
    import tflite
    from tools import programs, rivals

    chain = tflite.Chain(bundle)
    made = {f"chain, {point}": (chain, point) for point in points}
    made[FULL_DEPTH] = (tflite.Chain(rivals.full_depth_bundle(bundle)), points[0])
    wanted = {STATIC: (points[0], lambda: rivals.static_bundle(bundle))}
    for name in programs.answers(bundle.manifest.program)[:-1] if cuts else ():
        wanted[f"{CUT}{name}"] = (points[0], lambda name=name: rivals.static_bundle(bundle, name))
    for point in points if conditional else ():
        wanted[f"IF operators, {point}"] = (point, lambda point=point: rivals.conditional_bundle(bundle, point))
    missing = {}
    for name, (point, make) in wanted.items():
        try:
            made[name] = (tflite.Chain(make()), point)
        except (console.UserError, tflite.FrugalError) as error:
            missing[name] = console.sentence(error)
    return made, missing


def measure(made: dict, data, rounds: int) -> dict:
    """Times the rivals; the result of `timing.interleave`."""
    from tools import timing

    def answerer(chain, point):
        return lambda image: chain.run(image, operating_point=point).label

    answer = {name: answerer(*rival) for name, rival in made.items()}
    blocks = rounds * -(-len(data) // timing.BLOCK)
    turns = iter(console.progress(range(blocks), "measuring, blocks of images"))
    next(turns)
    return timing.interleave(answer, data.images, rounds, tick=lambda: next(turns, None))


def results(seen: dict, made: dict, data) -> list[dict]:
    """One row a rival: accuracy, mean multiply-adds, latency, and how it compares with the static network."""
    import numpy as np

    from tools import timing

    rows = []
    for name, times in seen.items():
        row = {
            "name": name,
            "accuracy": float(np.mean(times["labels"] == data.labels)),
            **timing.summarise(times["ms"]),
        }
        if STATIC in seen:
            row["to_static"] = timing.ratio(times["ms"], seen[STATIC]["ms"])
        rows.append(row)
    return rows


def near_static(rows: list[dict]) -> list[dict]:
    """For each tolerance the operating point with the lowest mean latency that is as accurate as the static network.

    `cut` is the network cut short, the same at a fixed depth, of which that holds; None if there is none.
    """
    from tools.analysis import cheapest_within

    static = next((row for row in rows if row["name"] == STATIC), None)
    points = [row for row in rows if row["name"].startswith("chain, ") and row["name"] != FULL_DEPTH]
    if static is None:
        return []
    found = []
    for tolerance in TOLERANCES:
        best = cheapest_within(points, static["accuracy"], tolerance, "mean")
        row = {"tolerance": tolerance, "name": best and best["name"], "to_static": best and best["to_static"]}
        cut = cheapest_within([r for r in rows if r["name"].startswith(CUT)], static["accuracy"], tolerance, "mean")
        found.append(row | {"cut": cut and {"name": cut["name"], "to_static": cut["to_static"]}})
    return found


def overheads(bundle, rows: list[dict]) -> dict:
    """What the runtime takes beyond TensorFlow Lite's own work, in milliseconds, from medians.

    Beyond the bare invokes, the static network takes the image, one step and the answer; the chain at full depth takes
    the image, all its steps and the answer. So their difference is that of the other steps.

    Returns:
        {"parts_ms": {part: bare invoke}, "steps": parts run at full depth, "fixed_ms": image and answer, "step_ms":
        a part with its exit}; the last two are None where there is no static network, or no second part.
    """
    from tools import programs, rivals, timing

    parts = timing.part_latencies(bundle)
    path = programs.parts(bundle.manifest.program)
    p50 = {row["name"]: row["p50"] for row in rows}
    found = {"parts_ms": parts, "steps": len(path), "fixed_ms": None, "step_ms": None}
    if STATIC not in p50 or len(path) < 2:
        return found
    (static_ms,) = timing.part_latencies(rivals.static_bundle(bundle)).values()
    beyond_static = p50[STATIC] - static_ms
    beyond_full = p50[FULL_DEPTH] - sum(parts[name] for name in path)
    step = (beyond_full - beyond_static) / (len(path) - 1)
    return found | {"step_ms": step, "fixed_ms": beyond_static - step}


def markdown(report: dict) -> str:
    """The report as a page for docs/: what was measured, how, where, and the table."""
    lines = [
        f"# Latency of {report['bundle']}\n",
        f"`{report['command']}`\n",
        f"{report['samples']} images of {report['dataset']}:{report['split']}, {report['rounds']} times, the "
        "rivals taking turns at blocks of 32, one thread, uint8 image in, label out. Ratios are to the static one's: "
        "median of the rounds (lowest to highest).\n",
        f"Measured on {machine.line(report['machine'])}.\n",
        "| what | accuracy % | mean ms | p50 ms | p90 ms | p99 ms | p50 / static | mean / static |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rivals"]:
        ms = " | ".join(f"{row[key]:.3f}" for key in ("mean", "p50", "p90", "p99"))
        ratios = " | ".join(_ratio(row.get("to_static", {}).get(key)) for key in ("p50", "mean"))
        lines.append(f"| {row['name']} | {100 * row['accuracy']:.2f} | {ms} | {ratios} |")
    lines.append("")
    lines += [f"- {sentence}" for sentence in _sentences(report)]
    lines += ["", "| part | bare invoke, median us |", "|---|---|"]
    lines += [f"| {name} | {1000 * ms:.1f} |" for name, ms in report["overheads"]["parts_ms"].items()]
    return "\n".join(lines) + "\n"


def _ratio(quotient: dict | None) -> str:
    """A ratio with its range over the rounds."""
    return f"{quotient['median']:.3f} ({quotient['low']:.3f} to {quotient['high']:.3f})" if quotient else ""


def _sentences(report: dict):
    """Yields what the table does not say."""
    for found in report["near_static"]:
        if found["name"] is None:
            yield f"No operating point is within {100 * found['tolerance']:g} points of the static network's accuracy."
        else:
            p50, mean = (found["to_static"][key]["median"] for key in ("p50", "mean"))
            yield (
                f"Within {100 * found['tolerance']:g} points of the static network's accuracy: {found['name']}, at "
                f"{p50:.3f} of its p50 and {mean:.3f} of its mean latency."
            )
        if found["cut"]:
            p50, mean = (found["cut"]["to_static"][key]["median"] for key in ("p50", "mean"))
            yield f"The same at a fixed depth: {found['cut']['name']}, at {p50:.3f} and {mean:.3f}."
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


def command(options: argparse.Namespace) -> int:
    """Measures, prints, and writes."""
    import tflite
    from tools import samples

    if options.rounds < 1:
        raise console.UserError(f"expected at least one round, got --rounds {options.rounds}")
    bundle = tflite.Bundle.load(options.bundle)
    points = chosen_points(bundle.manifest, options.operating_point)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit)
    with native.quiet():
        made, missing = make_rivals(bundle, points, not options.no_conditional, not options.no_cuts)
    rows = results(measure(made, data, options.rounds), made, data)
    report = {
        "bundle": bundle.manifest.name,
        "command": machine.command_line(),
        "dataset": data.task,
        "split": data.split,
        "samples": len(data),
        "rounds": options.rounds,
        "machine": machine.describe(),
        "rivals": rows,
        "near_static": near_static(rows),
        "overheads": overheads(bundle, rows),
        "missing": missing,
    }
    encoded = json.dumps(console.plain(report), indent=1) + "\n"
    if options.out:
        console.write_text(options.out, encoded if options.out.endswith(".json") else markdown(report))
    if options.json:
        console.print_json(report)
    else:
        console.say(markdown(report).rstrip())
    return 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
