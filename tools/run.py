"""Run a bundle on images and show how far each one went through the network."""

import argparse
import sys
from pathlib import Path

if not __package__:  # started as a file: import from the repository, not from tools/
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools import console, native
from tools.options import add_setting_options, settings
from tools.reporting.answers import LEFT, RUN, SKIPPED, describe, line


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/run.py",
        description=__doc__,
        epilog=f"The row of signs has one for every part: {RUN} run, {LEFT} run and its answer given, {SKIPPED} not "
        "run.",
    )
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip")
    add(
        "sources",
        metavar="IMAGE",
        nargs="+",
        help="image file, folder of images, or TASK:SPLIT:ROWS, such as max_min_digits:test:0,4-7",
    )
    add("--operating-point", metavar="NAME", help="of the bundle (default: the bundle's own)")
    add_setting_options(parser)
    add("--latency-ms", type=float, metavar="MS", help="answer within this time, as well as it can")
    add("--macs", type=float, metavar="N", help="spend at most this many multiply-adds on an image")
    add("--json", action="store_true", help="print results as JSON")
    return parser


def command(options: argparse.Namespace) -> None:
    """Runs every image."""
    import tflite
    from tools.reporting import samples

    given = settings(options.set)
    budget = None
    if options.latency_ms is not None or options.macs is not None:
        budget = tflite.Budget(latency_ms=options.latency_ms, macs=options.macs)
    with native.quiet():
        chain = tflite.Chain.load(options.bundle)
    manifest = chain.manifest
    collected = []
    for source in options.sources:
        for name, image, truth in samples.find(source):
            result = chain.run(image, budget, options.operating_point, given)
            described = describe(name, result, truth, manifest.task.labels)
            collected.append(described)
            if not options.json:
                console.say(line(described, manifest.program))
    if options.json:
        console.print_json(collected)


def main(arguments: list[str] | None = None) -> int:
    """Runs the tool; returns its exit status."""
    return console.main(build_parser, command, arguments)


if __name__ == "__main__":
    sys.exit(main())
