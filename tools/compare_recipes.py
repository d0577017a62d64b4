"""Compare recipes for the classifiers of a data set: what each change of trunk, exits or training buys.

Every recipe is trained for the same number of epochs, interrupted ones go on; runs that are trained already can stand
beside them. What is compared is the accuracy on the test images of the last exit, and at budgets of mean multiply-adds
with a softmax gate whose one threshold is chosen on images that the classifiers have not seen: no controllers, so that
the network alone makes the difference.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, machine, native, runs  # noqa: E402
from tools.reporting.table import Table  # noqa: E402


@dataclass(frozen=True)
class Recipe:
    """A preset with changed constructor arguments and training settings."""

    name: str
    preset: str
    arguments: dict = field(default_factory=dict)
    training: dict = field(default_factory=dict)


_BLOCK_ENDS = {"exit_weights": (0, 0, 0, 1, 0, 1, 0, 1, 0, 1)}
_MUON = {"optimizer": "muon", "batch_size": 256, "peak_learning_rate": 0.05}
_FINE = (16,) * 2 + (32,) * 4 + (64,) * 4  # about as many multiply-adds as the paper's widths at half the resolution
# The first of each list is what the others are compared with.
RECIPES = {
    "cifar10": (
        Recipe("the paper's", "epnet_cifar10"),
        Recipe("the last exit alone", "epnet_cifar10", training={"exit_weights": (0,) * 9 + (1,)}),
        Recipe("exits at block ends", "epnet_cifar10", training=_BLOCK_ENDS),
        Recipe("gradient equilibrium", "epnet_cifar10", {"equilibrium": True}),
        Recipe("distillation from the last exit", "epnet_cifar10", training={"distillation": 0.5}),
        Recipe("hidden layer in classifiers", "epnet_cifar10", {"head_hidden": (64,)}),
        Recipe("label smoothing", "epnet_cifar10", training={"label_smoothing": 0.1}),
        Recipe("ten times the weight decay", "epnet_cifar10", training={"weight_decay": 5e-3}),
        Recipe("cutout", "epnet_cifar10", training={"cutout": 8}),
        Recipe("Muon", "epnet_cifar10", training=_MUON),
        Recipe("stem", "epnet_cifar10", {"stem": 24}),
        Recipe("stem, whitened", "epnet_cifar10", {"stem": 24}, {"whitened_stem": True}),
        Recipe("stem, exits at block ends", "epnet_cifar10", {"stem": 24}, _BLOCK_ENDS),
        Recipe("stem, full resolution first", "epnet_cifar10", {"stem": 16, "filters": _FINE, "first_stride": 1}),
        Recipe("all of it, wider and deeper", "epnet_cifar10_stem"),
        Recipe("all of it, with Muon", "epnet_cifar10_stem", training=_MUON),
    ),
    "max_min_digits": (
        Recipe("the preset's", "epnet_digits"),
        Recipe("exits at block ends", "epnet_digits", training={"exit_weights": (0, 1) * 6}),
        Recipe("linear classifiers", "epnet_digits", {"head_hidden": ()}),
    ),
}
QUICK = "max_min_digits"
GATE = "max_softmax"
SHARES = (0.25, 0.5, 0.75)  # of the first recipe's network: the budgets if none are given


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/compare_recipes.py", description=__doc__)
    parser.add_argument("dataset", nargs="?", choices=RECIPES, default="cifar10", help="(default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=6, help="passes for each recipe (default: 6)")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings (default: 0)")
    parser.add_argument(
        "--budgets", type=float, nargs="+", metavar="MACS", help="mean multiply-adds (default: shares of the first's)"
    )
    parser.add_argument("--runs", nargs="+", metavar="RUN", default=[], help="runs of the data set, already trained")
    parser.add_argument("--only-runs", action="store_true", help="train nothing: compare the given runs")
    parser.add_argument("--quick", action="store_true", help="two epochs of digits, to see that it works")
    parser.add_argument("--folder", metavar="RUNS", default="runs/recipes", help="the trainings (default: %(default)s)")
    parser.add_argument("--out", metavar="FILE.md", help="write the table there")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def trained(recipe: Recipe, args) -> runs.Run:
    """The run of a recipe, its classifiers trained to the end; goes on where it was interrupted."""
    from keras_models import datasets
    from tools import train

    slug = recipe.name.replace(",", "").replace("'", "").replace(" ", "_")
    folder = Path(args.folder) / f"{args.dataset}_{args.epochs}_{args.seed}" / slug
    words = [recipe.preset, "--epochs", str(args.epochs), "--seed", str(args.seed), "--out", str(folder)]
    settings = train.settings(train.build_parser().parse_args(words))
    settings["arguments"] = settings["arguments"] | recipe.arguments
    settings["training"] = settings["training"] | recipe.training
    run = runs.start(folder, settings)
    if not run.classifiers_file.exists():
        console.say(f"recipe: {recipe.name}")
        train.fit_classifiers(run, datasets.get(settings["task"]))
    return run


def judge(name: str, run: runs.Run, budgets) -> dict:
    """A row: {"name", "epochs", "parameters", "macs", "last": accuracy, "exits": accuracy by exit, None where its
    classifier is not trained, "reached": accuracy by budget, None where even the cheapest setting is too dear}.

    budgets: mean multiply-adds; None takes `SHARES` of this network.
    """
    import numpy as np

    from keras_models.functional import evaluation
    from tools import policies, run_evaluation
    from tools.reproductions.study import Effort, Study

    study = Study(run, Effort(views=1))
    network, correct = study.network, study.correct(study.judged)
    static = run_evaluation.static_cost(network)
    budgets = [share * static for share in SHARES] if budgets is None else budgets
    policy = policies.parse(GATE, network)
    solving, look = policy.look(study.fitting), policy.look(study.judged)
    costs, reached = policy.chain.exit_costs(), []
    for budget in budgets:
        found = policies.best_within(solving, costs, study.kept, budget)
        reached.append(None if found is None else evaluation.accuracy(correct, look.exits(found, study.kept)))
    exits = [accuracy if kept else None for accuracy, kept in zip(correct.mean(0), study.kept, strict=True)]
    weights = [w for layer in (*network.units, *network.heads, network.stem) if layer for w in layer.trainable_weights]
    row = {"name": name, "epochs": run.config["training"]["epochs"], "macs": static, "last": exits[-1], "exits": exits}
    return row | {"parameters": int(sum(np.prod(w.shape) for w in weights)), "budgets": budgets, "reached": reached}


def table(rows: list[dict], args) -> str:
    """The comparison as Markdown, with the command and the machine."""
    first = rows[0]
    header = ["recipe", "epochs", "parameters", "multiply-adds", "last exit %"]
    header += [f"at {console.count(budget)} %" for budget in first["budgets"]]
    cells = []
    for row in rows:
        reached = [_beside(value, other) for value, other in zip(row["reached"], first["reached"], strict=True)]
        size = [row["epochs"], console.count(row["parameters"]), console.count(row["macs"])]
        cells.append([row["name"], *size, _beside(row["last"], first["last"]), *reached])
    words = ["" if args.dataset == "cifar10" else args.dataset, "--epochs", str(args.epochs), "--seed", str(args.seed)]
    words += ["--budgets", *(f"{budget:g}" for budget in args.budgets)] if args.budgets else []
    words += ["--runs", *args.runs] if args.runs else []
    words += ["--only-runs"] if args.only_runs else []
    text = (
        "Accuracy on the test images; in brackets the difference from the first row. At a budget of mean multiply-adds "
        "with a softmax gate, whose threshold for all exits is chosen on validation images. Exits that are not trained "
        "are never taken."
    )
    lines = [f"# Recipes: {args.dataset}", "", text, "", Table(header, cells).markdown()]
    lines += ["", "## Accuracy of every exit, percent", ""]
    longest = max(len(row["exits"]) for row in rows)
    padded = [[row["name"], *map(_percent, row["exits"]), *[""] * (longest - len(row["exits"]))] for row in rows]
    lines += [Table(["recipe", *map(str, range(1, longest + 1))], padded).markdown()]
    return "\n".join([*lines, *machine.foot(" ".join(["python tools/compare_recipes.py", *filter(None, words)]))])


def _percent(value) -> str:
    return "" if value is None else f"{100 * value:.2f}"


def _beside(value, first) -> str:
    if value is None or first is None or value is first:
        return _percent(value) or "too dear"
    return f"{_percent(value)} ({100 * (value - first):+.2f})"


def command(args: argparse.Namespace) -> int:
    """Train what is not trained, judge, print."""
    if args.epochs < 1:
        raise console.UserError(f"expected --epochs of at least 1, received {args.epochs}")
    if args.budgets and not all(budget > 0 for budget in args.budgets):
        raise console.UserError(f"expected budgets above zero, received {args.budgets}")
    if args.only_runs and not args.runs:
        raise console.UserError("expected --runs RUN... with --only-runs, received none")
    if args.quick:
        args.dataset, args.epochs = QUICK, 2
    given = [(Path(name).name, runs.read(name)) for name in args.runs]
    for name, run in given:
        if run.config["task"] != args.dataset:
            raise console.UserError(f"expected runs of {args.dataset}, received {name}, a run of {run.config['task']}")
    native.load_tensorflow()
    recipes = () if args.only_runs else RECIPES[args.dataset]
    rows: list[dict] = []
    for name, run in [*((recipe.name, trained(recipe, args)) for recipe in recipes), *given]:
        rows.append(console.plain(judge(name, run, rows[0]["budgets"] if rows else args.budgets)))
    text = table(rows, args)
    if args.out:
        console.write_text(args.out, text)
    if args.json:
        console.print_json(rows)
    else:
        console.say(text)
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
