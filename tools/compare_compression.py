"""Compare what compression does to every exit of a trained run: precisions, QAT, pruning, clustering, and a yardstick.

Every variant decides with the same float controllers and the settings of the float chain's operating points, so that
what moves is the network's answers alone. The yardstick is ai-edge-quantizer on the same parts, deciding parts in float
as everywhere here: with its defaults, and with the extremes of 256 images in the place of its moving average of 64.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from tools import console, native
from tools.options import check_out, words
from tools.pipeline import runs
from tools.pipeline.options import ConversionOptions

# Name -> the options of its conversion; the first one is what the others are compared with.
VARIANTS = {
    "float32": lambda args: {"quantize": "float32"},
    "float16": lambda args: {"quantize": "float16"},
    "dynamic": lambda args: {"quantize": "dynamic"},
    "int8": lambda args: {},
    "int8 qat": lambda args: {"qat": args.qat},
    "int8 pruned qat": lambda args: {"prune": args.prune, "prune_epochs": args.prune_epochs, "qat": args.qat},
    "int8 clustered": lambda args: {"cluster": args.cluster},
    "yardstick int8": lambda args: {"quantize": "float32"},
    "yardstick int8 min-max": lambda args: {"quantize": "float32"},
    "yardstick 16x8": lambda args: {"quantize": "float32"},
    "yardstick 16x8 min-max": lambda args: {"quantize": "float32"},
}


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_compression.py", description=__doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="run folder that tools/train.py wrote")
    add("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="beside float32 (default: all)")
    add("--qat", type=int, default=2, metavar="EPOCHS", help="(default: %(default)s)")
    add("--prune", type=float, default=0.5, metavar="SPARSITY", help="(default: %(default)s)")
    add("--prune-epochs", type=int, default=4, metavar="EPOCHS", help="(default: %(default)s)")
    add("--cluster", type=int, default=16, metavar="N", help="(default: %(default)s)")
    text = 'judge on these images, such as "test" (default: the held-out ones, on which settings are chosen anyway)'
    add("--split", default=runs.HELD_OUT_SPLIT, help=text)
    add("--seed", type=int, default=0, help="of calibration and training (default: 0)")
    add("--out", metavar="FILE.md", help="write the tables there, and a picture beside them")
    add("--json", action="store_true", help="print JSON")
    return parser


def variants(args: argparse.Namespace) -> dict[str, ConversionOptions]:
    """The options of every variant's conversion, the reference first. Raises UserError for what cannot be."""
    chosen = [name for name in VARIANTS if name in ("float32", *args.variants)]
    found = {name: ConversionOptions(exits="all", seed=args.seed, **VARIANTS[name](args)) for name in chosen}
    for options in found.values():
        options.validate()
    return found


@console.keeping("nothing is written")
def command(args: argparse.Namespace) -> None:
    """Make every variant, look at it, and print the tables."""
    run, wanted = runs.read(args.run), variants(args)
    check_out(args.out, picture=True)
    native.load_keras()
    from tools.studies import compression, pages

    with native.quiet():
        found = compression.compare(run, wanted, args.split)
    args.variants = list(wanted)  # the reference is told as well
    text = compression.tables(found, run.folder.name, words(build_parser(), args, "run"))
    pages.tell(args.out, args.json, found, text, "compression", compression.draw)


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
