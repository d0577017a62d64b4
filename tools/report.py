"""Write a bundle's report: one HTML file with figures of cost, accuracy, exits and latency, measured here and now."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, machine
from tools.options import add_data_options, check_out, tell


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/report.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser)
    parser.add_argument("--out", metavar="FILE", help="the page (default: reports/BUNDLE.html)")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON too")
    return parser


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> None:
    """Measures and writes the page."""
    import tflite
    from tools.reporting import gather, page, samples

    bundle = tflite.Bundle.load(options.bundle)
    options.out = options.out or f"reports/{bundle.manifest.name}.html"
    check_out(options.out, options.bundle)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit)
    report = gather.gather(bundle, data, machine.command_line())
    tell(options, report, f"wrote {Path(options.out)}", page.page(report))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
