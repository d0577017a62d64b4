"""Write a bundle's report: one HTML file with figures of cost, accuracy, exits and latency, measured here and now."""

import argparse
import sys
from pathlib import Path

if not __package__:  # started as a file: import from the repository, not from tools/
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from tools import console, machine
from tools.options import add_data_options, add_folder_option, check_out, tell


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/report.py", description=__doc__)
    parser.add_argument("bundle", metavar="BUNDLE", help="folder or .zip")
    add_data_options(parser)
    add_folder_option(parser)
    parser.add_argument("--out", metavar="FILE", help="the page (default: reports/BUNDLE.html)")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON too")
    return parser


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Measures and writes the page; returns 1 if pictures were left out."""
    import tflite
    from tools.reporting import gather, page, samples

    bundle = tflite.Bundle.load(options.bundle)
    options.out = options.out or f"reports/{bundle.manifest.name}.html"
    check_out(options.out, options.bundle)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit, options.data)
    report = gather.gather(bundle, data, machine.command_line())
    tell(options, report, f"wrote {Path(options.out)}", page.page(report))
    return data.status


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
