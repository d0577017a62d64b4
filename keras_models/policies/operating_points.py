"""Operating points: settings of a program's parameters, the cheapest that lose no more accuracy than allowed.

What may be lost is a promise about images that nobody has seen, to be kept in 19 of 20 cases. Settings are fitted, and
put in order, on some images; on held-out ones they are tested one after the other, from the most expensive down, and
the first that might lose more ends it. So none is best there by luck (fixed sequence testing: Angelopoulos et al.,
"Learn then test", 2021; the order is that of Laufer-Goldshtein et al., "Efficiently controlling multiple risks with
Pareto testing", ICLR 2023).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from keras_models.functional.evaluation import standard_error
from keras_models.policies.choice import Seen

# name -> accuracy that may be lost against the whole network, in points of a hundred
TOLERANCES = {"saver": 5.0, "thrifty": 3.0, "fast": 2.0, "steady": 1.0, "balanced": 0.5, "accurate": 0.2}
FULL, FIXED = "full", "fixed"
MARGIN = 1.645  # standard errors of what a setting loses: it loses more in one case of twenty
# Where a setting decides for few images as the whole network does not, how many they are is known badly: one more that
# is lost and one more that is won are added (Agresti and Min 2005, for matched pairs, add half of each to estimates).
RARE = math.sqrt(2)
MAX_DROP = 0.2  # points of a hundred that a setting may lose against the same setting on the float network
_MIDDLE = (0.48, 0.49, 0.5, 0.51, 0.52)

# What is made small. The median jumps from exit to exit where half of the images have left, and on other images it may
# be on the other side: the mean of the quantiles around it asks for some distance.
MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "mean": lambda costs: float(np.mean(costs)),
    "p50": lambda costs: float(np.quantile(costs, _MIDDLE).mean()),
}


@dataclass(frozen=True)
class Measured:
    """What a setting gave on every sample.

    Attributes:
        settings: of the program's parameters.
        right: bool `[samples]`, whether the answer was right.
        costs: float `[samples]`, what was spent on the device, in the unit of the prices.
        way: int `[samples]`: equal numbers for equal decisions.
    """

    settings: dict
    right: np.ndarray
    costs: np.ndarray
    way: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0..1."""
        return float(np.mean(self.right))


class Sweep(Protocol):
    """A chain's program on labelled samples, under any settings of its parameters."""

    def seen(self, kept: np.ndarray | None = None) -> Seen | None:
        """What policies choose candidates by; None where the program is not in a line."""

    def measure(self, settings: Sequence[Mapping], kept: np.ndarray | None = None) -> list[Measured]:
        """What each of the settings gives. kept: bool `[exits]`, the exits that may be taken; all by default."""


@dataclass(frozen=True)
class Setting:
    """A setting, and what is to be compared of it.

    Attributes:
        measured: what it gave.
        cost: by the measure.
        error: by which the loss against the whole network, image by image, may differ on other images: its standard
            error here and theirs.
        faithful: whether it is as accurate as on the float network, or nearly (`MAX_DROP`).
    """

    measured: Measured
    cost: float
    error: float = 0.0
    faithful: bool = True

    @property
    def parameters(self) -> dict:
        """The program's parameters."""
        return self.measured.settings

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0..1."""
        return self.measured.accuracy


class Grid:
    """Every setting of a policy that is worth trying on a held-out split, for any set of exits.

    Args:
        sweep: the policy's chain on the split.
        policy: gives the candidates (`keras_models.policies.choice`).
        measure: one of `MEASURES`.
        stride: 2 leaves out every second setting, for a search over many sets of exits.
        reference: the chain on the float network, if `sweep` is on a quantized one: rounding moves decisions, at some
            settings more than at others, and those at which it costs accuracy are avoided.
        fitting: the chain on other images, on which candidates are fitted and of which those that another one beats are
            left out; without it both is done on the split, which then says nothing of others: for searches alone.
        pairs: of the split's samples that are not independent (`evaluation.source_pairs`).
        others: number of the unseen images for which points promise something; by default as many as there are here.
    """

    def __init__(
        self,
        sweep: Sweep,
        policy,
        measure: str = "mean",
        stride: int = 1,
        reference: Sweep | None = None,
        fitting: Sweep | None = None,
        pairs: tuple[np.ndarray, np.ndarray] | None = None,
        others: int | None = None,
    ):
        self.sweep, self.policy, self.reference, self.fitting = sweep, policy, reference, fitting
        self.measure, self.stride, self._pairs, self._others = MEASURES[measure], stride, pairs, others

    def full_depth(self, kept=None) -> Setting:
        """The setting at which everything is run."""
        (measured,) = self.sweep.measure([self.policy.chain.full_depth()], kept)
        return Setting(measured, self.measure(measured.costs))

    def candidates(self, kept=None) -> list[dict]:
        """The policy's candidates; those fitted on other images from the most expensive down, none beaten there."""
        found = self.policy.candidates((self.fitting or self.sweep).seen(kept), self.stride)
        if self.fitting is None or self.policy.fixed:
            return found
        measured = self.fitting.measure(found, kept)
        costs = [self.measure(one.costs) for one in measured]
        ordered = sorted(range(len(found)), key=lambda i: (costs[i], -measured[i].accuracy))
        best, unbeaten = -1.0, []
        for i in ordered:
            if measured[i].accuracy > best:
                best = measured[i].accuracy
                unbeaten.append(found[i])
        return unbeaten[::-1]

    def settings(self, full: Setting, kept=None) -> list[Setting]:
        """All candidates. full: the setting that they are compared with. kept: bool `[exits]`."""
        candidates = self.candidates(kept)
        found = self.sweep.measure(candidates, kept)
        float_ones = self.reference.measure(candidates, kept) if self.reference else found
        settings = []
        for measured, float_one in zip(found, float_ones, strict=True):
            difference = full.measured.right - measured.right.astype(float)
            error = self._error(difference, full.measured.right)
            faithful = 100 * (float_one.accuracy - measured.accuracy) <= MAX_DROP
            settings.append(Setting(measured, self.measure(measured.costs), error, bool(faithful)))
        return settings

    def _error(self, difference: np.ndarray, right: np.ndarray) -> float:
        """Standard error of a mean difference here less the one on the unseen images, which are others.

        Samples of one source are lost together. Of a rare difference that is hardly seen; of the whole network's right
        answers it is, and neither the differences that are seen nor the rare ones have less of it.
        """
        samples = len(difference)
        together = standard_error(right, self._pairs) / max(standard_error(right), 1e-12)
        error = max(standard_error(difference, self._pairs), together * standard_error(difference))
        return float(np.hypot(error, together * RARE / samples) * np.sqrt(1 + samples / (self._others or samples)))

    def solve(self, kept=None) -> dict[str, Setting]:
        """The operating points with these exits, cheapest first, the whole network last.

        Where the policy leaves nothing to choose, its one setting, whatever it gives, is the point "fixed".
        """
        full = self.full_depth(kept)
        settings = self.settings(full, kept)
        if self.policy.fixed:
            return {FIXED: setting for setting in settings} | {FULL: full}
        return choose(settings, full.accuracy, tested=self.fitting is not None) | {FULL: full}

    def score(self, kept=None) -> float:
        """Mean over the tolerances of the logarithm of the cost within each: lower is better."""
        full = self.full_depth(kept)
        settings = self.settings(full, kept)
        best = [cheapest([*settings, full], full.accuracy, points).cost for points in TOLERANCES.values()]
        return float(np.mean(np.log(best)))


