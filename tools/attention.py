"""Train recurrent attention, GARN, HRAM and RAM, and networks that see whole images, and compare them on test images.

What is there already is taken, and an interrupted training goes on. The page tells of all that a folder holds.
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
from tools.options import check_page, load_bundle


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/attention.py", description=__doc__)
    add = parser.add_argument
    add("--folder", metavar="FOLDER", default="runs/attention", help="of the trainings (default: runs/attention)")
    add("--only", metavar="NAME", nargs="+", default=[], help="networks by name (default: all; --list tells them)")
    add("--seeds", type=int, nargs="+", default=[0], help="of the trainings (default: 0)")
    add("--bundle", metavar="BUNDLE", help="a conversion of one of them, whose operating points the page tells")
    add("--no-train", action="store_true", help="take what has been measured")
    add("--no-page", action="store_true", help="train and measure alone")
    add("--list", action="store_true", help="tell the names of the networks")
    text = "the page; its numbers and picture lie beside (default: docs/results/garn.md)"
    add("--out", metavar="FILE", default="docs/results/garn.md", help=text)
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Make what is missing, and write the page."""
    if min(args.seeds) < 0:
        raise console.UserError(f"expected --seeds of at least 0, received {min(args.seeds)}")
    if not args.no_page:
        check_page(args.out)
    folder = Path(args.folder) if args.no_train or args.list else places.check_folder(args.folder)
    native.load_keras()
    from tools.studies import attention, attention_pages

    if args.list:
        console.say("\n".join(member.name for member in attention.MEMBERS))
        return
    if not args.no_train:
        for _ in attention.make(folder, args.seeds, args.only):
            pass
    if not args.no_page:
        rows = attention.finished(folder)
        if not rows:
            raise console.UserError(f"expected a folder with measured networks, received {folder}")
        found = {"rows": rows} | ({"bundle": attention.points_of(load_bundle(args.bundle))} if args.bundle else {})
        console.say(f"wrote {attention_pages.write(Path(args.out), found, machine.command_line())}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
