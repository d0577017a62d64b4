"""Run a bundle on the phone's own TensorFlow Lite, without a phone, and count the instructions that it executes there.

Every part and every golden path runs on the arm64-v8a library of the APK under QEMU. The numbers are exact and the same
in every run. Instructions are not time and not energy: a processor does several at once, and waits for memory.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, machine
from tools.options import add_data_options, check_out, load_bundle, tell
from tools.phone import laboratory


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    needs = f"It needs QEMU and an arm64 compiler; on Debian or Ubuntu: apt-get install {laboratory.PACKAGES}"
    parser = argparse.ArgumentParser(prog="tools/phone_check.py", description=__doc__, epilog=needs)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip")
    kinds = ", ".join(f"{name}: {what}" for name, (_, what) in laboratory.PROCESSORS.items())
    text, usual = f"whose kernels (default: %(default)s); {kinds}", laboratory.DEFAULT_PROCESSOR
    add("--processor", choices=laboratory.PROCESSORS, default=usual, help=text)
    add_data_options(parser, split=None)
    text = "put the counts into the manifest, beside the multiply-adds, and all of it beside it for the report"
    add("--write", action="store_true", help=text)
    add("--json", action="store_true", help="print results as JSON")
    add("--out", metavar="FILE", help="write them there too: as JSON if it ends in .json, else as Markdown")
    return parser


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Counts, prints, and writes; returns 1 if a golden path ends elsewhere on the phone."""
    check_out(options.out, options.bundle)
    lab = laboratory.prepare(options.processor)
    from tools.phone import chains, record, table

    bundle = load_bundle(options.bundle)
    if options.write:
        record.check_writable(bundle, bool(options.dataset or options.split or options.limit is not None))
    data = record.load_images(bundle.manifest, options.dataset, options.split, options.limit)
    found = chains.cost(bundle, data, lab)
    report = {**found, "command": machine.command_line(), "machine": machine.describe()}
    if options.write:
        record.write(bundle, report)
    tell(options.out, options.json, report, table.text(report), table.markdown(report))
    return 1 if found["goldens"]["problems"] else 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
