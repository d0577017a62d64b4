"""What a search is asked for."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from tools.console import UserError

NETWORK = "network"  # the search over whole networks; any other is that over the stage of its name
OBJECTIVES = ("benefit", "area")


@dataclass(frozen=True)
class SearchOptions:
    """Options of a search.

    Attributes:
        search: `NETWORK`, or the stage of a training that is searched.
        source: what it starts from: a preset's name or JSON file, or the folder of a run.
        objective: "benefit", mean benefit over `kappas`, or "area", under the budgeted curve over `budgets`.
        kappas: prices of computation; accuracy and cost are told of the (lower) middle one.
        budgets: lowest and highest mean multiply-adds; None is a tenth to all of the ceiling.
        epochs: that the best trials get.
        factor: of so many trials one goes on.
        iterations: times that Hyperband is run through.
        views: shifts in which stages see every image, where they have that setting.
        later_epochs: passes for the stages after the first of a whole network.
        share: of the images to train on that a trial of a whole network sees.
        max_macs: ceiling on a whole network's multiply-adds; None is the preset's.
        seed: of the values and of every training.
    """

    search: str
    source: str
    objective: str = "benefit"
    kappas: tuple[float, ...] = (0.005, 0.01, 0.02, 0.05)
    budgets: tuple[float, ...] | None = None
    epochs: int = 20
    factor: int = 3
    iterations: int = 1
    views: int = 4
    later_epochs: int = 10
    share: float = 1.0
    max_macs: float | None = None
    seed: int = 0

    def validate(self) -> None:
        """Fail fast on numbers out of their range.

        Raises:
            UserError: it says what was expected.
        """
        for name in ("epochs", "factor", "views", "later_epochs", "iterations", "seed"):
            least = {"factor": 2, "seed": 0}.get(name, 1)
            if getattr(self, name) < least:
                option = f"--{name.replace('_', '-')}"
                raise UserError(f"expected {option} of at least {least}, received {getattr(self, name)}")
        if not 0 < self.share <= 1:
            raise UserError(f"expected --share above 0 and at most 1, received {self.share}")
        if self.max_macs is not None and not 0 < self.max_macs < math.inf:
            raise UserError(f"expected --max-macs above zero, received {self.max_macs:g}")
        if self.budgets and not (len(self.budgets) == 2 and self.budgets[0] < self.budgets[1]):
            words = ",".join(f"{budget:g}" for budget in self.budgets)
            raise UserError(f"expected --budgets such as 1e6,2e7, the lower one first, received {words}")


def add_search_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of every kind of search."""
    parser.add_argument("--out", metavar="FOLDER", help="of the search (default: below runs/)")
    parser.add_argument(
        "--objective",
        choices=OBJECTIVES,
        help="mean benefit over --kappas, or area under the budgeted curve over --budgets (default: benefit)",
    )
    parser.add_argument(
        "--kappas",
        metavar="LIST",
        help="prices of the benefit; accuracy and cost are told of the (lower) middle one (default: "
        f"{','.join(map(str, SearchOptions.kappas))})",
    )
    parser.add_argument(
        "--budgets",
        metavar="LOW,HIGH",
        help="mean multiply-adds of the area (default: a tenth to all of the ceiling)",
    )
    parser.add_argument("--epochs", type=int, help="that the best trials get (default: 20 for a stage, 9 for networks)")
    parser.add_argument("--factor", type=int, help="of so many trials one goes on (default: 3)")
    parser.add_argument("--iterations", type=int, help="times that Hyperband is run through (default: 1)")
    parser.add_argument(
        "--views", type=int, help="shifts in which later stages see every image (default: 4; for networks 1)"
    )
    parser.add_argument("--seed", type=int, help="of the values and of every training (default: 0)")
    parser.add_argument("--quick", action="store_true", help="few and short trials: to see that it works")
    parser.add_argument("--json", action="store_true", help="print trials and preset as JSON")
