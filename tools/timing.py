"""Measures rivals side by side: in one process, on the same images, in rounds that alternate between them.

Clock speed, caches and neighbours change over minutes; what is compared must change with them. In every round each
rival has all images in one go, as it would alone on a device, and the order of the rivals moves on by one from round to
round.
"""

import gc
import time

import numpy as np

PERCENTILES = (50, 90, 99)


def interleave(rivals: dict, images, rounds: int, warm_up: int = 10, clock=time.perf_counter_ns, tick=None) -> dict:
    """Times rivals in alternating rounds.

    Args:
        rivals: name -> function from an image to its label.
        images: sequence of images.
        rounds: how often each rival sees all images.
        warm_up: untimed calls before each rival's turn.
        clock: function that returns nanoseconds.
        tick: called without argument after each rival's turn, for a progress bar; or None.

    Returns:
        name -> {"ms": float64 `[rounds, images]`, "labels": int `[images]`, as answered in the last round}.
    """
    names = list(rivals)
    seen = {name: {"ms": np.empty((rounds, len(images))), "labels": np.empty(len(images), int)} for name in names}
    enabled = gc.isenabled()
    gc.disable()  # a collection in the midst would be charged to whoever runs just then
    try:
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                gc.collect()
                _one_turn(rivals[name], images, seen[name], turn, warm_up, clock)
                if tick is not None:
                    tick()
    finally:
        if enabled:
            gc.enable()
    return seen


def _one_turn(answer, images, seen, turn, warm_up, clock):
    """One rival's turn: a warm-up, then every image."""
    for i in range(warm_up):
        answer(images[i % len(images)])
    ms, labels = seen["ms"][turn], seen["labels"]
    for i, image in enumerate(images):
        begin = clock()
        label = answer(image)
        ms[i] = (clock() - begin) / 1e6
        labels[i] = label


def summarise(ms) -> dict:
    """Mean, p50, p90 and p99 of latencies in milliseconds (percentiles interpolate between neighbours)."""
    ms = np.asarray(ms, float).ravel()
    return {"mean": float(ms.mean()), **{f"p{q}": float(np.percentile(ms, q)) for q in PERCENTILES}}


def ratio(ms, base_ms) -> dict:
    """How a rival's latency compares with another's, round by round.

    Args:
        ms, base_ms: `[rounds, images]`, of the rival and of what it is compared with.

    Returns:
        {"p50": ..., "mean": ...}, each {"median", "low", "high"} over the rounds of the quotient rival / base.
    """
    result = {}
    for name, measure in (("p50", lambda x: np.median(x, axis=1)), ("mean", lambda x: np.mean(x, axis=1))):
        quotient = measure(np.asarray(ms, float)) / measure(np.asarray(base_ms, float))
        result[name] = {
            "median": float(np.median(quotient)),
            "low": float(quotient.min()),
            "high": float(quotient.max()),
        }
    return result


def part_latencies(bundle, runs: int = 200, clock=time.perf_counter_ns) -> dict:
    """Median milliseconds of a bare `invoke` of every part that has a file, on zeros, one thread, parts in turn.

    This is what TensorFlow Lite itself takes: what a chain takes beyond the sum is the cost of its steps.
    """
    from tflite.parts import open_parts, zero_inputs

    parts = open_parts(bundle)
    times = {name: [] for name in parts}
    for name, part in parts.items():
        for key, array in zero_inputs(bundle.manifest.parts[name]).items():
            part.set_tensor(part.inputs[key], array, part.subgraph)
        part.invoke(part.subgraph)
    for _ in range(runs):
        for name, part in parts.items():
            begin = clock()
            part.invoke(part.subgraph)
            times[name].append(clock() - begin)
    return {name: float(np.median(taken)) / 1e6 for name, taken in times.items()}
