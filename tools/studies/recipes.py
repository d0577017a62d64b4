"""Recipes for the networks of a data set: what each change of trunk, exits or training buys at budgets of cost.

A softmax gate decides, whose one threshold is chosen on images that the networks have not seen: no controllers, so that
the network alone makes the difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from keras_models.functional import evaluation
from tflite.conversion.table import Table
from tools import console, machine
from tools.pipeline import runs, training
from tools.studies import finished
from tools.studies.pages import page, percent
from tools.studies.study import Effort, Study


@dataclass(frozen=True)
class Recipe:
    """A preset with changed constructor arguments and settings of its first stage."""

    name: str
    preset: str
    arguments: Mapping = field(default_factory=dict)
    settings: Mapping = field(default_factory=dict)


_BLOCK_ENDS = {"exit_weights": (0, 0, 0, 1, 0, 1, 0, 1, 0, 1)}
_MUON = {"optimizer": "muon", "batch_size": 256, "peak_learning_rate": 0.05}
_FINE = (16,) * 2 + (32,) * 4 + (64,) * 4  # about as many multiply-adds as the paper's widths at half the resolution
# The first of each list is what the others are compared with.
RECIPES = {
    "cifar10": (
        Recipe("the paper's", "epnet_cifar10"),
        Recipe("the last exit alone", "epnet_cifar10", settings={"exit_weights": (0,) * 9 + (1,)}),
        Recipe("exits at block ends", "epnet_cifar10", settings=_BLOCK_ENDS),
        Recipe("gradient equilibrium", "epnet_cifar10", {"equilibrium": True}),
        Recipe("distillation from the last exit", "epnet_cifar10", settings={"distillation": 0.5}),
        Recipe("hidden layer in classifiers", "epnet_cifar10", {"head_hidden": (64,)}),
        Recipe("label smoothing", "epnet_cifar10", settings={"label_smoothing": 0.1}),
        Recipe("ten times the weight decay", "epnet_cifar10", settings={"weight_decay": 5e-3}),
        Recipe("cutout", "epnet_cifar10", settings={"cutout": 8}),
        Recipe("Muon", "epnet_cifar10", settings=_MUON),
        Recipe("stem", "epnet_cifar10", {"stem": 24}),
        Recipe("stem, whitened", "epnet_cifar10", {"stem": 24}, {"whitened_stem": True}),
        Recipe("stem, exits at block ends", "epnet_cifar10", {"stem": 24}, _BLOCK_ENDS),
        Recipe("stem, full resolution first", "epnet_cifar10", {"stem": 16, "filters": _FINE, "first_stride": 1}),
        Recipe("all of it, wider and deeper", "epnet_cifar10_stem"),
        Recipe("all of it, with Muon", "epnet_cifar10_stem", settings=_MUON),
    ),
    "max_min_digits": (
        Recipe("the preset's", "epnet_digits"),
        Recipe("exits at block ends", "epnet_digits", settings={"exit_weights": (0, 1) * 6}),
        Recipe("linear classifiers", "epnet_digits", {"head_hidden": ()}),
    ),
}
QUICK = "max_min_digits"
GATE = "max_softmax"
SHARES = (0.25, 0.5, 0.75)  # of the first recipe's network: the budgets if none are given


def trained(recipe: Recipe, folder: Path, epochs: int, seed: int) -> runs.Run:
    """The run of a recipe in the folder of all of these epochs and this seed, its first stage trained to the end.

    It goes on where it was interrupted.
    """
    slug = recipe.name.replace(",", "").replace("'", "").replace(" ", "_")
    first = {**recipe.settings, "epochs": epochs}
    config = training.configure(recipe.preset, arguments=recipe.arguments, first=first, seed=seed)
    return finished.trained(config, folder / slug)


def judge(name: str, run: runs.Run, budgets: Sequence[float] | None) -> dict:
    """How the network of a recipe does, at budgets of mean multiply-adds; None takes `SHARES` of this network.

    Returns:
        {"name", "epochs", "parameters", "macs", "last": accuracy, "exits": accuracy by exit, None where its classifier
        is not trained, "budgets", "reached": accuracy by budget, None where even the cheapest setting is too
        expensive}.
    """
    study = Study(run, Effort(views=1))
    network, correct = study.network, study.correct(study.judged)
    static, stage = network.static_cost(), runs.stages_of(run, network)[0]
    budgets = [share * static for share in SHARES] if budgets is None else budgets
    ways = (study.within_budget(GATE, budget / network.price_unit(), study.fitting) for budget in budgets)
    reached = [None if way is None else evaluation.accuracy(correct, way) for way in ways]
    exits = [accuracy if kept else None for accuracy, kept in zip(correct.mean(0), study.kept, strict=True)]
    parameters = sum(int(np.prod(weight.shape)) for weight in stage.weights if weight.trainable)
    row = {"name": name, "epochs": stage.settings["epochs"], "macs": static, "last": exits[-1], "exits": exits}
    return row | {"parameters": parameters, "budgets": budgets, "reached": reached}


def table(rows: Sequence[dict], dataset: str, command: str) -> str:
    """The comparison as Markdown, with the command and the machine."""
    first = rows[0]
    header = ["recipe", "epochs", "parameters", "multiply-adds", "last exit %"]
    header += [f"at {console.count(budget)} %" for budget in first["budgets"]]
    cells = []
    for row in rows:
        reached = [_beside(value, other) for value, other in zip(row["reached"], first["reached"], strict=True)]
        size = [row["epochs"], console.count(row["parameters"]), console.count(row["macs"])]
        cells.append([row["name"], *size, _beside(row["last"], first["last"]), *reached])
    text = (
        "Accuracy on the test images; in brackets the difference from the first row. At a budget of mean multiply-adds "
        "with a softmax gate, whose threshold for all exits is chosen on validation images. Exits that are not trained "
        "are never taken."
    )
    longest = max(len(row["exits"]) for row in rows)
    padded = [[row["name"], *map(percent, row["exits"]), *[""] * (longest - len(row["exits"]))] for row in rows]
    exits = Table(["recipe", *map(str, range(1, longest + 1))], padded)
    blocks = [f"# Recipes: {dataset}", text, Table(header, cells).markdown()]
    blocks += ["## Accuracy of every exit, percent", exits.markdown()]
    return page([*blocks, *machine.foot(command)])


def _beside(value, first) -> str:
    if value is None or first is None or value is first:
        return percent(value) or "too expensive"
    return f"{percent(value)} ({100 * (value - first):+.2f})"
