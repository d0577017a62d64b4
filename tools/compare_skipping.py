"""Accuracy and cost of SkipNets over alpha and the threshold, which blocks run for whom, and what int8 does to it.

Beside them stand static ResNets that were trained alone, random gates, and what the source prints (Wang,
UCB/EECS-2020-236, chapter 2). Each page has the rows as JSON beside it.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, machine, native
from tools.options import check_least


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_skipping.py", description=__doc__)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="SkipNets, one for each alpha; figures look at the first")
    text = "a ResNet that was trained alone, or a SkipNet with random gates; may be given more than once"
    add("--baseline", action="append", default=[], metavar="RUN", help=text)
    add("--bundle", action="append", default=[], metavar="BUNDLE", help="a conversion of the first run; more than once")
    add("--threshold", type=float, default=0.5, help="probability from which blocks run in the figures (default: 0.5)")
    add("--images", type=int, metavar="N", help="at most so many of each split (default: all)")
    text = "at most so many test images for bundles, which run them one by one (default: %(default)s)"
    add("--converted-images", type=int, default=2_000, metavar="N", help=text)
    add("--out", metavar="FOLDER", default="docs/results/skipnet", help="pages (default: %(default)s)")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Read the runs, compare, and write the pages."""
    from tflite.bundle import Bundle, places

    check_least(args, images=1, converted_images=1)
    places.check_folder(args.out)
    native.load_keras()
    from tools.pipeline import runs
    from tools.studies import skipnet
    from tools.studies.skipnet_study import SkipStudy

    study = SkipStudy(
        skipnets=tuple(map(runs.read, args.runs)),
        baselines=tuple(map(runs.read, args.baseline)),
        bundles=tuple(map(Bundle.load, args.bundle)),
        threshold=args.threshold,
        images=args.images,
        converted_images=args.converted_images,
    )
    for page in skipnet.write(study, args.out, machine.command_line()):
        console.say(f"wrote {page}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
