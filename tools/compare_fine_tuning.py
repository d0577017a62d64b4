"""Detectors that meet new kinds by fine-tuning their last layers: off the device, and on it, from few examples each.

Rows are those of the source's tables 7.1 and 7.2 (TFA; Wang, UC Berkeley 2020). Runs of the base kinds are made by
tools/train.py (two_stage_scenes_small_1, _2 and _3, with --set fine_tuned.epochs=0). A trial that has ended is kept,
and the same command goes on behind it.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import datetime
from pathlib import Path

from tflite.bundle import places
from tools import console, machine, native
from tools.options import check_least, check_out, words

SHOTS = (1, 2, 3, 5, 10)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_fine_tuning.py", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="of two_stage, one a split, trained on the base kinds")
    text = "cosine, dense, learn, mean or whole; may be given more than once (default: all but whole)"
    add("--method", action="append", metavar="NAME", help=text)
    text = "examples of each kind (default: %(default)s)"
    add("--shots", type=int, nargs="+", default=list(SHOTS), metavar="K", help=text)
    add("--draws", type=int, default=5, help="of examples, for each number (default: %(default)s)")
    add("--whole-draws", type=int, default=1, help="of them for the method whole (default: %(default)s)")
    add("--steps", type=int, default=200, help="of tuning the last layers (default: %(default)s)")
    add("--rate", type=float, default=0.01, help="its learning rate at first (default: %(default)s)")
    add("--whole-steps", type=int, default=80, help="of tuning the whole network (default: %(default)s)")
    add("--limit", type=int, metavar="N", help="test pictures (default: all)")
    add("--folder", metavar="FOLDER", default="runs/fine_tuning", help="of the trials (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the page there, its numbers as JSON and pictures beside it")
    return parser


def check(args: argparse.Namespace) -> None:
    """Raises UserError or PlaceError for what makes no sense, or cannot be written."""
    check_least(args, draws=1, whole_draws=1, steps=1, whole_steps=1, limit=1)
    if min(args.shots) < 1 or args.rate <= 0:
        raise console.UserError(f"expected --shots and --rate above 0, received {args.shots} and {args.rate}")
    check_out(args.out, picture=True)
    places.check_folder(args.folder)


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Tune what is not tuned, then show all of it."""
    check(args)
    native.load_keras()
    from tools.studies import fine_tuning_pages as pages
    from tools.studies import fine_tuning_study as study

    names = ("draws", "whole_draws", "steps", "rate", "whole_steps", "limit", "folder")
    asked = {key: getattr(args, key) for key in names}
    options = study.Options(shots=tuple(args.shots), methods=tuple(args.method or study.DEFAULT), **asked)
    found = study.compare(args.runs, options)
    for split in found["splits"]:
        console.say(f"split {split['split']}, AP50 of new kinds:\n{pages.table(split, 'novel_ap50').text()}")
    if args.out:
        typed = words(build_parser(), args, "runs", "folder", "out")
        made = {"command": typed, "made": machine.describe(), "date": datetime.date.today().isoformat()}
        pages.write(found | made, Path(args.out))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
