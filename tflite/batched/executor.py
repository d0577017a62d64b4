"""The batched executor: a program, its parts, and sessions that run it on a batch under settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .batch_run import BatchRun, Options, Visit
from .memo import Memo, combined, digest
from .outcomes import Outcomes, joined
from .steps import walk
from .values import Column, Value

Part = Callable[[dict[str, Value]], dict[str, Value]]


@dataclass(frozen=True)
class Declared:
    """What is declared of a program's values.

    Attributes:
        forms: value -> (dtype, quantization) in which it is kept, whatever writes it; others stay as they are written.
        shapes: value -> `[1, ...]`; needed of what an `each` stacks only where no sample has a row.
        beside: output -> {"scores": value, ...}, what an answer of boxes reads beside the value given.
        sizes: output -> how many elements of the value given count, where not all do.
    """

    forms: Mapping[str, tuple] = field(default_factory=dict)
    shapes: Mapping[str, tuple] = field(default_factory=dict)
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


class Executor:
    """Any program of plain-dict steps over batched parts.

    Args:
        program: list of steps, as docs/bundle.md describes them.
        parts: part name -> callable from {port: Value} to {port: Value} over the samples given. All outputs that any
            step takes must be there. A part may be replaced in `parts` before its first run in a session.
        parameters: parameter name -> specification with a "default", a number or a list of numbers.
        declared: of its values.
    """

    def __init__(
        self,
        program: list[dict],
        parts: Mapping[str, Part],
        parameters: Mapping[str, Mapping],
        declared: Declared = Declared(),
    ):
        self.program, self.parts, self.declared = program, parts, declared
        self.defaults = {name: spec["default"] for name, spec in parameters.items()}
        self.ports: dict[str, set[str]] = {}
        for _, step in walk(program):
            if step["op"] == "run":
                self.ports.setdefault(step["part"], set()).update(step["outputs"])

    def session(self, inputs: Mapping[str, np.ndarray]) -> Session:
        """A session on one batch of inputs: name -> float32 `[samples, ...]`."""
        return Session(self, inputs)

    def run(
        self, inputs: Mapping[str, np.ndarray], settings: Mapping | None = None, chunk: int | None = None, **options
    ) -> Outcomes:
        """One run in a session of its own.

        Args:
            inputs: name -> float32 `[samples, ...]`.
            settings: as for `Session.run`.
            chunk: so many samples at a time, each in a session of its own: for more of them than memory holds.
            options: as for `Session.run`; with a chunk there is no `replay`, and hooks see rows of the chunk.
        """
        if chunk is None:
            return self.session(inputs).run(settings, **options)
        if options.get("replay") is not None:
            raise ValueError("chunk: expected None when another run is replayed, received both")
        if chunk < 1:
            raise ValueError(f"chunk: expected at least 1 sample at a time, received {chunk}")
        samples = _count_samples(inputs)
        chunks = [{n: array[i : i + chunk] for n, array in inputs.items()} for i in range(0, samples, chunk)]
        return joined([self.session(part).run(settings, **options) for part in chunks])

    def under(
        self,
        inputs: Mapping[str, np.ndarray],
        settings: Sequence[Mapping],
        chunk: int,
        read: Callable[[Outcomes], tuple],
        watch: Callable[[Iterable], Iterable] = iter,
    ) -> list[tuple[np.ndarray, ...]]:
        """What is read of the outcomes under each of some settings; what a setting does not change is not run again.

        Args:
            inputs: name -> float32 `[samples, ...]`.
            settings: as for `Session.run`, one after another.
            chunk: so many samples at a time.
            read: function from outcomes to arrays `[samples, ...]`, which are joined.
            watch: goes round the chunks, for a progress bar.
        """
        chunks = []
        for start in watch(range(0, _count_samples(inputs), chunk)):
            session = self.session({name: array[start : start + chunk] for name, array in inputs.items()})
            chunks.append([read(session.run(dict(setting))) for setting in settings])
        return [tuple(map(np.concatenate, zip(*parts, strict=True))) for parts in zip(*chunks, strict=True)]


class Session:
    """A batch of inputs, on which the program is run under one setting after another.

    What a part computed is remembered, by versions of its inputs: a run computes only what other settings change.
    An input with the name of a parameter, `[samples]`, is that parameter's value for every sample.

    Attributes:
        computed: part -> how many samples it has been run on.
        asked: parameter -> its value for every sample, float32 `[samples]`, of those that came as inputs.
    """

    def __init__(self, executor: Executor, inputs: Mapping[str, np.ndarray]):
        self.executor, self.samples = executor, _count_samples(inputs)
        self.computed: Counter = Counter()
        arrays = {name: np.asarray(array, np.float32) for name, array in inputs.items()}
        self.asked = {name: array for name, array in arrays.items() if name in executor.defaults}
        self._inputs = {name: Value(array) for name, array in arrays.items() if name not in self.asked}
        self._memos: dict[object, Memo] = {}

    def run(
        self,
        settings: Mapping[str, float | list[float]] | None = None,
        *,
        trace: bool = False,
        replay: Outcomes | None = None,
        force: Mapping[str, str] | None = None,
        keep: Collection[str] = (),
        before_run: Callable[[Visit], None] | None = None,
        after_run: Callable[[Visit, dict[str, Value]], None] | None = None,
    ) -> Outcomes:
        """Run the program on the batch.

        Args:
            settings: parameter -> number or list of numbers; others have their defaults.
            trace: take no exit, and record what each would have answered. An exit needs no rule then.
            replay: outcomes of the same program on the same samples; every branch, select and exit is taken as there.
                In a trace exits are not taken all the same.
            force: path of a branch or select -> the side ("then", "otherwise", "cases[1]") that all samples take there;
                or of a run -> "otherwise", as if it failed.
            keep: names of values to keep.
            before_run: called before each `run` step.
            after_run: called behind each `run` step, with its outputs by port.

        Returns:
            The `Outcomes`.

        Raises:
            ValueError: an unknown parameter, a sample that does not end in an answer, or one that comes to a decision
                which the replayed run did not take for it.
        """
        values = dict(self.executor.defaults)
        unknown = set(settings or {}) - set(values)
        if unknown:
            raise ValueError(f"settings: expected some of {sorted(values)}, received {sorted(unknown)}")
        values |= dict(settings or {}) | self.asked
        options = Options(values, trace, replay, force or {}, before_run, after_run)
        batch_run = BatchRun(self, options)
        for name, value in self._inputs.items():
            every = np.full(self.samples, digest("input", name), np.uint64)
            batch_run.column(name).put(np.arange(self.samples), value, every)
        return batch_run.outcomes(keep)

    def compute(
        self, key: object, call: Part, ports: Collection[str] | None, columns: Mapping[str, Column], rows: np.ndarray
    ) -> dict[str, tuple[Column, np.ndarray]]:
        """What a pure function makes of those rows of its inputs, remembered or computed.

        Args:
            key: equal keys mean the same function.
            call: the function, as a part.
            ports: the outputs to keep, or None for all.
            columns: port -> the column that it reads.
            rows: indices of samples.

        Returns:
            Port -> (column with those rows, their versions).
        """
        versions = combined(key, {port: column.versions[rows] for port, column in columns.items()})

        def compute(missing: np.ndarray) -> dict[str, Value]:
            outputs = call({port: column.take(missing) for port, column in columns.items()})
            self.computed[key] += len(missing)
            outputs = outputs if ports is None else {port: outputs[port] for port in ports}
            for port, value in outputs.items():
                if len(value) != len(missing):
                    received = f"received {len(value)} of {port}"
                    raise ValueError(f"{key}: expected outputs for {len(missing)} samples, {received}")
            return outputs

        outputs = self._memos.setdefault(key, Memo(self.samples)).outputs(rows, versions, compute)
        return {port: (column, combined(port, {"": versions})) for port, column in outputs.items()}


def _count_samples(inputs):
    """How many samples the inputs have, which must be one number."""
    lengths = {len(array) for array in inputs.values()}
    if len(lengths) != 1 or not min(lengths):
        raise ValueError(f"expected inputs with one number of samples, at least 1, received {sorted(lengths)}")
    return lengths.pop()
