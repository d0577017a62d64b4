"""Accuracy and cost of Deep Elastic Networks over prices, which structures their tasks take, and what they are beside.

Beside them stand full networks, one for all tasks or one a task, NestedNet, BlockDrop, structures at random, and what
the source prints (Ahn, Kim and Oh, ICCV 2019). The page has its numbers as JSON and its picture beside it.
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
    parser = argparse.ArgumentParser(prog="tools/compare_elastic.py", description=__doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="of the family den, with a selector; figures look at it")
    text = "another run of the family, of the same data or of one of its tasks; may be given more than once"
    add("--baseline", action="append", default=[], metavar="RUN", help=text)
    add("--bundle", action="append", default=[], metavar="BUNDLE", help="a conversion of the run; more than once")
    add("--images", type=int, metavar="N", help="at most so many of each split and task (default: all)")
    text = "at most so many test images for bundles (default: %(default)s)"
    add("--converted-images", type=int, default=2_000, metavar="N", help=text)
    text = "write the run with a part for each group of channels in the place of one for each level, and end: "
    add("--as-groups", metavar="NEW_RUN", help=text + "tools/convert.py makes the other kind of bundle of it")
    add("--out", metavar="FILE", help="the page (default: docs/results/den_TASK.md)")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Read the runs, compare, and write the page."""
    from tflite.bundle import Bundle

    check_least(args, images=1, converted_images=1)
    native.load_keras()
    from tools.pipeline import runs
    from tools.studies import elastic
    from tools.studies.elastic_study import ElasticStudy, as_groups

    if args.as_groups:
        console.say(f"wrote {as_groups(runs.read(args.run), args.as_groups)}")
        return
    study = ElasticStudy(
        run=runs.read(args.run),
        others=tuple(map(runs.read, args.baseline)),
        bundles=tuple(map(Bundle.load, args.bundle)),
        images=args.images,
        converted_images=args.converted_images,
    )
    page = elastic.write(study, args.out or f"docs/results/den_{study.task.name}.md", machine.command_line())
    console.say(f"wrote {page}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
