"""Error and cost of DeepMoEs over lambda and over clusters of their gates, beside static networks; which gates open.

Costs are told three times: in theory, in multiply-adds that are executed, and in arm64 instructions of int8 parts (the
last needs what tools/phone_check.py does, and is left out without). What the source prints stands beside (Wang,
UCB/EECS-2020-236, chapter 3). The page has its numbers as JSON and a picture beside it.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tools import console, machine, native
from tools.options import check_least, check_page


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_experts.py", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="*", metavar="RUN", help="DeepMoEs with gates, one for each lambda; figures look at the first")
    text = "a network without gates, the plain one first; may be given more than once"
    add("--static", action="append", default=[], metavar="RUN", help=text)
    add("--clustered", action="append", default=[], metavar="RUN", help="one in clusters; may be given more than once")
    text = "labels of one coarse group, all others are the other one (default: the vehicles of CIFAR-10)"
    add("--group", nargs="+", metavar="LABEL", help=text)
    add("--images", type=int, metavar="N", help="at most so many test images (default: all)")
    add(
        "--shuffled", type=int, default=500, metavar="N", help="images whose gates are exchanged (default: %(default)s)"
    )
    add("--draws", type=int, default=10, help="how often each is given others' gates (default: %(default)s)")
    add("--seed", type=int, default=0, help="of these draws (default: %(default)s)")
    text = "the page; its numbers and its picture stand beside it (default: %(default)s)"
    add("--out", metavar="FILE.md", default="docs/results/deepmoe.md", help=text)
    text = "measure nothing: write the page and the picture beside such numbers anew"
    add("--page", metavar="FILE.json", help=text)
    return parser


def draw(args: argparse.Namespace) -> None:
    """Write the page and the picture of numbers that were measured. Raises UserError or PlaceError for others."""
    native.load_keras()
    from tflite.bundle.places import read_object
    from tools.studies import deepmoe_pages

    found, page = read_object(Path(args.page)), Path(args.page).with_suffix(".md")
    if args.runs or not {"command", "networks", "clusters"} <= set(found):
        raise console.UserError(f"expected --page FILE.json of such a comparison, and no RUN, received {args.page}")
    check_page(page)
    console.say(f"wrote {deepmoe_pages.draw(found, page)}")


@console.keeping("nothing is written")
def command(args: argparse.Namespace) -> None:
    """Read the runs, measure, and write the page; or that of what was measured."""
    if args.page:
        return draw(args)
    check_least(args, images=1, shuffled=1, draws=1, seed=0)
    check_page(args.out)
    native.load_keras()
    from tools.pipeline import runs
    from tools.studies import deepmoe_pages
    from tools.studies.deepmoe_study import ExpertStudy

    some = ("images", "shuffled", "draws", "seed")
    study = ExpertStudy(
        gated=tuple(map(runs.read, args.runs)),
        static=tuple(map(runs.read, args.static)),
        clustered=tuple(map(runs.read, args.clustered)),
        **({"group": tuple(args.group)} if args.group else {}),
        **{name: getattr(args, name) for name in some},
    )
    console.say(f"wrote {deepmoe_pages.write(study, Path(args.out), machine.command_line())}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
