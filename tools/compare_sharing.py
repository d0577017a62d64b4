"""FishNet, which picks filters for several tasks, beside single networks and other ways to share, from several seeds.

Rows are those of the source's tables 5.3 to 5.8 (X. Dai, WPI 2022); further ones, such as pools that all layers share,
are asked for by name. A training that has ended is kept, and the same command goes on behind it.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tflite.bundle import places
from tools import console, machine, native
from tools.options import check_least, check_page, words


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_sharing.py", description=__doc__)
    add = parser.add_argument
    add("dataset", nargs="?", metavar="TASKS", default="mnist_sharing", help="several tasks (default: %(default)s)")
    add("--row", action="append", metavar="ROW", help="such as fishnet or single; may be given more than once")
    add("--seeds", type=int, default=3, help="from how many seeds each is trained, 0, 1, .. (default: %(default)s)")
    add(
        "--epochs",
        type=int,
        nargs=2,
        metavar=("A", "B"),
        help="with choices, and with fixed ones (default: the preset's)",
    )
    add("--images", type=int, metavar="N", help="training images of each task (default: all)")
    add("--only-kept", action="store_true", help="train nothing: show what has been trained")
    add("--quick", action="store_true", help="an epoch of the embedded digits, to see that it works")
    add("--folder", metavar="FOLDER", default="runs/sharing", help="the trainings (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the page there, its numbers as JSON and a picture beside it")
    return parser


def check(args: argparse.Namespace) -> None:
    """Raises UserError or PlaceError for what makes no sense, or cannot be written."""
    check_least(args, seeds=1, images=1)
    if args.epochs and (min(args.epochs) < 0 or not max(args.epochs)):
        raise console.UserError(f"expected epochs of at least 0, one of them above, received {args.epochs}")
    if args.out:
        check_page(args.out)
    places.check_folder(args.folder)


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    check(args)
    native.load_keras()
    from tools.studies import pages, sharing, sharing_pages

    if args.quick:
        args.dataset, args.epochs, args.seeds = "mnist_sharing_digits", (1, 1), 1
    epochs = tuple(args.epochs) if args.epochs else None
    study = sharing.Study(args.dataset, Path(args.folder), epochs, args.images)
    wanted = args.row or [name for name, way in sharing.WAYS.items() if not way.extra]
    unknown = [name for name in wanted if name not in sharing.WAYS]
    if unknown:
        raise console.UserError(f"expected rows among {', '.join(sharing.WAYS)}, received {unknown[0]}")
    found: dict[str, list] = {name: [] for name in wanted}
    for seed in range(args.seeds):  # all rows of one seed first: interrupted, it has something of each
        for name in wanted:
            if not args.only_kept or study.place(name, seed).exists():
                found[name].append(sharing.measured(study, name, seed))
    found = {name: numbers for name, numbers in found.items() if numbers}
    if not found:
        raise console.UserError(f"expected trainings in {args.folder}, received none: leave --only-kept away")
    console.say(sharing_pages.table(args.dataset, found))
    if args.out:
        typed = words(build_parser(), args, "dataset", "quick", "folder", "only_kept", "out")
        file, numbers = Path(args.out), {"command": typed, "made": machine.describe(), "rows": found}
        picture = file.with_suffix(".png")
        shown = found.get(sharing_pages.FIRST, next(iter(found.values())))[0]
        how = sharing.told(study, found)
        pages.put(file, sharing_pages.text(args.dataset, found, how, picture.name, typed), numbers)
        sharing_pages.draw(shown, picture)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
