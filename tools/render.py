"""Renders data sets that are drawn rather than photographed, such as clevr_sharing/small, scenes/small, scenes/single.

What is interrupted goes on where it was. With --out FILE.md a page shows pictures of each, in FILE.png beside it.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, machine, native
from tools.options import check_least, check_out


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/render.py", description=__doc__)
    add = parser.add_argument
    add("names", nargs="+", metavar="NAME/CONFIG", help="of data sets, as tensorflow-datasets has them")
    add("--data-dir", metavar="FOLDER", help="of data sets (default: $TFDS_DATA_DIR, or where one can be prepared)")
    text = "processes that draw; each may use several cores already (default: $FRUGAL_RENDERERS, or 1)"
    add("--processes", type=int, metavar="N", help=text)
    text = "draw so many pictures of each anew in one process, and tell how long one takes (default: %(default)s)"
    add("--measure", type=int, default=0, metavar="N", help=text)
    add("--pictures", type=int, default=8, metavar="N", help="of each data set on the page (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the page there")
    add("--json", action="store_true", help="print the numbers as JSON")
    return parser


def command(args: argparse.Namespace) -> None:
    """Prepare, measure, print and write."""
    check_least(args, processes=1, measure=0, pictures=1)
    if args.out and not args.out.endswith(".md"):
        raise console.UserError(f"expected --out FILE.md, beside which a picture comes, received {args.out}")
    check_out(args.out, picture=True)
    native.load_keras()
    from keras_models.rendering.store import PROCESSES
    from tools.studies import rendered

    if args.processes:
        os.environ[PROCESSES] = str(args.processes)
    found = [rendered.study(name, args.data_dir, args.measure) for name in args.names]
    if args.out:
        rendered.write(Path(args.out), found, args.pictures, args.data_dir, machine.foot(machine.command_line()))
    if args.json:
        console.print_json([row.numbers() for row in found])
    else:
        console.say("\n".join(row.line() for row in found))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
