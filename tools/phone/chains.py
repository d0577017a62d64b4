"""What a bundle costs on the phone's own kernels, and whether its parts answer there as they do here.

A part's number is the mean over the images on which it was counted (it hardly depends on them): copying its inputs in
and invoking it. Not counted are the rules of exits, pre-processing and what else an app does. Operating points stand
beside the static network.
"""

import itertools
from dataclasses import dataclass

import numpy as np

import tflite
from tflite import baselines
from tflite.baselines import CUT, FULL_DEPTH, STATIC
from tflite.bundle import manifest as m
from tflite.bundle.golden_index import read_goldens
from tflite.runtime.comparison import ComparedRemote, Difference
from tools import console, native
from tools.phone.laboratory import Laboratory
from tools.phone.models import Phone
from tools.reporting.samples import Samples


@dataclass(frozen=True)
class Seen:
    """A bundle on the phone: `counts`, part -> instructions of each run; `differences` of its outputs there and here.

    And `cases`, how many golden cases were run, with sentences about `problems` of theirs.
    """

    counts: dict[str, list[int]]
    differences: dict[str, Difference]
    cases: int
    problems: list[str]

    @property
    def instructions(self) -> dict[str, float]:
        """Of a run of each part, the mean."""
        return {name: float(np.mean(seen)) for name, seen in self.counts.items()}


def observe(bundle: tflite.Bundle, images: list[dict[str, np.ndarray]], laboratory: Laboratory) -> Seen:
    """Runs every part on the phone, on the way to the end, for each image; and every golden case, exits and all.

    A part that no image reaches is run on random inputs. Of a bundle with a server half it is what a device does alone.
    Raises UserError if that cannot be done without, or a part is refused there.
    """
    bundle = alone(bundle)
    models = {name: baselines.part_model(bundle, name) for name in bundle.manifest.parts}
    counts: dict[str, list[int]] = {name: [] for name in models}
    with Phone(models, laboratory) as phone:

        def run(part, inputs):
            outputs, count = phone.run(part, inputs)
            counts[part].append(count)
            return outputs

        with native.quiet():
            remote = ComparedRemote(run, bundle)
        deep, point = baselines.full_depth(bundle)
        full = tflite.Chain(baselines.all_remote(deep), remote=remote, warm_up=False)
        for image in images:
            full.run(image, operating_point=point)
        for name in [name for name, seen in counts.items() if not seen]:
            remote(name, phone.models[name].drawn_inputs())
        # Golden paths are compared, but would count the early parts more often.
        counted, problems = {name: list(seen) for name, seen in counts.items()}, []
        if bundle.manifest.goldens is not None:
            problems = tflite.Chain(baselines.all_remote(bundle), remote=remote, warm_up=False).self_test()
    return Seen(counted, remote.differences, sum(1 for _ in read_goldens(bundle)), problems)


def alone(bundle: tflite.Bundle) -> tflite.Bundle:
    """`baselines.device_alone`. Raises UserError for a bundle that cannot do without its server half."""
    try:
        return baselines.device_alone(bundle)
    except baselines.BaselineError as error:
        raise console.UserError(f"expected a bundle that a device can run alone, but {error}") from None


def cost(bundle: tflite.Bundle, data: Samples | None, laboratory: Laboratory) -> dict:
    """Everything that `tools/phone_check.py` tells; data: say how often each way is taken, None: the golden cases do.

    Returns:
        {"bundle", "library", "processor", "qemu", "parts": rows {"name", "macs", "instructions", "per_mac", "equal",
        "steps", "floats"}, "goldens": {"cases", "problems"}, "dataset", "split", "samples", "chains": rows of
        `chain_rows`, "missing": {name: why it is not among them}}.
    """
    bundle = alone(bundle)
    images = baselines.example_inputs(bundle)
    seen = observe(bundle, images, laboratory)
    rows = point_rows(bundle, data, seen.instructions)
    others, missing = baseline_rows(bundle, data, images, laboratory)
    return {
        "bundle": bundle.manifest.name,
        "library": laboratory.library,
        "processor": laboratory.processor,
        "qemu": laboratory.qemu,
        "parts": [part_row(bundle, name, seen) for name in bundle.manifest.parts],
        "goldens": {"cases": seen.cases, "problems": seen.problems},
        "dataset": data.task if data else None,
        "split": data.split if data else "golden cases",
        "samples": len(data) if data else seen.cases,
        "chains": to_static([*rows, *others]),
        "missing": missing,
    }


def part_row(bundle: tflite.Bundle, name: str, seen: Seen) -> dict:
    """What is told of a part."""
    macs, instructions = bundle.manifest.parts[name].costs["macs"], seen.instructions[name]
    row = {"name": name, "macs": macs, "instructions": instructions, "per_mac": instructions / macs if macs else None}
    difference = seen.differences[name]
    return row | {"equal": difference.equal, "steps": difference.steps, "floats": difference.floats}


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
    means = {"instructions": over_ways(instructions, ways), "macs": over_ways(macs, ways)}
    return {"name": name, "accuracy": accuracy} | means


def over_ways(costs: dict[str, float], ways: dict[tuple, float]) -> float:
    """What an image costs on average. costs: of each part. ways: parts in order -> share of the images."""
    return sum(share * sum(costs[part] for part in way) for way, share in ways.items())


def baseline_rows(
    bundle: tflite.Bundle, data: Samples | None, images: list, laboratory: Laboratory
) -> tuple[list[dict], dict]:
    """The static network, whole and cut short at each exit: (rows, {name: why it is not there})."""
    statics, missing = baselines.attempt(baselines.static_shapes(bundle))
    rows = []
    for name, static in statics.items():
        (instructions,) = observe(static, images, laboratory).instructions.values()
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
        rows.append({"name": name, "accuracy": accuracy, "instructions": instructions, "macs": macs})
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
