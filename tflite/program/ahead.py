"""The cost of reaching the next answer from each exit, which the remaining budget is compared with.

A cost is a tuple with one number per unit (see `state.UNITS`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..bundle import manifest as m
from ..bundle.check_size import inner_lists

Cost = tuple[float, ...]


def costs_ahead(
    program: Sequence[m.Step], name: str, cost_of: Callable[[m.Run | m.Crop], Cost], units: int
) -> dict[str, Cost]:
    """Worst-case path cost from each exit to the next exit or answer, per unit.

    An exit inside a repeat counts both the path back to the start of the repeat and the path out of it, a `leave` both
    staying and leaving. A remote part with `otherwise` counts as run in vain, and then as the more expensive way. An
    `each` counts with one row, since it begins another one only where the budget reaches what is behind that.

    Args:
        program: the list of steps.
        name: of the program.
        cost_of: gives the cost of a `Run`, `Crop` or `Keep` step, a tuple of `units` numbers.
        units: the number of units.

    Returns:
        A dict from the exit's path (`main[3].then[0]`) to a tuple of `units` numbers; also from that of an each to what
        one row and the way from there cost, and from that of a remote run to what `otherwise` and the way behind do.
    """
    table = {}
    _cost_before(program, (0.0,) * units, name, cost_of, table, None)
    return table


def _cost_before(steps, after, where, cost_of, table, leaving):
    """Worst-case cost from the start of `steps` to the next exit or answer.

    `after` is that from their end, `leaving` that from the end of the innermost repeat around them.
    """
    nothing = (0.0,) * len(after)
    cost = after
    for i in range(len(steps) - 1, -1, -1):
        step, path = steps[i], f"{where}[{i}]"
        if isinstance(step, m.Repeat):
            behind = cost
            for _ in range(step.times):
                cost = _cost_before(step.steps, cost, f"{path}.steps", cost_of, table, behind)
            continue
        if isinstance(step, m.Each):
            row = _cost_before(step.steps, cost, f"{path}.steps", cost_of, table, cost)
            _cost_before(step.steps, _most_expensive(cost, row), f"{path}.steps", cost_of, table, cost)
            cost = table[path] = _most_expensive(table.get(path, nothing), cost, row)
            continue
        if isinstance(step, m.Exit):
            table[path] = _most_expensive(table.get(path, nothing), cost)
        ways = [_cost_before(inner, cost, f"{path}.{key}", cost_of, table, leaving) for key, inner in inner_lists(step)]
        if isinstance(step, m.Exit | m.Answer):
            cost = nothing
        elif isinstance(step, m.Leave):
            cost = _most_expensive(cost, leaving)
        elif isinstance(step, m.Run | m.Crop | m.Keep):
            if ways:  # of a remote part, which may be given up for them
                table[path] = _most_expensive(table.get(path, nothing), *ways)
            cost = tuple(a + b for a, b in zip(_most_expensive(cost, *ways), cost_of(step)))
        elif ways:
            cost = _most_expensive(*ways)
    return cost


def _most_expensive(*costs):
    """The largest of the costs, per unit."""
    return tuple(max(unit) for unit in zip(*costs))
