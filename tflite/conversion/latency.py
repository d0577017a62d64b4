"""How long a part takes on this machine, by itself: what exits and policies are priced with."""

from __future__ import annotations

import statistics
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def median_latency_us(content: bytes, runs: int = 100) -> float:
    """Median time of one inference on one thread, in microseconds: inputs set, invoked, outputs read."""
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    inputs = [(d["index"], np.zeros(d["shape"], d["dtype"])) for d in interpreter.get_input_details()]
    outputs = [d["index"] for d in interpreter.get_output_details()]
    seen = []
    for _ in range(runs + 5):
        begin = time.perf_counter_ns()
        for index, zeros in inputs:
            interpreter.set_tensor(index, zeros)
        interpreter.invoke()
        for index in outputs:
            interpreter.get_tensor(index)
        seen.append(time.perf_counter_ns() - begin)
    return statistics.median(seen[5:]) / 1e3


def unit_latencies(units: dict[str, bytes]) -> dict[str, float]:
    """Median latency of every unit, in microseconds, less what any invocation costs (that of the cheapest unit)."""
    medians = {name: median_latency_us(content) for name, content in units.items()}
    overhead = min(medians.values())
    return {name: max(median - overhead, 0.05) for name, median in medians.items()}