def cheapest(settings: list[Setting], full_accuracy: float, points: float) -> Setting | None:
    """The cheapest setting that loses at most so many points of a hundred against the whole network, or None.

    What it loses is counted with a margin (`MARGIN`). One that is faithful to the float network, if there is any.
    """
    fitting = [s for s in settings if keeps(s, full_accuracy, points)]
    return min(fitting, key=lambda s: (not s.faithful, s.cost, -s.accuracy), default=None)


def last_that_keeps(settings: list[Setting], full_accuracy: float, points: float) -> Setting | None:
    """The last setting before the first that might lose more; None if that is the first.

    settings: in an order that was not chosen on these samples. Those that are faithful to the float network, if one of
    them passes; as in `cheapest`.
    """
    for some in ([s for s in settings if s.faithful], settings):
        passed = list(itertools.takewhile(lambda s: keeps(s, full_accuracy, points), some))
        if passed:
            return passed[-1]
    return None


def keeps(setting: Setting, full_accuracy: float, points: float) -> bool:
    """Whether a setting loses at most so many points of a hundred, even if it is by `MARGIN` worse than it looks."""
    return setting.accuracy - MARGIN * setting.error >= full_accuracy - points / 100 - 1e-12


def choose(
    settings: list[Setting], full_accuracy: float, tolerances: Mapping | None = None, tested: bool = False
) -> dict[str, Setting]:
    """A setting for each tolerance, cheapest first; a tolerance that none meets is left out.

    Points that two tolerances share are named by the stricter one. tested: whether settings are in order, and tested
    one after the other (`last_that_keeps`); else the cheapest is taken.
    """
    pick = last_that_keeps if tested else cheapest
    found = {name: pick(settings, full_accuracy, points) for name, points in (tolerances or TOLERANCES).items()}
    ordered = sorted(((n, s) for n, s in found.items() if s is not None), key=lambda item: item[1].cost)
    return {a[0]: a[1] for a, b in itertools.zip_longest(ordered, ordered[1:]) if b is None or a[1] is not b[1]}


def unshown(found: Mapping[str, Setting]) -> dict[str, float]:
    """The tolerances, all stricter than those met, that no setting is shown to keep: name -> points of a hundred."""
    strictest = min((TOLERANCES[name] for name in found if name in TOLERANCES), default=np.inf)
    return {name: points for name, points in TOLERANCES.items() if points < strictest}


def best_within(sweep: Sweep, policy, kept, budget: float, fitting: Sweep | None = None) -> dict | None:
    """The most accurate setting of a policy on a sweep's samples whose mean cost there is within a budget, if any.

    fitting: the chain on the samples that the policy is fitted on, by default the same.
    """
    candidates = policy.candidates((fitting or sweep).seen(kept))
    found = [m for m in sweep.measure(candidates, kept) if np.mean(m.costs) <= budget]
    return max(found, key=lambda measured: measured.accuracy).settings if found else None
