"""A program on labelled samples under many settings: what is right, what it costs, and which way each sample went."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np

from keras_models import programs
from keras_models.outputs import Boxes, Row
from keras_models.policies.choice import Seen
from keras_models.policies.operating_points import Measured
from tflite.batched.executor import Declared, Executor
from tflite.batched.line import LineTraces
from tflite.batched.steps import walk
from tflite.batched.units import UnitRunner
from tflite.batched.values import Value
from tools.pipeline.judge import BoxJudge, LabelJudge

CHUNK = 256  # samples whose values are in memory at a time


class KerasPart:
    """A Keras submodel, with dictionaries as inputs and outputs, as a part (`tflite.batched.executor.Part`)."""

    def __init__(self, model):
        import tensorflow as tf

        specs = {t.name: tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in model.inputs}
        traced = tf.function(lambda x: model(x, training=False), input_signature=[specs], autograph=False)
        self._call = traced.get_concrete_function()

    def __call__(self, inputs: dict[str, Value]) -> dict[str, Value]:
        """The outputs for every sample of the inputs, port for port."""
        import tensorflow as tf

        outputs = self._call({port: tf.constant(value.real()) for port, value in inputs.items()})
        return {port: Value(array.numpy()) for port, array in outputs.items()}


def keras_parts(chain, steps: list[dict]) -> dict[str, KerasPart]:
    """The parts of a `Deployable` that some steps run, in Keras."""
    parts = chain.parts()
    names = dict.fromkeys(step["part"] for _, step in walk(steps) if step["op"] == "run")
    return {name: KerasPart(parts[name].model) for name in names}


def with_tables(chain, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The values, and those of a chain's tables as it comes, for every sample."""
    count = len(next(iter(values.values())))
    tables = {name: array for table in chain.tables().values() for name, array in table.values(count).items()}
    return {**values, **tables}


def declared(chain) -> Declared:
    """What is beside a chain's answers, and how many of them a table makes count, as the executor takes it."""
    outputs, tables, beside, sizes = chain.outputs(), chain.tables(), {}, {}
    for name, output in outputs.items():
        if isinstance(output, Boxes):
            every = {key: getattr(output, key) for key in ("scores", "classes", "count", "masks")}
            beside[name] = {key: value for key, value in every.items() if value is not None}
        elif getattr(output, "table", None) is not None and not isinstance(output, Row):
            sizes[name] = len(tables[output.table].labels)
    return Declared(beside=beside, sizes=sizes)


def chain_sweep(
    chain, values: Mapping, labels, prices: Mapping, units: Mapping[str, bytes] | None = None, judge=None
) -> Sweep:
    """A sweep as `Sweep` makes it: parts that have a unit, a flatbuffer, as that, all others in Keras."""
    program = chain.program()
    program = programs.given(program, set(values)) if programs.in_a_line(program) else program
    made = {name: UnitRunner(content) for name, content in (units or {}).items()}
    steps = [step for _, step in walk(program) if step["op"] == "run" and step["part"] not in made]
    return Sweep(chain, keras_parts(chain, steps) | made, values, labels, prices, judge)


