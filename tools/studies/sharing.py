"""Ways for several tasks to share filters: FishNet beside its source's baselines, trained alike and tested alike.

X. Dai, WPI 2022, tables 5.3 to 5.8. Every row is trained from several seeds; a finished training is kept, and the same
command goes on behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from keras_models import datasets, families, files, presets, seeding
from tools import console
from tools.studies.finished import JUDGED, kept_row

BATCH = 250  # test images of one task that are answered together, and whose statistics a "+" row normalises by


@dataclass(frozen=True)
class Way:
    """A row of the table.

    Attributes:
        title: for people.
        arguments: of the network over the preset's; `pools` is one number for all filters, or `TASKS`.
        stages: settings over the preset's.
        plus: whether it is also tested with its normalisations in training mode, as in table 5.8.
        extra: whether it is no row of the source.
    """

    title: str
    arguments: Mapping = field(default_factory=dict)
    stages: Mapping[str, Mapping] = field(default_factory=dict)
    plus: bool = False
    extra: bool = False


def _together(**settings) -> dict:
    return {"together": settings}


TASKS = "tasks"  # as many candidates as there are tasks
_ONE = {"pools": 1}
_OWN = {"pools": TASKS, "allocation": "own"}
WAYS = {
    "fishnet": Way("FishNet"),
    "pool_4": Way("FishNet, pools of 4", {"pools": 4}),
    "pool_2": Way("FishNet, pools of 2", {"pools": 2}),
    "pool_1": Way("pools of 1: all filters shared, own normalisation", _ONE),
    "random": Way("random picks", {"allocation": "random"}),
    "hard": Way("hard sharing: filters and normalisation", _ONE | {"shared_norm": True}, plus=True),
    "single": Way("single networks", _OWN),
    "nddr": Way("NDDR", _OWN | {"fusion": "nddr"}, plus=True),
    "cross_stitch": Way("cross-stitch", _OWN | {"fusion": "cross_stitch"}, plus=True),
    "straight_through": Way("FishNet, straight-through", stages=_together(straight_through=True), extra=True),
    "alternating": Way("FishNet, alternating halves", stages=_together(method="alternating"), extra=True),
    "bandit": Way("FishNet, bandit", stages=_together(method="bandit"), extra=True),
    "global_64": Way("one pool of 64 for all layers", {"global_pool": 64}, extra=True),
    "global_32": Way("one pool of 32 for all layers", {"global_pool": 32}, extra=True),
    "global_16": Way("one pool of 16 for all layers", {"global_pool": 16}, extra=True),
}
PRESETS = {"mnist_sharing": "fishnet_mnist", "mnist_sharing_digits": "fishnet_digits"}
SIZES = ("_more", "_less")  # endings of the names of CLEVR-sharing's groups with other numbers of pictures


def group(dataset: str) -> str:
    """A data set by the name that it has with the source's numbers of pictures."""
    return next((dataset.removesuffix(end) for end in SIZES if dataset.endswith(end)), dataset)


@dataclass(frozen=True)
class Study:
    """What is compared, and where the trainings are kept.

    Attributes:
        dataset: name of several tasks.
        folder: of the trainings.
        epochs: (together, fixed), or None for the preset's.
        images: so many of each task's training images, the first ones; None: all.
    """

    dataset: str
    folder: Path
    epochs: tuple[int, int] | None = None
    images: int | None = None

    @property
    def preset(self) -> dict:
        """The preset of the data set. Raises UserError if it is not one of several tasks."""
        if not isinstance(self.task, datasets.ManyTasks):
            raise console.UserError(f"expected a data set of several tasks, received {self.dataset}")
        return presets.get(PRESETS.get(self.dataset, f"fishnet_{group(self.dataset)}"))

    @property
    def task(self):
        """The tasks."""
        return datasets.get(self.dataset)

    def config(self, way: str, seed: int) -> dict:
        """Everything that decides a training's result."""
        preset, tasks = self.preset, len(self.task.members)
        own, widths = dict(WAYS[way].arguments), families.presets("fishnet").ARGUMENTS["filters"].default
        if "pools" in own:  # of every filter alike
            count = tasks if own["pools"] == TASKS else own["pools"]
            own["pools"] = (count,) * len(preset["arguments"].get("filters", widths))
        arguments = preset["arguments"] | own
        given = {
            name: preset["stages"].get(name, {}) | WAYS[way].stages.get(name, {}) for name in ("together", "fixed")
        }
        if self.epochs:
            for name, epochs in zip(given, self.epochs, strict=True):
                given[name] = given[name] | {"epochs": epochs}
        arguments, stages = presets.resolve("fishnet", arguments, given)
        made = {"task": self.dataset, "arguments": arguments, "stages": stages, "seed": seed, "images": self.images}
        return json.loads(json.dumps(made))

    def place(self, way: str, seed: int) -> Path:
        """Where a training's numbers are kept; the network lies beside them."""
        images = f"-{self.images}" if self.images else ""
        return self.folder / f"{self.dataset}-{way}{images}-{seed}.json"

    def split(self, name: str) -> str:
        """A split, or so many of its images as the study trains on."""
        return f"{name}[:{self.images}]" if self.images and name == "train" else name


