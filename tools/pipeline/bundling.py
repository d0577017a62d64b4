"""The end of a conversion: parts, operating points measured on the finished chain, manifest, goldens and card."""

import dataclasses
import functools
import shlex
from collections.abc import Mapping

import numpy as np

from keras_models.functional.average_precision import KIND, SCORE
from keras_models.policies.operating_points import TOLERANCES
from tflite.bundle import Bundle, places, queries, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.goldens import write_goldens
from tflite.conversion import card, export, validate
from tflite.runtime.chain import Chain
from tflite.runtime.server_parts import server_parts
from tools import console, machine
from tools.phone import models
from tools.pipeline import runs
from tools.pipeline.judge import LabelJudge

GOLDENS = 6
BOX = "box"  # an input of that name is one on the image: see `Deployable.inputs`
DEFAULTS = ("balanced", "accurate", "steady", "fast", "thrifty", "saver")  # the first of these that there is
COST_UNITS = {"macs": "macs", "latency": "latency_us", "arm64": "arm64_instructions"}


@functools.lru_cache(maxsize=4)
def load(task, split: str):
    """A split of a task, read once a conversion: (images, labels, groups)."""
    return task.load(split)


def write_bundle(work, folder, kept, points, sweep, reference) -> dict:
    """Parts, manifest, goldens, card, into an empty folder; returns the validation report.

    Points (name -> `operating_points.Setting`) are measured on the finished chain itself. kept: bool `[exits]`, or None
    for a program without exits. sweep, reference: the converted and the float chain on the held-out split.
    """
    written = work.write(folder, work.programs | {"main": work.kept_program(kept)}, work.options.layout)
    if work.options.cost == "arm64":
        written = written._replace(parts=models.with_counts(written.parts, models.count(written.models)))
    write_manifest(folder, manifest(work, written, points))
    images, labels, groups = load(work.task, runs.HELD_OUT_SPLIT)
    bundle = Bundle.load(folder)
    chain, far = Chain(bundle), server_parts(bundle)
    whole = Chain(bundle, remote=far) if far else chain
    asked = queries.asked(chain.manifest, work.task.group_names, groups)
    taken: dict[tuple, set] = {}
    rows = measure_points(work, whole, points, (images, labels, asked), kept, sweep, reference, taken)
    if far:
        work.notes.append(told_of_server(work, chain, images, labels))
    chosen = golden_images(points, len(images), asked is not None, taken)
    asked = None if asked is None else [asked[row] for row in chosen]
    # Of the device alone, as it tests itself.
    others = other_goldens(chain.manifest, images, labels)
    goldens = write_goldens(chain, folder, [images[row] for row in chosen], settings=asked, others=others)
    final = manifest(work, written, points, rows, goldens)
    write_manifest(folder, final)
    work.notes += checked(folder)
    kept_answers = np.ones(sweep.exits, bool) if kept is None else kept
    ends = work.end_names if len(work.end_names) == sweep.exits else ["answer"]  # of branches together
    names = [name for name, keep in zip(ends, kept_answers, strict=True) if keep]
    report = {
        "exits": compared(names, reference, sweep, labels, kept_answers),
        "accuracy": work.judge.accuracy,
        "operating_points": rows,
        "parts": {name: len(content) for name, content in written.models.items()},
        "bytes": sum(path.stat().st_size for path in (folder / "parts").iterdir()),
        "calibration": work.calibration,
        "notes": work.notes,
        "samples": len(labels),
    }
    console.write_text(folder / "MODEL_CARD.md", card.write_card(final, report))
    return report


def checked(folder) -> list[str]:
    """Faults of the kernels that a finished bundle runs on. Raises ConversionError if it fails its self-test."""
    finished = Chain(Bundle.load(folder), warm_up=False)
    if problems := finished.self_test():
        raise export.ConversionError(f"the finished bundle fails its own self-test: {problems[0]}")
    faults = finished.kernel_faults()
    for fault in faults:
        console.say(fault)
    return faults