class Sweep:
    """A chain's program on labelled samples.

    A program in a line with exits is traced once: what every exit would answer, and what its rule compares, decide
    every threshold. Any other program is run for every setting; what a setting does not change is not computed again.

    Args:
        chain: a `keras_models.base.Deployable`.
        parts: part name -> batched part, for the parts that are still to be run.
        values: name -> float32 `[samples, ...]`: the image, or values of the program that are known already.
        labels: int `[samples]`, or what else the judge takes.
        prices: price of a run of each part.
        judge: of `tools.pipeline.judge`; by default of labels.
    """

    def __init__(
        self,
        chain,
        parts: Mapping,
        values: Mapping[str, np.ndarray],
        labels,
        prices: Mapping[str, float],
        judge: LabelJudge | BoxJudge | None = None,
    ):
        self.chain, self.labels, self.prices = chain, np.asarray(labels), prices
        self.judge, values = judge or LabelJudge(), with_tables(chain, values)
        self.program, self._values = chain.program(), dict(values)
        self.in_a_line = programs.in_a_line(self.program)
        reduced = programs.given(self.program, set(values)) if self.in_a_line else self.program
        specs = {name: {"default": knob.default} for name, knob in chain.parameters().items()}
        self._executor = Executor(reduced, parts, specs, declared(chain))
        self._line = LineTraces(self._executor, self.program, self._values, CHUNK) if self.in_a_line else None
        self._spent: np.ndarray | None = None

    def at_prices(self, spent: np.ndarray) -> Sweep:
        """The same sweep, leaving through each exit costing what is given, `[exits]`."""
        priced = copy.copy(self)
        priced._spent = np.asarray(spent, float)
        return priced

    @property
    def exits(self) -> int:
        """How many exits there are, the answer among them; 1 where the program is not in a line."""
        return len(programs.exit_names(self.program)) if self.in_a_line else 1

    def seen(self, kept: np.ndarray | None = None) -> Seen | None:
        """What policies choose candidates by; None where the program is not in a line."""
        if not self.in_a_line:
            return None
        kept = np.ones(self.exits, bool) if kept is None else kept
        return Seen(self._line.answers(), self.labels, kept, self.exit_costs(kept))

    def answers(self) -> np.ndarray:
        """Logits of every exit, or of the answer at the default settings: `[samples, exits, classes]`."""
        if self.in_a_line:
            return self._line.answers()
        return self._executor.run(self._values, chunk=CHUNK).outputs[:, None]

    def found(self, settings: Mapping | None = None) -> np.ndarray:
        """What was answered to every sample, as the judge reads it; of a program that is not in a line."""
        return self.judge.of_outcomes(self._executor.run(self._values, settings, chunk=CHUNK))

    def exit_costs(self, kept: np.ndarray | None = None, prices: Mapping | None = None) -> np.ndarray:
        """Cost of leaving through each exit, `[exits]`; a dropped one costs what the next kept one does.

        prices: of a run of each part, in the place of the sweep's own.
        """
        if self._spent is not None and prices is None:
            return self._spent
        kept = np.ones(self.exits, bool) if kept is None else np.asarray(kept)
        names = {name for name, keep in zip(programs.exit_names(self.program), kept, strict=True) if keep}
        spent = programs.path_costs(programs.without_exits(self.program, names), prices or self.prices)
        return spent[np.searchsorted(np.flatnonzero(kept), np.arange(self.exits))]

    def measure(self, settings: Sequence[Mapping], kept: np.ndarray | None = None) -> list[Measured]:
        """What each of the settings (parameter -> number) gives; kept: bool `[exits]`, exits that may be taken."""
        if self.in_a_line:
            costs = self.exit_costs(kept)
            return [self._leave(dict(setting), kept, costs) for setting in settings]
        prices = {part: {"price": price} for part, price in self.prices.items()}

        def read(outcomes):
            return self.judge.of_outcomes(outcomes), outcomes.costs(prices)["price"], outcomes.ways()

        found = self._executor.under(self._values, settings, CHUNK, read)
        pairs = zip(settings, found, strict=True)
        return [Measured(dict(s), self.judge.right(a, self.labels), c, w) for s, (a, c, w) in pairs]

    def record(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Values of a program in a line on all samples, no exit taken: name -> float32 `[samples, ...]`."""
        kept = self._executor.run(self._values, chunk=CHUNK, trace=True, keep=names).kept
        return {name: kept[name].real for name in names}

    def _leave(self, settings: dict, kept, costs) -> Measured:
        exits = self._line.ends(settings, kept)
        answers = self._line.answers(settings)[np.arange(len(exits)), exits]
        return Measured(settings, answers.argmax(-1) == self.labels, costs[exits], exits)
