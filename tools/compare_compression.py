"""Compare what compression does to every exit of a trained run: precisions, QAT, pruning, clustering, and a yardstick.

Every variant decides with the same float controllers and the settings of the float chain's operating points, so that
what moves is the network's answers alone. The yardstick is ai-edge-quantizer on the same parts, deciding parts in float
as everywhere here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, machine, native, runs  # noqa: E402
from tools.reporting.table import Table  # noqa: E402

VARIANTS = {
    "float32": "--quantize float32",
    "float16": "--quantize float16",
    "dynamic": "--quantize dynamic",
    "int8": "",
    "int8 qat": "--qat {qat}",
    "int8 pruned qat": "--prune {prune} --prune-epochs {prune_epochs} --qat {qat}",
    "int8 clustered": "--cluster {cluster}",
    "yardstick int8": "--quantize float32",
    "yardstick 16x8": "--quantize float32",
}
REFERENCE = "float32"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_compression.py", description=__doc__)
    parser.add_argument("run", metavar="RUN", help="run folder that tools/train.py wrote")
    parser.add_argument(
        "--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="beside float32 (default: all)"
    )
    parser.add_argument("--qat", type=int, default=2, metavar="EPOCHS", help="(default: %(default)s)")
    parser.add_argument("--prune", type=float, default=0.5, metavar="SPARSITY", help="(default: %(default)s)")
    parser.add_argument("--prune-epochs", type=int, default=4, metavar="EPOCHS", help="(default: %(default)s)")
    parser.add_argument("--cluster", type=int, default=16, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--split",
        default=runs.HELD_OUT_SPLIT,
        help='judge on these images, such as "test" (default: the held-out ones, on which settings are chosen anyway)',
    )
    parser.add_argument("--seed", type=int, default=0, help="of calibration and training (default: 0)")
    parser.add_argument("--out", metavar="FILE.md", help="write the tables there, and a picture beside them")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def options(args, variant: str) -> argparse.Namespace:
    """The options of `tools/convert.py` for a variant. Raises UserError where that would."""
    from tools import convert

    words = VARIANTS[variant].format(**vars(args)).split()
    given = convert.build_parser().parse_args([args.run, "--exits", "all", "--seed", str(args.seed), *words])
    convert.check_compression(given)
    return given


def tables(found: dict, args) -> str:
    """The comparison as Markdown."""
    rows, reference = found["variants"], found["variants"][0]
    text = [
        f"# Compression of {Path(args.run).name}: {found['task']}",
        "",
        f"{found['samples']:,} images of `{found['split']}` (standard error of an accuracy: at most "
        f"{50 / found['samples'] ** 0.5:.1f} points), controllers as they were trained in float. Moved: images that "
        "leave elsewhere than on the float chain, at its setting `balanced`. Confidence: mean absolute change of the "
        "largest probability over all exits. Size: all parts, in kilobytes, as they are and deflated one by one. "
        "Latency: all parts run once, one thread, variants in turns: the sum of the parts' lowest medians of five.",
        "",
    ]
    header = [
        "",
        "last exit %",
        "mean of exits %",
        "most lost at an exit",
        "moved",
        "confidence",
        "kB",
        "zipped kB",
        "us",
    ]
    text += [Table(header, [_summary(row, reference) for row in rows]).markdown()]
    text += ["", "## Accuracy at the float chain's settings, percent (and share of all multiply-adds)", ""]
    points = [
        [row["name"], *(f"{100 * point['accuracy']:.2f} ({point['share']:.1%})" for point in row["points"].values())]
        for row in rows
    ]
    text += [Table(["", *reference["points"]], points).markdown()]
    text += ["", "## Accuracy of every exit, percent", ""]
    exits = [[row["name"], *(f"{100 * value:.2f}" for value in row["exits"].values())] for row in rows]
    text += [Table(["", *map(str, reference["exits"])], exits).markdown()]
    text += ["", "## Size of every part, bytes, and deflated", ""]
    sizes = [[row["name"], *(f"{raw:,} ({small:,})" for raw, small in row["sizes"].values())] for row in rows]
    text += [Table(["", *reference["sizes"]], sizes).markdown()]
    command = f"python tools/compare_compression.py {args.run} --qat {args.qat} --prune {args.prune:g}"
    command += f" --prune-epochs {args.prune_epochs} --cluster {args.cluster} --seed {args.seed}"
    command += "" if found["split"] == runs.HELD_OUT_SPLIT else f" --split '{found['split']}'"
    command += "" if set(VARIANTS) == set(args.variants) else f" --variants {' '.join(map(repr, args.variants))}"
    return "\n".join([*text, *machine.foot(command)])


def _summary(row: dict, reference: dict) -> list[str]:
    reached = list(row["exits"].values())
    lost = max(before - after for before, after in zip(reference["exits"].values(), reached, strict=True))
    raw, small = (sum(size[i] for size in row["sizes"].values()) / 1000 for i in (0, 1))
    return [
        row["name"],
        f"{100 * reached[-1]:.2f}",
        f"{100 * sum(reached) / len(reached):.2f}",
        f"{100 * lost:.2f}",
        f"{row['moved']:.1%}",
        f"{row['confidence']:.4f}",
        f"{raw:.0f}",
        f"{small:.0f}",
        f"{row['latency_us']:.0f}",
    ]


def draw(found: dict, file: Path) -> None:
    """Accuracy that every exit lost or won against float, a line a variant; and size against the mean of that."""
    from tools.reporting import figures

    reference, *rows = found["variants"]
    exits = list(reference["exits"])

    def paint(figure, axes):
        left, right = axes
        for number, row in enumerate(rows):
            both = zip(reference["exits"].values(), row["exits"].values(), strict=True)
            change = [100 * (now - before) for before, now in both]
            left.plot(exits, change, **figures.series(number), label=row["name"])
            size = sum(small for _, small in row["sizes"].values()) / 1000
            mark = figures.series(number) | {"linestyle": "none", "markersize": 9}
            right.plot(size, sum(change) / len(change), **mark, label=row["name"])
        for axis in axes:
            axis.axhline(0, color=figures.colour("muted"), linewidth=1)
        left.set(xlabel="exit", ylabel="accuracy against float32, points")
        right.set(xlabel="all parts, deflated, kB", ylabel="mean over the exits, points")
        right.set_xlim(0, 1.1 * right.dataLim.x1)  # what weighs the same stands in one line
        right.legend()

    figures.draw_png(file, paint, (1, 2), (10, 4.2))


def command(args: argparse.Namespace) -> int:
    """Make every variant, look at it, and print the tables."""
    run = runs.read(args.run)
    args.variants = [name for name in VARIANTS if name in {REFERENCE, *args.variants}]
    for variant in args.variants:
        options(args, variant)  # what cannot be is told before the work
    native.load_tensorflow()
    from tools import compression_variants

    with native.quiet():
        found = compression_variants.compare(run, {name: options(args, name) for name in args.variants}, args.split)
    if args.json:
        console.print_json(found)
    else:
        console.say(tables(found, args))
    if args.out:
        console.write_text(args.out, tables(found, args) + f"\n![compression]({Path(args.out).stem}.png)\n")
        draw(found, Path(args.out).with_suffix(".png"))
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
