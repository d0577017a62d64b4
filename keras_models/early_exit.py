"""Networks in a line with exits: what leaving through each costs, and how many exits there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from keras_models import costs, programs
from keras_models.base import AdaptiveModel, Deployable, Output, Part, Stage
from keras_models.losses import ExitAccuracy, SumOfCrossEntropies
from keras_models.optimizers import momentum_sgd


class EarlyExit(Deployable):
    """A network whose program runs straight on and only decides where to leave: run, fill, exit and answer steps."""

    @property
    def exit_names(self) -> list[str]:
        """Names of the exits and of the answer, in order."""
        return programs.exit_names(self.program())

    def trained_exits(self, settings) -> np.ndarray:
        """The exits whose answers were trained, bool `[exits]`. settings: stage -> its settings, resolved."""
        return np.ones(len(self.exit_names), bool)

    def own_exits(self, settings) -> np.ndarray:
        """The exits that the network's own rules may take, bool `[exits]`. settings: as for `trained_exits`."""
        return self.trained_exits(settings)

    def exit_costs(self, part_costs: Mapping[str, float] | None = None, kept=None) -> np.ndarray:
        """Cost of leaving through each exit, `[exits]`; through one that is not kept: what the next kept one costs.

        Args:
            part_costs: price of a run of each part, in any unit; the multiply-adds by default.
            kept: bool `[exits]`, the exits that stay in the program; all by default.
        """
        prices, names = part_costs or self.part_macs, self.exit_names
        kept = np.ones(len(names), bool) if kept is None else np.asarray(kept)
        program = self.program()
        if not kept.all():
            program = programs.without_exits(program, {name for name, keep in zip(names, kept, strict=True) if keep})
        spent = programs.path_costs(program, prices)
        return spent[np.searchsorted(np.flatnonzero(kept), np.arange(len(kept)))]

    def price_unit(self, part_costs: Mapping[str, float] | None = None) -> float:
        """What a price of computation is for: a share of the whole network, one for every exit.

        Args:
            part_costs: as for `exit_costs`.
        """
        spent = self.exit_costs(part_costs)
        return float(spent[-1]) / len(spent)

    def exit_prices(self, part_costs: Mapping[str, float] | None = None, kept=None) -> np.ndarray:
        """Cost of leaving through each exit in price units, `[exits]`: c_i in the reward R_i of a policy.

        Args:
            part_costs, kept: as for `exit_costs`.
        """
        return self.exit_costs(part_costs, kept) / self.price_unit(part_costs)


class StaticClassifier(EarlyExit, AdaptiveModel):
    """A classifier without any exit, trained in one stage."""

    REESTIMATED = False  # whether moving averages are taken anew behind it, see `Stage`

    def rates(self, settings) -> list[float] | None:
        """Shares of the learning rate of the trainable weights, in their order; None where all have all of it."""
        return None

    def stages(self, settings, seed=0) -> list[Stage]:
        """One: everything, by cross-entropy."""
        own = settings["classifier"]

        def prepare(steps, part_costs):
            loss = SumOfCrossEntropies(label_smoothing=own["label_smoothing"])
            optimizer = momentum_sgd(own, steps, self.rates(own))
            self.compile(optimizer, loss=loss, metrics=[ExitAccuracy(0, name="accuracy")])
            return self

        return [Stage("classifier", "train", self.weights, own, prepare, reestimate=self.REESTIMATED)]

    def program(self) -> list[dict]:
        """Run all of it, of the parts `trunk` and `head`, and answer."""
        return [
            programs.run("trunk", {"image": "image"}, {"features": "features"}),
            programs.run("head", {"features": "features"}, {"logits": "logits"}),
            programs.answer("answer", label="logits"),
        ]


class Reprogrammed(EarlyExit):
    """The parts of a network under another program, in a line, with parts of its own where it needs some.

    network: has the parts. program: steps.
    """

    def __init__(self, network: Deployable, program: list[dict]):
        self.network, self._program = network, program

    def program(self) -> list[dict]:
        """The steps that were given."""
        return self._program

    def own_part(self, name: str, parts: Mapping[str, Part]) -> Part:
        """A part that the network, of these parts, has not."""
        raise ValueError(f"expected a program over {', '.join(parts)}, received the part {name}")

    def parts(self) -> dict[str, Part]:
        """Those that the program runs."""
        known = self.network.parts()
        ran = dict.fromkeys(step["part"] for step in self._program if step["op"] == "run")
        return {name: known[name] if name in known else self.own_part(name, known) for name in ran}

    @cached_property
    def part_costs(self) -> dict[str, costs.Cost]:
        """Cost of one run of each part; the network's own parts have been counted there."""
        known = self.network.part_costs
        return {name: known.get(name) or costs.count(part.model) for name, part in self.parts().items()}

    def outputs(self) -> dict[str, Output]:
        """The network's."""
        return self.network.outputs()


class Static(Reprogrammed):
    """A network of which everything is run for every sample: its reference program, with one answer."""

    def __init__(self, network: Deployable):
        super().__init__(network, network.reference())


def listed_exits(text: str, allowed: np.ndarray) -> np.ndarray:
    """The exits that a list such as "3,6,9" names, and the last: bool `[exits]`.

    Args:
        text: numbers from 1, separated by commas.
        allowed: bool `[exits]`, the exits that may be among them.

    Raises:
        ValueError: another text, or one names an exit that is not allowed.
    """
    exits = len(allowed)
    try:
        numbers = {int(word) for word in text.split(",")}
    except ValueError:
        numbers = {0}
    if not numbers <= set(range(1, exits + 1)):
        raise ValueError(f"expected exits: all, auto, or numbers from 1 to {exits} such as 3,6,9, received {text!r}")
    kept = np.isin(np.arange(1, exits + 1), list(numbers | {exits}))
    if (kept & ~allowed).any():
        known = ",".join(str(i + 1) for i in np.flatnonzero(allowed))
        raise ValueError(f"expected exits among {known}, which were trained to be taken, received {text!r}")
    return kept
