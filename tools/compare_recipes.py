"""Compare recipes for the networks of a data set: what each change of trunk, exits or training buys.

Every recipe is trained for the same number of epochs, interrupted ones go on; runs that are trained already can stand
beside them. What is compared is the accuracy on the test images of the last exit, and at budgets of mean multiply-adds
with a softmax gate whose one threshold is chosen on images that the networks have not seen.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
from pathlib import Path

from tflite.bundle import places
from tools import console, native
from tools.options import check_least, check_out, words
from tools.pipeline import runs


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_recipes.py", description=__doc__)
    add = parser.add_argument
    add("dataset", nargs="?", metavar="TASK", default="cifar10", help="(default: %(default)s)")
    add("--epochs", type=int, default=6, help="passes for each recipe (default: 6)")
    add("--seed", type=int, default=0, help="of the trainings (default: 0)")
    add("--budgets", type=float, nargs="+", metavar="MACS", help="mean multiply-adds (default: shares of the first's)")
    add("--runs", nargs="+", metavar="RUN", default=[], help="runs of the data set, already trained")
    add("--only-runs", action="store_true", help="train nothing: compare the given runs")
    add("--quick", action="store_true", help="two epochs of digits, to see that it works")
    add("--folder", metavar="RUNS", default="runs/recipes", help="the trainings (default: %(default)s)")
    add("--out", metavar="FILE.md", help="write the table there")
    add("--json", action="store_true", help="print JSON")
    return parser


def check(args: argparse.Namespace) -> None:
    """Raises UserError for what makes no sense."""
    check_least(args, epochs=1, seed=0)
    check_out(args.out)
    places.check_folder(args.folder)
    for name in args.runs:
        runs.need_first_stage(runs.read(name))
    if args.budgets and not all(budget > 0 for budget in args.budgets):
        raise console.UserError(f"expected budgets above zero, received {args.budgets}")
    if args.only_runs and not args.runs:
        raise console.UserError("expected --runs RUN... with --only-runs, received none")


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> None:
    """Train what is not trained, judge, print."""
    check(args)
    native.load_keras()
    from tools.studies import pages, recipes

    if args.quick:
        args.dataset, args.epochs = recipes.QUICK, 2
    if args.dataset not in recipes.RECIPES:
        raise console.UserError(f"expected a data set among {', '.join(recipes.RECIPES)}, received {args.dataset}")
    given = [(Path(name).name, runs.read(name)) for name in args.runs]
    for name, run in given:
        if run.config["task"] != args.dataset:
            raise console.UserError(f"expected runs of {args.dataset}, received {name}, a run of {run.config['task']}")
    folder = Path(args.folder) / f"{args.dataset}_{args.epochs}_{args.seed}"
    wanted = () if args.only_runs else recipes.RECIPES[args.dataset]
    made = ((recipe.name, recipes.trained(recipe, folder, args.epochs, args.seed)) for recipe in wanted)
    rows: list[dict] = []
    for name, run in [*made, *given]:
        rows.append(console.plain(recipes.judge(name, run, rows[0]["budgets"] if rows else args.budgets)))
    typed = words(build_parser(), args, "dataset", "quick", "folder")
    pages.tell(args.out, args.json, rows, recipes.table(rows, args.dataset, typed))


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
