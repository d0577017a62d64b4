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
import datetime
import json
from pathlib import Path

from tflite.bundle import places
from tools import console, machine, native
from tools.options import check_least, check_out, words

SHOTS = (1, 2, 3, 5, 10)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_detectors.py", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="two of each split: of FSRW and of YOLO, trained on the base kinds")
    add("--method", action="append", metavar="NAME", help="such as fsrw or yolo_ft; may be given more than once")
    add(
        "--shots",
        type=int,
        nargs="+",
        default=list(SHOTS),
        metavar="K",
        help="examples of each kind (default: %(default)s)",
    )
    add("--draws", type=int, default=5, help="of examples, for each number (default: %(default)s)")
    add("--steps", type=int, default=120, help="of training in a trial (default: %(default)s)")
    add("--rate", type=float, default=1e-3, help="peak learning rate of a trial (default: %(default)s)")
    add("--limit", type=int, metavar="N", help="test pictures (default: all)")
    add("--folder", metavar="FOLDER", default="runs/detectors", help="of the trials (default: %(default)s)")
    add("--only-kept", action="store_true", help="train nothing: show what has been trained")
    add("--out", metavar="FILE.md", help="write the page there, its numbers as JSON and a picture beside it")
    return parser


def check(args: argparse.Namespace) -> None:
    """Raises UserError or PlaceError for what makes no sense, or cannot be written."""
    check_least(args, draws=1, steps=1, limit=1)
    if min(args.shots) < 1 or args.rate <= 0:
        raise console.UserError(f"expected --shots and --rate above 0, received {args.shots} and {args.rate}")
    check_out(args.out, picture=True)
    places.check_folder(args.folder)


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    check(args)
    native.load_keras()
    from tools.studies import few_shots_pages as pages
    from tools.studies import few_shots_study as study

    found = study.compare(args)
    for split in found["splits"]:
        console.say(f"split {split['split']}, novel AP50:\n{pages.table(split).text()}")
        for sentence in pages.orders(split):
            console.say(sentence)
    if args.out:
        typed = words(build_parser(), args, "runs", "folder", "only_kept", "out")
        made = {"command": typed, "made": machine.describe(), "date": datetime.date.today().isoformat()}
        file, picture = Path(args.out), Path(args.out).with_suffix(".png")
        console.write_text(file, pages.text(found | made, picture.name))
        console.write_text(file.with_suffix(".json"), json.dumps(console.plain(found | made), indent=1) + "\n")
        pages.draw(found, picture)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
