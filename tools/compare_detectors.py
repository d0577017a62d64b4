"""Detectors that meet new kinds: by feature reweighting, and by fine-tuning a plain one, from few examples each.

Rows are those of the source's tables 6.1 and 6.3 (Wang, UC Berkeley 2020). Runs of the base kinds are made by
tools/train.py (fsrw_small_1 and yolo_small_1, with --set few.epochs=0). A trial that has ended is kept, and the same
command goes on behind it.
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
    parser = argparse.ArgumentParser(prog="tools/compare_detectors.py", description=__doc__)
    text = "two of each split: of FSRW and of YOLO, trained on the base kinds"
    parser.add_argument("runs", nargs="+", metavar="RUN", help=text)
    add_options(parser, trials.ShotTrials)
    text = "write the page there, its numbers as JSON and a picture beside it"
    parser.add_argument("--out", metavar="FILE.md", help=text)
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    asked = trials.ShotTrials(**taken(trials.ShotTrials, args))
    trials.check(asked, args.out, picture=True)
    native.load_keras()
    from tools.studies import few_shots_pages as pages
    from tools.studies import few_shots_study as study

    found = study.compare(args.runs, asked)
    for split in found["splits"]:
        console.say(f"split {split['split']}, novel AP50:\n{pages.table(split).text()}")
        for sentence in pages.orders(split):
            console.say(sentence)
    if args.out:
        made = machine.provenance(words(build_parser(), args, "runs", "folder", "only_kept"))
        pages.write(found | made, Path(args.out))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
