"""Compiles steps to closures: at run time a step is one call without look-ups by name.

A compiled step takes no arguments. It returns None to continue, or an `Outcome`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..bundle import manifest as m
from ..bundle.check_size import walk
from .binding import Binder
from .crop import glimpse, theta_crop
from .remote import Remote, call_remote, remote_output
from .rules import first_largest, holds
from .state import Outcome, Record
from .values import converter, dequantize, reader


class Compiler(Binder):
    """Compiles the steps of one `Program`, whose values, meter and records the closures share.

    Args:
        program: the `Program`; only its public attributes are used.
        parts: part name -> `OpenPart`.
        remote: runs remote parts, or None.
        clock: returns nanoseconds.

    Attributes:
        cells: those of `Binder`.
        ahead: path of an exit -> list of latency (ns), macs and energy to the next answer, which the program fills.
    """

    def __init__(self, program: Any, parts: Mapping[str, Any], remote: Remote | None, clock: Callable[[], int]) -> None:
        super().__init__(program)
        self.meter, self.records = program.meter, program.records
        self._parts, self._remote, self._clock = parts, remote, clock
        self._times_run = Counter(parts[s.part].place for s in walk(self.manifest.program) if _is_local(s))
        self.ahead = {}

    def compile(self, steps: Sequence[m.Step], where: str) -> tuple[Callable[[], Outcome | None], ...]:
        """Returns one closure per step; `where` is the path of the list, such as `program[2].then`."""
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

    def _rule(self, rule, where):
        predicate, numbers = holds(rule, self._setting), self._numbers(rule.value, f"{where}.value")
        return lambda: predicate(numbers())

    def _run(self, step, where):
        return self._run_remote(step, where) if step.on == "remote" else self._run_local(step, where)

    def _feeds(self, step, where):
        """Yields (part input, slot, conversion or None) of every input."""
        part = self.manifest.parts[step.part]
        for key, value in step.inputs.items():
            target = part.inputs[key]
            convert = self._bind(
                value, f"{where}.inputs.{key}", lambda tensor, target=target: converter(tensor, target)
            )
            yield key, self._slots[value], convert

    def _marks(self, step):
        tensors = self.manifest.parts[step.part].outputs
        marks = (self._mark(value, tensors[key]) for key, value in step.outputs.items())
        return tuple(mark for mark in marks if mark is not None)

    def _run_local(self, step, where):
        part, meter, values, clock = self._parts[step.part], self.meter, self._values, self._clock
        name, invoke = step.part, part.invoke
        feeds = tuple((part.inputs[key], slot, convert) for key, slot, convert in self._feeds(step, where))
        zero_copy, copied = self._fetches(step, part)
        marks = self._marks(step)
        costs = self.manifest.parts[name].costs
        macs, energy = costs["macs"], costs.get("energy_uj", 0.0)

        note = meter.timings.append

        def run():
            begin = clock()
            if meter.limited:
                meter.check(begin)
            for write, slot, convert in feeds:
                write(values[slot] if convert is None else convert(values[slot]))
            invoke()
            for slot, array in zero_copy:
                values[slot] = array
            for slot, copy in copied:
                values[slot] = copy()
            for mark in marks:
                mark()
            meter.macs += macs
            meter.energy += energy
            note((name, clock() - begin))

        return run

    def _fetches(self, step, part):
        """Returns the zero-copy outputs, (slot, array), and the others, (slot, function that copies).

        A part that several steps run overwrites its earlier outputs, so they are copied.
        """
        outputs = [(self._slots[value], key) for key, value in step.outputs.items()]
        shared = self._times_run[part.place] > 1
        zero_copy = tuple(
            (slot, part.outputs[key]) for slot, key in outputs if not shared and part.outputs[key] is not None
        )
        slots = {slot for slot, _ in zero_copy}
        return zero_copy, tuple((slot, part.copies[key]) for slot, key in outputs if slot not in slots)

    def _run_remote(self, step, where):
        name, meter, values, clock, remote = step.part, self.meter, self._values, self._clock, self._remote
        part = self.manifest.parts[name]
        feeds, marks = tuple(self._feeds(step, where)), self._marks(step)
        fetches = tuple((key, self._slots[value], part.outputs[key]) for key, value in step.outputs.items())

        def run():
            begin = clock()
            if meter.limited:
                meter.check(begin)
            # Copies, because the callable may keep them, and an interpreter overwrites its outputs in the next run.
            inputs = {key: _convert(values[slot], convert).copy() for key, slot, convert in feeds}
            outputs = call_remote(remote, name, inputs)
            for key, slot, tensor in fetches:
                values[slot] = remote_output(outputs, name, key, tensor)
            for mark in marks:
                mark()
            meter.macs += part.costs["macs"]
            meter.energy += part.costs.get("energy_uj", 0.0)
            meter.timings.append((name, clock() - begin))

        return run

    def _exit(self, step, where):
        outcome = self._outcome(step, where)
        if self.tracing:
            return self._recorder(outcome, self._rule(step.rule, f"{where}.rule"))
        # `_rule` inlined, which saves two calls: exits are the most frequent steps.
        predicate, read = holds(step.rule, self._setting), self._bind(step.rule.value, f"{where}.rule.value", reader)
        meter, clock, values, slot = self.meter, self._clock, self._values, self._slots[step.rule.value]
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
        outcome = self._outcome(step, where)
        record = self._recorder(outcome, lambda: None) if self.tracing else None

        def answer():
            if record is not None:
                record()
            return outcome("final")

        return answer

    def _outcome(self, step, where):
        """Returns a function from reason to `Outcome`, for an exit or an answer."""
        numbers, kind = self._numbers(step.value, f"{where}.value"), self._type(step.value, f"{where}.value")
        name, activation = step.name, step.activation
        return lambda reason: Outcome(name, reason, numbers(), activation, kind())

    def _recorder(self, outcome, rule):
        """Returns a step that records an exit or answer and continues."""
        records, meter = self.records, self.meter

        def record():
            end = outcome("trace")
            held = rule()
            records.append(Record(end.name, held, end.numbers, end.activation, end.type, len(meter.timings)))

        return record

    def _branch(self, step, where):
        rule = self._rule(step.rule, f"{where}.rule")
        then, otherwise = (self._sequence(getattr(step, key), f"{where}.{key}") for key in ("then", "otherwise"))
        return lambda: then() if rule() else otherwise()

    def _select(self, step, where):
        numbers = self._numbers(step.value, f"{where}.value")
        cases = tuple(self._sequence(case, f"{where}.cases[{i}]") for i, case in enumerate(step.cases))

        return lambda: cases[first_largest(numbers())]()

    def _repeat(self, step, where):
        body, times = self._sequence(step.steps, f"{where}.steps"), step.times
        meter, clock = self.meter, self._clock

        def repeat():
            for _ in range(times):
                if meter.limited:
                    meter.check(clock())
                outcome = body()
                if outcome is not None:
                    return outcome
            return None

        return repeat

    def _crop(self, step, where):
        values, slot, output = self._values, self._slots[step.value], self._slots[step.output]
        at = self._numbers(step.at, f"{where}.at")
        image = self._bind(step.value, f"{where}.value", lambda tensor: lambda array: dequantize(array, tensor)[0])
        mark = self._mark(step.output, m.Tensor(shape=(1,), type="float32"))
        size, scales = step.size, step.scales
        cut = theta_crop if step.mode == "theta" else lambda *arguments: glimpse(*arguments, scales)
        meter, clock = self.meter, self._clock

        def crop():
            if meter.limited:
                meter.check(clock())
            values[output] = cut(image(values[slot]), at(), size)
            if mark is not None:
                mark()

        return crop

    def _fill(self, step, where):
        values, output, cell = self._values, self._slots[step.output], self._setting(step.content, step.shape)
        mark = self._mark(step.output, m.Tensor(shape=step.shape, type="float32"))

        def fill():
            values[output] = cell[0]
            if mark is not None:
                mark()

        return fill


def _convert(array, conversion):
    return array if conversion is None else conversion(array)


def _is_local(step):
    return isinstance(step, m.Run) and step.on == "local"
