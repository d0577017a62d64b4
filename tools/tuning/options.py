"""What a search is asked for."""

import math
from dataclasses import dataclass

from tools.console import UserError
from tools.options import check_least, option

NETWORK = "network"  # the search over whole networks; any other is that over the stage of its name
OBJECTIVES = ("benefit", "area")


@dataclass(frozen=True)
class SearchOptions:
    """Options of a search, as `tools/tune.py --help` describes them.

    Attributes:
        search, source: `NETWORK`, or the stage that is searched; and of what: a preset's name or file, or a run folder.
        budgets: lowest and highest mean multiply-adds; None is a tenth to all of the ceiling.
        max_macs: ceiling on a whole network's multiply-adds; None is the preset's.
    """

    search: str
    source: str
    objective: str = option(
        "benefit",
        "mean benefit over --kappas, or area under the budgeted curve over --budgets (default: benefit)",
        choices=OBJECTIVES,
    )
    kappas: tuple[float, ...] = option(
        (0.005, 0.01, 0.02, 0.05),
        "prices of the benefit; accuracy and cost are told of the (lower) middle one (default: 0.005,0.01,0.02,0.05)",
        type=str,
        metavar="LIST",
    )
    budgets: tuple[float, ...] | None = option(
        None, "mean multiply-adds of the area (default: a tenth to all of the ceiling)", type=str, metavar="LOW,HIGH"
    )
    epochs: int = option(20, "that the best trials get (default: 20 for a stage, 9 for networks)")
    factor: int = option(3, "of so many trials one goes on (default: 3)")
    iterations: int = option(1, "times that Hyperband is run through (default: 1)")
    views: int = option(4, "shifts in which later stages see every image (default: 4; for networks 1)")
    later_epochs: int = option(10, "passes for the stages after the first (default: 10)")
    share: float = option(1.0, "share of the images to train on that a trial sees (default: 1)")
    max_macs: float | None = option(
        None, "ceiling on a network's multiply-adds (default: the preset's)", type=float, metavar="M"
    )
    seed: int = option(0, "of the values and of every training (default: 0)")

    def validate(self) -> None:
        """Fail fast on numbers out of their range: raises UserError."""
        check_least(self, epochs=1, factor=2, views=1, later_epochs=1, iterations=1, seed=0)
        if not 0 < self.share <= 1:
            raise UserError(f"expected --share above 0 and at most 1, received {self.share}")
        if self.max_macs is not None and not 0 < self.max_macs < math.inf:
            raise UserError(f"expected --max-macs above zero, received {self.max_macs:g}")
        if self.budgets and not (len(self.budgets) == 2 and self.budgets[0] < self.budgets[1]):
            words = ",".join(f"{budget:g}" for budget in self.budgets)
            raise UserError(f"expected --budgets such as 1e6,2e7, the lower one first, received {words}")
