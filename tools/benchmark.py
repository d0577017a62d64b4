"""Measure a bundle's latency against the same network run whole, side by side: one thread, real images, one process.

With --against it is measured beside static networks trained alone, and every fixed depth of its own: accuracy on all
images, arm64 instructions where they can be counted, and latencies, in one run.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, machine
from tools.options import add_data_options, add_folder_option, check_out, chosen_points, load_bundle, tell


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    measured = (
        "Measured are the chain at its operating points; the chain at full depth; all parts linked to one static "
        "model; one model whose exits are IF operators. All go from a uint8 image to a label, pre-processing included."
    )
    parser = argparse.ArgumentParser(prog="tools/benchmark.py", description=__doc__, epilog=measured)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", nargs="+", help="folder or .zip; several of one data set with --against")
    add_data_options(parser, limit=1024)
    add_folder_option(parser)
    add("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")
    add("--rounds", type=int, default=5, help="how often each of them sees all images (default: 5)")
    add("--no-conditional", action="store_true", help="leave out the model with IF operators")
    add("--no-cuts", action="store_true", help="leave out the networks that are cut short at an exit")
    text = "static networks: bundles, folders of tools/frontier.py, or the word frontier for all in runs/frontier/"
    add("--against", metavar="PLACE", nargs="+", help=text)
    add("--merge", metavar="FILE", help="with --against: put the results there, among those of other data sets")
    text = "with --against: put them beside the manifest, for tools/report.py, and into the model card"
    add("--write", action="store_true", help=text)
    add("--json", action="store_true", help="print results as JSON")
    add("--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown")
    return parser


def check(options: argparse.Namespace) -> None:
    """Raises UserError or PlaceError for what makes no sense."""
    if options.rounds < 1:
        raise console.UserError(f"expected at least one round, received --rounds {options.rounds}")
    if not options.against:
        if len(options.bundle) > 1:
            raise console.UserError(f"expected one bundle without --against, received {len(options.bundle)}")
        if options.merge or options.write:
            raise console.UserError("expected --against with --merge and --write, received none")
    elif options.data:
        raise console.UserError(f"expected --against on a task, received --data {options.data}")
    for file in (options.out, options.merge):
        check_out(file, *options.bundle)


def against(options: argparse.Namespace, bundles: list) -> None:
    """Measures chains beside static networks, prints, and writes."""
    from tools.reporting import frontier, samples

    for bundle in bundles if options.write else ():
        frontier.check_writable(bundle)
    if options.merge and Path(options.merge).exists():
        frontier.read(Path(options.merge))
    first = bundles[0].manifest
    statics = frontier.find(options.against, samples.task_of(first, options.dataset))
    for bundle in (*bundles[1:], *statics):
        samples.check_fit(bundle.manifest, samples.task_of(first, options.dataset))
    data = samples.load(first, options.dataset, options.split)
    found = frontier.measure(bundles, statics, data, options.limit, options.rounds)
    report = {"command": machine.command_line()} | found
    if options.merge:
        frontier.merge(Path(options.merge), report)
    for bundle in bundles if options.write else ():
        frontier.write(bundle, report)
    text = frontier.markdown(report)
    tell(options.out, options.json, report, text.rstrip(), text)


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Measures, prints, and writes; returns 1 if pictures were left out."""
    from tools.reporting import benchmark, samples

    check(options)
    bundles = [load_bundle(place) for place in options.bundle]
    if options.against:
        against(options, bundles)
        return 0
    (bundle,) = bundles
    points = chosen_points(bundle.manifest, options.operating_point)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit, options.data)
    conditional, cuts = not options.no_conditional, not options.no_cuts
    report = {"command": machine.command_line()}
    report |= benchmark.benchmark(bundle, data, points, options.rounds, conditional, cuts)
    text = benchmark.markdown(report)
    tell(options.out, options.json, report, text.rstrip(), text)
    return data.status


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
