"""What a trained network with controllers is worth, on held-out images: the objectives of a search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras_models import policy
from keras_models.functional import evaluation

OBJECTIVES = ("benefit", "area")


@dataclass(frozen=True)
class Judge:
    """An objective, the same for all trials of a search.

    objective: one of `OBJECTIVES`. kappas: prices of the benefit, ascending; the middle one is the operating point that
    accuracy and cost are told of. unit: multiply-adds that a price is for, the same for all networks: in the average
    convolution of its own a network twice as wide would seem to cost nothing more. budgets: (lowest, highest) mean
    multiply-adds of the area.
    """

    objective: str
    kappas: tuple[float, ...]
    unit: float
    budgets: tuple[float, float]

    @property
    def operating_kappa(self) -> float:
        """The price of the operating point."""
        return self.kappas[(len(self.kappas) - 1) // 2]

    def prices(self, network) -> np.ndarray:
        """Cost of leaving through each exit in the common unit, `[exits]`."""
        return network.exit_costs() / self.unit

    def __call__(self, network, inputs: dict, kept=None) -> dict:
        """Both objectives, and how the network does at the operating point.

        inputs: decision inputs with "labels". kept: `[exits]` of bool, the exits at which one may leave.
        Returns {"benefit": percent, "area": percent, "accuracy": 0..1, "cost": mean multiply-adds,
        "macs": multiply-adds of the whole network, "points": by kappa}.
        """
        whole, labels = float(network.exit_costs()[-1]), inputs["labels"]
        kappas = sorted({*policy.KAPPAS, *self.kappas})
        points = policy.score(network, inputs, labels, self.prices(network), kept, kappas)
        points = [point | {"cost": point["cost"] * whole} for point in points]
        operating = next(point for point in points if point["kappa"] == self.operating_kappa)
        return {
            "benefit": float(np.mean([point["benefit"] for point in points if point["kappa"] in self.kappas])),
            "area": area(points, *self.budgets),
            "accuracy": operating["accuracy"],
            "cost": operating["cost"],
            "macs": whole,
            "points": points,
        }


def area(points: list[dict], low: float, high: float) -> float:
    """Mean accuracy over budgets from `low` to `high`, in percent; zero where even the cheapest point is too dear.

    points: with "accuracy" and "cost", in the unit of the budgets.
    """
    curve = evaluation.budgeted_curve([p["accuracy"] for p in points], [p["cost"] for p in points])
    return 100 * evaluation.curve_area(curve, low, high)
