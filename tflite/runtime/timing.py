"""Times several ways to answer side by side: in one process, on the same images, in turns.

Clock speed, caches and neighbours change from second to second; what is compared must change with them. So all
take turns at blocks of a few dozen images: long enough to run as alone on a device, short enough that a slow second
hits all alike. Who begins moves on by one from block to block.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..bundle.files import Bundle
from .parts import open_parts, zero_inputs

PERCENTILES = (50, 90, 99)
BLOCK = 32


def interleave(
    answers: dict[str, Callable],
    images: Sequence,
    rounds: int,
    block: int = BLOCK,
    warm_up: int = 3,
    clock: Callable[[], int] = time.perf_counter_ns,
    tick: Callable[[], object] | None = None,
) -> dict[str, dict[str, np.ndarray]]:
    """Times functions in turns.

    Args:
        answers: name -> function from an image to its label, or to whatever is to be kept of its answer.
        images: sequence of images.
        rounds: how often each function sees all images.
        block: images of a turn.
        warm_up: untimed calls before each turn.
        clock: function that returns nanoseconds.
        tick: called without argument when all have had a block, for a progress bar; or None.

    Returns:
        name -> {"ms": float64 `[rounds, images]`, "labels": `[images]`, as answered in the last round}.
    """
    names, count = list(answers), len(images)
    seen = {name: {"ms": np.empty((rounds, count)), "labels": [None] * count} for name in names}
    blocks = [range(count)[start : start + block] for start in range(0, count, block)]
    enabled = gc.isenabled()
    gc.disable()  # a collection in the midst would be charged to whoever runs just then
    try:
        for turn in range(rounds):
            gc.collect()
            for number, rows in enumerate(blocks, turn):
                for name in names[number % len(names) :] + names[: number % len(names)]:
                    _one_turn(answers[name], images, rows, seen[name], turn, warm_up, clock)
                if tick is not None:
                    tick()
    finally:
        if enabled:
            gc.enable()
    return {name: own | {"labels": _labels(own["labels"])} for name, own in seen.items()}


def _labels(answers):
    """Labels as an array; anything else as it is."""
    return answers if any(isinstance(answer, np.ndarray) for answer in answers) else np.array(answers)


def _one_turn(answer, images, rows, seen, turn, warm_up, clock):
    """One function's turn at a block: a warm-up, then every image of it."""
    for i in range(warm_up):
        answer(images[rows[i % len(rows)]])
    for i in rows:
        image = images[i]
        begin = clock()
        label = answer(image)
        seen["ms"][turn, i] = (clock() - begin) / 1e6
        seen["labels"][i] = label


def summarise(ms: ArrayLike) -> dict[str, float]:
    """Mean, p50, p90 and p99 of latencies in milliseconds (percentiles interpolate between neighbours)."""
    ms = np.asarray(ms, float).ravel()
    return {"mean": float(ms.mean()), **{f"p{q}": float(np.percentile(ms, q)) for q in PERCENTILES}}


def ratio(ms: ArrayLike, base_ms: ArrayLike) -> dict[str, dict[str, float]]:
    """How one latency compares with another, round by round.

    Args:
        ms, base_ms: `[rounds, images]`, of the one and of what it is compared with.

    Returns:
        {"p50": ..., "mean": ...}, each {"median", "low", "high"} over the rounds of the quotient ms / base_ms.
    """
    result = {}
    for name, measure in (("p50", np.median), ("mean", np.mean)):
        quotient = measure(np.asarray(ms, float), axis=1) / measure(np.asarray(base_ms, float), axis=1)
        spread = {"median": np.median(quotient), "low": quotient.min(), "high": quotient.max()}
        result[name] = {key: float(value) for key, value in spread.items()}
    return result


def part_latencies(
    bundle: Bundle, runs: int = 200, clock: Callable[[], int] = time.perf_counter_ns
) -> dict[str, float]:
    """Median milliseconds of a bare `invoke` of every part that has a file, on zeros, one thread, parts in turn.

    This is what TensorFlow Lite itself takes: what a chain takes beyond the sum is the cost of its steps.
    """
    parts = open_parts(bundle)
    times = {name: [] for name in parts}
    for name, part in parts.items():
        for key, array in zero_inputs(bundle.manifest.parts[name]).items():
            part.inputs[key](array)
        part.invoke()
    for _ in range(runs):
        for name, part in parts.items():
            begin = clock()
            part.invoke()
            times[name].append(clock() - begin)
    return {name: float(np.median(taken)) / 1e6 for name, taken in times.items()}
