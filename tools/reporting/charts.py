"""The figures of a bundle's report. Every function takes the report's dictionary (`gather.gather`) and returns SVG.

`cost_accuracy` is also drawn into a file, for pages that are no HTML.
"""

import functools
from pathlib import Path

import numpy as np

from tflite.baselines import STATIC
from tools.reporting.figures import SERIES, colour, draw_png, draw_svg, legend_above, ramp

GATE_NAMES = {"max_softmax": "maximum-softmax gate", "entropy": "entropy gate"}
COST_SHAPE = (1, 2), (9.6, 4.2)  # axes, inches
GATE_COLOURS = {"max_softmax": "orange", "entropy": "green"}


def cost_accuracy(report: dict) -> str:
    """Mean multiply-adds against accuracy: everything on the left, the region of the operating points on the right."""
    return draw_svg("Cost against accuracy", functools.partial(_paint_cost, report), *COST_SHAPE)


def draw_cost_accuracy(report: dict, file: str | Path) -> None:
    """Draws `cost_accuracy` into a PNG file."""
    draw_png(file, functools.partial(_paint_cost, report), *COST_SHAPE)


def _paint_cost(report, figure, axes):
    points = report["points"]
    for axis in axes:
        _plot_baselines(axis, report)
        axis.plot(*_millions(points), color=colour("blue"), marker="o", markersize=6, label="operating points")
        axis.set_xlabel("million multiply-adds an image, mean")
    costs = [point["macs"] / 1e6 for point in [*points, *report["exits"][-1:]]]
    right = max(costs) + 0.1 * (max(costs) - min(costs)) + 1e-9
    axes[0].set(ylabel="accuracy, %", title="all of it")
    learned = [100 * point["accuracy"] for point in points]
    best = max([*learned, *(100 * row["accuracy"] for row in report["exits"])])
    air = max(0.5, 0.15 * (best - min(learned)))
    zoom = min(learned) - 2 * air, min(100.0, best + air)
    axes[1].set(title="where the operating points lie", xlim=(0.85 * min(costs), right), ylim=zoom)
    for number, point in enumerate(points):
        at = (point["macs"] / 1e6, 100 * point["accuracy"])
        aside = (6, -11) if number % 2 else (6, 5)  # names of neighbours on different sides of the line
        axes[1].annotate(point["name"], at, aside, textcoords="offset points", fontsize=8.5, annotation_clip=True)
    legend_above(figure, axes[0], 5)


def _plot_baselines(axis, report):
    exits = report["exits"]
    if exits:  # a program that branches has none, nor gates to sweep: what is not there has no name in the legend
        axis.plot(*_millions(exits), color=colour("grey"), marker="s", linewidth=0.9, label="every image, one exit")
    for gate, name in GATE_NAMES.items():
        if report["gates"][gate]:
            axis.plot(*_millions(report["gates"][gate]), color=colour(GATE_COLOURS[gate]), label=name)
    if report["static"]:
        x, y = _millions([report["static"]])
        axis.plot(x, y, color=colour("ink"), marker="*", markersize=12, linestyle="none", label=STATIC)


def _millions(points):
    return [point["macs"] / 1e6 for point in points], [100 * point["accuracy"] for point in points]


def exit_rates(report: dict) -> str:
    """The share of images that have left by each exit, by kind of image: a panel for each operating point."""
    points = report["points"]
    columns = min(3, len(points))
    rows = -(-len(points) // columns)

    def paint(figure, axes):
        for axis, point in zip(axes, points):
            kinds = point.get("groups") or {"all images": point}
            for number, (kind, summary) in enumerate(kinds.items()):
                left = 100 * np.cumsum(list(summary["exits"].values()))
                numbers = np.arange(1, len(left) + 1)
                own = colour(SERIES[number % len(SERIES)])
                axis.step(numbers, left, where="post", color=own, label=kind)
                axis.plot(numbers, left, color=own, marker="o", markersize=3.5, linestyle="none")
            axis.set(title=point["name"], ylim=(-3, 103), xticks=_ticks(len(report["answers"])))
        for axis in axes[len(points) :]:
            axis.set_visible(False)
        figure.supxlabel("exit", fontsize=9.5, color=colour("muted"))
        figure.supylabel("have left, %", fontsize=9.5, color=colour("muted"))
        legend_above(figure, axes[0], 4)

    size = (9.6, 0.9 + 2.3 * rows)
    return draw_svg("Exit rates by kind of image", paint, (rows, columns), size, sharex=True, sharey=True)


def _ticks(count: int) -> range:
    """Numbers of the exits to print below an axis: all of them, or every other one."""
    return range(1, count + 1, 1 if count <= 12 else 2)


def exit_accuracy(report: dict) -> str:
    """Accuracy of every exit on all images, and on the images that left there, sized by how many they are."""
    rows = report["exits"]

    def paint(figure, axes):
        (axis,) = axes
        numbers = np.arange(1, len(rows) + 1)
        everyone = [100 * row["accuracy"] for row in rows]
        axis.plot(numbers, everyone, color=colour("grey"), marker="s", label="on all images")
        leaving = np.array([row["leaving"] for row in rows])
        here = leaving > 0
        right = 100 * np.array([row["accuracy_leaving"] for row in rows], float)
        label = f"on the images that leave there ({report['default_point']}); area: how many"
        areas = 18 + 600 * leaving[here] / leaving.sum()
        axis.scatter(numbers[here], right[here], areas, color=colour("blue"), alpha=0.75, label=label)
        axis.set(ylim=(-3, 108), xticks=_ticks(len(rows)), xlabel="exit", ylabel="accuracy, %")
        legend_above(figure, axis, 2, markerscale=0.6)

    return draw_svg("Accuracy of every exit", paint, size=(9.6, 3.5))


def latency(report: dict) -> str:
    """How many images are answered within a time, for each operating point and for the static network."""
    seen = report["latency"]

    def paint(figure, axes):
        (axis,) = axes
        chains = [name for name in seen if name != STATIC]
        for number, name in enumerate(chains):
            own = ramp(number / max(1, len(chains) - 1))
            axis.step(*_shares(seen[name]), where="post", color=own, label=name)
        if STATIC in seen:
            dashed = {"color": colour("ink"), "linestyle": (0, (4, 2)), "label": STATIC}
            axis.step(*_shares(seen[STATIC]), where="post", **dashed)
        axis.set(xlim=(0, 1.05 * max(np.quantile(ms, 0.99) for ms in seen.values())), ylim=(0, 101))
        axis.set(xlabel="milliseconds from image to label, one thread", ylabel="answered, %")
        legend_above(figure, axis, 6)

    return draw_svg("Distribution of latencies", paint, size=(9.6, 3.5))


def _shares(ms):
    """Sorted latencies, and the percentage of images answered by then (at most 400 steps: a page is no archive)."""
    ordered = np.sort(np.asarray(ms, float))
    shown = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), 400)).astype(int))
    return ordered[shown], 100 * (shown + 1) / len(ordered)
