"""Who decides at the exits of a bundle: the learned controllers, or a gate; and the settings that are worth trying.

A policy has a `chain`, what is deployed of it (`keras_models.base.Deployable`), and `look`s at what a network answered
on a split; a look tells which settings of the chain's parameters are worth trying there, and where each sample leaves.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_models import gates, policy
from keras_models.functional import thresholds
from keras_models.functional.evaluation import accuracy, correct_answers
from tools import policy_names
from tools.policy_names import CONTROLLERS, FITTED, FIXED, QUANTILE, SHARED, STATIC

NEVER = 2.0  # a threshold that no probability reaches
_KAPPAS = np.geomspace(1.0, 100.0, 21)  # steps over the program's range of prices
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
_PRICES = np.geomspace(0.003, 3.0, 21)  # of the whole network as a fraction of a right answer, for fitted thresholds
_QUANTILE_STEPS, _QUANTILE_BASE = range(1, 80), 20  # MSDNet's p and b; its thesis goes to 39
SWEEP = 60  # thresholds that are tried where all exits share one


@dataclass(frozen=True)
class Learned:
    """The network's own controllers, with the price kappa, where they see it, and the stop probability as settings."""

    network: object
    name: str = CONTROLLERS
    fixed = False

    @property
    def chain(self):
        """What is deployed."""
        return self.network

    def whole(self) -> dict[str, float]:
        """Parameters at which no exit is taken."""
        return {name: spec["default"] for name, spec in self.network.parameters().items()} | {"threshold": NEVER}

    def look(self, inputs: dict) -> LearnedLook:
        """inputs: decision inputs with their `labels`. The controllers are asked now; they may be fitted again."""
        return LearnedLook(self, inputs)


class LearnedLook:
    """What controllers say on a split at every price: `correct` bool `[samples, exits]`."""

    def __init__(self, learned: Learned, inputs: dict):
        network, ranges = learned.network, learned.network.parameters()
        self.policy, self.correct = learned, correct_answers(inputs["logits"], inputs["labels"])
        kappas = [None]
        if "kappa" in ranges:
            low, high = ranges["kappa"]["minimum"], ranges["kappa"]["maximum"]
            steps = low * _KAPPAS ** (np.log(high / low) / np.log(_KAPPAS[-1]))
            kappas = [float(round(kappa, 6)) for kappa in steps]
        self._stops = {k: policy.stop_probabilities(network, inputs, k or 0.0) for k in kappas}

    def candidates(self, kept, exit_costs, stride: int = 1) -> list[dict[str, float]]:
        """Every price with every threshold; stride 2 leaves out every second of both."""
        pairs = itertools.product(list(self._stops)[::stride], _THRESHOLDS[::stride])
        return [{"threshold": t} | ({} if kappa is None else {"kappa": kappa}) for kappa, t in pairs]

    def exits(self, parameters: dict[str, float], kept) -> np.ndarray:
        """Where each sample leaves, `[samples]`. kept: bool `[exits]`."""
        if parameters["threshold"] >= NEVER:
            return np.full(len(self.correct), self.correct.shape[1] - 1)
        stop = self._stops[parameters.get("kappa")]
        return thresholds.first_exits(stop * np.asarray(kept)[:-1], parameters["threshold"])


@dataclass(frozen=True)
class Gates:
    """A gate at every exit.

    solver: "shared", one threshold for all exits, swept; "fitted", one for each by coordinate ascent; "quantile",
    MSDNet's; "fixed", the threshold `value` as the program has it; "static", nobody leaves.
    """

    network: object
    gate: gates.Gate
    solver: str
    name: str
    value: float | None = None

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return self.solver in (FIXED, STATIC)

    @cached_property
    def chain(self):
        """What is deployed."""
        return self.gate.apply(self.network)

    def whole(self) -> dict[str, float]:
        """Parameters at which no exit is taken."""
        count = len(self.network.exit_costs()) - 1
        return self.gate.settings(np.full(count, np.inf) if self.gate.each else np.inf)

    def look(self, inputs: dict) -> GateLook:
        """inputs: decision inputs with their `labels`."""
        return GateLook(self, inputs)


