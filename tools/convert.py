"""Convert a trained run to a bundle: quantize in chain order, refit the policy on the quantized chain, validate, write.

Calibration uses training images; what decides is fitted on validation images, operating points are chosen and judged on
others of them. The test split is never touched.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import shlex
from pathlib import Path

from keras_models.policies import names
from tools import console, native
from tools.options import add_options, check_least, taken
from tools.pipeline import part_prices
from tools.pipeline.options import ConversionOptions


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/convert.py", description=__doc__)
    add = parser.add_argument
    add("run", metavar="RUN", help="run folder that tools/train.py wrote; a layers/ in it is code, which is run")
    add("--out", metavar="BUNDLE", help="folder (default: bundles/NAME-MODE, with _ for signs but A-Za-z0-9_.-)")
    add_options(parser, ConversionOptions)
    add("--no-refit", action="store_false", dest="refit", help="keep what decides as it was trained")
    text = "fail if an operating point loses more against the float network, in points of a hundred"
    add("--max-accuracy-drop", type=float, metavar="POINTS", help=text)
    add("--force", action="store_true", help="replace the bundle that is there")
    return parser


def options(args: argparse.Namespace) -> ConversionOptions:
    """What was asked for, checked."""
    asked = ConversionOptions(refit=args.refit, **taken(ConversionOptions, args))
    names.check(asked.policy)
    asked.validate()
    return asked


def command(args: argparse.Namespace) -> int:
    """Convert, and print what came out."""
    from tflite.bundle import places, replacing
    from tools.pipeline import runs

    check_least(args, max_accuracy_drop=0)
    run, asked = runs.read(args.run), options(args)
    suffix = "" if asked.policy == names.OWN else "-" + asked.policy.replace(":", "-")
    suffix += "-16x8" if asked.int16 else ""
    suffix += "".join(f"-{n}{getattr(asked, n):g}" for n in ("qat", "prune", "cluster") if getattr(asked, n))
    out = Path(args.out or f"bundles/{run.bundle_name(asked.quantize)}{suffix}")
    places.check_new(out, args.force, run.folder)
    part_prices.prepare(asked.cost)
    kept = f"{out} is not written, and what was there is as it was"
    with console.keeping(kept), replacing.folder_in_place(out, args.force, run.folder) as draft:
        native.load_keras()
        from tools.pipeline import conversion

        with native.quiet():
            report = conversion.convert(run, asked, draft)
        if args.max_accuracy_drop is not None:
            conversion.check_drop(report, args.max_accuracy_drop)
    for point in report["operating_points"]:
        console.say(
            f"{point['name']:>9}: {point['accuracy']:.2%} (float {point['float_accuracy']:.2%}), "
            f"{point['share']:.1%} of full depth's multiply-adds, {point['decisions_moved']:.1%} of the images decided "
            "otherwise"
        )
    evaluate = f"python tools/evaluate.py {shlex.quote(str(out))}"
    console.say(f"wrote {out} ({report['bytes']:,} bytes of parts): try {evaluate}")
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
