"""How often networks with exits overthink, what choosing exits could be worth, and which exit should take an image.

Works on any run or bundle with exits; several of one task are compared, and what is asked of one network alone is asked
of the first. Beside the page FILE.md come its numbers, FILE.json, and pictures, FILE_*.png.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, machine, native
from tools.options import check_least, check_page, numbers


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/overthinking.py", description=__doc__)
    add = parser.add_argument
    add("places", nargs="+", metavar="RUN_OR_BUNDLE", help="networks with exits, all of one task")
    add("--split", default="test", help='on which all is told, such as "test[:10%%]" (default: %(default)s)')
    add("--limit", type=int, metavar="N", help="at most so many images of each split (default: all)")
    text = "lambdas of the data sets of which exit should take an image, separated by commas (default: %(default)s)"
    add("--scales", default="5,10,50", metavar="LIST", help=text)
    text = "training images of the first run, or none, whose labels of the right exit are shown beside (default: "
    add("--train-split", default="train[:10%]", metavar="SPLIT", help=text + "%(default)s)")
    text = "a policy network (family routed) of that task: how well it chooses, by exit and kind; may be repeated"
    add("--router", action="append", default=[], metavar="RUN", help=text)
    add("--examples", type=int, default=6, metavar="N", help="overthought images with heat maps (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the page there")
    add("--json", action="store_true", help="print the numbers as JSON")
    return parser


def command(args: argparse.Namespace) -> None:
    """Ask every exit, compute, print and write."""
    check_least(args, limit=1, examples=0)
    if args.out:
        check_page(args.out, *args.places, *args.router)
    scales = numbers("--scales", args.scales)
    native.load_keras()
    from tools.studies import exit_routers, overthinking, overthinking_pages, overthinking_pictures, pages
    from tools.studies.exit_outcomes import open_sources

    sources = open_sources(args.places)
    train = None if args.train_split == "none" or sources[0].network is None else args.train_split
    options = overthinking.Options(args.split, args.limit, scales, train)
    routers = [exit_routers.Router(place, sources[0].task_name) for place in args.router]
    found = overthinking.study(sources, options, machine.command_line())
    found["routers"] = [exit_routers.judge(router, args.split, args.limit) for router in routers]
    made = overthinking_pictures.write(sources[0], found, args.examples, args.out) if args.out else []
    pages.report(args.out, args.json, found, overthinking_pages.text(found, made))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
