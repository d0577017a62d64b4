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

from tools import console, machine, native
from tools.options import add_options, taken, words
from tools.studies.seeded import SharingRows


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_sharing.py", description=__doc__)
    text = "several tasks (default: %(default)s)"
    parser.add_argument("dataset", nargs="?", metavar="TASKS", default="mnist_sharing", help=text)
    add_options(parser, SharingRows)
    parser.add_argument("--quick", action="store_true", help="an epoch of the embedded digits, to see that it works")
    text = "write the page there, its numbers as JSON and a picture beside it"
    parser.add_argument("--out", metavar="FILE.md", help=text)
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    if args.quick:
        args.dataset, args.epochs, args.seeds = "mnist_sharing_digits", (1, 1), 1
    rows = SharingRows(**taken(SharingRows, args))
    rows.validate(args.out)
    native.load_keras()
    from tools.studies import pages, sharing, sharing_pages

    study = sharing.Study(args.dataset, Path(rows.folder), rows.epochs, rows.images)
    ways = {name: not way.extra for name, way in sharing.WAYS.items()}
    found = rows.measured(ways, study.place, lambda name, seed: sharing.measured(study, name, seed))
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
