"""The comparison of compressions as a page: its tables as Markdown, and its picture."""

from __future__ import annotations

from pathlib import Path

from tools import machine
from tools.reporting import figures
from tools.reporting.table import Table


def tables(found: dict, name: str, command: str) -> str:
    """The comparison as Markdown.

    Args:
        found: what `compression.compare` returns.
        name: of the run.
        command: that made it.
    """
    rows, reference = found["variants"], found["variants"][0]
    text = [
        f"# Compression of {name}: {found['task']}",
        "",
        f"{found['samples']:,} images of `{found['split']}` (standard error of an accuracy: at most "
        f"{50 / found['samples'] ** 0.5:.1f} points), controllers as they were trained in float. Moved: images that "
        "leave elsewhere than on the float chain, at its setting `balanced`. Confidence: mean absolute change of the "
        "largest probability over all exits. Size: all parts, in kilobytes, as they are and deflated one by one. "
        "Latency: all parts run once, one thread, variants in turns: the sum of the parts' lowest medians of five.",
        "",
    ]
    header = [
        "",
        "last exit %",
        "mean of exits %",
        "most lost at an exit",
        "moved",
        "confidence",
        "kB",
        "zipped kB",
        "us",
    ]
    text += [Table(header, [_summary(row, reference) for row in rows]).markdown()]
    text += ["", "## Accuracy at the float chain's settings, percent (and share of all multiply-adds)", ""]
    points = [
        [row["name"], *(f"{100 * point['accuracy']:.2f} ({point['share']:.1%})" for point in row["points"].values())]
        for row in rows
    ]
    text += [Table(["", *reference["points"]], points).markdown()]
    text += ["", "## Accuracy of every exit, percent", ""]
    exits = [[row["name"], *(f"{100 * value:.2f}" for value in row["exits"].values())] for row in rows]
    text += [Table(["", *map(str, reference["exits"])], exits).markdown()]
    text += ["", "## Size of every part, bytes, and deflated", ""]
    sizes = [[row["name"], *(f"{raw:,} ({small:,})" for raw, small in row["sizes"].values())] for row in rows]
    text += [Table(["", *reference["sizes"]], sizes).markdown()]
    return "\n".join([*text, *machine.foot(command)])


def _summary(row: dict, reference: dict) -> list[str]:
    reached = list(row["exits"].values())
    lost = max(before - after for before, after in zip(reference["exits"].values(), reached, strict=True))
    raw, small = (sum(size[i] for size in row["sizes"].values()) / 1000 for i in (0, 1))
    return [
        row["name"],
        f"{100 * reached[-1]:.2f}",
        f"{100 * sum(reached) / len(reached):.2f}",
        f"{100 * lost:.2f}",
        f"{row['moved']:.1%}",
        f"{row['confidence']:.4f}",
        f"{raw:.0f}",
        f"{small:.0f}",
        f"{row['latency_us']:.0f}",
    ]


def draw(found: dict, file: Path) -> None:
    """Accuracy that every exit lost or won against float, a line a variant; and size against the mean of that."""
    reference, *rows = found["variants"]
    exits = list(reference["exits"])

    def paint(figure, axes):
        left, right = axes
        for number, row in enumerate(rows):
            both = zip(reference["exits"].values(), row["exits"].values(), strict=True)
            change = [100 * (now - before) for before, now in both]
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
