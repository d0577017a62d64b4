"""A program in a line on many samples: traced once, it is known who leaves where under any thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import rules
from .executor import Executor


class LineTraces:
    """What every exit would answer, and what its rule compares, for every constant that parameters fill in.

    Args:
        executor: of the program, or of what remains of it where some values are known.
        program: all of it: runs, constants, exits and the answer.
        inputs: name -> float32 `[samples, ...]`, of the executor's program.
        chunk: so many samples at a time.
    """

    def __init__(self, executor: Executor, program: list[dict], inputs: Mapping[str, np.ndarray], chunk: int):
        self._executor, self._inputs, self._chunk = executor, inputs, chunk
        self._exits = [step for step in program if step["op"] == "exit"]
        fills = [step["content"] for step in program if step["op"] == "fill"]
        self._filled = sorted({content["parameter"] for content in fills if isinstance(content, Mapping)})
        self._traces: dict[tuple, tuple[np.ndarray, dict[str, np.ndarray]]] = {}
        self._statistics: dict[tuple, np.ndarray] = {}

    def answers(self, settings: Mapping | None = None) -> np.ndarray:
        """What every exit and the answer would give, `[samples, exits, classes]`. settings: parameter -> number."""
        return self._trace(self._executor.defaults | dict(settings or {}))[1][0]

    def ends(self, settings: Mapping, kept: np.ndarray | None = None) -> np.ndarray:
        """Index of the exit, or the answer, at which each sample ends, `[samples]`.

        Args:
            settings: parameter -> number, over the defaults.
            kept: bool `[exits]`, the exits that may be taken; all by default.
        """
        known = self._executor.defaults | dict(settings)
        held = [self._holds(number, step["rule"], known) for number, step in enumerate(self._exits)]
        held = np.stack([*held, np.ones(len(self.answers(settings)), bool)], axis=1)
        if kept is not None:
            held[:, :-1] &= np.asarray(kept)[:-1]
        return held.argmax(1)

    def _trace(self, known: Mapping) -> tuple[tuple, tuple[np.ndarray, dict[str, np.ndarray]]]:
        """(what the program is filled with, (answers, values that the exits' rules read))."""
        key = tuple(known[name] for name in self._filled)
        if key not in self._traces:
            read = sorted({step["rule"]["value"] for step in self._exits})
            settings = dict(zip(self._filled, key, strict=True))
            outcomes = self._executor.run(self._inputs, settings, chunk=self._chunk, trace=True, keep=read)
            answers = np.stack([outputs for _, outputs in outcomes.answers().values()], axis=1)
            self._traces[key] = answers, {name: outcomes.kept[name].real for name in read}
        return key, self._traces[key]

    def _holds(self, number: int, rule: Mapping, known: Mapping) -> np.ndarray:
        """Whether the rule of that exit holds, bool `[samples]`."""

        def number_of(setting):
            return known[setting["parameter"]] if isinstance(setting, Mapping) else setting

        filled, (_, values) = self._trace(known)
        key = (filled, number, *(number_of(rule[name]) for name in ("weight", "bias") if name in rule))
        if key not in self._statistics:
            read = values[rule["value"]]
            self._statistics[key] = rules.statistic(rule, read.reshape(len(read), -1), number_of)
        threshold, seen = number_of(rule["threshold"]), self._statistics[key]
        return seen <= threshold if rule["rule"] in rules.AT_MOST else seen >= threshold