class GateLook:
    """What a gate says on a split: `correct` bool `[samples, exits]`."""

    def __init__(self, policy: Gates, inputs: dict):
        self.policy, self.correct = policy, correct_answers(inputs["logits"], inputs["labels"])
        self._confidence = policy.gate.confidence(inputs["logits"])

    def candidates(self, kept, exit_costs, stride: int = 1) -> list[dict[str, float]]:
        """Settings by the solver, for these exits; exit_costs: `[exits]`. stride 2 tries half as many."""
        gate, kept = self.policy.gate, np.asarray(kept)
        opened, sure = kept[:-1], self._confidence[:, kept[:-1]]
        if self.policy.solver == STATIC or not opened.any():
            return []
        if self.policy.solver == FIXED:
            return [{"threshold": self.policy.value}]
        if self.policy.solver == SHARED:
            return [gate.settings(limit) for limit in thresholds.spread_thresholds(sure, SWEEP // stride)]
        found = []
        for solved in self._fitted(sure, kept, exit_costs, stride):
            limits = np.full(len(opened), np.inf)
            limits[opened] = solved
            found.append(gate.settings(limits))
        return found

    def _fitted(self, sure, kept, exit_costs, stride) -> list[np.ndarray]:
        """Thresholds of the kept exits, one array a setting."""
        if self.policy.solver == QUANTILE:
            ratios = [p / _QUANTILE_BASE for p in _QUANTILE_STEPS[::stride]]
            shares = [thresholds.geometric_shares(sure.shape[1] + 1, ratio) for ratio in ratios]
            return [thresholds.quantile_thresholds(sure, share) for share in shares]
        # A price finds settings on the convex hull alone; between them one threshold for all is the best that is known.
        found = [np.full(sure.shape[1], limit) for limit in thresholds.spread_thresholds(sure, SWEEP // stride)]
        shared = len(found)
        spent = np.asarray(exit_costs, float)[kept]
        spent = spent / spent[-1]
        right = self.correct[:, np.append(np.flatnonzero(kept[:-1]), -1)].astype(float)
        for price in _PRICES[::stride]:
            rewards = right - price * spent
            solved = [thresholds.fit_thresholds(sure, rewards, start) for start in (None, *found[shared:][-1:])]
            found.append(max(solved, key=lambda limits: thresholds.mean_reward(sure, rewards, limits)))
        return found

    def exits(self, parameters: dict[str, float], kept) -> np.ndarray:
        """Where each sample leaves, `[samples]`. kept: bool `[exits]`."""
        limits = self.policy.gate.thresholds(parameters, self.correct.shape[1])
        sure = np.where(np.asarray(kept)[:-1], self._confidence, -np.inf)
        return thresholds.first_exits(sure, limits)


def best_within(look, costs, kept, budget: float) -> dict[str, float] | None:
    """The most accurate setting of a policy on what it looks at whose mean cost there is within a budget, if any.

    costs: of leaving through each exit, `[exits]`, in the unit of the budget. kept: bool `[exits]`.
    """
    best = None
    for parameters in look.candidates(kept, costs):
        exits = look.exits(parameters, kept)
        if np.mean(costs[exits]) <= budget:
            reached = accuracy(look.correct, exits)
            best = max(best or (reached, parameters), (reached, parameters), key=lambda pair: pair[0])
    return None if best is None else best[1]


def parse(text: str, network) -> Learned | Gates:
    """The policy that a text such as "entropy:0.2" names, for a network. Raises UserError for another text."""
    solver, statistic, value = policy_names.check(text)
    if solver == CONTROLLERS:
        return Learned(network)
    return Gates(network, gates.Gate(statistic, each=solver in (FITTED, QUANTILE)), solver, text, value)
