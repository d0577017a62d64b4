"""Reproduce the tables and figures of a source document: train, fit every policy, and write pages with pictures.

Interrupted, it goes on when it is called again: the training from its last epoch, and every set of controllers that was
fitted is kept in the run folder. Each page tells the command, the settings and the machine.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, native, studies  # noqa: E402
from tools.options import check_least  # noqa: E402


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/reproduce.py", description=__doc__)
    add = parser.add_argument
    add("family", choices=studies.PAPERS, help="the system")
    add("--table", action="append", metavar="N", default=[], help="such as 1 or 4.2; may be given more than once")
    add("--figure", action="append", metavar="N", default=[], help="such as 6; may be given more than once")
    add("--dataset", metavar="TASK", help="one of the document's (default: its first)")
    add("--preset", metavar="PRESET", help="another network than the document's, a preset of that data set")
    add(
        "--bundle",
        action="append",
        metavar="BUNDLE",
        default=[],
        help="a bundle of the run, of tools/convert.py, to hold against the float network on the same page, where the "
        "item can; may be given more than once",
    )
    add("--run", metavar="RUN", help="a run folder to use or to make (default: runs/ and the preset)")
    add("--epochs", type=int, help="passes for the first stage (default: the preset's)")
    add("--policy-epochs", type=int, default=20, help="passes for each set of controllers (default: 20)")
    add("--views", type=int, default=4, help="shifts of every image to fit on (default: 4)")
    add("--seeds", type=int, default=5, help="where spread is shown (default: 5)")
    add("--seed", type=int, default=0, help="of the training (default: 0)")
    add("--quick", action="store_true", help="the same on a small network of digits in minutes, to see that it works")
    add("--out", metavar="FOLDER", help="pages and pictures (default: docs/results/FAMILY)")
    add("--json", action="store_true", help="print the results as JSON")
    return parser


def command(args: argparse.Namespace) -> None:
    """Make what was asked for, page by page."""
    from tflite.bundle import Bundle, places

    check_least(args, epochs=1, policy_epochs=1, views=1, seeds=1, seed=0)
    places.check_folder(args.out or ".")
    for folder in args.bundle:
        Bundle.load(folder)  # Fail fast: what reads it comes after a training.
    native.load_keras()
    from tools.studies.reproduction import Reproduction, reproduce
    from tools.studies.study import Effort

    given = ("family", "dataset", "preset", "epochs", "seed", "quick", "out")
    wanted = Reproduction(
        **{name: getattr(args, name) for name in given},
        items=tuple([f"table {n}" for n in args.table] + [f"figure {n}" for n in args.figure]),
        folder=args.run,
        effort=Effort(args.policy_epochs, args.views, args.seeds),
        bundles=tuple(args.bundle),
    )
    results = reproduce(wanted, args.json)
    if args.json:
        console.print_json(results)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
