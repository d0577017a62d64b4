"""Operating points: settings of a program's parameters, the cheapest that lose no more accuracy than allowed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from keras_models import policy

# name -> accuracy that may be lost against the whole network, in points of a hundred
TOLERANCES = {"saver": 5.0, "fast": 2.0, "balanced": 0.5, "accurate": 0.2}
FULL = "full"
NEVER = 2.0  # a threshold that no probability reaches
_KAPPAS = np.geomspace(1.0, 100.0, 21)  # steps over the program's range of prices
_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


@dataclass(frozen=True)
class Setting:
    """Parameters, and what they gave: accuracy 0..1, mean cost, the exit of every sample."""

    parameters: dict
    accuracy: float
    cost: float
    exits: np.ndarray


def settings_grid(network, inputs: dict, labels, kept, exit_costs) -> list[Setting]:
    """Every combination of price and threshold, on decision inputs of a held-out split.

    kept: bool `[exits]`. exit_costs: `[exits]`, in the unit that is to be saved.
    """
    ranges = network.parameters()
    kappas = [None]
    if "kappa" in ranges:
        low, high = ranges["kappa"]["minimum"], ranges["kappa"]["maximum"]
        kappas = list(low * _KAPPAS ** (np.log(high / low) / np.log(_KAPPAS[-1])))
    settings = []
    for kappa in kappas:
        stop = policy.stop_probabilities(network, inputs, kappa or 0.0) * np.asarray(kept)[:-1]
        for threshold in _THRESHOLDS:
            parameters = {"threshold": threshold} | ({} if kappa is None else {"kappa": float(round(kappa, 6))})
            settings.append(make_setting(inputs, labels, stop, parameters, exit_costs))
    return settings


def make_setting(inputs: dict, labels, stop, parameters: dict, exit_costs) -> Setting:
    """What the given stop probabilities `[samples, exits - 1]` lead to at the parameters' threshold."""
    forced = np.ones((len(stop), 1), bool)
    exits = np.concatenate([stop >= parameters["threshold"], forced], axis=1).argmax(1)
    result = policy.outcome(inputs, labels, exits, exit_costs)
    return Setting(parameters, result["accuracy"], result["cost"], exits)


def choose(settings: list[Setting], full_accuracy: float, tolerances: dict | None = None) -> dict[str, Setting]:
    """The cheapest setting for each tolerance, cheapest first; a tolerance that none meets is left out.

    Points that two tolerances share are named by the stricter one.
    """
    chosen: dict[str, Setting] = {}
    for name, points in (tolerances or TOLERANCES).items():
        fitting = [s for s in settings if s.accuracy >= full_accuracy - points / 100]
        if fitting:
            chosen[name] = min(fitting, key=lambda s: (s.cost, -s.accuracy))
    ordered = sorted(chosen.items(), key=lambda item: item[1].cost)
    distinct = {a[0]: a[1] for a, b in itertools.zip_longest(ordered, ordered[1:]) if b is None or a[1] is not b[1]}
    return distinct


def full_parameters(network) -> dict:
    """Parameters at which no exit is taken."""
    return {name: spec["default"] for name, spec in network.parameters().items()} | {"threshold": NEVER}
