"""The page of recurrent attention: tables, what the thesis says, and a picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from keras_models import datasets
from tflite.conversion.table import Table
from tools import console, machine
from tools.reporting import figures
from tools.studies import pages
from tools.studies.attention import ADD, COMPARE, FILTERS, GARN, HRAM, RAM, REGIONS
from tools.studies.finished import JUDGED

TASKS = {ADD: "sum of two digits", COMPARE: "which digit is larger", REGIONS: "four regions in step (look-alike)"}
# The thesis draws curves alone; this is what its text says of them.
PRINTED = {
    (ADD, 2_000, GARN): "above 70",
    (ADD, 20_000, GARN): "90",
    (ADD, 2_000, RAM): "near chance",
    (ADD, 2_000, HRAM): "30 above the others",
    (COMPARE, 2_000, GARN): "at least 6 above HRAM",
    (REGIONS, 2_000, HRAM): "about 8 above RAM",
    (REGIONS, 2_000, GARN): "2 to 20 above the others",
}
QUESTION = (
    "Can a network that looks at an image glimpse by glimpse answer a question about several places in it, learned of "
    "few images on which these places are marked? GARN locates with one recurrent core and classifies with another; "
    "HRAM does both with one; RAM does, and is rewarded by right answers alone."
)


def panels(rows: Sequence[dict]) -> tuple[list[dict], dict | None]:
    """Rows without an extra, which are compared, and the one whose exits are drawn: trained to answer early."""
    early = [row for row in rows if "early" in row["note"]]
    return [row for row in rows if not row["note"] or row in early], early[-1] if early else None


def compared(rows: Sequence[dict]) -> str:
    """Accuracies of figure 3.5: a row a network, as the thesis says and as it is here."""
    cells = []
    for row in rows:
        printed = PRINTED.get((row["task"], row["images"], row["kind"]), "")
        apart = f"{-row['reward']:.2f}" if "reward" in row else ""
        about = [TASKS[row["task"]], f"{row['images']:,}", row["kind"] + (f", {row['note']}" if row["note"] else "")]
        cells.append([*about, str(row["seed"]), printed, pages.accuracy(row), apart, console.count(row["macs"])])
    header = ["task", "images", "network", "seed", "printed %", "here % (error)", "divergence", "multiply-adds"]
    return Table(header, cells, "lrlrlrrr").markdown()


def glimpses(row: dict) -> str:
    """What so many glimpses reach, always as many, and by an exit when the classifier is sure."""
    fixed = [[str(n), "", pages.percent(one)] for n, one in enumerate(row["by_glimpse"], 1)]
    sure = [[f"{mean:.2f}", f"{limit:g}", pages.percent(one)] for limit, one, mean in row["sure"]]
    return Table(["mean glimpses", "sure from", "accuracy %"], fixed + sure, "rrr").markdown()


def points(bundle: dict) -> str:
    """Operating points of a bundle, as they were measured on its finished chain."""
    cells = [
        [point["name"], pages.percent(point["accuracy"]), console.count(point["costs"]["macs"]), settings(point)]
        for point in bundle["points"]
    ]
    return Table(["point", "accuracy %", "multiply-adds", "settings"], cells, "lrrl").markdown()


def settings(point: dict) -> str:
    """Parameters of a point in words."""
    return ", ".join(f"{name} {value:g}" for name, value in point["parameters"].items())


def text(found: dict, command: str, picture: Path, glimpsed: Path | None = None) -> str:
    """The page: what was asked, tables, and how it was made. glimpsed: the picture of glimpses, if there is one."""
    rows, (_, early) = found["rows"], panels(found["rows"])
    blocks = ["# Recurrent attention: GARN, HRAM and RAM", QUESTION, pages.image("accuracies and exits", picture)]
    blocks += ["## What they reach", compared(rows)]
    if early:
        said = (
            "Beyond the source: trained to answer behind every glimpse, GARN answers when the classifier is sure. Rows "
            "without a threshold always take as many glimpses."
        )
        blocks += ["## Glimpses as a budget", said, glimpses(early)]
    if glimpsed:
        said = "The sharp windows on the first test images, in their order, and what it said behind each."
        blocks += [said, pages.image("where it looked", glimpsed)]
    if bundle := found.get("bundle"):
        said = f"Operating points of `{bundle['name']}`, {bundle['samples']:,} held-out images, run one by one."
        blocks += ["## On the device", said, points(bundle)]
    samples = " and ".join(sorted({f"{row['samples']:,}" for row in rows}))
    scaled = (
        f"{samples} test images; the source tests on as many as it trains on. Passes: "
        f"{', '.join(sorted({str(row['epochs']) for row in rows}))}; the source does not say. The CNN has "
        f"{' and '.join(map(str, FILTERS))} filters in the place of 128 and 256. Divergence: in nats, of where it "
        "looked from where the regions are."
    )
    scaled += (
        " Two things are not the source's: the reward counts the divergence both ways, for by the source's alone a "
        "network came to rest at one of the two digits; and answers behind earlier glimpses are trained too."
    )
    if any(row["task"] == REGIONS for row in rows):
        scaled += " The regions are drawn, not measured: no statement about scans."
    made = (
        "Trained by `python tools/attention.py --no-page`, converted by `python tools/convert.py runs/attention/NAME`:"
    )
    return pages.page([*blocks, scaled, made, *machine.foot(command)])


def paint(figure, axes, found: dict) -> None:
    """Accuracy of each network on the left, accuracy against mean glimpses on the right."""
    del figure
    rows, early = panels(found["rows"])
    names = [
        ", ".join((row["kind"], *filter(None, [row["note"]]), TASKS[row["task"]], f"{row['images']:,}")) for row in rows
    ]
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    colours = [figures.series(kinds.index(row["kind"]))["color"] for row in rows]
    axes[0].barh(range(len(rows)), [100 * row["accuracy"] for row in rows], color=colours)
    axes[0].set_yticks(range(len(rows)), names)
    axes[0].invert_yaxis()
    axes[0].set_xlabel("accuracy on test images, %")
    if early is None:
        axes[1].set_axis_off()
        return
    fixed = early["by_glimpse"]
    axes[1].plot(range(1, len(fixed) + 1), [100 * one for one in fixed], **figures.series(0), label="always as many")
    means, reached = [mean for _, _, mean in early["sure"]], [100 * one for _, one, _ in early["sure"]]
    axes[1].plot(means, reached, **figures.series(1), label="until it is sure")
    axes[1].set_xlabel("mean glimpses")
    axes[1].set_ylabel("accuracy, %")
    axes[1].legend()


def paint_glimpses(axes, row: dict, images: np.ndarray) -> None:
    """The sharp windows on some images in their order, the later the stronger, and what was said behind each.

    row: with `examples` and `size`. images: uint8 `[examples, height, width, channels]`.
    """
    for axis, image, one in zip(axes, images, row["examples"], strict=True):
        axis.imshow(image[..., 0], cmap="gray")
        axis.set_axis_off()
        side, places = image.shape[0], [(0.0, 0.0), *one["locations"]]
        for number, (x, y) in enumerate(places, 1):
            column, line = ((c + 1) * (side - 1) / 2 for c in (x, y))
            strength, edge = 0.3 + 0.7 * number / len(places), row["size"] / 2
            corner = (column - edge, line - edge)
            axis.add_patch(Rectangle(corner, 2 * edge, 2 * edge, fill=False, color="#ffb020", alpha=strength))
            axis.text(column, line, str(number), color="#ffb020", alpha=strength, ha="center", va="center", fontsize=8)
        axis.set_title(f"{' '.join(map(str, one['answers']))}\nright: {one['label']}", fontsize=8)


def write(file: Path, found: dict, command: str) -> Path:
    """Writes the page, and its numbers and its pictures beside it; returns the page's file."""
    picture, (_, early) = file.with_suffix(".png"), panels(found["rows"])
    shown = None
    if early and early.get("examples"):
        shown, count = file.with_name(f"{file.stem}_glimpses.png"), len(early["examples"])
        images = datasets.get(early["task"]).load(f"{JUDGED}[:{count}]")[0]
        figures.draw_png(shown, lambda _, axes: paint_glimpses(axes, early, images), (1, count), (2.1 * count, 2.6))
    figures.draw_png(picture, lambda figure, axes: paint(figure, axes, found), (1, 2), (11.0, 4.6))
    return pages.put(file, text(found, command, picture, shown), {"command": command, **found})
