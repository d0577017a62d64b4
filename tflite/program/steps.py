"""Compiles steps to closures: at run time a step is one call without look-ups by name.

A compiled step takes no arguments. It returns None to continue, an `Outcome`, or `LEAVE` on the way out of a repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..bundle import manifest as m
from ..bundle.check_size import inner_lists
from ..bundle.queries import parts as part_names
from .crop import box_corners, box_crop, glimpse, glimpse_corners, theta_corners, theta_crop
from .rules import first_largest, holds
from .running import Running
from .state import Outcome, Record
from .values import dequantize

LEAVE = object()


class Compiler(Running):
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
        ahead = self.ahead.setdefault(where, [0.0, 0.0, 0.0])

        def exit_here():
            if predicate(read(values[slot])):
                return outcome("rule")
            if meter.limited:
                meter.answered = True
                if clock() + ahead[0] > meter.deadline:
                    return outcome("latency")
                if meter.macs + ahead[1] > meter.macs_limit:
                    return outcome("macs")
                if meter.energy + ahead[2] > meter.energy_limit:
                    return outcome("energy")
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
        given = tuple((output, value, self._numbers(value)) for output, value in step.gives.items())
        return lambda reason: Outcome(name, reason, tuple([(output, value, read()) for output, value, read in given]))

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

    def _crop(self, step, where):
        values, slot, output = self._values, self._slots[step.value], self._slots[step.output]
        tensor, at = self._tensors[step.value], self._numbers(step.at)
        convert = self._written(m.Tensor(shape=self._tensors[step.output].shape, type="float32"), step.output)
        cut, corners = _cutting(step, tensor.shape[1:3])
        meter, clock, name = self.meter, self._clock, step.output
        macs, energy = step.costs.get("macs", 0.0), step.costs.get("energy_uj", 0.0)

        def crop():
            if meter.limited:
                meter.check(clock())
            place = at()
            piece = cut(dequantize(values[slot], tensor)[0], place)
            values[output] = piece if convert is None else convert(piece)
            meter.macs += macs
            meter.energy += energy
            if step.costs:
                meter.billed.append(step.costs)
            meter.events.append(("crop", name, corners(place)))

        return crop

    def _fill(self, step, where):
        values, output = self._values, self._slots[step.output]
        cell = self._setting(step.content, self._tensors[step.output])

        def fill():
            values[output] = cell[0]

        return fill


def _cutting(step, sides):
    """Returns (function of image and place that cuts, function of place that gives the corners) of a crop."""
    size, padding = step.size, step.padding
    if step.mode == "glimpse":
        cut = partial(glimpse, size=size, scales=step.scales, padding=padding)
        return cut, partial(glimpse_corners, size=size, scales=step.scales, sides=sides)
    if step.mode == "box":
        return partial(box_crop, size=size, padding=padding), box_corners
    return partial(theta_crop, size=size, padding=padding), partial(theta_corners, sides=sides)
