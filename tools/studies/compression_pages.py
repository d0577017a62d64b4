"""The comparison of compressions as a page: its tables as Markdown, and its picture."""

from __future__ import annotations

from pathlib import Path

from tools import machine
from tools.reporting import figures
from tools.reporting.table import Table
from tools.studies.pages import page

SUMMARY = ("last exit %", "mean of exits %", "most lost at an exit", "moved", "confidence", "kB", "zipped kB", "us")
EXPLAINED = (
    "what decides is as it was trained in float. Moved: images that leave elsewhere than on the float chain, at its "
    "setting `balanced`. Confidence: mean absolute change of the largest probability over all exits. Size: all parts, "
    "in kilobytes, as they are and deflated one by one. Latency: all parts run once, one thread, variants in turns: "
    "the sum of the parts' lowest medians of five."
)


def tables(found: dict, name: str, command: str) -> str:
    """The comparison as Markdown.

    Args:
        found: what `compression.compare` returns.
        name: of the run.
        command: that made it.
    """
    rows, reference, samples = found["variants"], found["variants"][0], found["samples"]
    error = f"standard error of an accuracy: at most {50 / samples**0.5:.1f} points"
    blocks = [f"# Compression of {name}: {found['task']}"]
    blocks += [f"{samples:,} images of `{found['split']}` ({error}), {EXPLAINED}"]
    blocks += [Table(["", *SUMMARY], [_summary(row, reference) for row in rows]).markdown()]
    for title, key, shown in (
        ("Accuracy at the float chain's settings, percent (and share of all multiply-adds)", "points", _point),
        ("Accuracy of every exit, percent", "exits", _percent),
        ("Size of every part, bytes, and deflated", "sizes", lambda size: f"{size[0]:,} ({size[1]:,})"),
    ):
        cells = [[row["name"], *map(shown, row[key].values())] for row in rows]
        blocks += [f"## {title}", Table(["", *reference[key]], cells).markdown()]
    return page([*blocks, *machine.foot(command)])


def _percent(accuracy: float) -> str:
    return f"{100 * accuracy:.2f}"


def _point(point: dict) -> str:
    return f"{_percent(point['accuracy'])} ({point['share']:.1%})"


def _changes(row: dict, reference: dict) -> list[float]:
    """Accuracy that every exit won against the reference, in points."""
    both = zip(reference["exits"].values(), row["exits"].values(), strict=True)
    return [100 * (now - before) for before, now in both]


def _summary(row: dict, reference: dict) -> list[str]:
    reached = list(row["exits"].values())
    raw, small = (sum(size[i] for size in row["sizes"].values()) / 1000 for i in (0, 1))
    accuracies = [_percent(reached[-1]), _percent(sum(reached) / len(reached)), f"{max(_changes(reference, row)):.2f}"]
    rest = [f"{row['moved']:.1%}", f"{row['confidence']:.4f}", f"{raw:.0f}", f"{small:.0f}", f"{row['latency_us']:.0f}"]
    return [row["name"], *accuracies, *rest]


def draw(found: dict, file: Path) -> None:
    """Accuracy that every exit lost or won against float, a line a variant; and size against the mean of that."""
    reference, *rows = found["variants"]
    exits = list(reference["exits"])

    def paint(figure, axes):
        left, right = axes
        for number, row in enumerate(rows):
            change = _changes(row, reference)
            left.plot(exits, change, **figures.series(number), label=row["name"])
            size = sum(small for _, small in row["sizes"].values()) / 1000
            mark = figures.series(number) | {"linestyle": "none", "markersize": 9}
            right.plot(size, sum(change) / len(change), **mark, label=row["name"])
        for axis in axes:
            axis.axhline(0, color=figures.colour("muted"), linewidth=1)
        left.set(xlabel="exit", ylabel="accuracy against float32, points")
        right.set(xlabel="all parts, deflated, kB", ylabel="mean over the exits, points")
        right.set_xlim(0, 1.1 * right.dataLim.x1)  # what weighs the same stands in one line
        right.legend()

    figures.draw_png(file, paint, (1, 2), (10, 4.2))
