"""What a trained network is worth, on held-out images: the objectives of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keras_models.base import AdaptiveModel
from keras_models.early_exit import EarlyExit
from keras_models.functional import evaluation
from keras_models.policies import choice
from keras_models.policies.operating_points import Sweep


@dataclass(frozen=True)
class Judge:
    """The objectives, the same for all trials of a search.

    Attributes:
        kappas: prices of the benefit, ascending; the (lower) middle one is the operating point that accuracy and cost
            are told of.
        unit: multiply-adds that a price is for, the same for all networks: in a unit of its own a network twice as wide
            would seem to cost nothing more.
        budgets: lowest and highest mean multiply-adds of the area.
    """

    kappas: tuple[float, ...]
    unit: float
    budgets: tuple[float, float]

    @property
    def operating_price(self) -> float:
        """The price of the operating point."""
        return self.kappas[(len(self.kappas) - 1) // 2]

    def __call__(self, network: AdaptiveModel, sweep: Sweep, settings: Mapping[str, Mapping]) -> dict:
        """Both objectives, and how the network does at the operating point, its own rules deciding.

        Every setting that the network declares as worth measuring is measured; for each price the best one counts.
        sweep: of the network. settings: stage -> its settings, as the network was trained with.

        Returns:
            {"benefit": percent, "area": percent, "accuracy": 0..1, "cost": mean multiply-adds, "macs": of the whole
            network, "points": by kappa}.
        """
        kept = network.own_exits(settings) if isinstance(network, EarlyExit) else None
        candidates = [*choice.OwnRules(network).candidates(), network.full_depth()]
        measured = sweep.measure(candidates, kept)
        found = [{"accuracy": m.accuracy, "cost": float(np.mean(m.costs)), "settings": m.settings} for m in measured]
        points = [self.best_at(kappa, found) for kappa in self.kappas]
        operating = next(point for point in points if point["kappa"] == self.operating_price)
        return {
            "benefit": float(np.mean([point["benefit"] for point in points])),
            "area": area(found, *self.budgets),
            "accuracy": operating["accuracy"],
            "cost": operating["cost"],
            "macs": whole_cost(network),
            "points": points,
        }

    def best_at(self, kappa: float, found: Sequence[Mapping]) -> dict:
        """The setting with the highest benefit at a price: 100 * (accuracy - kappa * cost in units), in percent."""
        rows = ({"benefit": 100 * (row["accuracy"] - kappa * row["cost"] / self.unit)} | row for row in found)
        return {"kappa": kappa} | max(rows, key=lambda row: row["benefit"])


def area(found: Sequence[Mapping], low: float, high: float) -> float:
    """Mean accuracy over budgets from `low` to `high`, in percent; zero where even the cheapest is too expensive."""
    curve = evaluation.budgeted_curve([row["accuracy"] for row in found], [row["cost"] for row in found])
    return 100 * evaluation.curve_area(curve, low, high)


def whole_cost(network: AdaptiveModel) -> float:
    """Multiply-adds of everything, what decides included where the program is in a line."""
    if isinstance(network, EarlyExit):
        return float(network.exit_costs()[-1])
    return network.static_cost()


def price_unit(network: AdaptiveModel) -> float:
    """Multiply-adds that a price is for: a network's own unit where it has exits, else all of it."""
    return network.price_unit() if isinstance(network, EarlyExit) else whole_cost(network)
