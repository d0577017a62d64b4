"""AdaptiveModel: what every family of networks answers, so that one converter and one set of tools serve them all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from keras_models import costs

_COUNTED: dict[str, dict[str, costs.Cost]] = {}  # part costs by configuration: counting takes a second


@dataclass(frozen=True)
class Part:
    """A static submodel of a dynamic network.

    model: functional `keras.Model` that shares the trained layers. Its inputs and outputs are dictionaries of tensors,
        and their keys are the names of the ports that the program connects.
    decides: the part computes answers or decisions from a few numbers. Such parts stay in float32 when the network is
        quantized: they cost next to nothing, and rounding them moves exits.
    """

    model: keras.Model
    decides: bool = False


class Deployable:
    """What is deployed of a network, and what it costs: static submodels, and plain data that says which runs next."""

    def parts(self) -> dict[str, Part]:
        """Named static submodels, in the order in which a full run visits them."""
        raise TypeError(f"{type(self).__name__} must define parts()")

    def program(self) -> list[dict]:
        """The steps of the bundle's program (docs/bundle.md), over the parts' names."""
        raise TypeError(f"{type(self).__name__} must define program()")

    def parameters(self) -> dict[str, dict]:
        """Parameters of the program: name -> default, minimum, maximum, description."""
        return {}

    @cached_property
    def part_costs(self) -> dict[str, costs.Cost]:
        """Cost of one run of each part."""
        return self._count_parts()

    def _count_parts(self) -> dict[str, costs.Cost]:
        return {name: costs.count(part.model) for name, part in self.parts().items()}

    def exit_costs(self, part_costs: dict[str, float] | None = None) -> np.ndarray:
        """Cost of leaving through each exit, `[exits]`, for a program without branches.

        part_costs: a price for a run of each part, in any unit; the multiply-adds by default.
        """
        prices = part_costs or {name: cost.macs for name, cost in self.part_costs.items()}
        return path_costs(self.program(), prices)

    def price_unit(self, part_costs: dict[str, float] | None = None) -> float:
        """The cost that kappa, the price of computation, is for: a share of the whole network, one for every exit.

        part_costs: as for `exit_costs`.
        """
        spent = self.exit_costs(part_costs)
        return float(spent[-1]) / len(spent)

    def exit_prices(self, part_costs: dict[str, float] | None = None) -> np.ndarray:
        """Cost of leaving through each exit in price units, `[exits]`: c_i in the reward R_i of a policy.

        part_costs: as for `exit_costs`.
        """
        return self.exit_costs(part_costs) / self.price_unit(part_costs)


class AdaptiveModel(Deployable, keras.Model):
    """A network that decides, input by input, how much of itself to run.

    Calling it gives the logits of all its answers, `[batch, exits, classes]`: that is what is trained. What is deployed
    is the chain: `parts()` and `program()`.
    """

    def _count_parts(self) -> dict[str, costs.Cost]:
        """Once for all networks of this configuration: every tool loads a network anew."""
        config = {key: value for key, value in self.get_config().items() if key != "name"}
        known = f"{type(self).__qualname__} {json.dumps(config, sort_keys=True, default=repr)}"
        if known not in _COUNTED:
            _COUNTED[known] = super()._count_parts()
        return dict(_COUNTED[known])

    def __dir__(self):
        """Without the costs: Keras reads every attribute when it saves or loads, and these take seconds to count."""
        return [name for name in super().__dir__() if name != "part_costs"]


def path_costs(program: list[dict], part_costs: dict[str, float]) -> np.ndarray:
    """What has been spent when a straight program reaches each `exit` and its `answer`: `[exits]`.

    Raises ValueError for a program with other steps, whose cost depends on the way taken.
    """
    spent, at_exits = 0.0, []
    for step in program:
        if step["op"] == "run":
            spent += part_costs[step["part"]]
        elif step["op"] in ("exit", "answer"):
            at_exits.append(spent)
        elif step["op"] != "fill":
            raise ValueError(f"expected a program of run, fill, exit and answer steps, received {step['op']!r}")
    return np.array(at_exits)


def live_steps(program: list[dict]) -> list[dict]:
    """A straight program without the steps whose values nobody reads."""
    kept, read = [], set()
    for step in reversed(program):
        made = {*step.get("outputs", {}).values(), *([step["output"]] if "output" in step else [])}
        if made and not made & read:
            continue
        read |= {*step.get("inputs", {}).values(), *([step["value"]] if "value" in step else [])}
        read |= {step["rule"]["value"]} if "rule" in step else set()
        kept.insert(0, step)
    return kept
