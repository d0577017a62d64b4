"""How much work a program is: its sizes are bounded before and after its values are checked.

docs/bundle.md states every bound. Nothing here takes longer than reading the program once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..errors import BundleError
from . import manifest as m

MAX_ELEMENTS = 1 << 26  # of a tensor
MAX_NESTING = 16
MAX_STEPS = 10_000
MAX_REPEATED = 100_000
MAX_VALUES = 1000
MAX_CELLS = 1 << 26


def require(condition: bool, problem: str, where: str) -> None:
    """Checks a condition.

    Args:
        condition: what has to hold.
        problem: the error's sentence.
        where: the manifest's field at fault.

    Raises:
        BundleError: the condition does not hold.
    """
    if not condition:
        raise BundleError(problem, field=where)


def check_elements(shape: Sequence[int], where: str, most: int = MAX_ELEMENTS) -> int:
    """How many elements a shape holds; BundleError, naming the field, if there are more than `most`."""
    count = math.prod(shape)
    require(count <= most, f"expected at most {most} elements, received {count}", where)
    return count


def inner_lists(step: m.Step) -> Iterator[tuple[str, tuple[m.Step, ...]]]:
    """Yields (key, steps) of the lists inside a step: `then` and `otherwise`, `cases[i]`, `steps`."""
    if isinstance(step, m.Branch):
        yield "then", step.then
        yield "otherwise", step.otherwise
    elif isinstance(step, m.Select):
        for i, case in enumerate(step.cases):
            yield f"cases[{i}]", case
    elif isinstance(step, m.Repeat):
        yield "steps", step.steps


def walk(steps: Iterable[m.Step]) -> Iterator[m.Step]:
    """Yields every step of a program, inner steps after the step that holds them."""
    for step in steps:
        yield step
        for _, inner in inner_lists(step):
            yield from walk(inner)


def check_size(manifest: m.Manifest) -> None:
    """Bounds the nesting of a program, its steps, and the number of its values.

    Raises:
        BundleError: one of them is over its limit.
    """
    longest, repeated = _count(manifest.program, 0)
    require(longest <= MAX_STEPS, f"expected at most {MAX_STEPS} steps a run, received {longest}", "program")
    problem = f"expected at most {MAX_REPEATED} steps, each as often as it is repeated, received {repeated}"
    require(repeated <= MAX_REPEATED, problem, "program")
    values = {manifest.input.name}
    for step in walk(manifest.program):
        values.update(step.outputs.values() if isinstance(step, m.Run) else (getattr(step, "output", None),))
    count = len(values - {None})
    require(count <= MAX_VALUES, f"expected at most {MAX_VALUES} names of values, received {count}", "program")


def _count(steps, depth):
    """The steps of the longest way through a list, and all its steps, each as often as it is repeated."""
    require(depth <= MAX_NESTING, f"expected at most {MAX_NESTING} steps inside each other, received more", "program")
    longest = repeated = 0
    for step in steps:
        counts = [_count(inner, depth + 1) for _, inner in inner_lists(step)]
        times = step.times if isinstance(step, m.Repeat) else 1
        longest += 1 + times * max((count[0] for count in counts), default=0)
        repeated += 1 + times * sum(count[1] for count in counts)
    return longest, repeated


def check_cells(program: tuple[m.Step, ...], tensors: Mapping[str, frozenset]) -> None:
    """Bounds the elements that the steps between the parts read and write, each as often as it is repeated.

    Args:
        program: the steps.
        tensors: those of the `Facts`.

    Raises:
        BundleError: there are too many.
    """
    cells = _cells(program, tensors, "program")
    problem = f"expected at most {MAX_CELLS} elements read and written between parts, received {cells}"
    require(cells <= MAX_CELLS, problem, "program")


def _cells(steps, tensors, where):
    total = 0
    for i, step in enumerate(steps):
        path = f"{where}[{i}]"
        read = (f"{path}.{key}" for key in ("rule.value", "value", "at"))
        total += sum(max(map(elements, tensors[field])) for field in read if field in tensors)
        if isinstance(step, m.Fill):
            total += math.prod(step.shape)
        elif isinstance(step, m.Crop):
            total += max(window_pixels(step, tensor) for tensor in tensors[f"{path}.value"])
        times = step.times if isinstance(step, m.Repeat) else 1
        total += times * sum(_cells(inner, tensors, f"{path}.{key}") for key, inner in inner_lists(step))
    return total


def elements(tensor: m.Tensor) -> int:
    """How many numbers a tensor holds."""
    return math.prod(tensor.shape)


def window_pixels(step: m.Crop, image: m.Tensor) -> int:
    """Pixels of all windows that a crop reads from an image, times its channels: (1 + 4 + ... ) of the size."""
    return math.prod(step.size) * image.shape[3] * (4**step.scales - 1) // 3
