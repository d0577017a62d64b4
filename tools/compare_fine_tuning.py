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
from pathlib import Path

from tools import console, machine, native
from tools.options import add_options, taken, words
from tools.studies import trials


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_fine_tuning.py", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="of two_stage, one a split, trained on the base kinds")
    add_options(parser, trials.TuningTrials)
    text = "write the page there, its numbers as JSON and pictures beside it"
    parser.add_argument("--out", metavar="FILE.md", help=text)
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Tune what is not tuned, then show all of it."""
    asked = trials.TuningTrials(**taken(trials.TuningTrials, args))
    trials.check(asked, args.out, picture=True)
    native.load_keras()
    from tools.studies import fine_tuning_pages as pages
    from tools.studies import fine_tuning_study as study

    found = study.compare(args.runs, asked)
    for split in found["splits"]:
        console.say(f"split {split['split']}, AP50 of new kinds:\n{pages.table(split, 'novel_ap50').text()}")
    if args.out:
        pages.write(found | machine.provenance(words(build_parser(), args, "runs", "folder")), Path(args.out))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
