"""What the reproductions of one network share: decision inputs, and fitted controllers kept under RUN/reproduce/."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_models import datasets, policy, presets, seeding
from keras_models.functional import evaluation
from tools import console, decisions, part_prices, policies, run_evaluation, runs

JUDGED = "test"


@dataclass(frozen=True)
class Effort:
    """How much is done: passes for every set of controllers, shifts of every image, and seeds where spread is shown."""

    policy_epochs: int = 20
    views: int = 4
    seeds: int = 5


QUICK = Effort(policy_epochs=2, views=1, seeds=2)


class Study:
    """A run with a trained network, looked at with many policies.

    run: has `classifiers.keras` at least. effort: an `Effort`.
    """

    def __init__(self, run: runs.Run, effort: Effort):
        self.run, self.effort = run, effort
        self.task = datasets.get(run.config["task"])
        self.network = runs.load_classifiers(run)
        self._costs: dict[str, np.ndarray] = {}

    @cached_property
    def kept(self) -> np.ndarray:
        """The exits at which policies may stop: those whose classifiers are trained, bool `[exits]`."""
        return runs.trained_exits(self.run.config, self.network.exits)

    @cached_property
    def fitting(self) -> dict:
        """Decision inputs of the images that policies are fitted on."""
        return self._inputs(runs.POLICY_SPLIT, self.effort.views)

    @cached_property
    def held_out(self) -> dict:
        """Decision inputs of the images that settings are chosen on."""
        return self._inputs(runs.HELD_OUT_SPLIT)

    @cached_property
    def judged(self) -> dict:
        """Decision inputs of the test images."""
        return self._inputs(JUDGED)

    def _inputs(self, split: str, views: int = 1) -> dict:
        return decisions.load(self.run, self.network, self.task, split, views)

    @cached_property
    def static_cost(self) -> float:
        """Of the network without exits, in average convolutions."""
        return run_evaluation.static_cost(self.network) / self.network.price_unit()

    @cached_property
    def latency_prices(self) -> np.ndarray:
        """Cost of leaving through each exit by latencies of int8 parts, measured once on this machine, `[exits]`.

        In units of an average convolution's latency, as the multiply-adds are in its multiply-adds.
        """
        file, now = self.run.folder / "reproduce" / "latencies.json", decisions.digest(self.run)
        kept = json.loads(file.read_text()) if file.exists() else {}
        if kept.get("classifiers") != now:
            console.say("latencies of the parts")
            kept = {"classifiers": now, "parts": part_prices.part_prices(self.network, self.task, "latency")}
            file.parent.mkdir(exist_ok=True)
            console.write_text(file, json.dumps(kept))
        return self.network.exit_prices(kept["parts"])

    def fitted(self, kappa: float | None, seed: int = 0, trace: bool = False, **options):
        """A network with controllers fitted for a price, or for all (None); with `trace` also the benefit by epoch.

        What was fitted before with the same settings is read back, so that an interrupted reproduction goes on.
        Controllers for one price do not see it, as in the paper. options: `arguments` of the network that differ, and
        further ones of `policy.fit_controllers`.
        """
        import keras

        options = console.plain(options)
        arguments = {"conditioned": kappa is None} | options.pop("arguments", {})
        settings = {"kappa": kappa, "seed": seed, "trace": trace, "arguments": arguments, **options}
        settings |= {"epochs": self.effort.policy_epochs, "views": self.effort.views}
        settings["classifiers"] = decisions.digest(self.run)
        text = json.dumps(settings, sort_keys=True)
        file = self.run.folder / "reproduce" / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
        config = self.run.config | {"arguments": self.run.config["arguments"] | arguments}
        fresh = presets.build(config, self.task.input_shape, self.task.classes)
        if not file.exists():
            console.say(
                f"controllers for {'all prices' if kappa is None else f'kappa {kappa:g}'}, seed {seed} {options}"
            )
            seeding.set_random_seed(seed)
            fresh = presets.build(config, self.task.input_shape, self.task.classes)
            curve = _Curve(self, fresh, kappa) if trace else None
            policy.fit_controllers(
                fresh,
                self.fitting,
                self.fitting["labels"],
                epochs=self.effort.policy_epochs,
                kappa=kappa,
                kept=None if self.kept.all() else self.kept,
                seed=seed,
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=curve)] if trace else (),
                **options,
            )
            weights = {f"weight_{i}": weight for i, weight in enumerate(fresh.controllers.get_weights())}
            file.parent.mkdir(exist_ok=True)
            with runs.whole(file) as stream:
                np.savez(stream, settings=text, curve=curve.benefits if trace else [], **weights)
        with np.load(file) as kept:
            count = sum(name.startswith("weight_") for name in kept.files)
            fresh.controllers.set_weights([kept[f"weight_{i}"] for i in range(count)])
            return (fresh, kept["curve"]) if trace else fresh

    def stop(self, network, kappa: float, inputs: dict) -> np.ndarray:
        """Stop probabilities `[samples, exits - 1]` of a fitted network at a price; zero at exits that are not kept."""
        return policy.stop_probabilities(network, inputs, kappa) * self.kept[:-1]

    def confidence(self, gate, inputs: dict) -> np.ndarray:
        """What a gate compares, `[samples, exits - 1]`; below every threshold at exits that are not kept."""
        return np.where(self.kept[:-1], gate.confidence(inputs["logits"]), -np.inf)

    def correct(self, inputs: dict) -> np.ndarray:
        """Whether each exit's answer is right, bool `[samples, exits]`."""
        return evaluation.correct_answers(inputs["logits"], inputs["labels"])

    def costs(self, text: str, network=None) -> np.ndarray:
        """Cost of leaving through each exit under the policy of that name, in average convolutions, `[exits]`.

        network: with the controllers that decide; by default the run's own, whose costs are counted once.
        """
        if network is not None:
            return policies.parse(text, network).chain.exit_prices()
        if text not in self._costs:
            self._costs[text] = policies.parse(text, self.network).chain.exit_prices()
            if text == policies.STATIC:
                self._costs[text][-1] = self.static_cost
        return self._costs[text].copy()


class _Curve:
    """Benefit on the held-out images after every epoch, leaving with the stop probability: the exact expectation."""

    def __init__(self, study: Study, network, kappa: float):
        self.study, self.network, self.kappa, self.benefits = study, network, kappa, []

    def __call__(self, epoch, logs=None):
        inputs = self.study.held_out
        stop = self.study.stop(self.network, self.kappa, inputs)
        prices = self.network.exit_prices()
        self.benefits.append(policy.benefit(inputs, inputs["labels"], stop, prices, self.kappa, stochastic=True))
