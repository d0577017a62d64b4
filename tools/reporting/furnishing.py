"""What stands beside a bundle for people: samples, static networks on the same images, and memory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np

import tflite
from tflite import baselines
from tflite.bundle import queries, write_manifest
from tflite.bundle.samples import spread, write_samples
from tflite.conversion.table import Table
from tools import console
from tools.reporting import held_memory
from tools.reporting.samples import Samples

CLOSE = 0.03  # of the mean cost of a point: how far that of the samples may be off
STATICS = "static_networks"  # in the provenance
CUT_AT = "the network up to "  # and the name of an exit
HEADINGS = ("## Static networks on the same images", "## Memory")


def furnish(folder: Path, data: Samples, networks: list[tflite.Bundle], count: int) -> list[str]:
    """Puts all of it into a bundle's folder: files, manifest and card.

    Args:
        folder: the bundle's.
        data: held-out images, in the shape of its input.
        networks: static networks that were trained alone, for the same task.
        count: samples, at most.

    Returns:
        Sentences that say what was done.

    Raises:
        UserError: the images have another shape, or no choice of them costs what the points say.
    """
    bundle = tflite.Bundle.load(folder)
    _, shape = queries.picture(bundle.manifest)
    if data.images.shape[1:] != shape:
        raise console.UserError(
            f"expected images of {shape}, as the bundle takes them, received {data.images.shape[1:]}"
        )
    points = [point.name for point in bundle.manifest.operating_points]
    costs, paths, accuracies = _run(tflite.Chain(bundle), points, data)
    rows = choose(costs, data, count)
    statics = static_networks(bundle, networks, data)
    held = held_memory.of_bundle(bundle, points[0], paths[0])
    samples = write_samples(folder, data.images[rows], data.labels[rows])
    compared = {"images": len(data), "points": dict(zip(points, accuracies.tolist())), "networks": statics}
    told = {STATICS: compared} | ({"memory_kib": held} if held else {})
    manifest = msgspec.structs.replace(bundle.manifest, samples=samples, provenance=bundle.manifest.provenance | told)
    write_manifest(folder, manifest)
    _write_card(folder / "MODEL_CARD.md", manifest, accuracies, statics, held, data)
    off = np.abs(costs[rows].mean(axis=0) / costs.mean(axis=0) - 1).max()
    said = [f"{len(rows)} samples, whose mean costs are within {off:.1%} of those of {len(data):,} images"]
    said += [f"{row['name']}: {row['accuracy']:.2%} for {row['macs']:,.0f} multiply-adds" for row in statics]
    return said + ([held_memory.sentence(held)] if held else [])


def _run(chain, points, data):
    """Multiply-adds `[images, points]`, the most usual path and the accuracy of each point."""
    results = [
        [chain.run(image, operating_point=point) for point in points]
        for image in console.progress(data.images, "running all points")
    ]
    costs = np.array([[result.macs for result in row] for row in results])
    paths = [Counter(row[i].path for row in results).most_common(1)[0][0] for i in range(len(points))]
    right = np.array([[result.label == label for result in row] for row, label in zip(results, data.labels)])
    return costs, paths, right.mean(axis=0)


def choose(costs: np.ndarray, data: Samples, count: int) -> np.ndarray:
    """Rows of samples that cost at every point what all images do, within `CLOSE`. Raises UserError if there are none.

    costs: multiply-adds, `[images, points]`.
    """
    rows = spread(costs, data.labels, count)
    means, wanted = costs[rows].mean(axis=0), costs.mean(axis=0)
    if (np.abs(means - wanted) > CLOSE * wanted).any():
        raise console.UserError(
            f"expected samples that cost within {CLOSE:.0%} of {wanted.round().tolist()} multiply-adds, "
            f"received {means.round().tolist()}: give more with --samples"
        )
    return rows


def static_networks(bundle: tflite.Bundle, networks: list[tflite.Bundle], data: Samples) -> list[dict]:
    """Static networks on images: the bundle's own at each depth, and others; cheapest first.

    Returns:
        {"name", "accuracy": 0..1, "macs"} each. A program that no static network equals has none.
    """
    made, _ = baselines.attempt(baselines.static_shapes(bundle))
    named = {_named(shape): static for shape, static in made.items()}
    named |= {f"{network.manifest.name}, trained alone": baselines.static_bundle(network) for network in networks}
    found = []
    for name, static in named.items():
        (part,) = static.manifest.parts.values()
        chain = tflite.Chain(static, warm_up=False)
        said = [chain.run(image).label for image in console.progress(data.images, f"running {name}")]
        accuracy = float(np.mean(np.array(said) == data.labels))
        macs = float(baselines.count_macs(static.read(part.file)))
        found.append({"name": name, "accuracy": accuracy, "macs": macs})
    return sorted(found, key=lambda row: row["macs"])


def _named(shape):
    cut = shape.removeprefix(baselines.CUT)
    return "the whole network" if shape == baselines.STATIC else f"{CUT_AT}{cut}"


def as_accurate(statics: list[dict], accuracy: float) -> dict | None:
    """The cheapest static network that is at least that accurate, or None."""
    return next((row for row in statics if row["accuracy"] >= accuracy), None)


def _write_card(file, manifest, accuracies, statics, held, data):
    """Adds to the card, or puts in the place of what this has added before."""
    before = file.read_text(encoding="utf-8") if file.exists() else f"# {manifest.name}\n"
    for heading in HEADINGS:
        before = before.partition(f"\n{heading}\n")[0]
    blocks = [before.rstrip()]
    if statics:
        rows = [[row["name"], f"{row['accuracy']:.2%}", console.count(row["macs"])] for row in statics]
        table = Table(["static network", "accuracy", "multiply-adds"], rows, "lrr").markdown()
        words = f"Run on {len(data):,} images of {data.task}:{data.split}, int8, as one model without exits."
        said = [_compared(point, mine, statics) for point, mine in zip(manifest.operating_points, accuracies)]
        blocks += [HEADINGS[0], words, table, "\n".join(f"- {each}" for each in said)]
    if held:
        blocks += [HEADINGS[1], held_memory.sentence(held)]
    console.write_text(file, "\n\n".join(blocks) + "\n")


def _compared(point, accuracy, statics):
    other = as_accurate(statics, accuracy)
    if other is None:
        return f"{point.name} ({accuracy:.2%}): no static network here is as accurate."
    share = point.costs["macs"] / other["macs"]
    told = f"{share:.0%} of the multiply-adds of {other['name']}, the cheapest as accurate"
    return f"{point.name} ({accuracy:.2%}) takes {told}."
