"""Which exits of a network in a line its bundle keeps."""

from functools import cache

import numpy as np

from keras_models import programs
from keras_models.early_exit import EarlyExit, listed_exits
from keras_models.policies import choice
from keras_models.policies.operating_points import FULL, Grid
from tflite.conversion import export
from tflite.conversion.exits import choose_exits, improve_exits
from tools import console
from tools.pipeline import part_prices
from tools.pipeline.sweep import Sweep

# Copying activations from part to part, entering an interpreter and asking a rule, in Python.
DISPATCH_OVERHEAD_US = 8.0
DISPATCH_OVERHEAD_INSTRUCTIONS = 1000.0  # an invocation that computes next to nothing; copies are counted in the units
PRICES = (0.002, 0.005, 0.01, 0.02)  # of a price unit, as fractions of a right answer, at which the choice starts


def choose(work, sweep: Sweep) -> np.ndarray | None:
    """Which exits stay of a conversion, bool `[exits]`, by its options; None for a program that has none.

    sweep: its chain on images that it is not judged on. Raises UserError if a list names an exit that the policy may
    not take, or there are no exits.
    """
    wanted = work.options.exits
    if not isinstance(work.chain, EarlyExit) or sweep.exits == 1:
        if wanted not in ("all", "auto"):
            raise console.UserError(f"expected a network with exits for --exits, received {wanted!r}")
        return np.ones(1, bool) if isinstance(work.chain, EarlyExit) else None
    opened = choice.open_exits(work.network, work.run.config["stages"], work.policy)
    if wanted == "all" or (wanted == "auto" and work.policy.fixed):
        return opened
    if wanted != "auto":
        return listed_exits(wanted, opened)
    return _pay_for_themselves(work, sweep, opened)


def _pay_for_themselves(work, sweep: Sweep, opened: np.ndarray) -> np.ndarray:
    exits = len(opened)
    segment = segment_costs(work)
    points = Grid(sweep, work.policy, work.options.minimise, stride=2).solve(opened)
    del points[FULL]
    chosen = [exits - 1]
    if points:
        pairs = list(zip(points.values(), PRICES, strict=False))
        ready = np.array([point.measured.way for point, _ in pairs])
        correct = sweep.seen(opened).correct
        chosen = choose_exits(
            correct, ready, lambda i, j: segment(i, j) if opened[j] else np.inf, [price for _, price in pairs]
        )

    def score(ends: list[int]) -> float:
        if not opened[ends].all():
            return np.inf
        spent = np.cumsum([segment(i, j) for i, j in zip([-1, *ends], ends, strict=False)])
        kept = np.isin(np.arange(exits), ends)
        priced = sweep.at_prices(spent[np.searchsorted(ends, np.arange(exits))])
        return Grid(priced, work.policy, work.options.minimise, stride=2).score(kept)

    chosen = improve_exits(chosen, exits, score)
    if len(chosen) > 1:
        console.say(f"exits that pay for themselves: {', '.join(str(k + 1) for k in chosen)} of {exits}")
    else:
        console.say(f"no exit before the last pays for itself; --exits all, or a list such as 1,{exits}, keeps some")
    return np.isin(np.arange(exits), chosen)


def segment_costs(work):
    """A function (i, j): price units from behind exit i (-1 is the start) to the answer of exit j, nothing between.

    By measured latencies, or by instructions with --cost arm64: a check costs its parts and a dispatch.
    """
    costs, exit_names = decided_prices(work), work.chain.exit_names
    unit, exits = work.chain.price_unit(costs), len(exit_names)
    overhead = DISPATCH_OVERHEAD_INSTRUCTIONS if work.options.cost == "arm64" else DISPATCH_OVERHEAD_US

    @cache
    def segment_cost(i: int, j: int) -> float:
        ends = sorted({i, j, exits - 1} - {-1})
        program = programs.without_exits(work.chain.program(), {exit_names[end] for end in ends})
        spent = dict(zip(ends, programs.path_costs(program, costs), strict=True))
        return (spent[j] - spent.get(i, 0.0) + overhead) / unit

    return segment_cost


def decided_prices(work) -> dict[str, float]:
    """What all units take before those that decide at exits are final, which are so much alike that one stands for all.

    In microseconds, or in instructions with --cost arm64.
    """
    if not work.deciding:
        return part_prices.measure(work.units, "arm64") if work.options.cost == "arm64" else work.latencies
    first = work.deciding[0]
    exported = export.export_unit(work.chain.parts()[first].model, first)
    measured = part_prices.measure(work.units | {first: exported}, work.options.cost)
    return measured | {name: measured[first] for name in work.deciding}
