"""The page of detectors that meet new kinds: tables and a picture, written from numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tools import machine
from tools.reporting import figures
from tools.studies import pages
from tools.studies.few_shots import METHODS

# 97.5th percentile of Student's t, by draws less one.
_T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
# Novel mAP of table 6.1 by split, at 1, 2, 3, 5 and 10 examples, on VOC.
PRINTED = {
    "yolo_ft": {1: (3.2, 6.5, 6.4, 7.5, 12.3), 2: (8.2, 3.8, 3.5, 3.5, 7.8), 3: (8.1, 7.4, 7.6, 9.5, 10.5)},
    "yolo_ft_full": {
        1: (6.6, 10.7, 12.5, 24.8, 38.6), 2: (12.5, 4.2, 11.6, 16.1, 33.9), 3: (13.0, 15.9, 15.0, 32.2, 38.4),
    },
    "lstd": {1: (6.9, 9.2, 7.4, 12.2, 11.6), 2: (9.9, 5.4, 3.3, 5.7, 19.2), 3: (10.9, 7.6, 9.5, 15.3, 16.9)},
    "lstd_full": {1: (8.2, 11.0, 12.4, 29.1, 38.5), 2: (11.4, 3.8, 5.0, 15.7, 31.0), 3: (12.6, 8.5, 15.0, 27.3, 36.3)},
    "fsrw": {
        1: (14.8, 15.5, 26.7, 33.9, 47.2), 2: (15.7, 15.3, 22.7, 30.1, 40.5), 3: (21.3, 25.6, 28.4, 42.8, 45.9),
    },
}  # fmt: skip
SHOTS = (1, 2, 3, 5, 10)
BASE = {"yolo": (70.3, 72.2, 70.6), "fsrw": (69.7, 72.0, 70.8)}  # base mAP of table 6.3 by split
SIDES = {"novel_ap50": "novel AP50", "base_ap50": "base AP50", "novel_ap": "novel AP", "base_ap": "base AP"}


def interval(values: Sequence[float]) -> tuple[float, float | None]:
    """The mean, and half of its 95 % interval by Student's t; None of one value alone."""
    values = np.asarray(values, float)
    if len(values) < 2:
        return float(values.mean()), None
    share = _T.get(len(values) - 1, 2.0)
    return float(values.mean()), float(share * values.std(ddof=1) / np.sqrt(len(values)))


def cell(values: Sequence[float]) -> str:
    """A mean with its interval, as a table has it."""
    mean, half = interval(values)
    return f"{mean:.1f}" if half is None else f"{mean:.1f} ± {half:.1f}"


def of(trials: Sequence[Mapping], method: str, shots: int, key: str) -> list[float]:
    """A number of every draw of a method at so many examples."""
    return [row[key] for row in trials if row["method"] == method and row["shots"] == shots and key in row]


def table(split: Mapping, key: str = "novel_ap50") -> Table:
    """One number of every method by the number of examples; the source's beside it where it prints one."""
    return shots_table(split, key, {name: method.title for name, method in METHODS.items()}, PRINTED)


def shots_table(split: Mapping, key: str, titles: Mapping[str, str], printed: Mapping, told=cell) -> Table:
    """One number of every method by the number of examples; the source's beside it where it prints one.

    Args:
        split: of a comparison.
        key: of the number.
        titles: of the methods, by name.
        printed: method -> split -> novel AP50 at the numbers of examples in `SHOTS`.
        told: function of the numbers of all draws that writes a cell.
    """
    trials = split["trials"]
    shots = sorted({row["shots"] for row in trials})
    rows = []
    for method in [name for name in titles if any(row["method"] == name for row in trials)]:
        found = [of(trials, method, k, key) for k in shots]
        rows.append([titles[method], *(told(values) if values else "" for values in found)])
        if key == "novel_ap50" and split["split"] in printed.get(method, {}):
            source = dict(zip(SHOTS, printed[method][split["split"]], strict=True))
            rows.append(["  the source, on VOC", *(f"{source[k]:.1f}" if k in source else "" for k in shots)])
    return Table(["", *(f"k = {k}" for k in shots)], rows)


