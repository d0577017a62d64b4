"""SkipNet's figures 2.6, 2.10, 2.12 and 2.13, with the numbers of tables 2.2 and 2.3, from finished runs; and int8.

Wang, UCB/EECS-2020-236, sections 2.4 and 2.5. Every item is computed into plain rows, which `skipnet_pages.py` writes
down and draws. Static networks that were trained alone, and random gates (SDV), stand beside as baselines.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from keras_models.functional.block_costs import Prices
from tflite.baselines import cheapest_within
from tflite.batched.bundles import bundle_executor
from tools import console, machine, options
from tools.pipeline import runs
from tools.studies import pages
from tools.studies import skipnet_pages as shown
from tools.studies.finished import JUDGED, reached
from tools.studies.pages import Item
from tools.studies.skipnet_study import RESNET, Decided, SkipStudy, decide, kind, printed, title, trained_as

SCALED = "The source trains for 64,000 steps, and for 10,000 more with the reward."
TOLERANCE = 0.005  # of accuracy, below the ResNet of the same depth: the source's "matched accuracy"


def summary(decided: Decided, labels: np.ndarray, costs: Prices) -> dict:
    """Accuracy (0..1) with its standard error, multiply-adds with gates counted and without, and blocks run: means."""
    return reached(decided.answers == labels) | {
        "macs": float(costs.spent(decided.run).mean()),
        "macs_without_gates": float(costs.spent(decided.run, gates=False).mean()),
        "blocks": float(decided.blocks.mean()),
    }


def measured(study: SkipStudy, run: runs.Run, split: str, thresholds: Sequence[float | None]) -> list[dict]:
    """A row of `summary` a threshold, with the share of the reference's multiply-adds and the depth in blocks."""
    network, labels = study.network(run), study.split(split).labels
    rows = []
    for threshold, decided in zip(thresholds, study.decided(run, split, thresholds), strict=True):
        row = {"name": title(study, run), "kind": kind(run), "threshold": threshold}
        row |= summary(decided, labels, study.prices(run)) | {"of": sum(network.block_counts)}
        row |= {"blocks": float(row["of"])} if kind(run) == RESNET else {}
        rows.append(row | {"share": row["macs"] / study.reference})
    return rows


def cheapest(rows: Sequence[dict], wanted: float) -> tuple[dict, bool]:
    """The cheapest row of an accuracy of at least `wanted`, else the most accurate one; and whether it is that."""
    found = cheapest_within(rows, wanted, 0)
    return (found, True) if found else (max(rows, key=lambda row: (row["accuracy"], -row["macs"])), False)


def twin(study: SkipStudy, run: runs.Run) -> runs.Run | None:
    """The ResNet among the baselines of the same depth and widths, if there is one."""

    def shape(run: runs.Run) -> tuple:
        return study.network(run).block_counts, study.network(run).filters

    return next((other for other in study.baselines if kind(other) == RESNET and shape(other) == shape(run)), None)


def figure_2_6(study: SkipStudy) -> dict:
    """Accuracy against multiply-adds over alpha and the threshold, on test images; thresholds chosen on held-out ones.

    Chosen is the cheapest threshold within `TOLERANCE` of the ResNet of the same depth, or, where there is none, of the
    most accurate threshold; where none reaches it, the most accurate one.
    """
    rows = []
    for run in study.skipnets:
        held_out = measured(study, run, runs.HELD_OUT_SPLIT, study.thresholds)
        other = twin(study, run)
        goals = measured(study, other, runs.HELD_OUT_SPLIT, [None]) if other else held_out
        chosen, reached = cheapest(held_out, max(row["accuracy"] for row in goals) - TOLERANCE)
        for row, before in zip(measured(study, run, JUDGED, study.thresholds), held_out, strict=True):
            own = {"held_out": before["accuracy"], "chosen": before is chosen, "reached": before is chosen and reached}
            rows.append(row | own | {"printed": printed(study, run) if before is chosen else []})
    baselines = []
    for run in study.baselines:
        [row] = measured(study, run, JUDGED, [None])
        baselines.append(row | {"printed": printed(study, run)})
    return {"rows": rows, "baselines": sorted(baselines, key=lambda row: row["macs"]), "tolerance": TOLERANCE}


def figure_2_10(study: SkipStudy) -> dict:
    """How often each gated block is skipped on the test images: shares, a list a group; block 1 has no gate."""
    skipped, ends = 1 - study.looked_at().run.mean(axis=0), np.cumsum(study.network(study.run).block_counts)
    groups = np.split(skipped, ends[:-1] - 1)
    return {"name": title(study, study.run), "threshold": study.threshold, "groups": [g.tolist() for g in groups]}