def compared(names, reference, sweep, labels, kept_answers) -> list[dict]:
    """What every answer is in float and converted, as `validate.compare_exits` has it.

    Of boxes the one answer is compared: how far the surest one's score moved, and how many pictures have boxes of other
    kinds.
    """
    if isinstance(sweep.judge, LabelJudge):
        before, now = (seen.answers()[:, kept_answers] for seen in (reference, sweep))
        return validate.compare_exits(names, before, now, labels)
    before, now = (seen.found() for seen in (reference, sweep))
    old, new = (np.where(some[..., KIND] >= 0, some[..., SCORE], 0).max(axis=1) for some in (before, now))
    kinds = (np.sort(some[..., KIND], axis=1) for some in (before, now))
    return [
        {
            "exit": names[-1],
            "float_accuracy": float(np.mean(sweep.judge.right(before, labels))),
            "accuracy": float(np.mean(sweep.judge.right(now, labels))),
            "answers_changed": float(np.mean(np.any(np.not_equal(*kinds), axis=1))),
            "confidence_drift": float(np.mean(new - old)),
            "confidence_change": float(np.mean(np.abs(new - old))),
        }
    ]


def told_of_server(work, chain, images, labels) -> str:
    """What a person should know of a bundle with a server half: what that computes, and how it is without."""
    right = np.mean(work.judge.right([work.judge.of_result(chain.run(image)) for image in images], labels))
    macs = sum(work.chain.part_macs[name] for name in work.on_server)
    return (
        f"Accuracies are those with the server half (`server/`, float32, {console.count(macs)} multiply-adds), whose "
        f"costs are not the device's; a device alone is right in {right:.2%} of the cases. The self-test is that of a "
        "device alone."
    )


