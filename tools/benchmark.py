"""Measure a bundle's latency against the same network run whole, side by side: one thread, real images, one process."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, machine
from tools.options import add_data_options, check_out, chosen_points, tell


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    measured = (
        "Measured are the chain at its operating points; the chain at full depth; all parts linked to one static "
        "model; one model whose exits are IF operators. All go from a uint8 image to a label, pre-processing included."
    )
    parser = argparse.ArgumentParser(prog="tools/benchmark.py", description=__doc__, epilog=measured)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser, limit=1024)
    add("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")
    add("--rounds", type=int, default=5, help="how often each of them sees all images (default: 5)")
    add("--no-conditional", action="store_true", help="leave out the model with IF operators")
    add("--no-cuts", action="store_true", help="leave out the networks that are cut short at an exit")
    add("--json", action="store_true", help="print results as JSON")
    add("--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown")
    return parser


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> None:
    """Measures, prints, and writes."""
    import tflite
    from tools.reporting import benchmark, samples

    if options.rounds < 1:
        raise console.UserError(f"expected at least one round, received --rounds {options.rounds}")
    check_out(options.out, options.bundle)
    bundle = tflite.Bundle.load(options.bundle)
    points = chosen_points(bundle.manifest, options.operating_point)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit)
    conditional, cuts = not options.no_conditional, not options.no_cuts
    report = {"command": machine.command_line()}
    report |= benchmark.benchmark(bundle, data, points, options.rounds, conditional, cuts)
    text = benchmark.markdown(report)
    tell(options, report, text.rstrip(), text)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
