"""TAFE-Net beside discriminative zero-shot learners on pairs of colour and kind, from several seeds.

Tables are those of the source, 5.2, 5.3, 5.4 and 5.6 (X. Wang, UC Berkeley 2020, chapter 5). What has ended is kept,
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
from tools.studies.seeded import ZeroShotRows


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_zero_shot.py", description=__doc__)
    add = parser.add_argument
    add("preset", nargs="?", metavar="PRESET", default="tafe_pairs_small", help="of TAFE-Net (default: %(default)s)")
    add_options(parser, ZeroShotRows)
    add("--bundle", metavar="BUNDLE", help="a conversion of such a network, to tell what it reaches in int8")
    add("--out", metavar="FILE.md", help="write the page there, its numbers as JSON and a picture beside it")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, then show all of it."""
    rows = ZeroShotRows(**taken(ZeroShotRows, args))
    rows.validate(args.out, epochs=1)
    native.load_keras()
    from tools.studies import pages, zero_shot, zero_shot_pages

    study = zero_shot.Study(Path(rows.folder), args.preset, rows.epochs)
    found = rows.measured(dict.fromkeys(zero_shot.WAYS, True), study.file, study.row)
    for described in (zero_shot.ATTRIBUTES, zero_shot.NAMES):
        console.say(f"by {described}\n{zero_shot_pages.table_2(found, described)}")
    if args.out:
        typed = words(build_parser(), args, "preset", "folder", "only_kept", "out")
        file, numbers = Path(args.out), {"command": typed, "made": machine.describe(), "rows": found}
        reached = zero_shot.of_bundle(args.bundle) if args.bundle else ""
        text = zero_shot_pages.text(found, study.told(), reached, file.with_suffix(".png").name, typed)
        pages.put(file, text, numbers)
        zero_shot_pages.draw(found, file.with_suffix(".png"))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
