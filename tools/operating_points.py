"""Operating points: settings of a program's parameters, the cheapest that lose no more accuracy than allowed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

# name -> accuracy that may be lost against the whole network, in points of a hundred
TOLERANCES = {"saver": 5.0, "fast": 2.0, "balanced": 0.5, "accurate": 0.2}
FULL, FIXED = "full", "fixed"
# Exits and settings are searched among thousands on a few thousand images, and the best of them is best there in part
# by luck: what a setting loses is counted so many standard errors worse than it looks.
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

    error: standard error of the accuracy's difference to the whole network's, image by image. faithful: whether it is
    as accurate as on the float network, or nearly (`MAX_DROP`).
    """

    parameters: dict
    accuracy: float
    cost: float
    exits: np.ndarray
    error: float = 0.0
    faithful: bool = True


class Grid:
    """Every setting of a policy that is worth trying on a held-out split, for any set of exits.

    What the policy says is looked at once, so that many sets of exits can be tried.

    Args:
        look: what a policy says on the split (`tools.policies`).
        measure: one of `MEASURES`.
        stride: 2 leaves out every second setting, for a search over many sets of exits.
        reference: what the policy says on the float network, if `look` is at a quantized one: rounding moves exits, at
            some settings more than at others, and those at which it costs accuracy are avoided.
    """

    def __init__(self, look, measure: str = "mean", stride: int = 1, reference=None):
        self.look, self.reference = look, reference
        self.measure, self.stride = MEASURES[measure], stride

    def whole(self, exit_costs) -> Setting:
        """The setting at which no exit is taken."""
        correct = self.look.correct
        return self._setting(self.look.policy.whole(), np.full(len(correct), correct.shape[1] - 1), exit_costs)

    def settings(self, kept, exit_costs) -> list[Setting]:
        """kept: bool `[exits]`. exit_costs: `[exits]`, in the unit that is to be saved."""
        found = []
        for parameters in self.look.candidates(kept, exit_costs, self.stride):
            setting = self._setting(parameters, self.look.exits(parameters, kept), exit_costs)
            if self.reference is not None:
                right = _chosen(self.reference.correct, self.reference.exits(parameters, kept))
                drop = 100 * (np.mean(right) - setting.accuracy)
                setting = replace(setting, faithful=bool(drop <= MAX_DROP))
            found.append(setting)
        return found

    def solve(self, kept, exit_costs) -> dict[str, Setting]:
        """The operating points with these exits, cheapest first, the whole network last.

        Where the policy leaves nothing to choose, its one setting, whatever it gives, is the point "fixed".
        """
        whole, settings = self.whole(exit_costs), self.settings(kept, exit_costs)
        if self.look.policy.fixed:
            return {FIXED: setting for setting in settings} | {FULL: whole}
        return choose(settings, whole.accuracy) | {FULL: whole}

    def score(self, kept, exit_costs) -> float:
        """Mean over the tolerances of the logarithm of the cost within each: lower is better."""
        whole, settings = self.whole(exit_costs), self.settings(kept, exit_costs)
        best = [cheapest([*settings, whole], whole.accuracy, points).cost for points in TOLERANCES.values()]
        return float(np.mean(np.log(best)))

    def _setting(self, parameters, exits, exit_costs) -> Setting:
        right = _chosen(self.look.correct, exits)
        error = float(np.std(self.look.correct[:, -1] - right.astype(float)) / np.sqrt(len(exits)))
        return Setting(parameters, float(np.mean(right)), self.measure(np.asarray(exit_costs)[exits]), exits, error)


def _chosen(correct, exits) -> np.ndarray:
    """Whether the answer of each sample's exit is right, `[samples]`."""
    return correct[np.arange(len(exits)), exits]


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
