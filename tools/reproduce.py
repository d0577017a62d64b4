"""Reproduce the tables and figures of a source document: train, fit every policy, and write pages with pictures.

Interrupted, it goes on when it is called again: the training from its last epoch, and every set of controllers that was
fitted is kept in the run folder. Each page tells the command, the settings and the machine.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, native
from tools.options import add_options, check_least, taken
from tools.studies import PAPERS, Effort, Reproduction


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/reproduce.py", description=__doc__)
    add = parser.add_argument
    add("family", choices=PAPERS, help="the system")
    add("--table", action="append", metavar="N", default=[], help="such as 1 or 4.2; may be given more than once")
    add("--figure", action="append", metavar="N", default=[], help="such as 6; may be given more than once")
    add_options(parser, Reproduction)
    add_options(parser, Effort)
    text = "a bundle of the run, of tools/convert.py, to hold against the float network on the same page, where the "
    text += "item can; may be given more than once"
    add("--bundle", action="append", metavar="BUNDLE", default=[], help=text)
    add("--json", action="store_true", help="print the results as JSON")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Make what was asked for, page by page."""
    from tflite.bundle import Bundle, places

    check_least(args, epochs=1, policy_epochs=1, views=1, seeds=1, seed=0)
    places.check_folder(args.out or ".")
    for folder in args.bundle:
        Bundle.load(folder)  # Fail fast: what reads it comes after a training.
    native.load_keras()
    from tools.studies.reproduction import reproduce

    items = tuple([f"table {n}" for n in args.table] + [f"figure {n}" for n in args.figure])
    effort, bundles = Effort(**taken(Effort, args)), tuple(args.bundle)
    wanted = Reproduction(args.family, items, effort=effort, bundles=bundles, **taken(Reproduction, args))
    results = reproduce(wanted, args.json)
    if args.json:
        console.print_json(results)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
