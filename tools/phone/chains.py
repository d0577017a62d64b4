"""What a bundle costs on the phone's own kernels: its operating points, and the static network, side by side."""

import itertools

import tflite
from tflite import baselines
from tflite.baselines import CUT, FULL_DEPTH, STATIC
from tflite.bundle import manifest as m
from tflite.bundle.golden_index import read_goldens
from tools import console, native
from tools.phone.cost import Count, observe
from tools.phone.laboratory import Laboratory
from tools.reporting.samples import Samples


def cost(bundle: tflite.Bundle, data: Samples | None, laboratory: Laboratory) -> dict:
    """Everything that `tools/phone_check.py` tells; data: say how often each way is taken, None: the golden cases do.

    Returns:
        {"bundle", "library", "processor", "qemu", "parts": rows {"name", "macs", "instructions", "per_mac", "equal",
        "steps", "floats"}, "goldens": {"cases", "problems"}, "dataset", "split", "samples", "chains": rows of
        `chain_rows`, "missing": {name: why it is not among them}}.
    """
    images = baselines.example_inputs(bundle)
    seen = observe(bundle, images, laboratory)
    rows = point_rows(bundle, data, seen.instructions)
    others, missing = baseline_rows(bundle, data, images, laboratory, seen.instructions)
    return {
        "bundle": bundle.manifest.name,
        "library": laboratory.library,
        "processor": laboratory.processor,
        "qemu": laboratory.qemu,
        "parts": [part_row(bundle, name, count) for name, count in seen.counts.items()],
        "goldens": {"cases": seen.cases, "problems": seen.problems},
        "dataset": data.task if data else None,
        "split": data.split if data else "golden cases",
        "samples": len(data) if data else seen.cases,
        "chains": to_static([*rows, *others]),
        "missing": missing,
    }


def part_row(bundle: tflite.Bundle, name: str, count: Count) -> dict:
    """What is told of a part."""
    macs = bundle.manifest.parts[name].costs["macs"]
    per_mac = count.mean / macs if macs else None
    found = {"name": name, "macs": macs, "instructions": count.mean, "per_mac": per_mac}
    return found | {"equal": count.equal, "steps": count.steps, "floats": count.floats}


def point_rows(bundle: tflite.Bundle, data: Samples | None, instructions: dict) -> list[dict]:
    """Accuracy, mean instructions and mean multiply-adds of every operating point, and of the chain at full depth.

    data: as for `cost`; without it the golden cases tell the ways, and the manifest the accuracy.
    """
    with native.quiet():
        deep, deep_point = baselines.full_depth(bundle)
        chain, full = tflite.Chain(bundle), tflite.Chain(deep)
    points = bundle.manifest.operating_points
    if data is None:
        seen = {point.name: (point.accuracy, golden_ways(bundle, point.name)) for point in points}
        seen[FULL_DEPTH] = None, {full.run(baselines.example_inputs(bundle)[0], operating_point=deep_point).path: 1.0}
    else:
        seen = {point.name: evaluated(chain, data, point.name) for point in points}
        seen[FULL_DEPTH] = evaluated(full, data, deep_point)
    return [chain_row(bundle, name, accuracy, ways, instructions) for name, (accuracy, ways) in seen.items()]


def evaluated(chain: tflite.Chain, data: Samples, point: str) -> tuple[float, dict]:
    """Accuracy of a chain at an operating point, and its ways: parts in order -> share of the images."""
    total = chain.evaluate(console.progress(data.tuples(), point, len(data)), point).total
    return total.accuracy, {tuple(path.split(" > ")): share for path, share in total.paths.items()}


def golden_ways(bundle: tflite.Bundle, point: str) -> dict:
    """The ways of the golden cases of an operating point. Raises UserError if there are none."""
    paths = [case.path for case, _ in read_goldens(bundle) if case.operating_point == point]
    if not paths:
        raise console.UserError(
            "expected a bundle that says which dataset it was made for, --dataset, or golden cases, received no case "
            f"of {point}"
        )
    return {path: paths.count(path) / len(paths) for path in dict.fromkeys(paths)}


def chain_row(bundle: tflite.Bundle, name: str, accuracy: float | None, ways: dict, instructions: dict) -> dict:
    """A row of means over ways."""
    macs = {part: entry.costs["macs"] for part, entry in bundle.manifest.parts.items()}

    def mean(costs):
        return sum(share * sum(costs[part] for part in way) for way, share in ways.items())

    return {"name": name, "accuracy": accuracy, "instructions": mean(instructions), "macs": mean(macs)}


def baseline_rows(
    bundle: tflite.Bundle, data: Samples | None, images: list, laboratory: Laboratory, instructions: dict
) -> tuple[list[dict], dict]:
    """The static network, whole and cut short at each exit: (rows, {name: why it is not there})."""
    statics, missing = baselines.attempt(baselines.static_shapes(bundle))
    rows = []
    for name, static in statics.items():
        (count,) = observe(static, images, laboratory).counts.values()
        accuracy = None
        if data is not None:
            with native.quiet():
                chain = tflite.Chain(static)
            accuracy, _ = evaluated(chain, data, static.manifest.default_operating_point)
        if baselines.is_linear(bundle):
            before = parts_until(bundle, name.removeprefix(CUT))
            macs = sum(bundle.manifest.parts[part].costs["macs"] for part in before)
        else:
            macs = baselines.count_macs(static.read(next(iter(static.manifest.parts.values())).file))
        rows.append({"name": name, "accuracy": accuracy, "instructions": count.mean, "macs": macs})
    return rows, missing


def parts_until(bundle: tflite.Bundle, end: str) -> list[str]:
    """The parts that a program in a line runs before an exit; all of them where no exit has that name."""
    steps = bundle.manifest.programs["main"]
    before = itertools.takewhile(lambda step: getattr(step, "name", None) != end, steps)
    return [step.part for step in before if isinstance(step, m.Run)]


def to_static(rows: list[dict]) -> list[dict]:
    """The rows with their ratios to the static network's, None where there is none."""
    static = next((row for row in rows if row["name"] == STATIC), None)
    for row in rows:
        for key in ("instructions", "macs"):
            row[f"{key}_to_static"] = row[key] / static[key] if static and static[key] else None
    return rows