def golden_images(points, count: int, tasks: bool = False, taken: Mapping[tuple, set] | None = None) -> list[int]:
    """Which held-out images are for the self-test: the first, and one for every other way that a point's go most.

    tasks: whether images of several tasks lie one behind the other; then some from end to end are in the firsts' place.
    taken: (path of a `select`, case) -> rows of the images that take it at some point; one of each is among them.
    """
    chosen = list(range(min(GOLDENS, count)))
    if tasks:
        chosen = sorted({int(row) for row in np.linspace(0, count - 1, GOLDENS)})
    for point in points.values():
        ways, counts = np.unique(point.measured.way, return_counts=True)
        for way in ways[np.argsort(-counts, kind="stable")][: GOLDENS // 2]:
            if way not in point.measured.way[chosen]:
                chosen.append(int(np.argmax(point.measured.way == way)))
    for rows in (taken or {}).values():
        if rows.isdisjoint(chosen):
            chosen.append(min(rows))
    return chosen


def other_goldens(manifest, images, labels) -> dict[str, list[dict]]:
    """Examples for the self-test of programs besides `main`: pictures, the box of a thing on them, other numbers.

    Of those that read a box there have to be things on the pictures. Numbers of other inputs are drawn, 0..1.
    """
    found, rng = {}, np.random.default_rng(0)
    for name in sorted(manifest.programs.keys() - {"main"}):
        read = queries.inputs(manifest, name)
        boxed = BOX in read
        rows = _with_things(labels) if boxed else range(2)
        known = [{"image": images[row]} | ({BOX: labels[row, :1, :4]} if boxed else {}) for row in rows]
        if not known:
            continue
        shapes = {key: manifest.values[key].shape for key in read if key not in known[0]}
        given = [one | {key: rng.random(shape, np.float32) for key, shape in shapes.items()} for one in known]
        found[name] = [{key: one[key] for key in read} for one in given if read]
    return {name: some for name, some in found.items() if some}


def _with_things(labels) -> list[int]:
    """The first two pictures whose first thing has a box inside of them, as a chain takes it; none without boxes."""
    if labels.ndim != 3:
        return []
    top, left, bottom, right = np.moveaxis(labels[:, 0, :4], 1, 0)
    inside = (0 <= top) & (top < bottom) & (bottom <= 1) & (0 <= left) & (left < right) & (right <= 1)
    return np.flatnonzero(inside)[:2].tolist()


def _numbers(name) -> dict:
    """What an input beside the image is."""
    return {"kind": "box", "image": "image"} if name == BOX else {"kind": "vector"}


def _note_cases(results, taken: dict[tuple, set]) -> None:
    for row, result in enumerate(results):
        for event in result.events:
            if event.kind == "case":
                taken.setdefault((event.name, event.case), set()).add(row)


def measure_points(work, chain, points, samples, kept, sweep, reference, taken=None) -> list[dict]:
    """Accuracy and cost of every point on the finished chain, beside the float network's, in their order.

    samples: images, labels, and settings with which each is asked, or None. taken: is filled as for `golden_images`.

    "may_lose": points of a hundred against full depth that it is promised to lose at most, in 19 of 20 cases.
    """
    (images, labels, asked), rows, full = samples, [], None
    asked = asked or [{}] * len(images)
    for name, setting in reversed(points.items()):
        parameters = {n: v for n, v in setting.parameters.items() if n in chain.manifest.parameters}
        told = console.progress(images, name)
        results = [chain.run(image, parameters=parameters | own) for image, own in zip(told, asked, strict=True)]
        if taken is not None:
            _note_cases(results, taken)
        costs = {unit: float(np.mean([r.costs[unit] for r in results])) for unit in results[0].costs}
        full = full or costs["macs"]
        (float_one,), (now,) = (seen.measure([setting.parameters], kept) for seen in (reference, sweep))
        rows.append(
            {
                "name": name,
                "accuracy": float(np.mean(work.judge.right([work.judge.of_result(r) for r in results], labels))),
                "float_accuracy": float_one.accuracy,
                "decisions_moved": float(np.mean(float_one.way != now.way)),
                "may_lose": TOLERANCES.get(name),
                "share": costs["macs"] / full,
                **costs,
            }
        )
    return rows[::-1]


def manifest(work, written, points, rows=None, goldens=None) -> m.Manifest:
    """The manifest; before the points are measured they carry what the grid gave."""
    task, units = work.task, next(iter(written.parts.values())).costs
    measured = {row["name"]: row for row in rows or ()}
    count = len(load(task, runs.HELD_OUT_SPLIT)[1])
    described = [
        {
            "name": name,
            "parameters": point.parameters,
            "accuracy": measured.get(name, {"accuracy": point.accuracy})["accuracy"],
            "costs": {unit: measured.get(name, {}).get(unit, 0.0) for unit in units},
            "samples": count,
        }
        for name, point in points.items()
    ]
    unit = COST_UNITS[work.options.cost]
    described.sort(key=lambda point: point["costs"][unit])  # of what was decided with: on the whole chain, as measured
    pixels = {"scale": list(task.scale), "offset": list(task.offset)}
    image = {"kind": "image", "resize": "bilinear", "crop": "center", **pixels}
    return work.manifest(
        written,
        {"image": (image, (1, *task.input_shape))}
        | {name: (_numbers(name), (1, *shape)) for name, shape in work.chain.inputs().items()},
        task.labels,
        name=work.run.bundle_name(work.options.quantize),
        points=described,
        sorted_by=unit,
        default_operating_point=next(name for name in (*DEFAULTS, list(points)[-1]) if name in points),
        provenance=provenance(work),
        goldens=goldens,
        **{key: words for key, words in {"title": task.title, "question": task.question}.items() if words},
    )


def provenance(work) -> dict:
    """What made the bundle, from what."""
    options, source = work.options, shlex.quote(f"runs/{places.absolute(work.run.folder).name}")
    return {
        "dataset": work.task.name,
        "quantize": options.quantize,
        "held_out_split": runs.HELD_OUT_SPLIT,
        "preset": work.run.config["preset"],
        "training": work.run.config,
        "options": dataclasses.asdict(options),
        "command": f"python tools/convert.py {source} --quantize {options.quantize}"
        + (f" --int16 {shlex.quote(options.int16)}" if options.int16 else ""),
        "machine": console.plain(machine.describe()),
        "calibration": work.calibration["chosen"] if work.calibration else None,
    }
