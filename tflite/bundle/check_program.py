"""Static checks of a program: values are written before they are read, shapes fit, every path ends in an answer.

Values keep the tensors that the manifest declares, so one pass is enough: it follows every path with the set of values
that have been written on all ways so far. Sets are whole numbers, bit by bit, which are quick to join.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import manifest as m
from .check_reading import CheckedReading
from .check_size import (
    beside,
    check_cells,
    check_elements,
    check_size,
    elements,
    given_values,
    inner_lists,
    kept_shape,
    require,
    window_pixels,
)
from .check_tables import row_elements

MAX_CONSTANT = 1 << 24  # of a fill, or of a crop's windows
MAX_ROWS = 1000  # of an each


def check_programs(manifest: m.Manifest) -> None:
    """Checks the programs of a manifest whose values have been checked.

    Raises:
        BundleError: a check fails; the error names the step and the field.
    """
    named = sorted(manifest.programs)
    require("main" in named, f'expected a program "main", received {named}', "programs")
    for name, steps in manifest.programs.items():
        check_size(steps, manifest.values, f"programs.{name}")
    for name, steps in manifest.programs.items():
        _Walk(manifest).check(steps, f"programs.{name}")


class _Walk(CheckedReading):
    """One pass over a program. `written` is the set of values that every way so far has written."""

    def __init__(self, manifest):
        super().__init__(manifest)
        self._names = set()
        self._loops = []  # of each repeat or each around a step, the sets at its `leave` steps

    def check(self, program, where):
        """Checks a whole program."""
        written = 0
        for name in given_values(self.manifest):
            written |= self._bits[name]
        after = self._steps(program, written, where)
        require(after is None, "expected every way to end in an answer, received one that does not", where)
        check_cells(program, self.values, self.manifest.outputs, where)

    def _steps(self, steps, written, where):
        """Returns what is written behind the steps, or None if no path through them goes on."""
        for i, step in enumerate(steps):
            require(written is not None, "expected nothing behind an answer, received a step", f"{where}[{i}]")
            written = getattr(self, "_" + type(step).__name__.lower())(step, written, f"{where}[{i}]")
        return written

    def _rule(self, rule, written, where):
        one = 1 if isinstance(rule, m.AtLeast) else None
        self._elements(written, rule.value, f"{where}.value", one, least=2 if isinstance(rule, m.Margin) else 1)
        for key in ("threshold", "weight", "bias"):
            self._setting(getattr(rule, key, 0.0), f"{where}.{key}")

    def _run(self, step, written, where):
        part = self.manifest.parts.get(step.part)
        require(part is not None, f"expected a part of the bundle, received {step.part!r}", f"{where}.part")
        local = step.on == "local"
        has_file = part.file is not None or not local
        require(has_file, f"expected a file for {step.part!r}, which runs locally", f"{where}.part")
        problem = "expected otherwise only for a remote run, received it for a local one"
        require(not local or step.otherwise is None, problem, f"{where}.otherwise")
        problem = f"expected the inputs {sorted(part.inputs)}, received {sorted(step.inputs)}"
        require(set(step.inputs) == set(part.inputs), problem, f"{where}.inputs")
        for key, value in step.inputs.items():
            self._read(written, value, f"{where}.inputs.{key}")
            self._shape(value, part.inputs[key].shape, f"{where}.inputs.{key}")
        return _join([self._outputs(step, part, written, where), self._otherwise(step, written, where)])

    def _outputs(self, step, part, written, where):
        self._differ(step.outputs.values(), f"{where}.outputs")
        for key, value in step.outputs.items():
            known = key in part.outputs
            require(known, f"expected one of the outputs {sorted(part.outputs)}, received {key!r}", f"{where}.outputs")
            self._shape(value, part.outputs[key].shape, f"{where}.outputs.{key}")
            written |= self._bits[value]
        return written

    def _otherwise(self, step, written, where):
        return None if step.otherwise is None else self._steps(step.otherwise, written, f"{where}.otherwise")

    def _exit(self, step, written, where):
        self._rule(step.rule, written, f"{where}.rule")
        self._gives(step, written, where)
        return written

    def _answer(self, step, written, where):
        self._gives(step, written, where)

    def _gives(self, step, written, where):
        new = step.name not in self._names
        require(new, f"expected names that differ, received {step.name!r} twice", f"{where}.name")
        self._names.add(step.name)
        outputs = self.manifest.outputs
        for key, value in step.gives.items():
            known = key in outputs
            require(known, f"expected one of the outputs {sorted(outputs)}, received {key!r}", f"{where}.gives")
            self._output(outputs[key], value, written, f"{where}.gives.{key}")

    def _output(self, output, value, written, where):
        self._elements(written, value, where, expected=self._given_elements(output))
        if not isinstance(output, m.BoxesOutput):
            return
        shape = self.values[value].shape
        problem = f"expected [1, rows, 4], received {list(shape)} in {value!r}"
        require(len(shape) == 3 and shape[::2] == (1, 4), problem, where)
        for key, name in beside(output).items():
            if key == "masks":
                self._masks(written, name, shape[1], where)
            else:
                self._elements(written, name, where, expected=1 if key == "count" else shape[1])

    def _given_elements(self, output):
        """How many elements the value of an output has; None if any number will do."""
        table = self.manifest.tables.get(getattr(output, "table", None))
        if isinstance(output, m.RowOutput):
            return row_elements(table, self.values)
        if isinstance(output, m.LabelsOutput):
            return len(output.labels) if table is None else self.values[table.rows].shape[1]
        return None

    def _masks(self, written, name, rows, where):
        self._elements(written, name, where)
        shape = self.values[name].shape
        problem = f"expected [1, {rows}, height, width], received {list(shape)} in {name!r}"
        require(len(shape) == 4 and shape[:2] == (1, rows), problem, where)

    def _branch(self, step, written, where):
        self._rule(step.rule, written, f"{where}.rule")
        return self._ways(step, written, where)

    def _ways(self, step, written, where):
        return _join([self._steps(inner, written, f"{where}.{key}") for key, inner in inner_lists(step)])

    def _select(self, step, written, where):
        named = [name for name in (step.value, step.parameter) if name is not None]
        problem = f"expected a value or a parameter, received {'both' if named else 'none'}"
        require(len(named) == 1, problem, where)
        if step.value is not None:
            self._elements(written, step.value, f"{where}.value", expected=len(step.cases))
        else:
            last, parameter = len(step.cases) - 1, self._number(step.parameter, f"{where}.parameter")
            low, high = parameter.minimum, parameter.maximum
            problem = f"expected a parameter of 0 to {last}, received {low:g} to {high:g}"
            require(0 <= low and high <= last, problem, f"{where}.parameter")
        return self._ways(step, written, where)

    def _crop(self, step, written, where):
        plain = step.scales == 1 or step.mode == "glimpse"
        require(plain, f"expected 1 for the mode {step.mode}, received {step.scales}", f"{where}.scales")
        self._elements(written, step.at, f"{where}.at", expected=2 if step.mode == "glimpse" else 4)
        image = self._read(written, step.value, f"{where}.value")
        rank = len(image.shape) == 4 and image.shape[0] == 1
        require(rank, f"expected [1, height, width, channels], received {list(image.shape)}", f"{where}.value")
        pixels = window_pixels(step, image)
        require(pixels <= MAX_CONSTANT, f"expected at most {MAX_CONSTANT} pixels, received {pixels}", f"{where}.size")
        self._shape(step.output, (1, *step.size, image.shape[3] * step.scales), f"{where}.output")
        self._costs(step, where)
        return written | self._bits[step.output]

    def _repeat(self, step, written, where):
        """A later time may read what an earlier one has written, but the first one may not, so one pass tells all."""
        self._loops.append([])
        after = self._steps(step.steps, written, f"{where}.steps")
        after = _join([after, *self._loops.pop()])
        require(after is not None, "expected a way to its end, but every way answers before", f"{where}.steps")
        return after

    def _keep(self, step, written, where):
        self._elements(written, step.boxes, f"{where}.boxes")
        shape = self.values[step.boxes].shape
        problem = f"expected [1, rows, 4], received {list(shape)} in {step.boxes!r}"
        require(len(shape) == 3 and shape[::2] == (1, 4), problem, f"{where}.boxes")
        self._elements(written, step.scores, f"{where}.scores")
        count = elements(self.values[step.scores])
        problem = f"expected as many elements for each of {shape[1]} boxes, received {count} in {step.scores!r}"
        require(count % shape[1] == 0, problem, f"{where}.scores")
        for key in ("threshold", "overlap"):
            self._setting(getattr(step, key), f"{where}.{key}")
        self._costs(step, where)
        self._differ(step.outputs.values(), f"{where}.outputs")
        for what, value in step.outputs.items():
            self._shape(value, kept_shape(step, what), f"{where}.outputs.{what}")
            written |= self._bits[value]
        return written

    def _each(self, step, written, where):
        """Its rows may be none, so behind it only what it stacks is written."""
        count = self._rows(step, written, where)
        if step.count is not None:
            self._elements(written, step.count, f"{where}.count", expected=1)
        inside = written
        for row in step.rows:
            inside |= self._bits[row]
        self._loops.append([])
        after = self._steps(step.steps, inside, f"{where}.steps")
        self._loops.pop()
        require(after is not None, "expected a way to its end, but every way answers before", f"{where}.steps")
        stacked = [*step.stacks, *([step.done] if step.done is not None else [])]
        self._differ(stacked, f"{where}.stacks")
        for value, row in step.stacks.items():
            shape = self._read(after, row, f"{where}.stacks.{value}").shape
            problem = f"expected a row [1, ...], received {list(shape)} in {row!r}"
            require(shape[:1] == (1,), problem, f"{where}.stacks.{value}")
            self._shape(value, (1, count, *shape[1:]), f"{where}.stacks.{value}")
        if step.done is not None:
            self._shape(step.done, (1, 1), f"{where}.done")
        for value in stacked:
            written |= self._bits[value]
        return written

    def _rows(self, step, written, where):
        """How many rows an each has, which all that it goes over agree on."""
        count = None
        for row, value in step.rows.items():
            shape = self._read(written, value, f"{where}.rows.{row}").shape
            form = len(shape) > 1 and shape[0] == 1
            count = shape[1] if count is None and form else count
            agree = form and shape[1] == count and count <= MAX_ROWS
            expected = f"[1, {count or 'rows'}, ...] of at most {MAX_ROWS} rows"
            require(agree, f"expected {expected}, received {list(shape)} in {value!r}", f"{where}.rows.{row}")
            self._shape(row, (1, *shape[2:]), f"{where}.rows.{row}")
        return count

    def _leave(self, step, written, where):
        require(self._loops, "expected a repeat or an each around it, received none", where)
        self._rule(step.rule, written, f"{where}.rule")
        self._loops[-1].append(written)
        return written

    def _fill(self, step, written, where):
        count = check_elements(step.shape, f"{where}.shape", MAX_CONSTANT)
        self._shape(step.output, step.shape, f"{where}.output")
        content = step.content
        if isinstance(content, m.ParameterReference):
            content = self._parameter(content.parameter, f"{where}.content").default
        if isinstance(content, tuple):
            problem = f"expected {count} numbers for the shape, received {len(content)}"
            require(len(content) == count, problem, f"{where}.content")
        return written | self._bits[step.output]


def _join(ways: Sequence[int | None]) -> int | None:
    """What is written on all ways that go on; None if none does."""
    open_ways = [written for written in ways if written is not None]
    joined = open_ways[0] if open_ways else None
    for written in open_ways[1:]:
        joined &= written
    return joined
