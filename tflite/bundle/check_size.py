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
MAX_CELLS = 1 << 26
MAX_NUMBERS = 1 << 20  # of a value that is read as numbers


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
    if isinstance(step, m.Run) and step.otherwise is not None:
        yield "otherwise", step.otherwise
    elif isinstance(step, m.Branch):
        yield "then", step.then
        yield "otherwise", step.otherwise
    elif isinstance(step, m.Select):
        for i, case in enumerate(step.cases):
            yield f"cases[{i}]", case
    elif isinstance(step, m.Repeat | m.Each):
        yield "steps", step.steps


def walk(steps: Iterable[m.Step]) -> Iterator[m.Step]:
    """Yields every step of a program, inner steps after the step that holds them."""
    for step in steps:
        yield step
        for _, inner in inner_lists(step):
            yield from walk(inner)


def times(step: m.Step, values: Mapping[str, m.Tensor]) -> int:
    """How often the lists inside a step count: `times` of a repeat, the rows of an each (at least two), otherwise once.

    Costs ahead are found by walking an each's steps twice, whatever its rows, and an each inside it twice again.
    """
    if isinstance(step, m.Each):
        return max((2, *(rows_of(values.get(value)) for value in step.rows.values())))
    return step.times if isinstance(step, m.Repeat) else 1


def rows_of(tensor: m.Tensor | None) -> int:
    """How many rows a value `[1, rows, ...]` has; 1 where it is none of this form."""
    return tensor.shape[1] if tensor is not None and len(tensor.shape) > 1 else 1


def check_size(steps: Sequence[m.Step], values: Mapping[str, m.Tensor], where: str) -> None:
    """Bounds the nesting of a program, and its steps.

    Args:
        steps: the program.
        values: the manifest's.
        where: the program's field.

    Raises:
        BundleError: one of them is over its limit.
    """
    longest, repeated = _count(steps, values, 0, where)
    require(longest <= MAX_STEPS, f"expected at most {MAX_STEPS} steps a run, received {longest}", where)
    problem = f"expected at most {MAX_REPEATED} steps, each as often as it is repeated, received {repeated}"
    require(repeated <= MAX_REPEATED, problem, where)


def _count(steps, values, depth, where):
    """The steps of the longest way through a list, and all its steps, each as often as it is repeated."""
    require(depth <= MAX_NESTING, f"expected at most {MAX_NESTING} steps inside each other, received more", where)
    longest = repeated = 0
    for step in steps:
        counts = [_count(inner, values, depth + 1, where) for _, inner in inner_lists(step)]
        often = times(step, values)
        longest += 1 + often * max((count[0] for count in counts), default=0)
        repeated += 1 + often * sum(count[1] for count in counts)
    return longest, repeated


def check_cells(
    program: Sequence[m.Step], values: Mapping[str, m.Tensor], outputs: Mapping[str, m.AnyOutput], where: str
) -> None:
    """Bounds the elements that the steps between the parts read and write, each as often as it is repeated.

    Args:
        program: the steps.
        values: the manifest's.
        outputs: the manifest's.
        where: the program's field.

    Raises:
        BundleError: there are too many.
    """
    cells = _cells(program, values, outputs)
    problem = f"expected at most {MAX_CELLS} elements read and written between parts, received {cells}"
    require(cells <= MAX_CELLS, problem, where)


def _cells(steps, values, outputs):
    total = 0
    for step in steps:
        total += sum(elements(values[name]) for name in numbers_read(step, outputs))
        if isinstance(step, m.Fill):
            total += math.prod(step.shape)
        elif isinstance(step, m.Crop):
            total += elements(values[step.value]) + window_pixels(step, values[step.value])
        elif isinstance(step, m.Keep):
            total += step.most * elements(values[step.scores])
        elif isinstance(step, m.Each):
            total += sum(elements(values[name]) for name in (*step.rows.values(), *step.stacks))
        total += times(step, values) * sum(_cells(inner, values, outputs) for _, inner in inner_lists(step))
    return total


def numbers_read(step: m.Step, outputs: Mapping[str, m.AnyOutput] | None = None) -> list[str]:
    """The values whose elements a step reads as numbers: by its rule, as `value` or `at`, or to answer with them.

    Args:
        step: of a program.
        outputs: the manifest's; where they are given, the values beside those of a step's `gives` are too.
    """
    rule = getattr(step, "rule", None)
    single = (rule and rule.value, isinstance(step, m.Select) and step.value, isinstance(step, m.Crop) and step.at)
    found = [name for name in single if name]
    if isinstance(step, m.Keep):
        found += [step.boxes, step.scores]
    elif isinstance(step, m.Each) and step.count is not None:
        found.append(step.count)
    for output, value in getattr(step, "gives", {}).items():
        found += [value, *beside((outputs or {}).get(output)).values()]
    return found


def given_values(manifest: m.Manifest) -> list[str]:
    """The values that are written before the first step: those of the inputs, then of each table its rows and count."""
    tables = [value for table in manifest.tables.values() for value in (table.rows, table.count) if value is not None]
    return [*manifest.inputs, *tables]


def beside(output: m.AnyOutput | None) -> dict[str, str]:
    """The values that say what the rows of a value given are: of boxes and masks field -> value, of others none."""
    fields = ("scores", "classes", "count", "masks")
    found = {key: getattr(output, key, None) for key in fields}
    return {key: value for key, value in found.items() if value is not None}


def elements(tensor: m.Tensor) -> int:
    """How many numbers a tensor holds."""
    return math.prod(tensor.shape)


def kept_shape(step: m.Keep, what: str) -> tuple[int, ...]:
    """The shape of one of the outputs of a `keep` step, such as "boxes"."""
    return {"boxes": (1, step.most, 4), "count": (1, 1)}.get(what, (1, step.most))


def window_pixels(step: m.Crop, image: m.Tensor) -> int:
    """Pixels of all windows that a crop reads from an image, times its channels: (1 + 4 + ... ) of the size."""
    return math.prod(step.size) * image.shape[3] * (4**step.scales - 1) // 3
