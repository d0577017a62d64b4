"""Evaluate a bundle on a dataset: accuracy, exits, multiply-adds and latency, by operating point and kind of image.

With --policy it compares exit policies on the float network of a run folder instead: nothing is skipped and no latency
is taken, but any policy can be looked at before it is converted.
"""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
import sys

from tools import console, machine, native, part_prices, policy_names
from tools import run as run_tool

COSTS = {"macs": ("macs", "mult-adds"), "arm64": ("arm64_instructions", "arm64 instr")}  # unit in a bundle, heading


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/evaluate.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip; with --policy a run folder")
    add_data_options(parser)
    text = "compare these policies on a run, separated by commas, such as controllers,fitted,entropy:0.2; each is "
    parser.add_argument("--policy", metavar="LIST", help=text + policy_names.HELP)
    parser.add_argument("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")
    run_tool.add_setting_options(parser)
    parser.add_argument(
        "--cost",
        choices=COSTS,
        default="macs",
        help="what is told, and with --policy saved: multiply-adds (default), or arm64 instructions of the phone's "
        "kernels, which a bundle has from tools/phone_check.py --write",
    )
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    parser.add_argument("--out", metavar="FILE", help="write the results as JSON there too")
    return parser


def add_data_options(parser: argparse.ArgumentParser, limit: int | None = None, split: str | None = "test") -> None:
    """The options that choose labelled images; `limit` is how many by default, None is all.

    split: by default; None is the one on which the bundle's operating points were measured.
    """
    parser.add_argument("--dataset", metavar="TASK", help="default: the one that the bundle was made for")
    text = f'such as "validation" or "test[:10%%]" (default: {split or "that of the operating points"})'
    parser.add_argument("--split", default=split, help=text)
    text = f"that many images, drawn from the split (default: {limit or 'all'})"
    parser.add_argument("--limit", type=int, metavar="N", default=limit, help=text)


def chosen_points(manifest, name: str) -> list[str]:
    """The operating points that were asked for. Raises UserError for an unknown one."""
    names = [point.name for point in manifest.operating_points]
    if name == "all":
        return names
    if name not in names:
        raise console.UserError(f"expected an operating point ({', '.join(names)}) or all, got {name!r}")
    return [name]


def tidy(evaluation: dict, answers, group_names=()) -> dict:
    """An `Evaluation` as plain data: every answer listed, in order; groups in the task's order; paths left out."""

    def summary(values):
        exits = {name: values["exits"].get(name, 0.0) for name in answers}
        return {**{k: v for k, v in values.items() if k != "paths"}, "exits": exits}

    groups = evaluation["groups"]
    order = [name for name in group_names if name in groups] or list(groups)
    result = {"name": evaluation["operating_point"], **summary(evaluation["total"])}
    return result | ({"groups": {name: summary(groups[name]) for name in order}} if order else {})


def evaluate(chain, data, points, label="evaluating", settings=None) -> list[dict]:
    """Runs labelled images at operating points; the results of `tidy` in the order of the points.

    settings: parameters of the program on top of each point.
    """
    from tools import programs

    answers, results = programs.answers(chain.manifest.program), []
    for point in points:
        samples = console.progress(data.tuples(), f"{label} {point}", len(data))
        results.append(tidy(chain.evaluate(samples, point, parameters=settings).to_dict(), answers, data.group_names))
    return results


def check_cost(manifest, cost: str) -> None:
    """Raises UserError if the bundle has no costs of that kind."""
    for name, part in manifest.parts.items():
        if COSTS[cost][0] not in part.costs:
            raise console.UserError(
                f"expected parts with {COSTS[cost][0]} among their costs (tools/phone_check.py --write counts them), "
                f"got {name} with {', '.join(part.costs)}"
            )


def table(results: list[dict], cost: str = "macs") -> str:
    """The results as lines for people: one an operating point, and below it one for each kind of image."""
    unit, heading = COSTS[cost]
    lines = [f"{'operating point':<24}{'accuracy':>9}{heading:>12}{'p50 ms':>9}{'p90 ms':>9}{'p99 ms':>9}  exits"]
    for result in results:
        for name, row in {result["name"]: result, **{f"  {k}": v for k, v in result.get("groups", {}).items()}}.items():
            exits = " ".join(f"{100 * share:.0f}" for share in row["exits"].values())
            ms = "".join(f"{row['latency_ms'][key]:>9.3f}" for key in ("p50", "p90", "p99"))
            lines.append(f"{name:<24}{row['accuracy']:>9.2%}{console.count(row['costs'][unit]):>12}{ms}  {exits}")
    return "\n".join([*lines, "(exits: percent of the images that left at each, in the program's order)"])


def compare(options: argparse.Namespace, settings: dict) -> int:
    """Compares policies on a run, prints, and writes."""
    from tools import runs

    run, texts = runs.read(options.bundle), options.policy.split(",")
    for text in texts:
        policy_names.check(text)
    part_prices.prepare(options.cost)
    if options.dataset or options.limit is not None or options.operating_point != "all" or settings:
        raise console.UserError(
            "expected --policy without --dataset, --limit, --operating-point, --kappa and --set: it chooses settings "
            "on the held-out images of the run's own task; --split says on which they are judged"
        )
    native.load_tensorflow()
    from tools import run_evaluation

    found = run_evaluation.evaluate(run, texts, options.split, options.cost)
    report = {"run": str(run.folder), "dataset": run.config["task"], "split": options.split, **found}
    title = f"{run.folder} in float on {run.config['task']}:{options.split}, settings from held-out images"
    tell(options, report, f"{title}\n{run_evaluation.table(found)}")
    return 0


def tell(options: argparse.Namespace, report: dict, text: str) -> None:
    """Writes the report where it was asked for, and prints it: as JSON, or as text for people."""
    if options.out:
        console.write_text(options.out, json.dumps(console.plain(report), indent=1) + "\n")
    if options.json:
        console.print_json(report)
    else:
        console.say(text)


def command(options: argparse.Namespace) -> int:
    """Evaluates, prints, and writes."""
    settings = run_tool.parameters(options)
    if options.policy:
        return compare(options, settings)
    import tflite
    from tools import samples

    bundle = tflite.Bundle.load(options.bundle)
    points = chosen_points(bundle.manifest, options.operating_point)
    check_cost(bundle.manifest, options.cost)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit)
    with native.quiet():
        chain = tflite.Chain(bundle)
    report = {
        "bundle": bundle.manifest.name,
        "dataset": data.task,
        "split": data.split,
        "samples": len(data),
        "machine": machine.describe(),
        "settings": settings,
        "operating_points": evaluate(chain, data, points, settings=settings),
    }
    title = f"{report['bundle']} on {len(data)} images of {data.task}:{data.split}"
    title += "".join(f", {name} {value}" for name, value in settings.items())
    tell(options, report, f"{title}\n{table(report['operating_points'], options.cost)}")
    return 0


def main(arguments=None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
