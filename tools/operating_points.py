"""Operating points: settings of a program's parameters, the cheapest that lose no more accuracy than allowed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keras_models import policy

# name -> accuracy that may be lost against the whole network, in points of a hundred
TOLERANCES = {"saver": 5.0, "fast": 2.0, "balanced": 0.5, "accurate": 0.2}
FULL = "full"
NEVER = 2.0  # a threshold that no probability reaches
_KAPPAS = np.geomspace(1.0, 100.0, 21)  # steps over the program's range of prices
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
_MIDDLE = (0.48, 0.49, 0.5, 0.51, 0.52)

# What is made small. The median jumps from exit to exit where half of the images have left, and on other images it may
# be on the other side: the mean of the quantiles around it asks for some distance.
MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "mean": lambda costs: float(np.mean(costs)),
    "p50": lambda costs: float(np.quantile(costs, _MIDDLE).mean()),
}


@dataclass(frozen=True)
class Setting:
    """Parameters, and what they gave: accuracy 0..1, the cost by the measure, the exit of every sample."""

    parameters: dict
    accuracy: float
    cost: float
    exits: np.ndarray


class Grid:
    """Every combination of price and threshold on a held-out split, for any set of exits.

    What the controllers say at every price is computed once, so that many sets of exits can be tried.

    Args:
        network: as `policy.stop_probabilities` wants it.
        inputs: decision inputs of the split, with its `labels`.
        measure: one of `MEASURES`.
    """

    def __init__(self, network, inputs: dict, measure: str = "mean"):
        self.correct = inputs["logits"].argmax(-1) == np.asarray(inputs["labels"])[:, None]
        self.measure = MEASURES[measure]
        self._defaults = full_parameters(network)
        ranges = network.parameters()
        kappas = [None]
        if "kappa" in ranges:
            low, high = ranges["kappa"]["minimum"], ranges["kappa"]["maximum"]
            kappas = list(low * _KAPPAS ** (np.log(high / low) / np.log(_KAPPAS[-1])))
        self._stops = [(kappa, policy.stop_probabilities(network, inputs, kappa or 0.0)) for kappa in kappas]

    def whole(self, exit_costs) -> Setting:
        """The setting at which no exit is taken."""
        return self._setting(self._defaults, np.full(len(self.correct), self.correct.shape[1] - 1), exit_costs)

    def settings(self, kept, exit_costs) -> list[Setting]:
        """kept: bool `[exits]`. exit_costs: `[exits]`, in the unit that is to be saved."""
        found = []
        for kappa, stop in self._stops:
            price = {} if kappa is None else {"kappa": float(round(kappa, 6))}
            for threshold in _THRESHOLDS:
                exits = first_exits(stop * np.asarray(kept)[:-1], threshold)
                found.append(self._setting({"threshold": threshold} | price, exits, exit_costs))
        return found

    def solve(self, kept, exit_costs) -> dict[str, Setting]:
        """The operating points with these exits, cheapest first, the whole network last."""
        whole = self.whole(exit_costs)
        return choose(self.settings(kept, exit_costs), whole.accuracy) | {FULL: whole}

    def score(self, kept, exit_costs) -> float:
        """Mean over the tolerances of the logarithm of the cost within each: lower is better."""
        whole, settings = self.whole(exit_costs), self.settings(kept, exit_costs)
        best = [cheapest([*settings, whole], whole.accuracy, points).cost for points in TOLERANCES.values()]
        return float(np.mean(np.log(best)))

    def _setting(self, parameters, exits, exit_costs) -> Setting:
        accuracy = float(np.mean(self.correct[np.arange(len(exits)), exits]))
        return Setting(parameters, accuracy, self.measure(np.asarray(exit_costs)[exits]), exits)


def first_exits(stop, threshold: float) -> np.ndarray:
    """First exit whose stop probability `[samples, exits - 1]` reaches the threshold, else the last: `[samples]`."""
    return np.concatenate([stop >= threshold, np.ones((len(stop), 1), bool)], axis=1).argmax(1)


def cheapest(settings: list[Setting], full_accuracy: float, points: float) -> Setting | None:
    """The cheapest setting that loses at most so many points of a hundred against the whole network, or None."""
    fitting = [s for s in settings if s.accuracy >= full_accuracy - points / 100]
    return min(fitting, key=lambda s: (s.cost, -s.accuracy), default=None)


def choose(settings: list[Setting], full_accuracy: float, tolerances: dict | None = None) -> dict[str, Setting]:
    """The cheapest setting for each tolerance, cheapest first; a tolerance that none meets is left out.

    Points that two tolerances share are named by the stricter one.
    """
    found = {name: cheapest(settings, full_accuracy, points) for name, points in (tolerances or TOLERANCES).items()}
    ordered = sorted(((n, s) for n, s in found.items() if s is not None), key=lambda item: item[1].cost)
    return {a[0]: a[1] for a, b in itertools.zip_longest(ordered, ordered[1:]) if b is None or a[1] is not b[1]}


def full_parameters(network) -> dict:
    """Parameters at which no exit is taken."""
    return {name: spec["default"] for name, spec in network.parameters().items()} | {"threshold": NEVER}