def measured(study: Study, way: str, seed: int) -> dict:
    """A row's numbers from one seed, trained where they are not there yet; see `judge`.

    Raises UserError if what lies there was made with other settings.
    """
    config, place = study.config(way, seed), study.place(way, seed)

    def train() -> dict:
        console.say(f"{study.dataset}: {WAYS[way].title}, seed {seed}")
        network = trained(study, config)
        study.folder.mkdir(parents=True, exist_ok=True)
        with files.draft(place.with_suffix(".keras")) as draft:
            network.save(draft)
        return {"config": config} | judge(network, study.task, WAYS[way].plus)

    found = kept_row(place, train)
    if found["config"] != config:
        raise console.UserError(f"{place}: expected a training with the same settings; give another --folder")
    return found


def trained(study: Study, config: Mapping):
    """A network through all its stages, as `tools/train.py` trains it, without judging it between epochs."""
    seeding.set_random_seed(config["seed"])
    task = study.task
    network = families.load("fishnet")(task.input_shape, task.classes, **config["arguments"])
    for stage in network.stages(config["stages"], config["seed"]):
        size, epochs = stage.settings["batch_size"], stage.settings["epochs"]
        data = task.dataset(study.split(stage.split), size, shuffle_seed=config["seed"])
        model = stage.prepare(int(data.cardinality()) * epochs, None)
        model.fit(data, epochs=epochs, shuffle=False, verbose=console.keras_verbosity())
    return network


def judge(network, task, plus: bool = False) -> dict:
    """What a trained network does on the test images.

    Returns:
        `accuracy` by task, 0..1; `plus`, the same with normalisations by each batch's own statistics, or None;
        `macs` of one task's answer; `filters`, how many are used by any task, and `weights`, what these hold, of the
        convolutions; `picked`, by convolution the candidate of every task's filters.
    """
    images, labels, groups = task.load(JUDGED)

    def accuracies(training):
        found = {}
        for number, name in enumerate(task.group_names):
            rows = np.flatnonzero(groups == number)
            parts = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
            found[name] = np.mean(
                [np.mean(_answers(network, task, images[p], groups[p], training) == labels[p]) for p in parts]
            )
        return found

    macs = network.static_cost()
    found = {"accuracy": accuracies(False), "plus": None, "macs": macs, **stored(network)}
    if plus:
        with network.frozen_averages():
            found["plus"] = accuracies(True)
    return found


def _answers(network, task, images, groups, training) -> np.ndarray:
    logits = network(task.values(images, groups), training=training)
    return np.asarray(logits)[:, 0].argmax(-1)


def stored(network) -> dict:
    """Filters of the convolutions that some task uses, the weights that are kept for all tasks, and the picks."""
    picked = network.picked()
    if network.shared:  # one pool for all layers, and a reshaper for each
        filters = len({pick for rows in picked.values() for pick in rows.ravel().tolist()})
        weights = filters * network.shared.size**2 * network.shared.channels
        weights += sum(int(np.prod(one.reshaper.shape)) for one in network.convolutions)
    else:
        used = [_used(picked[one.name]) for one in network.convolutions]
        filters = sum(used)
        weights = sum(
            n * int(np.prod(one.kernel_shape[:-1])) for n, one in zip(used, network.convolutions, strict=True)
        )
    weights += sum(
        int(np.prod(weight.shape)) for mixer in network.mixers if mixer for weight in mixer.trainable_weights
    )
    return {"filters": filters, "weights": weights, "picked": {name: rows.tolist() for name, rows in picked.items()}}


def _used(picks: np.ndarray) -> int:
    """How many different candidates tasks pick, of all filters: picks int `[tasks, filters]`."""
    return sum(len(set(column)) for column in picks.T.tolist())


def agreement(picked: Mapping[str, Sequence]) -> np.ndarray:
    """Share of the filters that each pair of tasks has in common, `[tasks, tasks]`."""
    picks = np.concatenate([np.asarray(rows) for rows in picked.values()], axis=1)
    return (picks[:, None] == picks[None]).mean(axis=-1)


def summary(found: Sequence[Mapping], key: str = "accuracy") -> dict:
    """Mean over the seeds of each task's accuracy in percent, the mean over the tasks, and its deviation over seeds."""
    table = 100 * np.array([list(one[key].values()) for one in found])
    means = table.mean(axis=1)
    return {
        "tasks": table.mean(axis=0).tolist(),
        "mean": float(means.mean()),
        "deviation": float(means.std(ddof=1)) if len(means) > 1 else None,
        "seeds": len(found),
    }


def told(study: Study, found: Mapping[str, Sequence[Mapping]]) -> list[str]:
    """Sentences about how the rows were trained."""
    stages = next(iter(found.values()))[0]["config"]["stages"]
    first, second = stages["together"], stages["fixed"]
    tasks = len(study.task.members)
    images, batch = study.images or dict(study.task.sizes)["train"] // tasks, first["batch_size"] // tasks
    text = (
        f"{images:,} training images a task; {first['epochs']} epochs with choices and {second['epochs']} with fixed "
        f"ones, {batch} images a task in a batch, SGD with momentum and one cycle a stage up to "
        f"{first['peak_learning_rate']}, temperature {first['temperature']} to {first['final_temperature']}. The "
        "source trains 20 and 10 epochs on MNIST-sharing, 20 or 40 and 20 on CLEVR-sharing, and names no optimizer, "
        "temperature or kernel size."
    )
    return [text]
