"""The page of two-stage fine-tuning: tables, a picture of curves and one of detections, written from numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_models import datasets
from tflite.conversion.table import Table
from tools import console, machine
from tools.reporting import figures
from tools.studies import pages
from tools.studies.few_shots_pages import cell, interval, of, shots_table
from tools.studies.fine_tuning_study import METHODS

# Novel AP50 of table 7.1 by split, at 1, 2, 3, 5 and 10 examples, on VOC with ResNet-101.
PRINTED = {
    "whole": {
        1: (15.2, 20.3, 29.0, 40.1, 45.5), 2: (13.4, 20.6, 28.6, 32.4, 38.8), 3: (19.6, 20.8, 28.7, 42.2, 42.1),
    },
    "dense": {
        1: (36.8, 29.1, 43.6, 55.7, 57.0), 2: (18.2, 29.0, 33.4, 35.5, 39.0), 3: (27.7, 33.6, 42.5, 48.7, 50.2),
    },
    "cosine": {
        1: (39.8, 34.4, 44.7, 55.7, 56.0), 2: (23.5, 26.9, 34.1, 35.1, 39.1), 3: (30.8, 34.8, 42.8, 49.5, 49.8),
    },
}  # fmt: skip
# Base and novel AP50 of table 7.2, split 1, at 3 and 10 examples.
PRINTED_BOTH = {
    "base only": {3: (80.8, 9.0), 10: (80.8, 9.0)},
    "whole": {3: (66.1, 29.0), 10: (66.0, 45.5)},
    "cosine": {3: (79.1, 44.7), 10: (78.4, 56.0)},
}
PICTURES = (
    "The best and the worst test scenes of TFA w/ cos with most examples: solid boxes are right, dashed ones wrong, "
    "dotted things missed; new kinds in red"
)
SIDES = {
    "novel_ap50": "Table 7.1: AP50 of the new kinds",
    "base_ap50": "AP50 of the base kinds",
    "novel_ap": "COCO's AP of the new kinds",
}


def text(report: Mapping, pictures: Mapping[str, str]) -> str:
    """The page. report: of `compare`, with "command", "made" and "date"; pictures: what they show -> file."""
    settings = report["settings"]
    blocks = ["# New kinds of things by fine-tuning the last layers (TFA)", _scaled(settings)]
    blocks += [f"`{report['command']}`, {machine.line(report['made'])}."]
    for split in report["splits"]:
        blocks += [f"## Split {split['split']}: new are {', '.join(split['novel'])}", _base(split)]
        blocks += [f"### {words}\n\n{table(split, key).markdown()}" for key, words in SIDES.items()]
        blocks += ["\n".join(f"- {sentence}" for sentence in orders(split))]
        blocks += ["### As many regions as a budget allows", _allowance(split)]
    blocks += [f"![{words}]({file})" for words, file in pictures.items()]
    return "\n\n".join(blocks) + "\n"


def _scaled(settings: Mapping) -> str:
    return (
        f"The scenes are **rendered, not photographs** ({settings['task']}: {settings['pixels']} pixels, twenty kinds "
        "of which five are new), and everything is smaller than in the source (VOC, Faster R-CNN with ResNet-101, 800 "
        "pixels, 18,000 steps of 16 pictures): the trunk is EfficientNet-Lite0 as far as stride 16, the base "
        f"detectors saw {settings['scenes']} scenes for {settings['epochs']} epochs. k things of every kind, old and "
        f"new, are known in the second stage; {settings['draws']} draws, mean and 95 % interval over them (Student's "
        "t), one base training each. Boxes are regressed alike for all kinds. TFA tunes rows, background and "
        f"regression for {settings['steps']} steps at a rate from {settings['rate']:g}, from random rows; with fc, the "
        "product's rows of base kinds were fitted on the same frozen features first, so both forms share one base "
        "detector; steps and rate are those that suited the cosine on held-out scenes, for fc too. On the device only "
        "the new row is made: by the program `learn`, as its parts compute it but in float32, or as the mean of "
        "features without any step. ft-full, where it stands, trains everything for "
        f"{settings['whole_steps']} steps. Joint training, the source's first rows, is not among them. "
        f"Judged on {settings['judged']} test scenes."
    )


def table(split: Mapping, key: str) -> Table:
    """One number of every method by the number of examples; the source's beside it where it prints one."""
    return shots_table(split, key, METHODS, PRINTED, lambda values: f"{cell(values)} ({len(values)})")


def _base(split: Mapping) -> str:
    own = split["base_only"]
    words = (
        f"Before it meets them the detector has AP50 {own['base_ap50']:.1f} (COCO's AP {own['base_ap']:.1f}) of the "
        "base kinds. In brackets: draws."
    )
    if split["split"] != 1:
        return words
    rows = [
        [name if name == "base only" else METHODS[name], k, *(f"{value:.1f}" for value in both)]
        for name, by_shots in PRINTED_BOTH.items()
        for k, both in by_shots.items()
    ]
    printed = Table(["the source's table 7.2, on VOC", "k", "base AP50", "novel AP50"], rows)
    return f"{words}\n\n{printed.markdown()}"


