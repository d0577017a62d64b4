"""Compiles the steps that run parts, here or elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..bundle import manifest as m
from ..bundle.check_size import walk
from ..errors import ChainError, NoAnswerError
from .binding import Binder
from .remote import Remote, call_remote, remote_output
from .state import UNITS
from .values import DTYPES, converter


class Running(Binder):
    """Compiles `run` steps.

    Args:
        program: the `Program`; only its public attributes are used.
        steps: its steps.
        parts: part name -> `OpenPart`.
        remote: runs remote parts, or None.
        clock: returns nanoseconds.

    Attributes:
        cells: those of `Binder`.
        ahead: path of an exit, or of a remote run with `otherwise` -> list of what the next answer costs (by way of
            `otherwise`), by `state.UNITS`, which the program fills.
    """

    def __init__(
        self, program: Any, steps: tuple, parts: Mapping[str, Any], remote: Remote | None, clock: Callable[[], int]
    ) -> None:
        super().__init__(program)
        self._parts, self._remote, self._clock = parts, remote, clock
        self.records, self.ahead = program.records, {}
        self._times_run = Counter(self._memory(s) for s in walk(steps) if _is_local(s))

    def _run(self, step, where):
        return self._run_remote(step, where) if step.on == "remote" else self._run_local(step)

    def _feeds(self, step):
        """Yields (part input, slot, conversion or None) of every input."""
        part = self.manifest.parts[step.part]
        for key, value in step.inputs.items():
            yield key, self._slots[value], converter(self._tensors[value], part.inputs[key])

    def _memory(self, step):
        """Equal for steps whose parts share their memory: those of one signature of one file."""
        part = self.manifest.parts[step.part]
        return part.file, part.signature

    def _run_local(self, step):
        return self._opening(step) if step.part in getattr(self._parts, "unopened", ()) else self._run_open(step)

    def _opening(self, step):
        """A step that opens its part when it is first reached."""
        ready = []

        def run():
            if not ready:
                ready.append(self._run_open(step))
            return ready[0]()

        return run

    def _run_open(self, step):
        part, meter, values, clock = self._parts[step.part], self.meter, self._values, self._clock
        name, invoke = step.part, part.invoke
        feeds = tuple((part.inputs[key], slot, convert) for key, slot, convert in self._feeds(step))
        zero_copy, copied = self._fetches(step, part)
        macs, energy = costs_of(self.manifest.parts[name])
        note = meter.events.append

        def run():
            begin = clock()
            if meter.limited:
                meter.check(begin)
            for write, slot, convert in feeds:
                write(values[slot] if convert is None else convert(values[slot]))
            invoke()
            for slot, array in zero_copy:
                values[slot] = array
            for slot, copy, convert in copied:
                values[slot] = copy() if convert is None else convert(copy())
            meter.macs += macs
            meter.energy += energy
            note(("run", name, clock() - begin))

        return run

    def _fetches(self, step, part):
        """Returns the zero-copy outputs, (slot, array), and the others, (slot, function that copies, conversion).

        A part that several steps run overwrites its earlier outputs, so they are copied.
        """
        shared = self._times_run[self._memory(step)] > 1
        zero_copy, copied = [], []
        for key, value in step.outputs.items():
            slot, convert = self._slots[value], self._written(self.manifest.parts[step.part].outputs[key], value)
            if shared or convert is not None or part.outputs[key] is None:
                copied.append((slot, part.copies[key], convert))
            else:
                zero_copy.append((slot, part.outputs[key]))
        return tuple(zero_copy), tuple(copied)

    def _run_remote(self, step, where):
        name, meter, clock = step.part, self.meter, self._clock
        part = self.manifest.parts[name]
        ask = self._asking(step, part)
        otherwise = None if step.otherwise is None else self._sequence(step.otherwise, f"{where}.otherwise")
        if otherwise is not None and self._remote is None:
            return self._failing("absent", name, otherwise)
        gone = ("absent", "late", "error", "bytes")
        absent, late, failed, costly = (self._failing(why, name, otherwise) for why in gone)
        usual = part.costs.get("latency_us", 0.0) * 1e3
        macs, energy = costs_of(part)
        to_send = bytes_in(part)
        timed = getattr(self._remote, "within", None) is not None
        ahead = None if otherwise is None else self.ahead.setdefault(where, [0.0] * UNITS)

        def run():
            begin, seconds = clock(), None
            if meter.limited:
                meter.check(begin)
                if otherwise is not None and not meter.remote:
                    return absent()
                left = meter.left(begin, ahead, timed)
                if otherwise is not None and usual > left:
                    return late()
                seconds = left / 1e9 if timed and left < math.inf else None
                if meter.sent + to_send > meter.sent_limit:
                    return costly()
            meter.sent += to_send
            try:
                size = ask(seconds)
            except ChainError:
                if otherwise is None:
                    raise
                return failed()
            meter.macs += macs
            meter.energy += energy
            meter.events.append(("remote", name, clock() - begin, size))
            return None

        return run

    def _asking(self, step, part):
        """Returns a function of seconds that has a part run elsewhere, writes what comes, returns (bytes in, out)."""
        values, remote, name = self._values, self._remote, step.part
        feeds = tuple(self._feeds(step))
        fetches = tuple(
            (key, self._slots[value], part.outputs[key], self._written(part.outputs[key], value))
            for key, value in step.outputs.items()
        )

        def ask(seconds):
            # Copies, because the callable may keep them, and an interpreter overwrites its outputs in the next run.
            inputs = {key: _convert(values[slot], convert).copy() for key, slot, convert in feeds}
            given = call_remote(remote, name, inputs, seconds)
            outputs = [(slot, remote_output(given, name, key, tensor), c) for key, slot, tensor, c in fetches]
            for slot, array, convert in outputs:  # all of them, or none
                values[slot] = _convert(array, convert)
            return sum(a.nbytes for a in inputs.values()), sum(array.nbytes for _, array, _ in outputs)

        return ask

    def _failing(self, why, name, otherwise):
        """Returns a step that notes why a remote part gives nothing, and does what is to be done otherwise."""
        note, event = self.meter.events.append, ("failed", name, why)

        def fail():
            note(event)
            if otherwise is None:
                problem = f"run: expected to send no more than the budget's bytes, received {name}, which needs more"
                raise NoAnswerError(problem, why)
            return otherwise()

        return fail


def bytes_in(part: m.Part) -> int:
    """Bytes of a part's inputs."""
    tensors = part.inputs.values()
    return sum(math.prod(tensor.shape) * np.dtype(DTYPES[tensor.type]).itemsize for tensor in tensors)


def costs_of(part: m.Part) -> tuple[float, float]:
    """Multiply-adds and microjoules of a run of a part."""
    return part.costs["macs"], part.costs.get("energy_uj", 0.0)


def _convert(array, conversion):
    return array if conversion is None else conversion(array)


def _is_local(step):
    return isinstance(step, m.Run) and step.on == "local"