def figure_2_12(study: SkipStudy) -> dict:
    """The test images that run the fewest and the most blocks; among equals the first ones of the split."""
    decided, images, labels = study.looked_at(), study.judged.images, study.judged.labels
    order, names = np.argsort(decided.blocks, kind="stable"), study.task.labels
    hardest = np.argsort(-decided.blocks, kind="stable")
    galleries = {"easy": order[: study.gallery], "hard": hardest[: study.gallery]}

    def described(row: int) -> dict:
        label, answer = names[labels[row]], names[decided.answers[row]]
        return {"row": int(row), "label": label, "answer": answer, "blocks": int(decided.blocks[row])}

    def looks(rows) -> dict:
        pixels = images[rows].reshape(len(images[rows]), -1).astype(float)
        right = float(np.mean(decided.answers[rows] == labels[rows]))
        means = float(pixels.mean()), float(pixels.std(axis=1).mean()), float(decided.blocks[rows].mean())
        return dict(zip(("accuracy", "brightness", "contrast", "blocks"), (right, *means), strict=True))

    return {
        "name": title(study, study.run),
        "threshold": study.threshold,
        "task": study.task.name,
        "split": JUDGED,
        "galleries": {name: [described(row) for row in rows] for name, rows in galleries.items()},
        "looks": {name: looks(rows) for name, rows in {**galleries, "all": np.arange(len(labels))}.items()},
        "panels": 2,
    }


def figure_2_13(study: SkipStudy) -> dict:
    """Blocks run by class of the test images: least, quartiles and most, their mean, and the accuracy of the class."""
    decided, labels, rows = study.looked_at(), study.judged.labels, []
    for number in np.unique(labels):
        own = labels == number
        blocks = decided.blocks[own]
        row = {"label": study.task.labels[number], "quartiles": np.quantile(blocks, (0, 0.25, 0.5, 0.75, 1)).tolist()}
        rows.append(row | {"mean": float(blocks.mean()), "accuracy": float((decided.answers == labels)[own].mean())})
    spread = np.array([[row["mean"], row["accuracy"]] for row in rows])
    related = None if (np.ptp(spread, axis=0) == 0).any() else float(np.corrcoef(spread.T)[0, 1])
    return {"name": title(study, study.run), "threshold": study.threshold, "rows": rows, "correlation": related}


def table_int8(study: SkipStudy) -> dict:
    """What a conversion does to decisions: bundles beside the float network, at the same thresholds and images."""
    count, costs, rows = study.converted_images, study.prices(study.run), []
    images, labels = (some[:count] for some in study.judged)
    images = study.task.normalise(images)
    whole = study.decided(study.run, JUDGED, study.thresholds)
    floats = [Decided(decided.answers[:count], decided.run[:count]) for decided in whole]
    for bundle in study.bundles:
        converted = decide(bundle_executor(bundle), images, [{"threshold": limit} for limit in study.thresholds])
        for threshold, before, now in zip(study.thresholds, floats, converted, strict=True):
            rows.append({"bundle": bundle.manifest.name, "threshold": threshold} | moved(before, now, labels, costs))
    return {"name": title(study, study.run), "images": len(labels), "rows": rows}


def moved(before: Decided, now: Decided, labels: np.ndarray, costs: Prices) -> dict:
    """A float network's decisions beside those of its conversion: `summary` of both, and the shares that differ."""
    other = before.run != now.run
    return {
        "float": summary(before, labels, costs),
        "converted": summary(now, labels, costs),
        "decisions_moved": float(other.mean()),
        "decisions_moved_by_gate": other.mean(axis=0).tolist(),
        "images_moved": float(other.any(axis=1).mean()),
        "answers_moved": float(np.mean(before.answers != now.answers)),
    }


ITEMS = {
    "figure 2.6": Item(figure_2_6, shown.write_figure_2_6, shown.paint_figure_2_6),
    "figure 2.10": Item(figure_2_10, shown.write_figure_2_10, shown.paint_figure_2_10),
    "figure 2.12": Item(figure_2_12, shown.write_figure_2_12, shown.paint_figure_2_12),
    "figure 2.13": Item(figure_2_13, shown.write_figure_2_13, shown.paint_figure_2_13),
    "table int8": Item(table_int8, shown.write_table_int8),
}


def write(study: SkipStudy, out: str | Path, command: str) -> Iterator[Path]:
    """Compute all items, int8 only where there is a bundle; yield the page of each, written into a folder."""
    networks = "; ".join(trained_as(run) for run in (*study.skipnets, *study.baselines))
    wanted = {name: item for name, item in ITEMS.items() if study.bundles or item.compute is not table_int8}
    places = {name: Path(out, pages.file_name(name, study.task.name)) for name in wanted}
    for name, file in places.items():
        options.check_page(file, picture=ITEMS[name].paint is not None)
    for name, item in wanted.items():
        console.say(f"{name} of {study.task.name}")
        rows, file = console.plain(item.compute(study)), places[name]
        made = f"Networks: {networks}; {len(study.judged.labels):,} test images. {SCALED}"
        foot, title = [made, *machine.foot(command)], f"SkipNet, {name}: {study.task.name}"
        pages.write(file, title, name, item, rows, foot, {"command": command, **rows})
        yield file
