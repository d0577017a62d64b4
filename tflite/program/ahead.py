"""The cost of reaching the next answer from each exit, which the remaining budget is compared with.

A cost is a tuple with one number per unit (latency, multiply-adds, energy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..bundle import manifest as m

Cost = tuple[float, ...]


def costs_ahead(program: Sequence[m.Step], cost_of_run: Callable[[m.Run], Cost], units: int) -> dict[str, Cost]:
    """Worst-case path cost from each exit to the next exit or answer, per unit.

    An exit inside a repeat counts both the path back to the start of the repeat and the path out of it.

    Args:
        program: the manifest's list of steps.
        cost_of_run: gives the cost of a `Run` step, a tuple of `units` numbers.
        units: the number of units.

    Returns:
        A dict from the exit's path (`program[3].then[0]`) to a tuple of `units` numbers.
    """
    table = {}
    _cost_before(program, (0.0,) * units, "program", cost_of_run, table)
    return table


def _cost_before(steps, after, where, cost_of_run, table):
    """Worst-case cost from the start of `steps` to the next exit or answer; `after` is that from their end."""
    nothing = (0.0,) * len(after)
    cost = after
    for i in range(len(steps) - 1, -1, -1):
        step, path = steps[i], f"{where}[{i}]"
        if isinstance(step, m.Exit):
            table[path] = _most_expensive(table.get(path, nothing), cost)
            cost = nothing
        elif isinstance(step, m.Answer):
            cost = nothing
        elif isinstance(step, m.Run):
            cost = tuple(a + b for a, b in zip(cost, cost_of_run(step)))
        elif isinstance(step, m.Branch):
            then = _cost_before(step.then, cost, f"{path}.then", cost_of_run, table)
            otherwise = _cost_before(step.otherwise, cost, f"{path}.otherwise", cost_of_run, table)
            cost = _most_expensive(then, otherwise)
        elif isinstance(step, m.Select):
            cases = [(f"{path}.cases[{k}]", case) for k, case in enumerate(step.cases)]
            cost = _most_expensive(*(_cost_before(case, cost, name, cost_of_run, table) for name, case in cases))
        elif isinstance(step, m.Repeat):
            for _ in range(step.times):
                cost = _cost_before(step.steps, cost, f"{path}.steps", cost_of_run, table)
    return cost


def _most_expensive(*costs):
    """The largest of the costs, per unit."""
    return tuple(max(unit) for unit in zip(*costs))
