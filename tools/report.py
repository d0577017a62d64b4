"""Write a bundle's report: one HTML file with figures of cost, accuracy, exits and latency, measured here and now."""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, machine
from tools.options import add_data_options, add_folder_option, check_out, load_bundle, tell


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/report.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser)
    add_folder_option(parser)
    parser.add_argument("--out", metavar="FILE", help="the page (default: reports/BUNDLE.html)")
    text = "draw what accuracy costs, the page's first figure, into that .png file too"
    parser.add_argument("--picture", metavar="FILE", help=text)
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON too")
    return parser


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Measures and writes the page; returns 1 if pictures were left out."""
    from tools.reporting import charts, gather, page, samples

    bundle = load_bundle(options.bundle)
    options.out = options.out or f"reports/{bundle.manifest.name}.html"
    for file in (options.out, options.picture):
        check_out(file, options.bundle)
    if options.picture and not options.picture.lower().endswith(".png"):
        raise console.UserError(f"expected a .png file as --picture, received {options.picture}")
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit, options.data)
    report = gather.gather(bundle, data, machine.command_line())
    if options.picture:
        charts.draw_cost_accuracy(report, options.picture)
    said = f"wrote {' and '.join(filter(None, (options.out, options.picture)))}"
    tell(options.out, options.json, report, said, page.page(report))
    return data.status


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
