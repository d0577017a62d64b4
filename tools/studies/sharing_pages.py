"""The comparison of ways to share filters, written down: a table, where shared statistics fail, and who uses what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tools import machine
from tools.reporting import figures
from tools.studies.pages import page
from tools.studies.sharing import WAYS, agreement, group, summary
from tools.studies.sharing_printed import PRINTED

FIRST = "fishnet"


def rows(found: Mapping[str, Sequence[Mapping]]) -> dict[str, dict]:
    """The rows of the table: `summary` of each, and of those that have it also with a "+".

    found: way -> its numbers of each seed.
    """
    made = {}
    for way, numbers in found.items():
        made[way] = summary(numbers)
        if all(one["plus"] for one in numbers):
            made[f"{way}+"] = summary(numbers, "plus")
    return made


def table(dataset: str, found: Mapping[str, Sequence[Mapping]]) -> str:
    """Ours beside the source's numbers, in Markdown."""
    first = next(iter(found.values()))[0]
    printed, tasks = PRINTED.get(group(dataset), {}), list(first["accuracy"])
    cells = []
    for name, row in rows(found).items():
        way, plus = name.removesuffix("+"), name.endswith("+")
        one = found[way][0]
        spread = "" if row["deviation"] is None else f" ± {row['deviation']:.2f}"
        known = printed.get(name)
        cells.append(
            [
                WAYS[way].title + (", + its own batch's statistics" if plus else ""),
                *(f"{value:.2f}" for value in row["tasks"]),
                f"{row['mean']:.2f}{spread}",
                row["seeds"],
                " ".join(f"{value:.2f}" for value in known) if known else "",
                f"{np.mean(known):.2f}" if known else "",
                f"{one['macs']:,.0f}",
                f"{one['weights']:,}",
            ]
        )
    header = ["", *tasks, "mean", "seeds", "source", "its mean", "multiply-adds", "weights kept"]
    return Table(header, cells).markdown()


def text(dataset: str, found: Mapping[str, Sequence[Mapping]], how: Sequence[str], picture: str, command: str) -> str:
    """The page. how: sentences about the training. picture: name of the file with the allocations."""
    first = next(iter(found.values()))[0]
    tasks = list(first["accuracy"])
    blocks = [
        f"# Sharing filters between tasks: {dataset}",
        "Which way of sharing filters lets several tasks learn most from few images, at one plain network's cost? "
        "Percent of the test images that are answered rightly, mean over the seeds, the mean over the tasks with its "
        "standard deviation over seeds. Multiply-adds are those of one task's answer; weights are those kept for all "
        "tasks together: filters that any task uses and what mixes features, without dense layers.",
        table(dataset, found),
        *how,
    ]
    if FIRST in found:
        shares = agreement(found[FIRST][0]["picked"])
        cells = [[name, *(f"{100 * share:.0f}" for share in row)] for name, row in zip(tasks, shares, strict=True)]
        blocks += [
            "## Which task uses which filter",
            f"![Each row is a task, each column a filter, each colour a candidate of its pool]({picture})",
            "Percent of the filters that two tasks have in common, first seed:",
            Table(["", *tasks], cells).markdown(),
        ]
    return page([*blocks, *machine.foot(command)])


def draw(found: Mapping, file: Path) -> None:
    """Which candidate each task picks for each filter, a panel a convolution. found: numbers of one seed."""
    picked, tasks = found["picked"], list(found["accuracy"])
    colours = [figures.colour(name) for name in figures.SERIES]

    def paint(figure, axes):
        for axis, (name, picks) in zip(axes, picked.items(), strict=True):
            for number, row in enumerate(picks):
                shown = [colours[pick % len(colours)] for pick in row]
                axis.bar(range(len(row)), 0.9, bottom=number - 0.45, width=0.9, color=shown)
            axis.set(title=name, yticks=range(len(tasks)), yticklabels=tasks, xlabel="filter")
            axis.set(xlim=(-0.6, len(picks[0]) - 0.4), ylim=(len(tasks) - 0.5, -0.5))
            axis.grid(False)

    height = 0.5 + (0.7 + 0.22 * len(tasks)) * len(picked)
    figures.draw_png(file, paint, (len(picked), 1), (8.0, height))
