"""Policies by name, and the settings of each that are worth measuring.

A policy has a `chain`, what is deployed of a network with it (`keras_models.base.Deployable`), and gives candidates:
settings of the chain's parameters. What a setting reaches is measured by running the chain's program, elsewhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_models.base import Deployable
from keras_models.early_exit import EarlyExit, Static
from keras_models.functional import thresholds
from keras_models.functional.evaluation import correct_answers
from keras_models.policies import gates, names
from keras_models.policies.deferral import CostPolicy
from keras_models.policies.names import COST, FITTED, FIXED, OWN, QUANTILE, SHARED, STATIC

_PRICES = np.geomspace(0.003, 3.0, 21)  # of the whole network as a fraction of a right answer, for fitted thresholds
SWEEP = 60  # thresholds that are tried where all exits share one


@dataclass(frozen=True)
class Seen:
    """What a network in a line answers on a split, exit by exit.

    Attributes:
        answers: logits, float32 `[samples, exits, classes]`.
        labels: int `[samples]`.
        kept: bool `[exits]`, the exits that may be taken.
        costs: `[exits]`, cost of leaving through each, in any unit.
    """

    answers: np.ndarray
    labels: np.ndarray
    kept: np.ndarray
    costs: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """Whether each exit's answer is right, bool `[samples, exits]`."""
        return correct_answers(self.answers, self.labels)


@dataclass(frozen=True)
class OwnRules:
    """The network as it was trained, with its parameters as settings."""

    network: Deployable
    name: str = OWN
    fixed = False

    @property
    def chain(self) -> Deployable:
        """What is deployed."""
        return self.network

    def candidates(self, seen: Seen | None = None, stride: int = 1) -> list[dict[str, float]]:
        """Every combination of the values that the parameters declare, but for those that a caller sets.

        Args:
            seen: not looked at.
            stride: 2 leaves out every second value of each parameter.
        """
        knobs = {name: knob for name, knob in self.network.parameters().items() if not knob.names}
        values = [(knob.candidates or (knob.default,))[::stride] for knob in knobs.values()]
        return [dict(zip(knobs, setting, strict=True)) for setting in itertools.product(*values)] if knobs else []


@dataclass(frozen=True)
class StaticPolicy:
    """Nobody decides: the reference program of any network, if that is in a line."""

    network: Deployable
    name: str = STATIC
    fixed = True

    @cached_property
    def chain(self) -> Static:
        """What is deployed."""
        return Static(self.network)

    def candidates(self, seen: Seen | None = None, stride: int = 1) -> list[dict[str, float]]:
        """None: there is nothing to set."""
        return []


@dataclass(frozen=True)
class GatePolicy:
    """A gate at every exit of a network in a line.

    Attributes:
        network: has exits (`keras_models.early_exit.EarlyExit`).
        gate: what exits compare.
        solver: "shared", one threshold for all exits, swept; "fitted", one for each by coordinate ascent; "quantile",
            MSDNet's; "fixed", the threshold `value` as the program has it.
        name: as on a command line.
        value: the threshold of "fixed".
    """

    network: Deployable
    gate: gates.Gate
    solver: str
    name: str
    value: float | None = None

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to choose."""
        return self.solver == FIXED

    @cached_property
    def chain(self) -> gates.Gated:
        """What is deployed."""
        return self.gate.apply(self.network)

    def candidates(self, seen: Seen, stride: int = 1) -> list[dict[str, float]]:
        """Settings by the solver, for the kept exits. stride: 2 tries half as many."""
        opened = seen.kept[:-1]
        if not opened.any():
            return []
        if self.solver == FIXED:
            return [{"threshold": self.value}]
        sure = self.gate.confidence(seen.answers)[:, opened]
        if self.solver == SHARED:
            return [self.gate.settings(limit) for limit in thresholds.spread_thresholds(sure, SWEEP // stride)]
        found = []
        for solved in self._quantiles(sure, stride) if self.solver == QUANTILE else self._fitted(sure, seen, stride):
            limits = np.full(len(opened), np.inf)
            limits[opened] = solved
            found.append(self.gate.settings(limits))
        return found

    def _quantiles(self, sure, stride) -> list[np.ndarray]:
        """Thresholds of the kept exits by MSDNet's solver, one array a setting."""
        ratios = [p / thresholds.QUANTILE_BASE for p in thresholds.QUANTILE_STEPS[::stride]]
        shares = [thresholds.geometric_shares(sure.shape[1] + 1, ratio) for ratio in ratios]
        return [thresholds.quantile_thresholds(sure, share) for share in shares]

    def _fitted(self, sure, seen: Seen, stride) -> list[np.ndarray]:
        """Thresholds of the kept exits by coordinate ascent, one array a setting."""
        # A price finds settings on the convex hull alone; between them one threshold for all is the best that is known.
        found = [np.full(sure.shape[1], limit) for limit in thresholds.spread_thresholds(sure, SWEEP // stride)]
        shared = len(found)
        spent = np.asarray(seen.costs, float)[seen.kept]
        right = seen.correct[:, seen.kept].astype(float)
        for price in _PRICES[::stride]:
            rewards = right - price * spent / spent[-1]
            solved = [thresholds.fit_thresholds(sure, rewards, start) for start in (None, *found[shared:][-1:])]
            found.append(max(solved, key=lambda limits: thresholds.mean_reward(sure, rewards, limits)))
        return found


def parse(text: str, network: Deployable) -> OwnRules | StaticPolicy | GatePolicy | CostPolicy:
    """The policy that a text such as "entropy:0.2" names, for a network.

    Raises:
        ValueError: another text, a gate for a network without exits, or a cost for one that is no such cascade.
    """
    solver, statistic, value = names.check(text)
    if solver == OWN:
        return OwnRules(network)
    if solver == STATIC:
        return StaticPolicy(network)
    if solver == COST:
        return CostPolicy(network)
    return GatePolicy(network, gates.Gate(statistic, each=solver in (FITTED, QUANTILE)), solver, text, value)


def open_exits(network: EarlyExit, settings: Mapping[str, Mapping], policy) -> np.ndarray:
    """The exits of its chain that a policy may take, bool `[exits]`: its own rules' ones, or all that were trained.

    A static chain has its answer alone.

    settings: stage -> its settings, as the network was trained with.
    """
    if policy.name == OWN:
        return network.own_exits(settings)
    return np.ones(1, bool) if policy.name == STATIC else network.trained_exits(settings)
