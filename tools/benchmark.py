"""Measure a bundle's latency against the same network run whole, side by side: one thread, real images, one process."""

if not __package__:  # started as a file: import from the repository, not from tools/
    import sys
    from pathlib import Path

    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse
import json
import sys

from tools import console, machine
from tools.options import add_data_options, add_point_option, chosen_points


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/benchmark.py",
        description=__doc__,
        epilog="Measured are the chain at its operating points; the chain at full depth; all parts linked to one "
        "static model; one model whose exits are IF operators. All go from a uint8 image to a label, pre-processing "
        "included.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser, limit=1024)
    add_point_option(parser)
    parser.add_argument("--rounds", type=int, default=5, help="how often each of them sees all images (default: 5)")
    parser.add_argument("--no-conditional", action="store_true", help="leave out the model with IF operators")
    parser.add_argument("--no-cuts", action="store_true", help="leave out the networks that are cut short at an exit")
    parser.add_argument("--json", action="store_true", help="print results as JSON")
    parser.add_argument(
        "--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown"
    )
    return parser


def command(options: argparse.Namespace) -> None:
    """Measures, prints, and writes."""
    import tflite
    from tools.reporting import benchmark, samples

    if options.rounds < 1:
        raise console.UserError(f"expected at least one round, received --rounds {options.rounds}")
    bundle = tflite.Bundle.load(options.bundle)
    points = chosen_points(bundle.manifest, options.operating_point)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit)
    conditional, cuts = not options.no_conditional, not options.no_cuts
    found = benchmark.benchmark(bundle, data, points, options.rounds, conditional, cuts)
    report = {"command": machine.command_line(), **found}
    if options.out:
        encoded = json.dumps(console.plain(report), indent=1) + "\n"
        console.write_text(options.out, encoded if options.out.endswith(".json") else benchmark.markdown(report))
    if options.json:
        console.print_json(report)
    else:
        console.say(benchmark.markdown(report).rstrip())


def main(arguments: list[str] | None = None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
