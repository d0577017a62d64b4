"""What the next answer costs from each exit: the table behind "answer now, or the budget will not reach".

A cost is a tuple with one number a unit (latency, multiply-adds, energy); the dearest way is taken for each unit alone.
"""

from __future__ import annotations

from ..bundle import manifest as m


def costs_ahead(program, cost_of_run, units):
    """Finds the dearest way from each exit to the next exit or answer.

    An exit inside a repeat counts both the way back to the start of the repeat and the way out of it.

    Args:
        program: the manifest's list of steps.
        cost_of_run: function from a `Run` step to a tuple of `units` numbers.
        units: how many units a cost has.

    Returns:
        A dict from the exit's path (`program[3].then[0]`) to a tuple of `units` numbers.
    """
    table = {}
    _before(program, (0.0,) * units, "program", cost_of_run, table)
    return table


def _before(steps, after, where, cost_of_run, table):
    """The cost from the start of `steps` to the next exit or answer, given that from behind them."""
    nothing = (0.0,) * len(after)
    cost = after
    for i in range(len(steps) - 1, -1, -1):
        step, path = steps[i], f"{where}[{i}]"
        if isinstance(step, m.Exit):
            table[path] = _dearest(table.get(path, nothing), cost)
            cost = nothing
        elif isinstance(step, m.Answer):
            cost = nothing
        elif isinstance(step, m.Run):
            cost = tuple(a + b for a, b in zip(cost, cost_of_run(step)))
        elif isinstance(step, m.Branch):
            then = _before(step.then, cost, f"{path}.then", cost_of_run, table)
            cost = _dearest(then, _before(step.otherwise, cost, f"{path}.otherwise", cost_of_run, table))
        elif isinstance(step, m.Select):
            cases = enumerate(step.cases)
            cost = _dearest(*(_before(case, cost, f"{path}.cases[{k}]", cost_of_run, table) for k, case in cases))
        elif isinstance(step, m.Repeat):
            for _ in range(step.times):
                cost = _before(step.steps, cost, f"{path}.steps", cost_of_run, table)
    return cost


def _dearest(*costs):
    return tuple(max(unit) for unit in zip(*costs))
