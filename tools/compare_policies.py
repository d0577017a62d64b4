"""Compare one set of controllers for all prices with controllers fitted for each price alone, on frozen classifiers.

What is fitted is kept under RUN/reproduce/, as by tools/reproduce.py: interrupted, a comparison goes on, and each of
the two tools takes what the other has fitted.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, native
from tools.options import check_least, check_out, words

KAPPAS = (0.01, 0.02, 0.03, 0.04, 0.05)  # the paper's range on its 50x50 data sets


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_policies.py", description=__doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="run folder that tools/train.py wrote")
    add("--kappas", type=float, nargs="+", default=KAPPAS, help="prices to compare (default: %(default)s)")
    add("--epochs", type=int, default=20, help="passes for each set of controllers (default: 20)")
    add("--views", type=int, default=4, help="shifts of every image to fit on (default: 4)")
    add("--seed", type=int, default=0, help="of initial weights and prices (default: 0)")
    add("--out", metavar="FILE.md", help="write the table there, and a picture beside it")
    add("--json", action="store_true", help="print JSON")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Fit, compare, print."""
    from tools.pipeline import runs

    run = runs.read(args.run)
    check_out(args.out, picture=True)
    if args.epochs < 1 or args.views < 1:
        raise console.UserError(f"expected at least one epoch and one view, received {args.epochs} and {args.views}")
    check_least(args, seed=0)
    if not all(0 < kappa < 1 for kappa in args.kappas):
        raise console.UserError(f"expected prices between 0 and 1, received {args.kappas}")
    native.load_keras()
    from tools.studies import one_for_all, pages
    from tools.studies.study import Effort

    rows = one_for_all.compare(run, args.kappas, Effort(args.epochs, args.views), args.seed)
    text = one_for_all.table(rows, run.config["task"], words(build_parser(), args, "run"))
    pages.tell(args.out, args.json, rows, text, "benefit", one_for_all.draw)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
