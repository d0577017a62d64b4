"""One run of a program on a batch: samples go through the steps together, and part where a decision parts them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from . import rules
from .memo import combined, digest
from .outcomes import Event, Kept, Outcomes, Stop
from .regions import RegionSteps
from .steps import end_steps, inner_lists
from .units import sample_of
from .values import Column, Value


class Visit(NamedTuple):
    """Samples at a `run` step.

    Attributes:
        where: path of the step.
        turn: iterations of the repeats around it, outermost first.
        step: the step.
        rows: indices of the samples, ascending.
        inputs: port -> `Value` over those rows.
    """

    where: str
    turn: tuple[int, ...]
    step: dict
    rows: np.ndarray
    inputs: dict[str, Value]


@dataclass(frozen=True)
class Options:
    """How a run is made; see `Session.run`."""

    settings: Mapping
    trace: bool
    replay: Outcomes | None
    force: Mapping[str, str]
    before_run: Callable | None
    after_run: Callable | None


class BatchRun(RegionSteps):
    """One run of a program; a step's method takes the rows that reach it and returns those that go on.

    Args:
        session: the `Session`.
        options: an `Options`.
    """

    def __init__(self, session, options: Options):
        self._session, self._options = session, options
        self._program = session.executor.program
        self._columns: dict[str, Column] = {}
        self._events: list[Event] = []
        self._stops: list[Stop] = []
        self._ends = {step["name"]: i for i, step in enumerate(end_steps(self._program))}
        self._end, self._given = np.full(session.samples, -1), {}
        self._leaving: list[list[np.ndarray]] = []  # of each loop around a step, the rows that have left it
        self._replayed = {} if options.replay is None else _decisions(options.replay)

    def column(self, name: str) -> Column:
        """The column of a named value, a new one at its first use."""
        if name not in self._columns:
            self._columns[name] = Column(self._session.samples)
        return self._columns[name]

    def outcomes(self, keep: Collection[str]) -> Outcomes:
        """Run the program and say what came out; `keep` are names of values to keep."""
        left = self._steps(self._program, np.arange(self._session.samples), "main", ())
        if len(left):
            raise ValueError(f"expected every way to end in an answer, received {len(left)} samples that did not")
        kept = {name: self._kept(self.column(name)) for name in keep}
        given = {name: self._kept(column) for name, column in self._given.items()}
        found = self._end, given, tuple(self._events), kept, tuple(self._stops)
        return Outcomes(self._program, self._session.samples, *found)

    def _kept(self, column: Column) -> Kept:
        rows = column.written()
        return Kept(rows, column.take(rows).real() if len(rows) else np.zeros(0, np.float32))

    def _steps(self, steps, rows, where, turn):
        for i, step in enumerate(steps):
            if not len(rows):
                break
            rows = getattr(self, f"_{step['op']}")(step, rows, f"{where}[{i}]", turn)
        return rows

    def _run(self, step, rows, where, turn):
        part, session, options = step["part"], self._session, self._options
        absent = part not in session.executor.parts or options.force.get(where) == "otherwise"
        if absent and step.get("otherwise") is not None:
            self._note("failed", where, part, rows, turn)
            return self._steps(step["otherwise"], rows, f"{where}.otherwise", turn)
        columns = {port: self._columns[value] for port, value in step["inputs"].items()}
        visit = None
        if options.before_run or options.after_run:
            visit = Visit(where, turn, step, rows, {port: column.take(rows) for port, column in columns.items()})
        if options.before_run:
            options.before_run(visit)
        executor = session.executor
        outputs = session.compute(part, executor.parts[part], executor.ports[part], columns, rows)
        for port, value in step["outputs"].items():
            self._write(value, rows, *outputs[port])
        self._note("remote" if step.get("on") == "remote" else "run", where, part, rows, turn)
        if options.after_run:
            options.after_run(visit, {port: outputs[port][0].take(rows) for port in step["outputs"]})
        return rows

    def _fill(self, step, rows, where, turn):
        content = step["content"]
        number = np.asarray(self._setting(content, rows) if isinstance(content, dict) else content, np.float32)
        if isinstance(content, dict) and self._is_asked(content):
            return self._fill_each(step, rows, number, where, turn)
        constant = np.broadcast_to(number.reshape(step["shape"] if number.ndim else ()), step["shape"])
        version = digest("fill", tuple(step["shape"]), constant.tobytes())
        sample = sample_of(constant)
        value = Value(np.broadcast_to(sample, (len(rows), *sample.shape)))
        constant = Column(self._session.samples)
        constant.put(rows, value, np.full(len(rows), version, np.uint64))
        self._write(step["output"], rows, constant, constant.versions[rows])
        self._note("fill", where, step["output"], rows, turn)
        return rows

    def _fill_each(self, step, rows, numbers, where, turn):
        """Fill every row with its own number."""
        values = np.broadcast_to(numbers.reshape(-1, *(1 for _ in step["shape"])), (len(rows), *step["shape"]))
        versions = [digest("fill", tuple(step["shape"]), sample.tobytes()) for sample in values]
        filled = Column(self._session.samples)
        value = Value(np.stack([sample_of(sample) for sample in values]))
        filled.put(rows, value, np.array(versions, np.uint64))
        self._write(step["output"], rows, filled, filled.versions[rows])
        self._note("fill", where, step["output"], rows, turn)
        return rows

    def _exit(self, step, rows, where, turn):
        self._note("exit_asked", where, step["name"], rows, turn)
        if self._options.trace:
            held = self._holds(step["rule"], rows) if "rule" in step else None
            self._stop(step, rows, held)
            return rows
        choice = self._choice(where, turn, rows, ("taken", "passed"), lambda: ~self._holds(step["rule"], rows))
        self._note("exit_taken", where, step["name"], rows[choice == 0], turn)
        self._finish(step, rows[choice == 0])
        return rows[choice == 1]

    def _answer(self, step, rows, where, turn):
        if self._options.trace:
            self._stop(step, rows, None)
        self._note("answer", where, step["name"], rows, turn)
        self._finish(step, rows)
        return rows[:0]

    def _branch(self, step, rows, where, turn):
        return self._part(step, rows, where, turn, lambda: ~self._holds(step["rule"], rows))

    def _select(self, step, rows, where, turn):
        def case():
            if step.get("parameter") is not None:
                number = self._setting({"parameter": step["parameter"]}, rows)
                return np.broadcast_to(np.rint(number), len(rows))
            return rules.first_largest(self._elements(step["value"], rows))

        return self._part(step, rows, where, turn, case)

    def _leave(self, step, rows, where, turn):
        choice = self._choice(where, turn, rows, ("left", "stayed"), lambda: ~self._holds(step["rule"], rows))
        for i, side in enumerate(("left", "stayed")):
            self._note("leave", where, side, rows[choice == i], turn)
        self._leaving[-1].append(rows[choice == 0])
        return rows[choice == 1]

    def _repeat(self, step, rows, where, turn):
        self._leaving.append([])
        for iteration in range(step["times"]):
            self._note("repeat", where, str(iteration), rows, turn)
            rows = self._steps(step["steps"], rows, f"{where}.steps", (*turn, iteration))
        return np.sort(np.concatenate([rows, *self._leaving.pop()]))

    def _part(self, step, rows, where, turn, decide):
        """Send the rows along the sides of a branch or select, each along its own."""
        sides = inner_lists(step)
        choice = self._choice(where, turn, rows, [side for side, _ in sides], decide)
        left = []
        for i, (side, steps) in enumerate(sides):
            own = rows[choice == i]
            self._note(step["op"], where, side, own, turn)
            left.append(self._steps(steps, own, f"{where}.{side}", turn))
        return np.sort(np.concatenate(left))

    def _choice(self, where, turn, rows, sides, decide):
        """Index of the side that each row takes: forced, replayed, or decided now."""
        if where in self._options.force:
            return np.full(len(rows), sides.index(self._options.force[where]))
        if self._options.replay is None:
            return decide().astype(int)
        choice, recorded = np.full(len(rows), -1), self._replayed.get((where, turn), {})
        for i, side in enumerate(sides):
            choice[np.isin(rows, recorded.get(side, ()))] = i
        if (choice < 0).any():
            problem = f"received {int((choice < 0).sum())} samples that it did not bring here"
            raise ValueError(f"{where}: expected decisions of the replayed run, {problem}")
        return choice

    def _holds(self, rule, rows):
        column, held = self._columns[rule["value"]], np.zeros(len(rows), bool)
        for places, value in column.chunks(rows):
            held[places] = rules.holds(rule, value.real().reshape(len(places), -1), self._setting)
        return held

    def _elements(self, name, rows):
        """A value as float32 `[rows, elements]`."""
        return self._columns[name].take(rows).real().reshape(len(rows), -1)

    def _is_asked(self, setting) -> bool:
        """Whether every sample has a value of its own of the parameter."""
        return setting["parameter"] in self._session.asked

    def _setting(self, setting, rows=None):
        """A number, or what a reference to a parameter stands for; with rows, of each of them where they differ."""
        if not isinstance(setting, Mapping):
            return setting
        if self._is_asked(setting):
            if rows is None:
                name = setting["parameter"]
                raise ValueError(f"expected one value of {name!r} for all samples, received one a sample")
            return self._session.asked[setting["parameter"]][rows]
        if setting["parameter"] not in self._options.settings:
            known = sorted(self._options.settings)
            raise ValueError(f"expected a parameter among {known}, received {setting['parameter']!r}")
        return self._options.settings[setting["parameter"]]

    def _write(self, name, rows, column, versions):
        """Write a value of those rows, in the form in which the executor has it declared."""
        form = self._session.executor.declared.forms.get(name)
        value = column.take(rows) if form else None
        if value is None or value.form == form:
            self.column(name).adopt(rows, column, versions)
        else:
            self.column(name).put(rows, value.requantized(*form), combined(("form", *form), {"": versions}))

    def _stop(self, step, rows, held):
        given = {name: self._answered(name, value, rows) for name, value in self._giving(step)}
        self._stops.append(Stop(step["name"], rows, given, held, len(self._events)))

    def _finish(self, step, rows):
        if len(rows):
            self._end[rows] = self._ends[step["name"]]
        for name, value in self._giving(step) if len(rows) else ():
            answers = self._given.setdefault(name, Column(self._session.samples))
            answers.put(rows, Value(self._answered(name, value, rows)), np.ones(len(rows), np.uint64))

    def _answered(self, name, value, rows):
        return self._elements(value, rows)[:, : self._session.executor.declared.sizes.get(name)]

    def _giving(self, step):
        """(output, value) of all that a step gives; of boxes also what is beside them, as (`boxes.scores`, value)."""
        for output, value in step["gives"].items():
            yield output, value
            for key, other in self._session.executor.declared.beside.get(output, {}).items():
                yield f"{output}.{key}", other

    def _note(self, kind, where, name, rows, turn):
        self._events.append(Event(kind, where, name, rows, turn))


def _decisions(outcomes: Outcomes) -> dict[tuple, dict[str, np.ndarray]]:
    """(path, turn) of a branch, select, leave or exit -> {side: rows}, as an earlier run went."""
    found: dict[tuple, dict[str, np.ndarray]] = {}
    for event in outcomes.events:
        sides = found.setdefault((event.where, event.turn), {})
        if event.kind in ("branch", "select", "leave"):
            sides[event.name] = event.rows
        elif event.kind == "exit_asked":
            sides["passed"] = event.rows
        elif event.kind == "exit_taken":
            sides["taken"] = event.rows
            sides["passed"] = np.setdiff1d(sides["passed"], event.rows)
    return found
