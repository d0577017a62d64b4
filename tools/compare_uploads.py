"""Compare what a phone computes and sends of an image: CiNets, networks on the phone, compressed images, cut networks.

The network with the most multiplications among those of --ladder is also the one in the cloud; it is trained again for
each way of compressing, and what has ended is kept in its run. Beside the page FILE.md come its numbers, FILE.json, and
pictures, FILE_*.png.
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
    parser = argparse.ArgumentParser(prog="tools/compare_uploads.py", description=__doc__)
    add = parser.add_argument
    text = "CiNets of one task: tables show the first, the others differ in the piece, the penalty or the training"
    add("runs", nargs="+", metavar="RUN", help=text)
    text = "a plain network (family cnn) of that task; may be given more than once, once at least"
    add("--ladder", action="append", required=True, metavar="RUN", help=text)
    text = "a conversion of the first CiNet, with its server half; may be given more than once"
    add("--bundle", action="append", default=[], metavar="BUNDLE", help=text)
    text = "training images for the cloud's network on compressed images (default: %(default)s)"
    add("--retrain-images", type=int, default=4_000, metavar="N", help=text)
    add("--retrain-epochs", type=int, default=1, metavar="N", help="passes over them (default: %(default)s)")
    add("--images", type=int, metavar="N", help="at most so many test images (default: all)")
    add("--note", action="append", default=[], metavar="TEXT", help="a sentence for the page on what was scaled")
    add("--out", metavar="FILE.md", help="write the page there")
    add("--json", action="store_true", help="print the numbers as JSON")
    return parser


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Read the runs, compute, print and write."""
    from tflite.bundle import Bundle

    check_least(args, images=16, retrain_images=1, retrain_epochs=1)
    if args.out:
        check_page(args.out, *args.runs, *args.ladder, *args.bundle)
    native.load_keras()
    from tools.pipeline import runs
    from tools.studies import pages, uploads, uploads_pages
    from tools.studies.compressed import Retraining

    study = uploads.Uploads(
        cinets=tuple(map(runs.read, args.runs)),
        ladder=tuple(map(runs.read, args.ladder)),
        retraining=Retraining(args.retrain_images, args.retrain_epochs),
        bundles=tuple(map(Bundle.load, args.bundle)),
        images=args.images,
    )
    found = console.plain(uploads.compute(study) | {"notes": args.note})
    side, pictures = found["cinets"][0]["crop"], {}
    if args.out:
        images = study.judged[0][: len(found["examples"])]
        pictures = uploads_pages.draw(found, images, (side, side), Path(args.out))
    pages.report(args.out, args.json, found, uploads_pages.text(found, pictures, machine.command_line()))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
