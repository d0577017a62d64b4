"""Which exits of a network its bundle keeps, and what leaving through each then costs."""

from __future__ import annotations

from functools import cache

import numpy as np

from keras_models.base import path_costs
from tflite.conversion import export
from tflite.conversion.exits import choose_exits, improve_exits
from tools import console, operating_points, part_prices, policies, runs

HAND_OVER_US = 8.0  # copying activations from part to part, entering an interpreter and asking a rule, in Python
HAND_OVER_INSTRUCTIONS = 1000.0  # an invocation that computes next to nothing; copies are counted in the units
PRICES = (0.002, 0.005, 0.01, 0.02)  # at which a choice starts that has no settings of controllers to start from


def choose(work, look) -> np.ndarray:
    """Which exits stay, bool `[exits]`, by --exits. look: what the policy says on the held-out split."""
    exits, wanted = len(work.exit_names), work.options.exits
    trained = open_exits(work.run, work.policy, exits)
    if wanted == "all" or work.policy.name == policies.STATIC or (wanted == "auto" and work.policy.fixed):
        return trained
    if wanted != "auto":
        return listed(work, wanted, trained)
    segment, measure = segment_costs(work), work.options.minimise
    grid = operating_points.Grid(look, measure, stride=2)
    points = grid.solve(trained, exit_prices(work, trained))
    del points[operating_points.FULL]
    alone = work.run.config["policy"]["kappa"]
    kappas = [
        point.parameters.get("kappa", alone) or price for point, price in zip(points.values(), PRICES, strict=False)
    ]
    ready = np.array([point.exits for point in points.values()])

    def open_segment(i: int, j: int) -> float:
        return segment(i, j) if trained[j] else np.inf

    chosen = choose_exits(look.correct, ready, open_segment, kappas) if points else [exits - 1]

    def score(ends: list[int]) -> float:
        if not trained[ends].all():
            return np.inf
        spent = np.cumsum([segment(i, j) for i, j in zip([-1, *ends], ends, strict=False)])
        kept = np.isin(np.arange(exits), ends)
        return grid.score(kept, spent[np.searchsorted(ends, np.arange(exits))])

    chosen = improve_exits(chosen, exits, score)
    if len(chosen) > 1:
        console.say(f"exits that pay for themselves: {', '.join(str(k + 1) for k in chosen)} of {exits}")
    else:
        console.say(f"no exit before the last pays for itself; --exits all, or a list such as 1,{exits}, keeps some")
    return np.isin(np.arange(exits), chosen)


def open_exits(run, policy, exits: int) -> np.ndarray:
    """The exits that a policy may take, bool `[exits]`: all trained ones, the controllers', or the last alone."""
    if policy.name == policies.CONTROLLERS:
        return runs.policy_exits(run.config, exits)
    last = np.arange(exits) == exits - 1
    return last if policy.name == policies.STATIC else runs.trained_exits(run.config, exits)


def listed(work, text: str, trained: np.ndarray) -> np.ndarray:
    """The exits of a list, bool `[exits]`. Raises UserError if the controllers were not fitted for one of them."""
    kept = runs.listed_exits(text, len(work.exit_names))
    if (kept & ~trained).any():
        raise console.UserError(
            f"expected --exits among {work.run.config['policy']['exits']}, for which the controllers were fitted, "
            f"received {text!r}"
        )
    return kept


def segment_costs(work):
    """A function (i, j): price units from behind exit i (-1 is the start) to the answer of exit j, nothing between.

    By measured latencies, or by instructions with --cost arm64: a check costs its parts and a hand-over.
    """
    costs, exits = with_controllers(work), len(work.exit_names)
    unit = work.chain.price_unit(costs)
    hand_over = HAND_OVER_INSTRUCTIONS if work.options.cost == "arm64" else HAND_OVER_US

    @cache
    def segment_cost(i: int, j: int) -> float:
        ends = sorted({i, j, exits - 1} - {-1})
        spent = dict(zip(ends, path_costs(work.kept_program(np.isin(range(exits), ends)), costs), strict=True))
        return (spent[j] - spent.get(i, 0.0) + hand_over) / unit

    return segment_cost


def with_controllers(work) -> dict[str, float]:
    """What all units take before the controllers are final, which are so much alike that one stands for all.

    In microseconds, or in instructions with --cost arm64.
    """
    if not work.controllers:
        return part_prices.measure(work.units, "arm64") if work.options.cost == "arm64" else work.latencies
    first = work.controllers[0]
    exported = export.export_unit(work.chain.parts()[first].model, first)
    measured = part_prices.measure(work.units | {first: exported}, work.options.cost)
    return measured | {name: measured[first] for name in work.controllers}


def unit_prices(work) -> dict[str, float]:
    """Price of a run of each unit, in the unit of --cost."""
    if work.options.cost == "macs":
        return {name: cost.macs for name, cost in work.chain.part_costs.items()}
    return with_controllers(work)


def exit_prices(work, kept: np.ndarray) -> np.ndarray:
    """Cost of leaving through each exit in average convolutions, `[exits]`; a dropped one what the next does."""
    prices = unit_prices(work)
    spent = path_costs(work.kept_program(kept), prices)
    positions = np.searchsorted(np.flatnonzero(kept), np.arange(len(kept)))
    unit = work.chain.price_unit(None if work.options.cost == "macs" else prices)
    return spent[positions] / unit
