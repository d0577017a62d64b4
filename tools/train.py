"""Train an adaptive network: classifiers first, then the controllers, on images that the classifiers have not seen.

An interrupted training goes on from its last epoch when it is called again with the same --out.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from keras_models import presets  # noqa: E402
from tools import console, native, part_prices, runs, teaching  # noqa: E402

OPTIONAL = ("learning_rate", "weight_decay", "dropout", "kappa_weighting")  # of policy.fit_controllers
WHITENING = 1_000  # training images that a stem's first filters are made from


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/train.py", description=__doc__)
    parser.add_argument(
        "preset", metavar="PRESET", help=f"one of {', '.join(presets.PRESETS)}, or a preset in a JSON file"
    )
    parser.add_argument("--out", metavar="RUN", help="run folder (default: runs/ and the preset's name)")
    parser.add_argument("--dataset", help="another task than the preset's")
    parser.add_argument("--epochs", type=int, help="passes over the training images for the classifiers")
    parser.add_argument("--batch-size", type=int, help="images in a step of the classifiers")
    parser.add_argument("--learning-rate", type=float, help="peak of the one-cycle schedule")
    parser.add_argument(
        "--weight-decay",
        type=float,
        help="of the classifiers, decoupled: ten times it is what L2 of frameworks that add it to the gradient does "
        "with the momentum of 0.9 (default: the preset's)",
    )
    parser.add_argument(
        "--cutout", type=int, metavar="SIDE", help="blank a square of that many pixels a side in every training image"
    )
    teaching.add_options(parser)
    parser.add_argument(
        "--exits",
        metavar="LIST",
        help="exits at which the controllers may stop, such as 6,11 (default: all that have classifiers)",
    )
    parser.add_argument("--policy-epochs", type=int, help="passes for the controllers (default: the preset's, or 20)")
    parser.add_argument(
        "--policy-views",
        type=int,
        help="shifts in which the controllers see every image, the stored one among them (default: the preset's, or 4)",
    )
    parser.add_argument(
        "--policy-warm-up",
        type=float,
        help="share of the controllers' steps for a cost-sensitive loss of their decisions, before the policy gradient "
        "(default: the preset's, or 0.5)",
    )
    parser.add_argument(
        "--policy-kappa-weighting",
        type=float,
        metavar="E",
        help="weight kappa^-E of every image in the controllers' loss (default: the preset's, or 0)",
    )
    parser.add_argument("--kappa", type=float, help="fit the controllers for this price alone (default: all prices)")
    parser.add_argument(
        "--estimator", choices=("exact", "reinforce"), default="exact", help="policy gradient (default: exact)"
    )
    parser.add_argument(
        "--cost",
        choices=part_prices.CHOICES,
        default="macs",
        help=f"what the controllers save: {part_prices.HELP}",
    )
    parser.add_argument("--seed", type=int, default=0, help="of initial weights, order and prices (default: 0)")
    return parser


def _positive(values: dict) -> None:
    """Refuses what is given and not above zero, before a run is made for it. Not a number is refused as well."""
    for name, value in values.items():
        if value is not None and not value > 0:
            raise runs.RunError(f"expected {name} above zero, received {value}")


def settings(args: argparse.Namespace) -> dict:
    """Everything that decides the result, as plain data."""
    from keras_models import datasets

    preset = presets.get(args.preset)
    training = dict(preset["training"])
    given = {"epochs": args.epochs, "batch_size": args.batch_size}
    given |= {"peak_learning_rate": args.learning_rate, "weight_decay": args.weight_decay, "cutout": args.cutout}
    training |= {name: value for name, value in given.items() if value is not None}
    policy = policy_settings(args, preset)
    counts = {"policy_epochs": policy["epochs"], "policy_views": policy["views"]}
    _positive({name: training.get(name) for name in given} | counts | {"kappa": args.kappa})
    if not 0 <= policy["warm_up"] <= 1:
        raise runs.RunError(f"expected policy_warm_up from 0 to 1, received {policy['warm_up']}")
    if not 0 <= policy.get("kappa_weighting", 0.0) < math.inf:
        raise runs.RunError(f"expected policy_kappa_weighting of at least 0, received {policy['kappa_weighting']}")
    if training.get("whitened_stem") and not preset["arguments"].get("stem"):
        raise runs.RunError("expected a stem among the arguments of a preset with a whitened_stem, received none")
    return {
        "preset": preset_name(args.preset),
        "family": preset["family"],
        "arguments": preset["arguments"] | ({} if args.kappa is None else {"conditioned": False}),
        "task": datasets.get(args.dataset or preset["task"]).name,
        "training": training,
        "policy": policy,
        "seed": args.seed,
    } | teaching.settings(args)


def preset_name(preset: str) -> str:
    """The name of a preset, or of its file without folder and ending."""
    return Path(preset).stem if preset.endswith(".json") else preset


def policy_settings(args: argparse.Namespace, preset: dict) -> dict:
    """How the controllers are trained: what was given, over the preset's, over what is usual.

    Settings of `OPTIONAL` are there only where they are given or the preset's: runs of before resume.
    """
    given = {
        "epochs": args.policy_epochs,
        "views": args.policy_views,
        "warm_up": args.policy_warm_up,
        "kappa_weighting": args.policy_kappa_weighting,
    }
    given = {name: value for name, value in given.items() if value is not None}
    usual = {"epochs": 20, "views": 4, "warm_up": 0.5}
    asked = {"exits": args.exits or "all", "kappa": args.kappa, "estimator": args.estimator, "cost": args.cost}
    return usual | asked | preset.get("policy", {}) | given


def fit_classifiers(run: runs.Run, task):
    """First stage: trunk and classifiers, resumed from the last epoch; returns the network."""
    import keras

    from keras_models import seeding

    training = run.config["training"]
    seeding.set_random_seed(run.config["seed"])
    network = presets.build(run.config, task.input_shape, task.classes)
    runs.policy_exits(run.config, network.exits)  # a typing error is told before the work, not after
    if run.config["start"]:
        teaching.copy_classifiers(network, run.config, "--start", run.config["start"])
    elif training.get("whitened_stem"):
        network.whiten_stem(task.normalise(task.load("train")[0][:WHITENING]))
    train = task.dataset(
        "train",
        training["batch_size"],
        augment=task.augments,
        cutout=training.get("cutout", 0),
        shuffle_seed=run.config["seed"],
        distributions=teaching.lessons(run, task),
    )
    compile_classifiers(network, training, int(train.cardinality()) * training["epochs"])
    console.say(
        f"classifiers: {training['epochs']} epochs of {int(train.cardinality())} steps, log in {run.folder}/logs"
    )
    network.fit(
        train,
        validation_data=task.dataset(runs.HELD_OUT_SPLIT, 256),
        epochs=training["epochs"],
        shuffle=False,  # the data set does that
        verbose=console.keras_verbosity(),
        callbacks=[
            keras.callbacks.BackupAndRestore(str(run.folder / "backup")),
            keras.callbacks.CSVLogger(str(run.folder / "history.csv"), append=True),
            keras.callbacks.TensorBoard(str(run.folder / "logs"), write_graph=False),
        ],
    )
    run.save(network, run.classifiers_file)
    return network


def compile_classifiers(network, training: dict, steps: int) -> None:
    """Loss and optimizer of the first stage, by a preset's `training`. steps: of the whole training."""
    import keras

    from keras_models.training import Muon, OneCycle, SumOfCrossEntropies

    schedule, decay = OneCycle(training["peak_learning_rate"], steps), training.get("weight_decay")
    optimizer = Muon if training.get("optimizer") == "muon" else keras.optimizers.SGD
    network.compile(
        optimizer(schedule, momentum=0.9, nesterov=True, weight_decay=decay),
        loss=SumOfCrossEntropies(
            training.get("distillation", 0.0),
            weights=training.get("exit_weights"),
            label_smoothing=training.get("label_smoothing", 0.0),
        ),
    )


