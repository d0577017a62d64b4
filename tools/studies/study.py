"""What the studies of one network share: observed values by split, costs, and fitted controllers in RUN/reproduce/."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from keras_models import datasets, files, presets, seeding
from keras_models.functional import evaluation
from keras_models.policies import choice, controllers, names, operating_points
from tools import console
from tools.pipeline import observed, part_prices, policy_evaluation, runs
from tools.studies import Effort
from tools.studies.finished import JUDGED

QUICK = Effort(policy_epochs=2, views=1, seeds=2)


def kept_file(run: runs.Run, asked: object, kind: str = "") -> Path:
    """Where RUN/reproduce/ keeps what was computed for such settings, so that an interrupted study goes on.

    asked: the settings as plain data, with a digest of the weights. kind: what the file's name begins with.
    """
    name = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    file = run.folder / "reproduce" / f"{kind}{name}.npz"
    file.parent.mkdir(exist_ok=True)
    return file


class Study:
    """A run with a trained network, looked at with many policies.

    first_stage: whether the network is taken as it is after the first stage. Raises RunError if the training has not
    come so far.
    """

    def __init__(self, run: runs.Run, effort: Effort, first_stage: bool = True):
        self.run, self.effort = run, effort
        self.task = datasets.get(run.config["task"])
        self.network = runs.load_first_stage(run) if first_stage else runs.load_model(run)
        self._costs: dict[str, np.ndarray] = {}

    @cached_property
    def kept(self) -> np.ndarray:
        """The exits at which policies may stop: those whose classifiers are trained, bool `[exits]`."""
        return self.network.trained_exits(self.run.config["stages"])

    @cached_property
    def fitting(self) -> dict:
        """Observed values of the images that policies are fitted on, with their labels."""
        return self._values(runs.POLICY_SPLIT, self.effort.views)

    @cached_property
    def held_out(self) -> dict:
        """Observed values of the images that settings are chosen on, with their labels."""
        return self._values(runs.HELD_OUT_SPLIT)

    @cached_property
    def judged(self) -> dict:
        """Observed values of the test images, with their labels."""
        return self._values(JUDGED)

    def _values(self, split: str, views: int = 1) -> dict:
        return observed.load(self.run, self.network, self.task, split, views)

    @cached_property
    def digest(self) -> str:
        """Of the weights that observed values depend on."""
        return observed.digest(self.network, runs.stages_of(self.run, self.network))

    @cached_property
    def static_cost(self) -> float:
        """Of the network without exits, in price units."""
        return self.network.static_cost() / self.network.price_unit()

    @cached_property
    def latency_prices(self) -> np.ndarray:
        """Cost of leaving through each exit by latencies of int8 parts, measured once on this machine, `[exits]`.

        In price units of latency, as the multiply-adds are in price units of multiply-adds.
        """
        file = self.run.folder / "reproduce" / "latencies.json"
        kept = runs.kept(file, presets.read_object) or {}
        if kept.get("digest") != self.digest:
            console.say("latencies of the parts")
            kept = {"digest": self.digest, "parts": part_prices.part_prices(self.network, self.task, "latency")}
            file.parent.mkdir(exist_ok=True)
            runs.write_json(file, kept)
        return self.network.exit_prices(kept["parts"])

    def fitted(self, kappa: float | None, seed: int = 0, trace: bool = False, **options):
        """A network with controllers fitted for a price, or for all (None); with `trace` also the benefit by epoch.

        What was fitted before with the same settings is read back, so that an interrupted study goes on. Controllers
        for one price do not see it, as in the paper.

        Args:
            kappa, seed: the price; the seed of initial weights, prices and order.
            trace: return (network, benefit on the held-out images after every epoch).
            options: `arguments` of the network that differ, and further ones of `controllers.fit_controllers`.
        """
        options = console.plain(options)
        arguments = {"conditioned": kappa is None} | options.pop("arguments", {})
        settings = {"kappa": kappa, "seed": seed, "trace": trace, "arguments": arguments, **options}
        settings |= {"epochs": self.effort.policy_epochs, "views": self.effort.views, "digest": self.digest}
        file = kept_file(self.run, settings)
        config = self.run.config | {"arguments": self.run.config["arguments"] | arguments}
        known = runs.kept(file, files.arrays)
        if known is None:
            seeding.set_random_seed(seed)
        network = presets.build(config, self.task.input_shape, self.task.classes)
        if known is None:
            console.say(
                f"controllers for {'all prices' if kappa is None else f'kappa {kappa:g}'}, seed {seed} {options}"
            )
            curve = self._fit(network, kappa, seed, trace, options)
            weights = {f"weight_{i}": weight for i, weight in enumerate(network.controllers.get_weights())}
            known = {"settings": json.dumps(settings, sort_keys=True), "curve": np.array(curve)} | weights
            files.write_arrays(file, **known)
        count = sum(name.startswith("weight_") for name in known)
        network.controllers.set_weights([known[f"weight_{i}"] for i in range(count)])
        return (network, known["curve"]) if trace else network

    def _fit(self, network, kappa: float | None, seed: int, trace: bool, options: Mapping) -> list[float]:
        """Fit the controllers of a network. With `trace` the benefit after every epoch on the held-out images.

        That is the exact expectation of leaving with the stop probability.
        """
        curve, correct, prices = [], self.correct(self.held_out) if trace else None, network.exit_prices()

        def judge(epoch, logs=None):
            stop = self.stop(network, kappa, self.held_out)
            curve.append(controllers.benefit(correct, stop, prices, kappa, stochastic=True))

        controllers.fit_controllers(
            network,
            self.fitting,
            self.fitting["labels"],
            epochs=self.effort.policy_epochs,
            kappa=kappa,
            kept=None if self.kept.all() else self.kept,
            seed=seed,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=judge)] if trace else (),
            **options,
        )
        return curve

    def stop(self, network, kappa: float, values: Mapping) -> np.ndarray:
        """Stop probabilities `[samples, exits - 1]` of fitted controllers at a price; zero at exits not kept."""
        return controllers.stop_probabilities(network, values, kappa) * self.kept[:-1]

    def confidence(self, gate, values: Mapping) -> np.ndarray:
        """What a gate compares, `[samples, exits - 1]`; below every threshold at exits that are not kept."""
        return np.where(self.kept[:-1], gate.confidence(controllers.answers(values)), -np.inf)

    def correct(self, values: Mapping) -> np.ndarray:
        """Whether each exit's answer is right, bool `[samples, exits]`."""
        return evaluation.correct_answers(controllers.answers(values), values["labels"])

    def costs(self, text: str, network=None) -> np.ndarray:
        """Cost of leaving through each exit under the policy of that name, in price units, `[exits]`.

        network: with the controllers that decide; by default the run's own, whose costs are counted once.
        """
        if network is not None:
            return choice.parse(text, network).chain.exit_prices()
        if text not in self._costs:
            exits = len(self.network.exit_names)
            whole = text == names.STATIC
            self._costs[text] = np.full(exits, self.static_cost) if whole else self.costs(text, self.network)
        return self._costs[text].copy()

    def within_budget(self, text: str, budget: float, chosen_on: Mapping, network=None) -> np.ndarray | None:
        """Where test images leave under a policy's most accurate setting within a budget: int `[samples]`.

        Gates and thresholds are fitted on the images that controllers are fitted on. None where even the cheapest
        setting is too expensive.

        Args:
            text, network: of the policy, as for `costs`.
            budget: mean cost on the samples that the setting is chosen on, in price units.
            chosen_on: values of those samples.
        """
        policy, costs = choice.parse(text, network or self.network), self.costs(text, network)
        fitting, chosen, judged = (
            policy_evaluation.sweep_of(policy.chain, values).at_prices(costs)
            for values in (self.fitting, chosen_on, self.judged)
        )
        found = operating_points.best_within(chosen, policy, self.kept, budget, fitting)
        return None if found is None else judged.measure([found], self.kept)[0].way
