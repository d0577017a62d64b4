"""Masks of kinds that had boxes alone: a mask head, and what saliency and its propagation add to it (ShapeProp).

Rows are those of the source's tables 8.1 and 8.4 (Wang, UC Berkeley 2020). The detector is a run that tools/train.py
made (two_stage_scenes_small_1, with --set fine_tuned.epochs=0). A trial that has ended is kept, and the same command
goes on behind it.
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
    parser = argparse.ArgumentParser(prog="tools/compare_masks.py", description=__doc__)
    parser.add_argument("run", metavar="RUN", help="of two_stage, trained on boxes")
    text = "whose new kinds have no masks here; another than the run's (default: %(default)s)"
    parser.add_argument("--split", type=int, choices=(1, 2, 3), default=2, help=text)
    add_options(parser, trials.MaskTrials)
    parser.add_argument("--out", metavar="FILE.md", help="write the page there, its numbers as JSON beside it")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    asked = trials.MaskTrials(**taken(trials.MaskTrials, args))
    trials.check(asked, args.out, picture=False)
    native.load_keras()
    from tools.studies import mask_pages as pages
    from tools.studies import mask_study as study

    found = study.compare(args.run, args.split, asked)
    console.say(f"AP of masks:\n{pages.table(found['trials']).text()}\n{pages.gain(found['trials'])}")
    if args.out:
        pages.write(found | machine.provenance(words(build_parser(), args, "run", "folder")), Path(args.out))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
