"""Search for better settings with Hyperband: of a later stage of a trained run, or of whole networks.

Interrupted, a search goes on when it is called again with the same --out. keras-tuner's KERASTUNER_TUNER_ID,
KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT spread it over processes with one --out: a chief, whose id has "chief"
in it, and workers. Everything is judged on held-out images, never on test images. OUT/best.json is a preset that
tools/train.py takes in the place of a name, OUT/trials.json tells every trial and OUT/search.png shows them.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import dataclasses
import shlex

from tools import console, machine, native, options
from tools.tuning.options import NETWORK, SearchOptions

STAGE = "stage"
GIVEN = [field.name for field in dataclasses.fields(SearchOptions) if field.metadata]  # all that may be typed
OF_NETWORKS = ("later_epochs", "share", "max_macs")
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
    whole = searches.add_parser(NETWORK, help="width, depth and training of a preset's network")
    whole.add_argument("preset", metavar="PRESET", help="a preset's name, or its JSON file")
    options.add_options(whole, SearchOptions, *OF_NETWORKS)
    for search in (later, whole):
        search.add_argument("--out", metavar="FOLDER", help="of the search (default: below runs/)")
        options.add_options(search, SearchOptions, *(name for name in GIVEN if name not in OF_NETWORKS))
        search.add_argument("--quick", action="store_true", help="few and short trials: to see that it works")
        search.add_argument("--json", action="store_true", help="print trials and preset as JSON")
        search.set_defaults(**dict.fromkeys(GIVEN))
    return parser


def search_options(args: argparse.Namespace) -> SearchOptions:
    """What was asked for, checked."""
    given = {name: getattr(args, name) for name in GIVEN}
    given |= {name: options.numbers(f"--{name}", getattr(args, name)) for name in ("kappas", "budgets")}
    given = {name: value for name, value in given.items() if value is not None}
    usual = USUAL[args.kind] | (QUICK[args.kind] if args.quick else {})
    source = (args.stage, args.run) if args.kind == STAGE else (NETWORK, args.preset)
    asked = SearchOptions(*source, **(usual | given))
    asked.validate()
    return asked


@console.keeping("what has ended is kept, and the same command goes on from there")
def command(args: argparse.Namespace) -> int:
    """Search to the end and tell the best."""
    asked = search_options(args)
    from keras_models import presets
    from tflite.bundle import places
    from tools.pipeline import runs

    (presets.get if asked.search == NETWORK else runs.read)(asked.source)  # Fail fast on one that is not there.
    suffix = "-quick" if args.quick else ""
    stem = places.absolute(asked.source).stem
    out = places.check_folder(args.out or f"runs/{places.plain_name(f'tune-{asked.search}-{stem}', suffix)}")
    native.load_keras()
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
        f"{console.count(best['cost'])} multiply-adds; train it with "
        f"python tools/train.py {shlex.quote(str(out / 'best.json'))}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
