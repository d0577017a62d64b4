"""What a trial does: train what its values say, and judge it on the held-out images."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from keras_models import policy, presets, seeding
from tools import console, decisions, runs, train
from tools.tuning import spaces
from tools.tuning.judging import Judge


class ControllerTrials:
    """The second stage of a run again and again, on what its classifiers show.

    run: with classifiers. task: its own. settings: the search's (kappas, objective, budgets, views, seed).
    """

    def __init__(self, run: runs.Run, task, settings: dict):
        self.run, self.task, self.settings = run, task, settings
        network = runs.load_classifiers(run)
        self.fitting = decisions.load(run, network, task, runs.POLICY_SPLIT, settings["views"])
        self.held_out = decisions.load(run, network, task, runs.HELD_OUT_SPLIT)
        self.judged = len(self.held_out["labels"])
        self.kept = runs.policy_exits(run.config, network.exits)
        self.judge = judge_for(network, settings, float(network.exit_costs()[-1]))
        self.space = spaces.controllers(run.config["arguments"], run.config["policy"])

    def admissible(self, values: dict) -> bool:
        """All are: controllers cost next to nothing, and what they cost is in their score."""
        return True

    def evaluate(self, values: dict, epochs: int, folder: Path) -> dict:
        """Fit controllers for that many epochs, and judge them."""
        keras.backend.clear_session()  # a search of a day keeps no graph of a trial that is over
        seeding.set_random_seed(self.settings["seed"])
        arguments, chosen = spaces.controller_choice(values)
        config = self.run.config | {"arguments": self.run.config["arguments"] | arguments}
        network = presets.build(config, self.task.input_shape, self.task.classes)
        seen = self.fitting
        fit(network, seen, self.judge, self.run.config["policy"] | chosen, epochs, self.settings["seed"], self.kept)
        return self.judge(network, self.held_out, self.kept)

    def preset(self, values: dict, epochs: int) -> dict:
        """The preset of these values; without source and expected result."""
        arguments, chosen = spaces.controller_choice(values)
        return {
            "family": self.run.config["family"],
            "task": self.task.name,
            "arguments": self.run.config["arguments"] | arguments,
            "training": self.run.config["training"],
            "policy": {"epochs": epochs, "views": self.settings["views"]} | chosen,
        }


class NetworkTrials:
    """Whole networks: classifiers, then a quick fit of controllers, which the objective needs.

    A trial of the later rounds of Hyperband starts anew and does not go on with its earlier one: a one-cycle schedule
    has cooled down by then, and only networks that have cooled down can be compared. With the usual factor of 3 that
    is half as much work again at most, and no trial depends on another's files.

    preset: what the space is around. task: what is trained on. settings: the search's (as for `ControllerTrials`, and
    max_macs, share, policy_epochs).
    """

    def __init__(self, preset: dict, task, settings: dict):
        self.base, self.task, self.settings = preset, task, settings
        reference = presets.build(preset, task.input_shape, task.classes)
        self.ceiling = settings["max_macs"] or float(reference.exit_costs()[-1])
        self.judge = judge_for(reference, settings, self.ceiling)
        self.space = spaces.network(preset)
        self.held_out = task.load(runs.HELD_OUT_SPLIT)[:2]
        self.fitting = [rows[: part(len(rows), settings["share"])] for rows in task.load(runs.POLICY_SPLIT)[:2]]
        self.judged = len(self.held_out[1])
        self._macs: dict[tuple, float] = {}  # by filters and hidden widths of the classifiers
        least = self.macs(spaces.smallest(self.space))
        if least > self.ceiling:
            raise console.UserError(
                f"expected a ceiling of at least the smallest network's {least:,.0f} multiply-adds, "
                f"received {self.ceiling:,.0f}"
            )

    def macs(self, values: dict) -> float:
        """Multiply-adds of the whole network of these values, heads and controllers included."""
        arguments, _ = spaces.network_choice(self.base, values)
        key = (arguments["filters"], arguments["head_hidden"])
        if key not in self._macs:
            network = presets.build(self.base | {"arguments": arguments}, self.task.input_shape, self.task.classes)
            self._macs[key] = float(network.exit_costs()[-1])
            keras.backend.clear_session()
        return self._macs[key]

    def admissible(self, values: dict) -> bool:
        """Whether the network keeps the ceiling. One whose trunk alone is above it is not built to be counted."""
        arguments, _ = spaces.network_choice(self.base, values)
        trunk = spaces.trunk_macs(self.task.input_shape, arguments["filters"])
        return trunk <= self.ceiling and self.macs(values) <= self.ceiling

    def evaluate(self, values: dict, epochs: int, folder: Path) -> dict:
        """Train for that many epochs, fit controllers, and judge them; an interrupted trial goes on by its epochs."""
        keras.backend.clear_session()
        seeding.set_random_seed(self.settings["seed"])
        arguments, training = spaces.network_choice(self.base, values)
        preset = self.base | {"arguments": arguments}
        network = presets.build(preset, self.task.input_shape, self.task.classes)
        self._train(network, training, epochs, folder)
        seen = [
            decisions.compute(network, self.task, images, views) | {"labels": np.tile(labels, views)}
            for (images, labels), views in ((self.fitting, self._views), (self.held_out, 1))
        ]
        chosen, rounds = self.base.get("policy", {}), self.settings["policy_epochs"]
        fit(network, seen[0], self.judge, chosen, rounds, self.settings["seed"])
        return self.judge(network, seen[1])

    @property
    def _views(self) -> int:
        return self.settings["views"] if self.task.augments else 1

    def _train(self, network, training: dict, epochs: int, folder: Path) -> None:
        seed, count = self.settings["seed"], part(dict(self.task.sizes)["train"], self.settings["share"])
        split, batch = f"train[:{count}]", training["batch_size"]
        data = self.task.dataset(split, batch, augment=self.task.augments, shuffle_seed=seed)
        train.compile_classifiers(network, training, int(data.cardinality()) * epochs)
        backup = keras.callbacks.BackupAndRestore(str(folder / "backup"))
        network.fit(data, epochs=epochs, shuffle=False, verbose=0, callbacks=[backup])

    def preset(self, values: dict, epochs: int) -> dict:
        """The preset of these values, to be trained as long as the one at the start; without source and expected."""
        arguments, training = spaces.network_choice(self.base, values)
        kept = {"policy": self.base["policy"]} if "policy" in self.base else {}
        kept |= {"family": self.base["family"], "task": self.task.name}
        return kept | {"arguments": arguments, "training": training}


def part(count: int, share: float) -> int:
    """How many of so many images a share of them is: one at least."""
    return max(1, round(share * count))


def judge_for(network, settings: dict, ceiling: float) -> Judge:
    """The judge of a search: prices in the average convolution of that network, budgets from a tenth of a ceiling."""
    budgets = settings["budgets"] or (0.1 * ceiling, ceiling)
    return Judge(settings["objective"], tuple(settings["kappas"]), network.price_unit(), tuple(budgets))


def fit(network, inputs: dict, judge: Judge, chosen: dict, epochs: int, seed: int, kept=None) -> None:
    """Fit controllers for all prices of the judge's unit. chosen: settings of the controllers' training."""
    policy.fit_controllers(
        network,
        inputs,
        inputs["labels"],
        exit_prices=judge.prices(network),
        kept=kept,
        epochs=epochs,
        seed=seed,
        **{name: chosen[name] for name in ("warm_up", *train.OPTIONAL) if name in chosen},
    )
