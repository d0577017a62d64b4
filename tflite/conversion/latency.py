"""How long a part takes on this machine, by itself: what exits, policies and compression are weighed with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable

import numpy as np
from ai_edge_litert.interpreter import Interpreter

ROUNDS, RUNS, WARM_UP = 5, 20, 5


def unit_latencies(
    units: dict[Hashable, bytes], clock: Callable[[], int] = time.perf_counter_ns
) -> dict[Hashable, float]:
    """Latency of every unit in microseconds, less what any invocation costs (that of the cheapest unit).

    One inference on one thread: inputs set, invoked, outputs read. All units take turns, round after round, and each
    counts with the lowest of its rounds' medians: other work on the machine comes and goes, and only ever adds.

    Args:
        units: name -> flatbuffer.
        clock: function that returns nanoseconds.
    """
    runs = [_inference(content) for content in units.values()]
    for run in runs:
        for _ in range(WARM_UP):
            run()
    rounds = [[_median(run, clock) for run in runs] for _ in range(ROUNDS)]
    lowest = [min(medians) / 1e3 for medians in zip(*rounds, strict=True)]
    overhead = min(lowest)
    return {name: max(median - overhead, 0.05) for name, median in zip(units, lowest, strict=True)}


def _inference(content: bytes) -> Callable[[], None]:
    """A function that sets a model's inputs to zeros, invokes it and reads its outputs."""
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    inputs = [(d["index"], np.zeros(d["shape"], d["dtype"])) for d in interpreter.get_input_details()]
    outputs = [d["index"] for d in interpreter.get_output_details()]

    def run() -> None:
        for index, zeros in inputs:
            interpreter.set_tensor(index, zeros)
        interpreter.invoke()
        for index in outputs:
            interpreter.get_tensor(index)

    return run


def _median(run: Callable[[], None], clock: Callable[[], int]) -> float:
    """Median time of `RUNS` runs, in nanoseconds."""
    seen = []
    for _ in range(RUNS):
        begin = clock()
        run()
        seen.append(clock() - begin)
    return statistics.median(seen)
