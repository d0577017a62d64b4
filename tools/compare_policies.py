"""Compare one set of controllers for all prices with controllers fitted for each price alone, on frozen classifiers.

What is fitted is kept under RUN/reproduce/, as by tools/reproduce.py: interrupted, a comparison goes on, and each of
the two tools takes what the other has fitted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, machine, native  # noqa: E402
from tools.reporting.table import Table  # noqa: E402

KAPPAS = (0.01, 0.02, 0.03, 0.04, 0.05)  # the paper's range on its 50x50 data sets


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_policies.py", description=__doc__)
    parser.add_argument("run", metavar="RUN", help="run folder that tools/train.py wrote")
    parser.add_argument(
        "--kappas", type=float, nargs="+", default=KAPPAS, help="prices to compare (default: %(default)s)"
    )
    parser.add_argument("--epochs", type=int, default=20, help="passes for each set of controllers (default: 20)")
    parser.add_argument("--views", type=int, default=4, help="shifts of every image to fit on (default: 4)")
    parser.add_argument("--seed", type=int, default=0, help="of initial weights and prices (default: 0)")
    parser.add_argument("--out", metavar="FILE.md", help="write the table there, and a picture beside it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def compare(run, kappas, epochs: int, views: int, seed: int) -> list[dict]:
    """One row a price: benefit in percent, accuracy and cost of both kinds of controllers, on the held-out split.

    Both are fitted with the settings of the run's own, its learning rate for instance.
    """
    from keras_models import policy
    from tools import train
    from tools.reproductions.study import Effort, Study

    study, settings = Study(run, Effort(epochs, views)), run.config["policy"]
    judging, options = study.held_out, {name: settings[name] for name in train.OPTIONAL if name in settings}

    def scored(network, prices):
        return policy.score(network, judging, judging["labels"], kept=study.kept, kappas=prices)

    together, rows = scored(study.fitted(None, seed=seed, **options), kappas), []
    for kappa, one in zip(kappas, together, strict=True):
        [alone] = scored(study.fitted(kappa, seed=seed, **options), (kappa,))
        rows.append({"kappa": kappa, "for_all": one, "alone": alone})
    return rows


def table(rows: list[dict], run, args) -> str:
    """The comparison as Markdown, with the command and the machine."""
    text = [
        f"# One controller for all prices, against one for each: {run.config['task']}",
        "",
        "Benefit is 100 * (accuracy - kappa * cost in average convolutions), on held-out images; accuracy and share of "
        "the network's multiply-adds in brackets.",
        "",
    ]
    cells = []
    for row in rows:
        one, alone = row["for_all"], row["alone"]
        both = [f"{p['benefit']:.2f} ({p['accuracy']:.2%}, {p['cost']:.1%})" for p in (one, alone)]
        cells.append([f"{row['kappa']:g}", *both, f"{one['benefit'] - alone['benefit']:+.2f}"])
    text += [Table(["kappa", "one for all", "for this price alone", "difference"], cells).markdown()]
    command = f"python tools/compare_policies.py {args.run} --epochs {args.epochs} --views {args.views}"
    return "\n".join([*text, *machine.foot(f"{command} --seed {args.seed}")])


def draw(rows: list[dict], file: Path) -> None:
    """Benefit against the price, both kinds."""
    from tools.reporting import figures

    def paint(figure, axes):
        for number, (key, label) in enumerate((("for_all", "one for all prices"), ("alone", "one for each price"))):
            at = [r["kappa"] for r in rows], [r[key]["benefit"] for r in rows]
            axes[0].plot(*at, **figures.series(number), label=label)
        axes[0].set(xlabel="price of an average convolution, kappa", ylabel="benefit, percent")
        axes[0].legend()

    figures.draw_png(file, paint, size=(6, 4))


def command(args: argparse.Namespace) -> int:
    """Fit, compare, print."""
    from tools import runs

    run = runs.read(args.run)
    if args.epochs < 1 or args.views < 1:
        raise console.UserError(f"expected at least one epoch and one view, received {args.epochs} and {args.views}")
    if not all(0 < kappa < 1 for kappa in args.kappas):
        raise console.UserError(f"expected prices between 0 and 1, received {args.kappas}")
    native.load_tensorflow()
    rows = compare(run, args.kappas, args.epochs, args.views, args.seed)
    if args.json:
        console.print_json(rows)
    else:
        console.say(table(rows, run, args))
    if args.out:
        console.write_text(args.out, table(rows, run, args) + f"\n![benefit]({Path(args.out).stem}.png)\n")
        draw(rows, Path(args.out).with_suffix(".png"))
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
