"""Convert a trained run to a bundle: quantize in chain order, refit the policy on the quantized chain, validate, write.

Calibration uses training images; controllers are fitted on validation images, operating points are chosen and judged on
others of them. The test split is never touched.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, native, part_prices, policy_names  # noqa: E402

MODES = ("float32", "float16", "dynamic", "int8")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/convert.py", description=__doc__)
    parser.add_argument("run", metavar="RUN", help="run folder that tools/train.py wrote")
    parser.add_argument("--out", metavar="BUNDLE", help="bundle folder (default: bundles/NAME-MODE)")
    parser.add_argument("--quantize", choices=MODES, default="int8", help="weights and activations (default: int8)")
    parser.add_argument("--policy", metavar="POLICY", default="controllers", help=policy_names.HELP)
    parser.add_argument(
        "--exits",
        default="auto",
        metavar="{all,auto,LIST}",
        help="exits to keep: all, those that pay for themselves (auto, the default), or numbers such as 3,6,9",
    )
    parser.add_argument(
        "--cost",
        choices=part_prices.CHOICES,
        default="macs",
        help=f"what policy and operating points save: {part_prices.HELP}",
    )
    parser.add_argument(
        "--minimise",
        choices=("mean", "p50"),
        default="mean",
        help="the cost that operating points, and the exits that are kept, make small: the mean image's (default), or "
        "that of the median image, which lets half of the images leave early at the price of the mean",
    )
    parser.add_argument("--layout", choices=("parts", "single"), default="parts", help="a file a part, or one for all")
    parser.add_argument("--calibration-images", type=int, default=256, metavar="N", help="default: 256")
    parser.add_argument(
        "--qat",
        type=int,
        default=0,
        metavar="EPOCHS",
        help="quantization-aware training of the whole chain before int8, so many passes over the training images "
        "(default: none; an interrupted one goes on)",
    )
    parser.add_argument(
        "--prune", type=float, default=0.0, metavar="SPARSITY", help="share of the weights to make zero, such as 0.5"
    )
    parser.add_argument("--prune-epochs", type=int, default=4, metavar="EPOCHS", help="(default: %(default)s)")
    parser.add_argument(
        "--cluster", type=int, default=0, metavar="N", help="different weights in a channel, such as 16 (no --qat)"
    )
    parser.add_argument("--cluster-epochs", type=int, default=1, metavar="EPOCHS", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of images, and of training (default: 0)")
    parser.add_argument("--no-refit", action="store_true", help="keep the controllers as they were trained")
    parser.add_argument(
        "--max-accuracy-drop",
        type=float,
        metavar="POINTS",
        help="fail if an operating point loses more against the float network, in points of a hundred",
    )
    parser.add_argument("--force", action="store_true", help="replace an existing bundle")
    return parser


def command(args: argparse.Namespace) -> int:
    """Convert, and print what came out."""
    from tools import runs

    run = runs.read(args.run)
    suffix = "" if args.policy == policy_names.CONTROLLERS else "-" + args.policy.replace(":", "-")
    suffix += "".join(f"-{name}{getattr(args, name):g}" for name in ("qat", "prune", "cluster") if getattr(args, name))
    out = Path(args.out or f"bundles/{run.folder.name}-{args.quantize}{suffix}")
    policy_names.check(args.policy)
    if args.calibration_images < 2:
        raise console.UserError(f"expected at least 2 calibration images, received {args.calibration_images}")
    check_compression(args)
    part_prices.prepare(args.cost)
    from tflite.conversion.writer import folder_in_place

    with folder_in_place(out, args.force) as draft:
        native.load_tensorflow()
        from tools import conversion

        with native.quiet():
            report = conversion.convert(run, args, draft)
        if args.max_accuracy_drop is not None:
            conversion.check_drop(report, args.max_accuracy_drop)
    for point in report["operating_points"]:
        console.say(
            f"{point['name']:>9}: {point['accuracy']:.2%} (float {point['float_accuracy']:.2%}), "
            f"{point['share']:.1%} of the multiply-adds, {point['exits_flipped']:.1%} of the exits moved"
        )
    console.say(f"wrote {out} ({report['bytes']:,} bytes of parts): try python tools/evaluate.py {out}")
    return 0


def check_compression(args: argparse.Namespace) -> None:
    """Raises UserError for a compression that cannot be."""
    if args.qat and args.quantize != "int8":
        raise console.UserError(f"--qat expects --quantize int8, received {args.quantize}")
    if (args.prune or args.cluster) and args.quantize not in ("int8", "float32"):
        raise console.UserError(f"--prune and --cluster expect --quantize int8 or float32, received {args.quantize}")
    if args.qat and args.cluster:
        raise console.UserError("expected --qat or --cluster, received both: training would pull the clusters apart")
    if not 0 <= args.prune < 1:
        raise console.UserError(f"expected --prune from 0 to below 1, received {args.prune:g}")
    if args.cluster and args.cluster < 2:
        raise console.UserError(f"expected --cluster of at least 2, received {args.cluster}")
    for name, least in (("qat", 0), ("prune_epochs", 1), ("cluster_epochs", 1)):
        if getattr(args, name) < least:
            option = f"--{name.replace('_', '-')}"
            raise console.UserError(f"expected {option} of at least {least}, received {getattr(args, name)}")


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
