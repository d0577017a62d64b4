"""Operating points: settings of a program's parameters, the cheapest that lose no more accuracy than allowed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from keras_models import policy

# name -> accuracy that may be lost against the whole network, in points of a hundred
TOLERANCES = {"saver": 5.0, "fast": 2.0, "balanced": 0.5, "accurate": 0.2}
FULL = "full"
NEVER = 2.0  # a threshold that no probability reaches
_KAPPAS = np.geomspace(1.0, 100.0, 21)  # steps over the program's range of prices
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
# Exits and settings are searched among thousands on a few thousand images, and the best of them is best there in part by
# luck: what a setting loses is counted so many standard errors worse than it looks.
MARGIN = 1.0
MAX_DROP = 0.2  # points of a hundred that a setting may lose against the same setting on the float network
_MIDDLE = (0.48, 0.49, 0.5, 0.51, 0.52)

# What is made small. The median jumps from exit to exit where half of the images have left, and on other images it may
# be on the other side: the mean of the quantiles around it asks for some distance.
MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "mean": lambda costs: float(np.mean(costs)),
    "p50": lambda costs: float(np.quantile(costs, _MIDDLE).mean()),
}


@dataclass(frozen=True)
class Setting:
    """Parameters, and what they gave: accuracy 0..1, the cost by the measure, the exit of every sample.

    error: standard error of the accuracy's difference to the whole network's, image by image. faithful: whether it is as accurate as on the float network, or nearly (`MAX_DROP`).
    """

    parameters: dict
    accuracy: float
    cost: float
    exits: np.ndarray
    error: float = 0.0
    faithful: bool = True


class Grid:
    """Every combination of price and threshold on a held-out split, for any set of exits.

    What the controllers say at every price is computed once, so that many sets of exits can be tried.

    Args:
        network: as `policy.stop_probabilities` wants it.
        inputs: decision inputs of the split, with its `labels`.
        measure: one of `MEASURES`.
        stride: 2 leaves out every second price and threshold, for a search over many sets of exits.
        reference: decision inputs of the float network, if `inputs` are a quantized one's: rounding moves exits, at
            some settings more than at others, and those at which it costs accuracy are avoided.
    """

    def __init__(self, network, inputs: dict, measure: str = "mean", stride: int = 1, reference: dict | None = None):
        self.correct = _correct(inputs, inputs["labels"])
        self.measure = MEASURES[measure]
        self._defaults = full_parameters(network)
        ranges = network.parameters()
        kappas = [None]
        if "kappa" in ranges:
            low, high = ranges["kappa"]["minimum"], ranges["kappa"]["maximum"]
            kappas = list(low * _KAPPAS ** (np.log(high / low) / np.log(_KAPPAS[-1])))
        self._thresholds = _THRESHOLDS[::stride]
        self._stops = [(k, policy.stop_probabilities(network, inputs, k or 0.0)) for k in kappas[::stride]]
        self._reference = None
        if reference is not None:
            stops = [policy.stop_probabilities(network, reference, k or 0.0) for k, _ in self._stops]
            self._reference = _correct(reference, inputs["labels"]), stops

    def whole(self, exit_costs) -> Setting:
        """The setting at which no exit is taken."""
        return self._setting(self._defaults, np.full(len(self.correct), self.correct.shape[1] - 1), exit_costs)

    def settings(self, kept, exit_costs) -> list[Setting]:
        """kept: bool `[exits]`. exit_costs: `[exits]`, in the unit that is to be saved."""
        found, open_exits = [], np.asarray(kept)[:-1]
        for number, (kappa, stop) in enumerate(self._stops):
            price = {} if kappa is None else {"kappa": float(round(kappa, 6))}
            for threshold in self._thresholds:
                setting = self._setting(
                    {"threshold": threshold} | price, first_exits(stop * open_exits, threshold), exit_costs
                )
                if self._reference is not None:
                    correct, stops = self._reference
                    exits = first_exits(stops[number] * open_exits, threshold)
                    drop = 100 * (np.mean(correct[np.arange(len(exits)), exits]) - setting.accuracy)
                    setting = replace(setting, faithful=bool(drop <= MAX_DROP))
                found.append(setting)
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
        right = self.correct[np.arange(len(exits)), exits]
        error = float(np.std(self.correct[:, -1] - right.astype(float)) / np.sqrt(len(exits)))
        return Setting(parameters, float(np.mean(right)), self.measure(np.asarray(exit_costs)[exits]), exits, error)


def _correct(inputs: dict, labels) -> np.ndarray:
    """Whether each exit's answer is right, bool `[samples, exits]`."""
    return inputs["logits"].argmax(-1) == np.asarray(labels)[:, None]


def first_exits(stop, threshold: float) -> np.ndarray:
    """First exit whose stop probability `[samples, exits - 1]` reaches the threshold, else the last: `[samples]`."""
    return np.concatenate([stop >= threshold, np.ones((len(stop), 1), bool)], axis=1).argmax(1)


def cheapest(settings: list[Setting], full_accuracy: float, points: float) -> Setting | None:
    """The cheapest setting that loses at most so many points of a hundred against the whole network, or None.

    What it loses is counted with a margin (`MARGIN`). One that is faithful to the float network, if there is any.
    """
    fitting = [s for s in settings if s.accuracy - MARGIN * s.error >= full_accuracy - points / 100]
    return min(fitting, key=lambda s: (not s.faithful, s.cost, -s.accuracy), default=None)


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
