"""Reproduce the tables and figures of a source document: train, fit every policy, and write pages with pictures.

Interrupted, it goes on when it is called again: the training from its last epoch, and every set of controllers that was
fitted is kept in the run folder. Each page tells the command, the settings and the machine.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from keras_models import presets  # noqa: E402
from tools import console, machine, native, runs  # noqa: E402

FAMILIES = ("epnet",)
TABLES, FIGURES = (1, 2), (6, 7, 8, 9, 10)
DATASETS = {"max_min_mnist": "epnet_max_min", "multi_scale_fashion": "epnet_multi_scale", "cifar10": "epnet_cifar10"}
QUICK_PRESET, QUICK_EPOCHS = "epnet_digits", 2


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/reproduce.py", description=__doc__)
    parser.add_argument("family", choices=FAMILIES, help="the system")
    parser.add_argument("--table", type=int, action="append", choices=TABLES, help="may be given more than once")
    parser.add_argument("--figure", type=int, action="append", choices=FIGURES, help="may be given more than once")
    parser.add_argument("--dataset", choices=DATASETS, default="max_min_mnist", help="default: %(default)s")
    parser.add_argument(
        "--preset", metavar="PRESET", help="another network than the source's, a preset of that data set"
    )
    parser.add_argument("--run", metavar="RUN", help="a run folder to use or to make (default: runs/ and the preset)")
    parser.add_argument("--epochs", type=int, help="passes for the classifiers (default: the preset's)")
    parser.add_argument(
        "--policy-epochs", type=int, default=20, help="passes for each set of controllers (default: 20)"
    )
    parser.add_argument("--views", type=int, default=4, help="shifts of every image to fit on (default: 4)")
    parser.add_argument("--seeds", type=int, default=5, help="where spread is shown (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="of the classifiers' training (default: 0)")
    parser.add_argument(
        "--quick", action="store_true", help="the same on a small network of digits in minutes, to see that it works"
    )
    parser.add_argument("--out", metavar="FOLDER", help="pages and pictures (default: docs/results/FAMILY)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    return parser


def items(args) -> list[str]:
    """What was asked for, everything by default."""
    named = [f"table {n}" for n in args.table or ()] + [f"figure {n}" for n in args.figure or ()]
    return named or [f"table {n}" for n in TABLES] + [f"figure {n}" for n in FIGURES]


def chosen_preset(args) -> str:
    """The source's preset for the data set, or the given one. Raises UserError if that is of another data set."""
    if args.quick:
        return QUICK_PRESET
    if args.preset is None:
        return DATASETS[args.dataset]
    task = presets.get(args.preset)["task"]
    if task != args.dataset:
        raise console.UserError(f"expected a preset of {args.dataset}, received {args.preset}, one of {task}")
    return args.preset


def page_name(item: str, of: str) -> str:
    """Name of an item's page and picture, without ending: of a data set with the source's network, or of a preset."""
    return f"{item.replace(' ', '_')}_{of}"


def trained(args, preset: str) -> runs.Run:
    """The run, its classifiers trained to the end; goes on where it was interrupted."""
    from keras_models import datasets
    from tools import train

    folder = Path(args.run or (f"runs/{preset}-quick" if args.quick else f"runs/{preset}"))
    if (folder / "config.json").exists() and runs.read(folder).classifiers_file.exists():
        run, wanted = runs.read(folder), presets.get(preset)["task"]
        if run.config["task"] != wanted:
            raise console.UserError(f"expected a run of {wanted}, received {folder}, a run of {run.config['task']}")
        return run
    options = ["--seed", str(args.seed), "--out", str(folder)]
    epochs = args.epochs or (QUICK_EPOCHS if args.quick else None)
    options += ["--epochs", str(epochs)] if epochs else []
    run = runs.start(folder, train.settings(train.build_parser().parse_args([preset, *options])))
    train.fit_classifiers(run, datasets.get(run.config["task"]))
    return run


def facts(study, args, item: str) -> dict:
    """How the page of an item is made, for its foot."""
    config, effort = study.run.config, study.effort
    command = f"`python tools/reproduce.py {' '.join(given(args, item))}`"
    network = (
        f"Network: {runs.trained_as(config)}; "
        f"controllers: {effort.policy_epochs} passes over {len(study.fitting['labels']):,} decision inputs "
        f"({effort.views} shifts of every image), seed 0 unless said; {len(study.judged['labels']):,} test images."
    )
    return {
        "task": study.task.name,
        "lines": [command, "", network, "", machine.line(machine.describe())],
    }


def command(args: argparse.Namespace) -> int:
    """Make what was asked for, page by page."""
    for name in ("epochs", "policy_epochs", "views", "seeds"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise console.UserError(f"expected --{name.replace('_', '-')} of at least 1, received {value}")
    native.load_tensorflow()
    from tools.reproductions import epnet, pages
    from tools.reproductions.study import QUICK, Effort, Study

    run = trained(args, chosen_preset(args))
    effort = QUICK if args.quick else Effort(args.policy_epochs, args.views, args.seeds)
    study = Study(run, effort)
    out = Path(args.out or (run.folder / "pages" if args.quick else f"docs/results/{args.family}"))
    results = {}
    for item in items(args):
        console.say(f"{item} of {study.task.name}")
        results[item] = result = console.plain(epnet.ITEMS[item](study))
        stem = page_name(item, study.task.name if args.quick else args.preset or study.task.name)
        out.mkdir(parents=True, exist_ok=True)
        picture = f"{stem}.png" if pages.draw(item, result, out / f"{stem}.png") else None
        text = pages.page(item, result, facts(study, args, item), picture)
        console.write_text(out / f"{stem}.md", text)
        console.say(f"wrote {out / stem}.md")
        if not args.json and not picture:
            console.say(text)
    if args.json:
        console.print_json(results)
    return 0


def given(args, item: str) -> list[str]:
    """The command line of one item, without what does not change the result."""
    kind, number = item.split()
    words = [args.family, "--dataset", args.dataset, f"--{kind}", number]
    words += ["--quick"] if args.quick else []
    defaults = {action.dest: action.default for action in build_parser()._actions}
    for name in ("preset", "run", "epochs", "policy_epochs", "views", "seeds", "seed"):
        if getattr(args, name) != defaults[name]:
            words += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    return words


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
