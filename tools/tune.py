"""Search for better settings with Hyperband: of the controllers of a trained run, or of whole networks.

Interrupted, a search goes on when it is called again with the same --out; called while it runs, another process takes
part in it. Everything is judged on held-out images, never on test images. OUT/best.json is a preset that tools/train.py
takes in the place of a name, OUT/trials.json tells every trial and OUT/search.png shows them.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from keras_models import presets  # noqa: E402
from tools import console, machine, native, runs  # noqa: E402

LOCK = ".lock"
QUICK_PRESET, QUICK_RUN, QUICK_RUN_EPOCHS = "epnet_digits", "runs/epnet_digits-quick", 2
USUAL = {
    "controllers": {"epochs": 20, "factor": 3, "views": 4},
    "network": {"epochs": 9, "factor": 3, "views": 1, "policy_epochs": 10, "share": 1.0},
}
QUICK = {
    "controllers": {"epochs": 3, "factor": 3, "views": 1},
    "network": {"epochs": 2, "factor": 2, "views": 1, "policy_epochs": 2, "share": 0.25, "max_macs": 1e6},
}


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/tune.py", description=__doc__)
    searches = parser.add_subparsers(dest="search", required=True, metavar="controllers | network")
    second = searches.add_parser("controllers", help="sizes and training of a run's controllers")
    second.add_argument("--run", metavar="RUN", help="a run folder whose first stage has ended")
    _shared_options(second)
    whole = searches.add_parser("network", help="width, depth and training of a preset's network")
    whole.add_argument("preset", nargs="?", metavar="PRESET", help="a preset's name, or its JSON file")
    whole.add_argument(
        "--max-macs",
        type=float,
        metavar="M",
        help="ceiling on a network's multiply-adds (default: the preset's)",
    )
    whole.add_argument("--share", type=float, help="share of the images to train on that a trial sees (default: 1)")
    whole.add_argument("--policy-epochs", type=int, help="passes for the controllers of a trial (default: 10)")
    _shared_options(whole)
    return parser


def _shared_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FOLDER", help="of the search (default: below runs/)")
    parser.add_argument(
        "--objective",
        choices=("benefit", "area"),
        default="benefit",
        help="mean benefit over --kappas, or area under the budgeted curve over --budgets (default: benefit)",
    )
    parser.add_argument(
        "--kappas",
        default="0.005,0.01,0.02,0.05",
        metavar="LIST",
        help="prices of the benefit; accuracy and cost are told of the (lower) middle one (default: %(default)s)",
    )
    parser.add_argument(
        "--budgets",
        metavar="LOW,HIGH",
        help="mean multiply-adds of the area (default: a tenth to all of the ceiling)",
    )
    parser.add_argument(
        "--epochs", type=int, help="that the best trials get (default: 20 for controllers, 9 for networks)"
    )
    parser.add_argument("--factor", type=int, help="of so many trials one goes on (default: 3)")
    parser.add_argument("--iterations", type=int, default=1, help="times that Hyperband is run through (default: 1)")
    parser.add_argument(
        "--views", type=int, help="shifts in which controllers see every image (default: 4; for networks 1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the values and of every training (default: 0)")
    parser.add_argument("--quick", action="store_true", help="small, on digits, in minutes: to see that it works")
    parser.add_argument("--json", action="store_true", help="print trials and preset as JSON")


def settings(args: argparse.Namespace) -> dict:
    """Everything that decides the search but for what it starts from, as plain data."""
    usual = USUAL[args.search] | (QUICK[args.search] if args.quick else {})
    names = ("epochs", "factor", "views", "policy_epochs", "share", "max_macs")
    given = {name: getattr(args, name, None) for name in names}
    chosen = usual | {name: value for name, value in given.items() if value is not None}
    refuse_senseless(args, chosen)
    kappas = sorted(set(numbers("--kappas", args.kappas)))
    budgets = args.budgets and numbers("--budgets", args.budgets)
    if budgets and not (len(budgets) == 2 and budgets[0] < budgets[1]):
        raise console.UserError(f"expected --budgets such as 1e6,2e7, the lower one first, received {args.budgets!r}")
    same = {name: getattr(args, name) for name in ("search", "objective", "iterations", "seed")}
    return {"max_macs": None} | same | {"kappas": kappas, "budgets": budgets} | chosen


def refuse_senseless(args: argparse.Namespace, chosen: dict) -> None:
    """Raises UserError for numbers out of their range, before anything is made for them."""
    given = {"iterations": args.iterations, "seed": args.seed} | chosen
    for name in ("epochs", "factor", "views", "policy_epochs", "iterations", "seed"):
        least = {"factor": 2, "seed": 0}.get(name, 1)
        if name in given and given[name] < least:
            raise console.UserError(f"expected --{name.replace('_', '-')} of at least {least}, received {given[name]}")
    if not 0 < chosen.get("share", 1.0) <= 1:
        raise console.UserError(f"expected --share above 0 and at most 1, received {chosen['share']}")
    if not 0 < chosen.get("max_macs", 1.0) < math.inf:
        raise console.UserError(f"expected --max-macs above zero, received {chosen['max_macs']:g}")


def numbers(option: str, text: str) -> list[float]:
    """Numbers above zero, separated by commas. Raises UserError for another text."""
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 < number < math.inf for number in found):
        raise console.UserError(f"expected {option} as numbers above zero such as 0.01,0.02, received {text!r}")
    return found


def quick_run() -> runs.Run:
    """A run of the small preset for digits, its classifiers trained for a short while; made once."""
    from keras_models import datasets
    from tools import train

    options = [QUICK_PRESET, "--epochs", str(QUICK_RUN_EPOCHS), "--out", QUICK_RUN]
    run = runs.start(QUICK_RUN, train.settings(train.build_parser().parse_args(options)))
    if not run.classifiers_file.exists():
        native.load_tensorflow()
        train.fit_classifiers(run, datasets.get(run.config["task"]))
    return run


def tunable_run(folder: str) -> runs.Run:
    """The run in that folder. Raises UserError for one whose controllers are not for all prices of multiply-adds."""
    run = runs.read(folder)
    if not run.classifiers_file.exists():
        raise console.UserError(f"{folder} has no classifiers.keras: expected a run whose first stage has ended")
    policy = run.config["policy"]
    if policy["kappa"] is not None or policy["cost"] != "macs":
        raise console.UserError(
            f"expected a run whose controllers serve all prices of multiply-adds, received {folder} "
            f"(kappa {policy['kappa']}, cost {policy['cost']})"
        )
    return run


def origin(args: argparse.Namespace) -> tuple[dict, runs.Run | dict]:
    """What a search starts from: (what of it decides the search, the run or the preset)."""
    if args.search == "controllers":
        if not (args.run or args.quick):
            raise console.UserError("expected --run RUN, a trained run, or --quick, received neither")
        from tools import decisions

        run = tunable_run(args.run) if args.run else quick_run()
        told = {name: run.config[name] for name in ("arguments", "task", "policy")}
        return told | {"classifiers": decisions.digest(run)}, run
    if not (args.preset or args.quick):
        raise console.UserError(f"expected a preset, one of {', '.join(presets.PRESETS)}, or --quick, received neither")
    preset = presets.get(args.preset or QUICK_PRESET)
    return {name: preset[name] for name in ("family", "arguments", "task", "training")}, preset


def default_folder(args: argparse.Namespace) -> str:
    """Where a search goes unless told."""
    source = args.run or QUICK_RUN if args.search == "controllers" else args.preset or QUICK_PRESET
    return f"runs/tune-{args.search}-{Path(source).stem}{'-quick' if args.quick else ''}"


def open_search(folder: Path, config: dict) -> None:
    """A new search in that folder, or the one that is there. Raises RunError if that has other settings."""
    from tools.tuning import locks

    if "KERASTUNER_ORACLE_IP" in os.environ:
        raise console.UserError(
            "expected no KERASTUNER_ORACLE_IP in the environment (processes that share --out take part in a search), "
            f"received {os.environ['KERASTUNER_ORACLE_IP']}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with locks.locked(folder / LOCK):
        runs.start(folder, config, beside=(LOCK,))


def facts(args: argparse.Namespace, trials) -> dict:
    """What the files of a search tell of it."""
    source = args.run or QUICK_RUN if args.search == "controllers" else args.preset or QUICK_PRESET
    name = Path(source).stem
    return {
        "from": f"the {'run' if args.search == 'controllers' else 'preset'} {name}",
        "title": f"{args.search} of {name}",
        "command": machine.command_line(),
        "objective": args.objective,
        "kappa": trials.judge.operating_kappa,
        "samples": trials.judged,
    }


def search(args: argparse.Namespace, folder: Path, config: dict, source) -> dict:
    """Take part until the search has ended; returns what `results.write` does."""
    import keras_tuner

    from keras_models import datasets
    from tools.tuning import locks, results, shared
    from tools.tuning.trials import ControllerTrials, NetworkTrials

    task = datasets.get(config["task"])
    with locks.locked(folder / LOCK):  # data are prepared and decision inputs computed by one process for all
        made = ControllerTrials if args.search == "controllers" else NetworkTrials
        trials = made(source, task, config)
    oracle = shared.SharedHyperband(
        folder,
        trials.admissible,
        objective=keras_tuner.Objective(args.objective, "max"),
        max_epochs=config["epochs"],
        factor=config["factor"],
        hyperband_iterations=config["iterations"],
        seed=config["seed"],
        hyperparameters=trials.space,
    )
    told = facts(args, trials)
    shared.SharedTuner(oracle, folder, trials.evaluate, lambda: results.write(folder, oracle, trials, told)).run()
    return results.write(folder, oracle, trials, told)


def command(args: argparse.Namespace) -> int:
    """Search to the end and tell the best."""
    chosen, folder = settings(args), Path(args.out or default_folder(args))
    with contextlib.redirect_stdout(sys.stderr if args.json else sys.stdout):  # JSON is alone on stdout
        decides, source = origin(args)
        open_search(folder, chosen | decides)
        native.load_tensorflow()
        found = search(args, folder, chosen | decides, source)
    best = found["best"]
    if best is None:
        raise console.UserError(f"expected a trial that succeeds, received {len(found['trials'])} that did not")
    if args.json:
        console.print_json(found)
        return 0
    console.print_json(found["preset"])
    console.say(
        f"best of {len(found['trials'])} trials: {args.objective} {best['objective']:.2f}, {best['accuracy']:.2%} at "
        f"{console.count(best['cost'])} multiply-adds; train it with python tools/train.py {folder / 'best.json'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
