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
import datetime
from pathlib import Path

from tflite.bundle import places
from tools import console, machine, native
from tools.options import check_least, check_out, words


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_masks.py", description=__doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="of two_stage, trained on boxes")
    text = "whose new kinds have no masks here; another than the run's (default: %(default)s)"
    add("--split", type=int, choices=(1, 2, 3), default=2, help=text)
    text = "baseline, shared, shapeprop, full or full_shapeprop; may be given more than once (default: all)"
    add("--variant", action="append", metavar="NAME", help=text)
    add("--seeds", type=int, default=1, help="of the mask branch (default: %(default)s)")
    add("--steps", type=int, default=300, help="of its training (default: %(default)s)")
    add("--rate", type=float, default=0.02, help="its peak learning rate (default: %(default)s)")
    add("--limit", type=int, metavar="N", help="test pictures (default: all)")
    add("--folder", metavar="FOLDER", default="runs/masks", help="of the trials (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the page there, its numbers as JSON beside it")
    return parser


def check(args: argparse.Namespace) -> None:
    """Raises UserError or PlaceError for what makes no sense, or cannot be written."""
    check_least(args, seeds=1, steps=1, limit=1)
    if args.rate <= 0:
        raise console.UserError(f"expected --rate above 0, received {args.rate}")
    check_out(args.out)
    places.check_folder(args.folder)


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    check(args)
    native.load_keras()
    from tools.studies import mask_pages as pages
    from tools.studies import mask_study as study

    asked = {key: getattr(args, key) for key in ("steps", "rate", "seeds", "limit", "folder")}
    options = study.Options(**asked, variants=tuple(args.variant or study.VARIANTS))
    found = study.compare(args.run, args.split, options)
    console.say(f"AP of masks:\n{pages.table(found['trials']).text()}\n{pages.gain(found['trials'])}")
    if args.out:
        typed = words(build_parser(), args, "run", "folder", "out")
        made = {"command": typed, "made": machine.describe(), "date": datetime.date.today().isoformat()}
        pages.write(found | made, Path(args.out))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
