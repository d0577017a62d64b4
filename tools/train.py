"""Train an adaptive network, stage by stage: of an early-exit network classifiers first, then what decides.

An interrupted training goes on from its last epoch when it is called again with the same --out.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse
import contextlib
import shlex

from keras_models import distribution, files, own_layers, presets
from tools import console, native
from tools.options import check_least, stage_settings
from tools.pipeline import distillation, judging, own_networks, part_prices, runs, training

NETWORK = "network"  # --set network.NAME=VALUE sets a constructor argument


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/train.py", description=__doc__)
    text = f"one of {', '.join(presets.known())}, a JSON file of one, or a .keras file for exits"
    parser.add_argument("preset", metavar="PRESET", help=text)
    parser.add_argument("--out", metavar="RUN", help="run folder (default: runs/ and the preset's name)")
    parser.add_argument("--dataset", metavar="TASK", help="another task than the preset's")
    first = parser.add_argument_group("the first stage (default: the preset's)")
    first.add_argument("--epochs", type=int, help="passes over the images")
    first.add_argument("--batch-size", type=int, help="images in a step")
    first.add_argument("--learning-rate", type=float, dest="peak_learning_rate", help="peak of the one-cycle schedule")
    text = "decoupled: ten times it is what L2 of frameworks that add it to the gradient does with a momentum of 0.9"
    first.add_argument("--weight-decay", type=float, help=text)
    own_networks.add_first_stage_options(first)
    first.add_argument("--cutout", type=int, metavar="SIDE", help="blank a square of that side in every training image")
    text = "any setting of a stage, such as controllers.epochs=5, or of the network, such as network.stem=16"
    parser.add_argument("--set", action="append", default=[], metavar="STAGE.NAME=VALUE", help=text)
    parser.add_argument("--list-settings", action="store_true", help="tell every setting of the preset, and end")
    own_networks.add_options(parser)
    _add_sources(parser.add_argument_group("other runs"))
    parser.add_argument("--strategy", choices=distribution.STRATEGIES, help=distribution.HELP)
    text = "compute in bfloat16; weights, losses and answers stay float32"
    parser.add_argument("--mixed-precision", action="store_true", help=text)
    parser.add_argument("--seed", type=int, default=0, help="of initial weights, order and draws (default: 0)")
    return parser


def _add_sources(group) -> None:
    group.add_argument("--first-stage", metavar="RUN", help="take the first stage of that run, and train the others")
    group.add_argument("--start", metavar="RUN", help="start from the weights of that run's first stage")
    text = "learn the mean answer of these runs' networks beside the labels"
    group.add_argument("--teachers", metavar="RUN", nargs="+", help=text)
    text = f"weight of that, the labels have the rest (default: {distillation.TEACHER_SHARE})"
    group.add_argument("--teacher-share", type=float, metavar="SHARE", help=text)


def configure(args: argparse.Namespace) -> dict:
    """The config of what was asked for. Raises UserError for a seed below zero, or a --set that has another form."""
    check_least(args, seed=0)
    stages = stage_settings(args.set)
    names = ("epochs", "batch_size", "peak_learning_rate", "weight_decay", "class_weights", "cutout")
    return training.configure(
        args.preset,
        dataset=own_networks.task_name(args.preset, args.data, args.dataset, args.pixels),
        arguments=stages.pop(NETWORK, {}) | own_networks.arguments(args.exits),
        stages=stages,
        first={name: getattr(args, name) for name in names} | {"augmentation": own_networks.augmentation(args.augment)},
        seed=args.seed,
        layers=args.layers,
        **{name: getattr(args, name) for name in ("first_stage", "start", "teachers", "teacher_share")},
    )


def command(args: argparse.Namespace) -> int:
    """Train to the end, or tell that it has been done."""
    if args.exits == "list":
        native.load_keras()
        from keras_models.with_exits import told_candidates

        for file in args.layers or ():
            own_layers.load(file)
        console.say(told_candidates(args.preset))
        return 0
    config = configure(args)
    if args.list_settings:
        console.print_json({NETWORK: config["arguments"]} | config["stages"])
        return 0
    for settings in config["stages"].values():
        part_prices.prepare(settings.get("cost", "macs"))
    run = training.start(config, args.out or f"runs/{config['preset']}")
    onward = f"convert it with python tools/convert.py {shlex.quote(str(run.folder))}"
    if files.is_network(run.model_file):
        console.say(f"{run.folder} is trained: {onward}")
        return 0
    several = args.strategy == "multi_worker"  # who have to be known before TensorFlow looks for devices
    strategy = distribution.make(args.strategy) if several else None
    with contextlib.nullcontext() if several else runs.begun(run):  # which takes seconds, and may be interrupted
        native.load_keras()
    strategy = strategy or distribution.make(args.strategy)
    network = training.train(run, strategy=strategy, half=args.mixed_precision)
    distribution.wait(strategy)
    if not distribution.is_chief(strategy):
        return 0
    for line in judging.told(run, network):
        console.say(line)
    console.say(f"saved {run.model_file}: {onward}")
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