def base_table(split: Mapping) -> Table:
    """What both detectors reach on the base kinds before they meet a new one."""
    rows = []
    for name, found in split["bases"].items():
        printed = BASE[name][split["split"] - 1] if split["split"] in (1, 2, 3) else None
        beside = "" if printed is None else f"{printed:.1f}"
        rows.append([name, f"{found['base_ap50']:.1f}", f"{found['base_ap']:.1f}", beside])
    return Table(["detector", "base AP50", "base AP (COCO)", "the source's base mAP, on VOC"], rows)


def orders(split: Mapping) -> list[str]:
    """Sentences: at which numbers of examples reweighting is above every baseline, and where intervals do not meet."""
    trials, said = split["trials"], []
    for k in sorted({row["shots"] for row in trials}):
        own = of(trials, "fsrw", k, "novel_ap50")
        others = {m: of(trials, m, k, "novel_ap50") for m in METHODS if m != "fsrw"}
        others = {m: values for m, values in others.items() if values}
        if not own or not others:
            continue
        best = max(others, key=lambda m: np.mean(others[m]))
        (mean, half), (other, apart) = interval(own), interval(others[best])
        sure = half is not None and apart is not None and abs(mean - other) > half + apart
        words = "above" if mean > other else "below"
        clear = "" if sure else ", but the intervals meet"
        said.append(f"k = {k}: {mean:.1f}, {words} the best baseline ({METHODS[best].title}, {other:.1f}){clear}.")
    return said


def text(report: Mapping, picture: str) -> str:
    """The page. report: "splits", "settings", "command", "made", "seconds"."""
    settings = report["settings"]
    blocks = [
        "# New kinds of things from few examples: feature reweighting",
        f"The scenes are **rendered, not photographs** ({settings['task']}: {settings['pixels']} pixels, twenty kinds "
        "of which five are new), and everything is smaller than in the source (VOC, 416 pixels, DarkNet-19, 80,000 "
        "steps): "
        f"the trunk is EfficientNet-Lite0, frozen as ImageNet left it, in all methods; the base detectors saw "
        f"{settings['scenes']} scenes for {settings['epochs']} epochs; a trial has {settings['steps']} steps "
        f"of 16 pictures, four times as many where a method is trained in full. k examples of every kind, old and new; "
        f"{settings['draws']} draws, mean and 95 % interval over the draws (Student's t), one base training each. "
        f"Judged on {settings['judged']} test scenes. YOLO-joint, the source's first row, is not among them.",
        f"`{report['command']}`, {machine.line(report['made'])}, {report['date']}.",
    ]
    for split in report["splits"]:
        blocks += [f"## Split {split['split']}: new are {', '.join(split['novel'])}", base_table(split).markdown()]
        blocks += [f"### {words}\n\n{table(split, key).markdown()}" for key, words in SIDES.items()]
        blocks += ["\n".join(f"- {sentence}" for sentence in orders(split))]
    blocks += [f"![Novel AP50 by the number of examples]({picture})"]
    return "\n\n".join(blocks) + "\n"


def paint(axes: Sequence, report: Mapping) -> None:
    """Novel AP50 against the number of examples, a panel a split, intervals as bars."""
    for panel, split in zip(axes, report["splits"], strict=True):
        for number, (method, way) in enumerate(METHODS.items()):
            shots = sorted({row["shots"] for row in split["trials"] if row["method"] == method})
            if shots:
                told = [interval(of(split["trials"], method, k, "novel_ap50")) for k in shots]
                means, halves = [mean for mean, _ in told], [half or 0 for _, half in told]
                style = figures.series(number) | {"capsize": 3, "linewidth": 2.4 if method == "fsrw" else 1.2}
                panel.errorbar(range(len(shots)), means, halves, label=way.title, **style)
                panel.set_xticks(range(len(shots)), shots)
        words = {"xlabel": "examples of each kind", "ylabel": "novel AP50, %", "title": f"split {split['split']}"}
        panel.set(**words, ylim=(0, None))
        panel.legend(fontsize=8)


def write(report: Mapping, file: Path) -> None:
    """Writes the page, its numbers as JSON and its picture beside it."""
    picture, count = file.with_suffix(".png"), len(report["splits"])
    pages.put(file, text(report, picture.name), report)
    figures.draw_png(picture, lambda _, axes: paint(axes, report), (1, count), (5.2 * count, 3.8))
