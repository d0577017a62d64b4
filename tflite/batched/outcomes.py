"""What a program did with every sample of a batch: how each ended, what it was answered, and which way it went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .memo import digest
from .rules import first_largest
from .steps import end_steps, inner_lists, walk

SERVER = "server_"  # before the cost units of parts that run remotely
RUNS = ("run", "remote")


class Event(NamedTuple):
    """A step that samples went through together.

    Attributes:
        kind: "run", "remote" (a run on the server), "failed" (a run whose `otherwise` is gone), "exit_asked",
            "exit_taken", "branch", "select", "leave", "repeat", "row", "crop", "keep", "fill" or "answer".
        where: path of the step, such as `main[3].then[0]`.
        name: of the part, exit, answer or output; the side taken ("then", "otherwise", "cases[1]", "left" or
            "stayed"); the iteration.
        rows: indices of the samples, ascending.
        turn: iterations of the repeats around the step, outermost first.
    """

    kind: str
    where: str
    name: str
    rows: np.ndarray
    turn: tuple[int, ...] = ()


class Stop(NamedTuple):
    """An exit or answer that samples passed in a trace.

    Attributes:
        name: of the exit or answer.
        rows: indices of the samples, ascending.
        given: output -> float32 `[rows, elements]`, what they would be answered with.
        held: bool `[rows]`, whether the exit's rule held; None for an answer and for an exit without a rule.
        events: how many events came before.
    """

    name: str
    rows: np.ndarray
    given: dict[str, np.ndarray]
    held: np.ndarray | None
    events: int

    @property
    def outputs(self) -> np.ndarray:
        """float32 `[rows, elements]` of the first output that it gives."""
        return next(iter(self.given.values()))


class Kept(NamedTuple):
    """A named value at the end of a run: the rows that have one, and float32 `[rows, ...]`."""

    rows: np.ndarray
    real: np.ndarray


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of a batch.

    Attributes:
        program: the list of steps.
        samples: how many.
        end: int `[samples]`, index into `ends` of the exit or answer that each ended with.
        given: output -> `Kept`, the values answered with, dequantized, `[rows, elements]`; what an answer of boxes
            reads besides is under `output.scores` and so on.
        events: in order of execution.
        kept: name -> `Kept`, of the values that were to be kept.
        stops: in a trace every exit and answer that was passed, in order; else empty.
    """

    program: list[dict]
    samples: int
    end: np.ndarray
    given: dict[str, Kept]
    events: tuple[Event, ...]
    kept: dict[str, Kept] = field(default_factory=dict)
    stops: tuple[Stop, ...] = ()

    @property
    def ends(self) -> tuple[str, ...]:
        """Names of the exits and answers, in program order."""
        return tuple(step["name"] for step in end_steps(self.program))

    @property
    def outputs(self) -> np.ndarray:
        """float32 `[samples, classes]`: of every sample the output that its exit or answer gives first.

        Where these differ in length, minus infinity stands behind the shorter ones.
        """
        firsts = [next(iter(step["gives"])) for step in end_steps(self.program)]
        if set(firsts) == {firsts[0]}:
            return self.given[firsts[0]].real
        found = np.full((self.samples, max(self.given[name].real.shape[1] for name in self.given)), -np.inf, np.float32)
        for end in np.unique(self.end):
            rows, real = self.given[firsts[end]]
            own = self.end[rows] == end
            found[rows[own], : real.shape[1]] = real[own]
        return found

    def branches(self) -> np.ndarray:
        """Whether each sample took `then` at each branch, in program order: bool `[samples, branches]`."""
        places = [where for where, step in walk(self.program) if step["op"] == "branch"]
        taken = np.zeros((self.samples, len(places)), bool)
        for event in self.events:
            if event.kind == "branch" and event.name == "then":
                taken[event.rows, places.index(event.where)] = True
        return taken

    def labels(self) -> np.ndarray:
        """Class indices, `[samples]`: the largest output, the first among equals."""
        return first_largest(self.outputs)

    def paths(self, before: Stop | None = None) -> list[tuple[str, ...]]:
        """Names of the parts that each sample ran, in order; with a stop, those before it, for the stop's rows."""
        paths: list[list[str]] = [[] for _ in range(self.samples)]
        for event in self._runs(before):
            for row in event.rows.tolist():
                paths[row].append(event.name)
        return [tuple(path) for path in paths]

    def runs(self, before: Stop | None = None) -> dict[str, np.ndarray]:
        """How often each sample ran each part: part -> int `[samples]`; with a stop, before it, for the stop's rows."""
        parts = [step["part"] for _, step in walk(self.program) if step["op"] == "run"]
        counts = {part: np.zeros(self.samples, int) for part in parts}
        for event in self._runs(before):
            counts[event.name][event.rows] += 1
        return counts

    def costs(self, part_costs: Mapping[str, Mapping[str, float]], before: Stop | None = None) -> dict[str, np.ndarray]:
        """What each sample cost, by unit: float64 `[samples]`; with a stop, up to it, for the stop's rows.

        Args:
            part_costs: part -> {unit: cost of a run}. Runs on the server are billed apart, under `server_` + unit.
            before: a stop of this trace, or None.

        Crops and keeps add what their steps say, in the units that parts have.
        """
        prefixes = {"run": "", "remote": SERVER}
        every = dict(walk(self.program))
        steps = [step for step in every.values() if step["op"] == "run"]
        total = {
            prefixes[_kind(step)] + unit: np.zeros(self.samples) for step in steps for unit in part_costs[step["part"]]
        }
        for event in self.events if before is None else self.events[: before.events]:
            if event.kind in RUNS:
                for unit, cost in part_costs[event.name].items():
                    total[prefixes[event.kind] + unit][event.rows] += cost
            elif event.kind in ("crop", "keep"):
                costs = every[event.where].get("costs", {})
                for unit in costs.keys() & total.keys():
                    total[unit][event.rows] += costs[unit]
        return total

    def ways(self) -> np.ndarray:
        """A number for the decisions taken for every sample, int64 `[samples]`: equal ones for equal decisions."""
        found = np.zeros(self.samples, np.uint64)
        for event in self.events:
            if event.kind in ("branch", "select", "leave", "exit_taken"):
                step = np.uint64(digest(event.where, event.name, *event.turn))
                found[event.rows] = (found[event.rows] ^ step) * np.uint64(0x9E3779B97F4A7C15)
        return found.view(np.int64)

    def end_shares(self) -> dict[str, float]:
        """Share of the samples that ended with each exit and answer, in program order."""
        counts = np.bincount(self.end, minlength=len(self.ends))
        return {name: float(count / self.samples) for name, count in zip(self.ends, counts, strict=True)}

    def answers(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Of a trace: name of an exit or answer -> (rows, outputs float32 `[rows, classes]`) of all that passed it.

        Those that no sample passed are left out; one inside a repeat has a row each time that a sample passed.
        """
        found: dict[str, list[Stop]] = {name: [] for name in self.ends}
        for stop in self.stops:
            found[stop.name].append(stop)
        return {
            name: (np.concatenate([s.rows for s in stops]), np.concatenate([s.outputs for s in stops]))
            for name, stops in found.items()
            if stops
        }

    def sides(self) -> dict[str, dict[str, int]]:
        """How many samples took each side of each branch, select, leave and exit, also those that nobody took.

        Returns:
            Path of the step -> {side: samples}; sides are "then" and "otherwise", "cases[0]" and so on, "left" and
            "stayed", "taken" and "passed", of a run that may fail "otherwise". A sample that comes several times, in a
            repeat, counts once for each side that it took.
        """
        taken: dict[tuple[str, str], set] = {}
        for event in self.events:
            named = {"exit_taken": "taken", "exit_asked": "asked", "failed": "otherwise"}
            side = named.get(event.kind, event.name)
            taken.setdefault((event.where, side), set()).update(event.rows.tolist())
        found = {}
        for where, step in walk(self.program):
            if step["op"] == "exit":
                left, asked = (len(taken.get((where, side), ())) for side in ("taken", "asked"))
                found[where] = {"taken": left, "passed": asked - left}
            elif step["op"] in ("branch", "select", "leave") or (step["op"] == "run" and inner_lists(step)):
                sides = [side for side, _ in inner_lists(step)] or ["left", "stayed"]
                found[where] = {side: len(taken.get((where, side), ())) for side in sides}
        return found

    def _runs(self, before: Stop | None) -> Iterator[Event]:
        events = self.events if before is None else self.events[: before.events]
        return (event for event in events if event.kind in RUNS)


def joined(outcomes: Sequence[Outcomes]) -> Outcomes:
    """The outcomes of batches of one program as those of one batch, samples in the same order.

    Events and stops stay those of the batches, one batch behind the other; values that were kept must be of one shape.
    """
    starts = np.cumsum([0, *(batch.samples for batch in outcomes)])
    events, stops, kept, answers = [], [], {name: [] for name in outcomes[0].kept}, {}
    for start, batch in zip(starts, outcomes, strict=False):
        stops += [s._replace(rows=s.rows + start, events=s.events + len(events)) for s in batch.stops]
        events += [event._replace(rows=event.rows + start) for event in batch.events]
        for name, parts in kept.items():
            parts.append(batch.kept[name]._replace(rows=batch.kept[name].rows + start))
        for name, some in batch.given.items():
            answers.setdefault(name, []).append(some._replace(rows=some.rows + start))
    whole = {name: _joined(parts) for name, parts in kept.items()}
    given = {name: _joined(parts) for name, parts in answers.items()}
    end = np.concatenate([batch.end for batch in outcomes])
    return Outcomes(outcomes[0].program, int(starts[-1]), end, given, tuple(events), whole, tuple(stops))


def _joined(parts: list[Kept]) -> Kept:
    return Kept(*(np.concatenate(side) for side in zip(*parts, strict=True)))


def _kind(step: dict) -> str:
    return "remote" if step.get("on") == "remote" else "run"
