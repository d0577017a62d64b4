"""The static frontier and chains in a picture: accuracy against arm64 instructions, or mean latency without them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tflite.baselines import frontier as lines
from tools.reporting import figures, frontier
from tools.reporting.figures import SERIES, colour

PANELS = 3  # data sets beside each other
BELOW = 6.0  # points of accuracy below the best that are shown
NAMES = {lines.INSTRUCTIONS: "million arm64 instructions an image, mean", "mean": "milliseconds an image, mean"}
SCALE = {lines.INSTRUCTIONS: 1e6, "mean": 1.0}
EXPLAINED = (
    "On the line are static networks that no cheaper one equals; a chain left of and above it saves. Accuracies with "
    "their standard error."
)


def svg(report: Mapping) -> str:
    """The picture of one data set, as an element of a page."""

    def paint(figure, axes):
        panel(axes[0], report["rows"])
        figures.legend_above(figure, axes[0], 4)

    return figures.draw_svg("Chains beside the static frontier", paint, size=(9.6, 4.2))


def png(file: Path, reports: Mapping[str, Mapping]) -> None:
    """The picture of the first `PANELS` data sets, a panel each, into a PNG file."""
    shown = list(reports.items())[:PANELS]
    names = list(dict.fromkeys(name for _, report in shown for name in chains(report["rows"])))

    def paint(figure, axes):
        handles = {}
        for axis, (name, report) in zip(axes, shown, strict=True):
            panel(axis, report["rows"], names)
            axis.set_title(name)
            drawn, labels = axis.get_legend_handles_labels()
            handles |= dict(zip(labels, drawn, strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=min(4, 2 * len(shown)))

    figures.draw_png(file, paint, (1, len(shown)), (4.4 * len(shown) + 0.4, 4.2))


def panel(axis, rows: Sequence[Mapping], names: Sequence[str] = ()) -> None:
    """The rows of a data set: the frontier as a line, what is behind it pale, every chain a line of its points.

    names: of the chains whose colours come first, so that several panels have the same.
    """
    unit = lines.unit_of(rows)
    best = lines.frontier(rows)
    told = {"color": colour("ink"), "marker": "s", "markersize": 4.5, "label": "static frontier"}
    _points(axis, best, unit, linestyle="-", **told)
    for kind, mark in ((lines.ALONE, "s"), (lines.FIXED_DEPTH, "D")):
        behind = [row for row in rows if row["kind"] == kind and row not in best]
        label = "static, behind it" if kind == lines.ALONE else "fixed depth, behind it"
        _points(axis, behind, unit, linestyle="none", color=colour("grey"), marker=mark, markersize=3.5, label=label)
    own = chains(rows)
    for number, name in enumerate(dict.fromkeys((*names, *own))):
        points, drawn = sorted(own.get(name, ()), key=lambda row: row[unit]), colour(SERIES[number % len(SERIES)])
        _points(axis, points, unit, color=drawn, marker="o", linestyle="-", label=name)
    top = 100 * max(row["accuracy"] for row in rows)
    lowest = min(100 * row["accuracy"] for row in rows)
    highest = 100 * max(row["accuracy"] + row["standard_error"] for row in rows)
    axis.set(
        xscale="log", xlabel=NAMES[unit], ylabel="accuracy, %", ylim=(max(lowest - 0.3, top - BELOW), highest + 0.2)
    )
    _plain_ticks(axis)


def _plain_ticks(axis) -> None:
    """Numbers as people write them at 1, 2 and 5 of every decade."""
    from matplotlib import ticker

    axis.xaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(ticker.NullFormatter())


def chains(rows: Sequence[Mapping]) -> dict[str, list]:
    """The rows of operating points by their chain's name."""
    found: dict[str, list] = {}
    for row in rows:
        if row["kind"] == lines.CHAIN:
            found.setdefault(row["name"].rpartition(", ")[0], []).append(row)
    return found


def _points(axis, rows, unit: str, **drawn) -> None:
    if rows:
        x = [row[unit] / SCALE[unit] for row in rows]
        y, errors = ([100 * row[key] for row in rows] for key in ("accuracy", "standard_error"))
        axis.errorbar(x, y, errors, elinewidth=0.7, **drawn)


def write_page(file: Path, command: str) -> Path:
    """Write the page of a JSON file of reports, and its picture, beside it; returns the page.

    command: that made the page. Raises UserError for a file without reports.
    """
    reports = frontier.read(file)
    page, picture = file.with_suffix(".md"), file.with_suffix(".png")
    png(picture, reports)
    blocks = ["# Chains beside the static frontier", f"![accuracy against cost]({picture.name})", EXPLAINED]
    blocks += [frontier.markdown(report).rstrip() for report in reports.values()]
    frontier.console.write_text(page, "\n\n".join([*blocks, f"`{command}`"]) + "\n")
    return page