def orders(split: Mapping) -> list[str]:
    """Sentences: what tuning costs the base kinds, and which method is above which."""
    trials, before, said = split["trials"], split["base_only"]["base_ap50"], []
    for k in sorted({row["shots"] for row in trials}):
        own, base = (of(trials, "cosine", k, key) for key in ("novel_ap50", "base_ap50"))
        if not own:
            continue
        words = f"k = {k}: TFA w/ cos loses {before - np.mean(base):.1f} points of the base kinds"
        for method in ("dense", "whole", "learn"):
            if values := of(trials, method, k, "novel_ap50"):
                words += (
                    f"; new kinds {np.mean(own) - np.mean(values):+.1f} against {METHODS[method]}{_sure(own, values)}"
                )
        said.append(f"{words}.")
    return said


def _sure(own, others) -> str:
    (mean, half), (other, apart) = interval(own), interval(others)
    clear = half is not None and apart is not None and abs(mean - other) > half + apart
    return "" if clear else " (no clear difference)"


def _allowance(split: Mapping) -> str:
    rows = [
        [row["regions"], console.count(row["macs"]), f"{row['base_ap50']:.1f}", f"{row['novel_ap50']:.1f}"]
        for row in split["allowance"]
    ]
    words = "TFA w/ cos, most examples, first draw. Regions are looked at most promising first; a budget ends them."
    return f"{words}\n\n{Table(['regions', 'multiply-adds', 'base AP50', 'novel AP50'], rows).markdown()}"


def paint(figure, axes, report: Mapping) -> None:
    """New kinds by examples, of the first split; beside it the allowances of all splits."""
    del figure
    split = report["splits"][0]
    shots = sorted({row["shots"] for row in split["trials"]})
    for number, method in enumerate(METHODS):
        told = {k: of(split["trials"], method, k, "novel_ap50") for k in shots}
        told = {k: interval(values) for k, values in told.items() if values}
        if told:
            means, bars = [mean for mean, _ in told.values()], [half or 0 for _, half in told.values()]
            axes[0].errorbar(
                [shots.index(k) for k in told], means, bars, label=METHODS[method], **figures.series(number)
            )
    axes[0].set_xticks(range(len(shots)), shots)
    axes[0].set(xlabel="examples of each kind", ylabel="AP50 of the new kinds, %", title=f"split {split['split']}")
    axes[0].set_ylim(bottom=0)
    axes[0].legend()
    for number, one in enumerate(report["splits"]):
        for key, dashes in (("base_ap50", "-"), ("novel_ap50", "--")):
            rows = one["allowance"]
            style = figures.series(number) | {"linestyle": dashes}
            label = f"split {one['split']}, {'base' if key == 'base_ap50' else 'new'} kinds"
            axes[1].plot([row["macs"] / 1e6 for row in rows], [row[key] for row in rows], label=label, **style)
    axes[1].set(xlabel="multiply-adds, millions", ylabel="AP50, %", title="regions as a budget allows")
    axes[1].set_ylim(bottom=0)
    axes[1].legend()


def write(report: Mapping, file: Path) -> None:
    """Writes the page, its numbers as JSON, the curves, and what was found on some pictures of the first split."""
    curves, seen = (file.with_name(f"{file.stem}{end}.png") for end in ("", "_pictures"))
    told = {"AP50 by examples, and by regions looked at": curves.name, PICTURES: seen.name}
    pages.put(file, text(report, told), report)
    figures.draw_png(curves, lambda figure, axes: paint(figure, axes, report), (1, 2), (10.0, 4.2))
    split = report["splits"][0]
    images = datasets.get(report["settings"]["task"]).annotated("test").images
    shape = (-(-len(split["pictures"]) // 4), 4)
    figures.draw_png(seen, lambda _, axes: paint_pictures(axes, split, images), shape, (10.0, 2.6 * shape[0]))


def paint_pictures(axes, split: Mapping, images) -> None:
    """Test pictures with what was found on them; boxes of new kinds are red, of others blue."""
    for panel in axes:
        panel.axis("off")
    for panel, entry in zip(axes, split["pictures"], strict=False):
        panel.imshow(images[entry["row"]], extent=(0, 1, 1, 0), interpolation="nearest")
        for box in entry["boxes"]:
            top, left, bottom, right = box["corners"]
            colour = figures.colour("red" if box["name"] in split["novel"] else "blue")
            dashes = {"right": "-", "wrong": "--", "missed": ":"}[box["state"]]
            across, down = [left, right, right, left, left], [top, top, bottom, bottom, top]
            panel.plot(across, down, dashes, color=colour, linewidth=1.6)
            words = box["name"] if box["score"] is None else f"{box['name']} {100 * box['score']:.0f}"
            options = {"color": "white", "fontsize": 6, "va": "bottom", "backgroundcolor": (0, 0, 0, 0.5)}
            panel.text(left, max(top - 0.02, 0.06), words, **options)
        panel.set(xlim=(0, 1), ylim=(1, 0))
