"""Search for better settings with Hyperband: of a later stage of a trained run, or of whole networks.

Interrupted, a search goes on when it is called again with the same --out. keras-tuner's KERASTUNER_TUNER_ID,
KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT spread it over processes with one --out: a chief, whose id has "chief"
in it, and workers. Everything is judged on held-out images, never on test images. OUT/best.json is a preset that
tools/train.py takes in the place of a name, OUT/trials.json tells every trial and OUT/search.png shows them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import console, machine, native, options  # noqa: E402
from tools.tuning.options import NETWORK, SearchOptions, add_search_options  # noqa: E402

STAGE = "stage"
USUAL = {STAGE: {"epochs": 20, "views": 4}, NETWORK: {"epochs": 9, "views": 1}}
QUICK = {
    STAGE: {"epochs": 3, "factor": 3, "views": 1},
    NETWORK: {"epochs": 2, "factor": 2, "views": 1, "later_epochs": 2, "share": 0.25},
}


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/tune.py", description=__doc__)
    searches = parser.add_subparsers(dest="kind", required=True, metavar="stage | network")
    later = searches.add_parser(STAGE, help="one stage after the first of a run, such as its controllers")
    later.add_argument("stage", metavar="STAGE", help="name of the stage, as in the run's config.json")
    later.add_argument("--run", metavar="RUN", required=True, help="a run folder whose stage before that has ended")
    add_search_options(later)
    whole = searches.add_parser(NETWORK, help="width, depth and training of a preset's network")
    whole.add_argument("preset", metavar="PRESET", help="a preset's name, or its JSON file")
    whole.add_argument(
        "--max-macs", type=float, metavar="M", help="ceiling on a network's multiply-adds (default: the preset's)"
    )
    whole.add_argument("--share", type=float, help="share of the images to train on that a trial sees (default: 1)")
    whole.add_argument("--later-epochs", type=int, help="passes for the stages after the first (default: 10)")
    add_search_options(whole)
    return parser


def search_options(args: argparse.Namespace) -> SearchOptions:
    """What was asked for, checked."""
    names = ("objective", "epochs", "factor", "iterations", "views", "later_epochs", "share", "max_macs", "seed")
    given = {name: getattr(args, name, None) for name in names}
    given |= {name: options.numbers(f"--{name}", getattr(args, name)) for name in ("kappas", "budgets")}
    given = {name: value for name, value in given.items() if value is not None}
    usual = USUAL[args.kind] | (QUICK[args.kind] if args.quick else {})
    source = {"search": args.stage, "source": args.run} if args.kind == STAGE else {}
    source = source or {"search": NETWORK, "source": args.preset}
    asked = SearchOptions(**source, **(usual | given))
    asked.validate()
    return asked


def check_source(asked: SearchOptions) -> None:
    """Fail fast on a run or preset that is not there."""
    from keras_models import presets
    from tools.pipeline import runs

    if asked.search == NETWORK:
        presets.get(asked.source)
    else:
        runs.read(asked.source)


def command(args: argparse.Namespace) -> int:
    """Search to the end and tell the best."""
    asked = search_options(args)
    check_source(asked)
    suffix = "-quick" if args.quick else ""
    out = Path(args.out or f"runs/tune-{asked.search}-{Path(asked.source).stem}{suffix}")
    native.load_tensorflow()
    from tools.tuning import search

    found = search.run(asked, out, machine.command_line())
    if found is None:
        console.say("no more trials: the chief writes the results")
        return 0
    best = found["best"]
    if best is None:
        raise console.UserError(f"expected a trial that succeeds, received {len(found['trials'])} that did not")
    if args.json:
        console.print_json(found)
        return 0
    console.print_json(found["preset"])
    console.say(
        f"best of {len(found['trials'])} trials: {asked.objective} {best['objective']:.2f}, {best['accuracy']:.2%} at "
        f"{console.count(best['cost'])} multiply-adds; train it with python tools/train.py {out / 'best.json'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