def take_classifiers(run: runs.Run, task, folder: str):
    """A network with another run's trunk and classifiers, and new controllers; saved as this one's own first stage."""
    from keras_models import seeding

    seeding.set_random_seed(run.config["seed"])
    network = presets.build(run.config, task.input_shape, task.classes)
    teaching.copy_classifiers(network, run.config, "--classifiers", folder)
    run.save(network, run.classifiers_file)
    return network


def fit_controllers(run: runs.Run, task, network) -> dict:
    """Second stage: the controllers, on the validation split; returns how they do on the held-out one."""
    from keras_models import policy, seeding
    from tools import decisions

    seeding.set_random_seed(run.config["seed"])  # a run that is resumed here ends like one that was not interrupted
    settings = run.config["policy"]
    costs = part_prices.part_prices(network, task, settings["cost"])
    prices, kept = network.exit_prices(costs), runs.policy_exits(run.config, network.exits)
    inputs = decisions.load(run, network, task, runs.POLICY_SPLIT, settings["views"])
    console.say(
        f"controllers: {settings['epochs']} epochs on {len(inputs['labels'])} images and shifts of images that the "
        "classifiers have not seen"
    )
    policy.fit_controllers(
        network,
        inputs,
        inputs["labels"],
        kappa=settings["kappa"],
        estimator=settings["estimator"],
        exit_prices=prices,
        kept=kept,
        epochs=settings["epochs"],
        warm_up=settings["warm_up"],
        seed=run.config["seed"],
        **{name: settings[name] for name in OPTIONAL if name in settings},
    )
    inputs = decisions.load(run, network, task, runs.HELD_OUT_SPLIT)
    points = policy.score(network, inputs, inputs["labels"], prices, kept)
    return {"samples": len(inputs["labels"]), "part_costs": costs, "points": points}


def command(args: argparse.Namespace) -> int:
    """Train to the end, or tell that it has been done."""
    part_prices.prepare(args.cost)
    config = settings(args)
    folder = Path(args.out or f"runs/{preset_name(args.preset)}")
    if not runs.Run(folder, config).classifiers_file.exists():  # it has taken what it needs of other runs
        teaching.check_sources(config)  # before a run is made
    run = runs.start(folder, config)
    if run.model_file.exists():
        console.say(f"{run.folder} is trained: convert it with python tools/convert.py {run.folder}")
        return 0
    native.load_tensorflow()
    import keras

    import keras_models.epnet  # noqa: F401  registers the classes that a saved network names
    from keras_models import datasets

    task = datasets.get(run.config["task"])
    if run.classifiers_file.exists():
        network = keras.models.load_model(run.classifiers_file, compile=False)
    elif args.classifiers:
        network = take_classifiers(run, task, args.classifiers)
    else:
        network = fit_classifiers(run, task)
    report = fit_controllers(run, task, network)
    run.write("policy.json", report)
    run.save(network, run.model_file)
    for point in report["points"]:
        console.say(
            "kappa {kappa:.3f}: {accuracy:.2%} at {cost:.2f} of the network, benefit {benefit:.2f}".format(**point)
            + ("" if not math.isnan(point["benefit"]) else " (not a number: the training diverged)")
        )
    console.say(f"saved {run.model_file}: convert it with python tools/convert.py {run.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
