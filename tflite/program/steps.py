"""Compiles steps to closures: at run time a step is one call without look-ups by name.

A compiled step takes no arguments. It returns None to continue, an `Outcome`, or `LEAVE` on the way out of a repeat or
an each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..bundle import manifest as m
from ..bundle.check_size import beside, inner_lists
from ..bundle.queries import parts as part_names
from .regions import LEAVE, Regions
from .rules import first_largest, holds
from .state import UNITS, Outcome, Record


class Compiler(Regions):
    """Compiles the steps of one `Program`, whose values and meter the closures share; made as `Running` is."""

    def compile(self, steps: Sequence[m.Step], where: str) -> tuple[Callable[[], object], ...]:
        """Returns one closure per step; `where` is the path of the list, such as `main[2].then`."""
        return tuple(getattr(self, "_" + type(s).__name__.lower())(s, f"{where}[{i}]") for i, s in enumerate(steps))

    def _sequence(self, steps, where):
        """Returns one closure for a list of steps inside a step."""
        compiled = self.compile(steps, where)

        def sequence():
            for step in compiled:
                outcome = step()
                if outcome is not None:
                    return outcome
            return None

        return sequence

    def _rule(self, rule):
        predicate, numbers = holds(rule, self._setting), self._numbers(rule.value)
        return lambda: predicate(numbers())

    def _exit(self, step, where):
        outcome = self._outcome(step)
        if self.tracing:
            return self._recorder(outcome, self._rule(step.rule))
        # `_rule` inlined, which saves two calls: exits are the most frequent steps.
        predicate, (read, slot) = holds(step.rule, self._setting), self._read(step.rule.value)
        meter, clock, values = self.meter, self._clock, self._values
        ahead = self.ahead.setdefault(where, [0.0] * UNITS)

        def exit_here():
            if predicate(read(values[slot])):
                return outcome("rule")
            if meter.limited:
                meter.answered = True
                if (why := meter.beyond(clock(), ahead)) is not None:
                    return outcome(why)
            return None

        return exit_here

    def _answer(self, step, where):
        outcome = self._outcome(step)
        record = self._recorder(outcome, lambda: None) if self.tracing else None

        def answer():
            if record is not None:
                record()
            return outcome("final")

        return answer

    def _outcome(self, step):
        """Returns a function from reason to `Outcome`, for an exit or an answer."""
        name = step.name
        given = tuple((output, value, self._answered(output, value)) for output, value in step.gives.items())
        return lambda reason: Outcome(name, reason, tuple([(output, value, read()) for output, value, read in given]))

    def _answered(self, output, value):
        """A function that reads the numbers of a value given: a list, of boxes a dict of lists."""
        others = {key: self._numbers(name) for key, name in beside(self.manifest.outputs[output]).items()}
        read = self._numbers(value)
        return (lambda: {"boxes": read(), **{key: other() for key, other in others.items()}}) if others else read

    def _recorder(self, outcome, rule):
        """Returns a step that records an exit or answer and continues."""
        records, meter = self.records, self.meter

        def record():
            end = outcome("trace")
            records.append(Record(end.name, rule(), end.given, len(meter.events), len(meter.billed)))

        return record

    def _branch(self, step, where):
        rule = self._rule(step.rule)
        then, otherwise = self._ways(step, where, named=False)
        return lambda: then() if rule() else otherwise()

    def _select(self, step, where):
        cases = self._ways(step, where, named=True)
        if step.value is not None:
            numbers = self._numbers(step.value)
            return lambda: cases[first_largest(numbers())]()
        cell = self._setting(m.ParameterReference(parameter=step.parameter))
        return lambda: cases[round(cell[0])]()

    def _ways(self, step, where, named):
        """The lists inside a step that goes one of several ways; each first notes what is skipped by going it."""
        lists = list(inner_lists(step))
        ways = []
        for index, (key, steps) in enumerate(lists):
            others = (part_names(inner) for i, (_, inner) in enumerate(lists) if i != index)
            skipped = [("skipped", part) for part in dict.fromkeys(name for names in others for name in names)]
            noted = [("case", where, index), *skipped] if named else skipped
            ways.append(self._way(self._sequence(steps, f"{where}.{key}"), tuple(noted)))
        return ways

    def _way(self, sequence, noted):
        note = self.meter.events.extend

        def way():
            note(noted)
            return sequence()

        return way if noted else sequence

    def _repeat(self, step, where):
        body, times = self._sequence(step.steps, f"{where}.steps"), step.times
        meter, clock = self.meter, self._clock

        def repeat():
            for _ in range(times):
                if meter.limited:
                    meter.check(clock())
                outcome = body()
                if outcome is not None:
                    return None if outcome is LEAVE else outcome
            return None

        return repeat

    def _leave(self, step, where):
        rule, note, event = self._rule(step.rule), self.meter.events.append, ("left", where)

        def leave():
            if rule():
                note(event)
                return LEAVE
            return None

        return leave

    def _fill(self, step, where):
        values, output = self._values, self._slots[step.output]
        cell = self._setting(step.content, self._tensors[step.output])

        def fill():
            values[output] = cell[0]

        return fill
