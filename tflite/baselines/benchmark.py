"""A bundle's latency against the same network in other shapes: chains at operating points, timed in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..bundle import Bundle, queries
from ..bundle.manifest import OperatingPoint
from ..runtime import timing
from ..runtime.chain import Chain
from ..runtime.result import Result
from .analysis import TOLERANCES, cheapest_within
from .conditional import conditional_bundle
from .full_depth import full_depth
from .static import FULL_DEPTH, STATIC, attempt, static_bundle, static_shapes


def make_chains(bundle: Bundle, points: Sequence[str], conditional: bool, cuts: bool) -> tuple[dict, dict]:
    """Loads a bundle's chain and its baselines.

    Args:
        bundle: what is measured.
        points: names of operating points.
        conditional: whether models with IF operators are among the baselines.
        cuts: whether networks that are cut short at an exit are.

    Returns:
        ({name: (chain, operating point)}, {name: why it is not there}).
    """
    chain, (full, full_point) = Chain(bundle), full_depth(bundle)
    made = {f"chain, {point}": (chain, point) for point in points} | {FULL_DEPTH: (Chain(full), full_point)}
    makers = {name: (points[0], make) for name, make in static_shapes(bundle, cuts).items()}
    for point in points if conditional else ():
        makers[f"IF operators, {point}"] = point, lambda point=point: conditional_bundle(bundle, point)
    others, missing = attempt(
        {name: lambda make=make, point=point: (Chain(make()), point) for name, (point, make) in makers.items()}
    )
    return made | others, missing


def measure(
    chains: dict,
    images: np.ndarray,
    rounds: int,
    tick: Callable[[], object] | None = None,
    asked: Sequence[dict] | None = None,
    answer_of: Callable[[Result], object] = lambda result: result.label,
) -> dict:
    """Times chains at operating points, name -> (chain, point), in turns; as `timing.interleave`.

    asked: settings with which each image is asked; None for chains that are asked nothing. answer_of: what is kept.
    """

    def ask(chain, point):
        def answer(sample):
            image, settings = sample
            return answer_of(chain.run(image, operating_point=point, parameters=settings))

        return answer

    samples = list(zip(images, asked or [None] * len(images), strict=True))
    answers = {name: ask(chain, point) for name, (chain, point) in chains.items()}
    return timing.interleave(answers, samples, rounds, tick=tick)


def results(seen: dict, labels: np.ndarray, right: Callable = np.equal) -> list[dict]:
    """Sums up what `measure` has seen of images with these labels.

    right: function (answers, labels) -> a number for each, whose mean is the accuracy.

    Returns:
        A row for each chain: {"name", "accuracy", "mean", "p50", "p90", "p99": milliseconds, "to_static": how they
        compare with the static network's, if there is one}.
    """
    rows = []
    for name, times in seen.items():
        row = {"name": name, "accuracy": float(np.mean(right(times["labels"], labels)))}
        row |= timing.summarise(times["ms"])
        row |= {"to_static": timing.ratio(times["ms"], seen[STATIC]["ms"])} if STATIC in seen else {}
        rows.append(row)
    return rows


def near_static(rows: list[dict], points: Sequence[OperatingPoint]) -> list[dict]:
    """For each tolerance the cheapest operating point that is as accurate as the last one, by the bundle's own images.

    They are other images than those that are timed: on these no point would be the best by luck alone.

    Args:
        rows: as from `results`.
        points: of the bundle, everything run at the last of them.

    Returns:
        A list of {"tolerance", "name": of a row, "to_static"}; None for what is not to be had, and no entry where there
        is no static network.
    """
    known = {row["name"]: row.get("to_static") for row in rows}
    described = [{"name": f"chain, {p.name}", "accuracy": p.accuracy, "macs": p.costs["macs"]} for p in points[:-1]]
    found = []
    for tolerance in TOLERANCES if STATIC in known else ():
        best = cheapest_within(described, points[-1].accuracy, tolerance)
        name = best["name"] if best and best["name"] in known else None
        found.append({"tolerance": tolerance, "name": name, "to_static": known.get(name)})
    return found


def overheads(bundle: Bundle, rows: list[dict]) -> dict:
    """What the runtime takes beyond TensorFlow Lite's own work, in milliseconds, from medians.

    Beyond the bare invokes, the static network takes the image, one step and the answer; the chain at full depth takes
    the image, all its steps and the answer. So their difference is that of the other steps.

    Returns:
        {"parts_ms": {part: bare invoke}, "steps": parts run at full depth, "fixed_ms": image and answer, "step_ms":
        a part with its exit}; the last two are None where there is no static network, or no second part.
    """
    parts = timing.part_latencies(bundle)
    full, full_point = full_depth(bundle)
    image = np.zeros(queries.picture(bundle.manifest)[1], np.uint8)
    path = Chain(full).run(image, operating_point=full_point).path
    p50 = {row["name"]: row["p50"] for row in rows}
    found = {"parts_ms": parts, "steps": len(path), "fixed_ms": None, "step_ms": None}
    if STATIC not in p50 or len(path) < 2:
        return found
    (static_ms,) = timing.part_latencies(static_bundle(bundle)).values()
    beyond_static = p50[STATIC] - static_ms
    beyond_full = p50[FULL_DEPTH] - sum(parts[name] for name in path)
    step = (beyond_full - beyond_static) / (len(path) - 1)
    return found | {"step_ms": step, "fixed_ms": beyond_static - step}


def sentences(near: Sequence[dict], overhead: dict, missing: dict) -> Iterator[str]:
    """Yields in words what a table of `results` does not say.

    Args:
        near: as from `near_static`.
        overhead: as from `overheads`.
        missing: name of a baseline -> why it is not there.
    """
    for found in near:
        yield from _near_static_sentences(found)
    if overhead["step_ms"] is not None and min(overhead["step_ms"], overhead["fixed_ms"]) < 0:
        yield "What the runtime takes beyond TensorFlow Lite's own work was lost in the noise of this run."
    elif overhead["step_ms"] is not None:
        yield (
            f"Beyond TensorFlow Lite's own work the runtime takes {1000 * overhead['fixed_ms']:.1f} us an image and "
            f"{1000 * overhead['step_ms']:.1f} us a part with its exit ({overhead['steps']} parts)."
        )
    for name, reason in missing.items():
        yield f"Not measured: {name} ({reason})."


def _near_static_sentences(found: dict) -> Iterator[str]:
    near = f"within {100 * found['tolerance']:g} points of full depth on the images that points are chosen on"
    if found["name"] is None:
        yield f"No operating point is {near}."
    else:
        p50, mean = (found["to_static"][key]["median"] for key in ("p50", "mean"))
        share = f"at {p50:.3f} of the static network's p50 and {mean:.3f} of its mean"
        yield f"{near.capitalize()}: {found['name']}, {share}."
