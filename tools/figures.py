"""Draws a report's figures as inline SVG that follows the page's colours, light or dark.

matplotlib draws with one stand-in colour for each role; in the finished SVG the stand-ins become CSS variables, which
the page defines once for light and once for dark. Every function takes the dictionary of a report (see
`tools/report.py`) and returns SVG text.
"""

import io
import re

import numpy as np

ROLES = {
    "ink": "#010101",
    "muted": "#020202",
    "grid": "#030303",
    "learned": "#040404",
    "softmax": "#050505",
    "entropy": "#060606",
    "exits": "#070707",
    "paper": "#080808",
    "kind-0": "#090909",
    "kind-1": "#0a0a0a",
    "kind-2": "#0b0b0b",
    "kind-3": "#0c0c0c",
    **{f"ramp-{i}": f"#0d0d{i:02x}" for i in range(6)},
}
GATE_NAMES = {"max_softmax": "maximum-softmax gate", "entropy": "entropy gate"}
GATE_ROLES = {"max_softmax": "softmax", "entropy": "entropy"}
STYLE = {
    "font.size": 9.5,
    "text.color": ROLES["ink"],
    "axes.labelcolor": ROLES["muted"],
    "axes.edgecolor": ROLES["grid"],
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlecolor": ROLES["ink"],
    "grid.color": ROLES["grid"],
    "grid.linewidth": 0.6,
    "xtick.color": ROLES["muted"],
    "ytick.color": ROLES["muted"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
}


def draw(title: str, paint, rows: int = 1, columns: int = 1, size=(9.0, 3.6), **shared) -> str:
    """Makes a figure, lets `paint(figure, axes)` fill it, and returns it as SVG with CSS variables for colours.

    Args:
        title: what the picture shows, for those who cannot see it.
        paint: function of (figure, flat list of axes).
        rows, columns: of axes.
        size: in inches.
        shared: sharex, sharey and the like for `subplots`.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": title}):
        figure = Figure(figsize=size, layout="constrained")
        axes = np.atleast_1d(figure.subplots(rows, columns, **shared)).ravel()
        paint(figure, list(axes))
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return themed(buffer.getvalue(), title)


def themed(svg: str, title: str) -> str:
    """Turns a matplotlib SVG document into an element of a page: colours by role, the page's font, its width."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) (?:height|width)="[^"]*"', r"\1", svg)
    svg = re.sub(r'(<svg[^>]*?) (?:height|width)="[^"]*"', r"\1", svg)
    for role, stand_in in ROLES.items():
        svg = svg.replace(stand_in, f"var(--{role})")
    svg = svg.replace("'DejaVu Sans'", "var(--font)")
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def cost_accuracy(report: dict) -> str:
    """Mean multiply-adds against accuracy: everything on the left, the region of the operating points on the right."""
    points = report["points"]

    def paint(figure, axes):
        """Draws on the figure."""
        for axis in axes:
            _plot_rivals(axis, report)
            axis.plot(*_millions(points), color=ROLES["learned"], marker="o", markersize=6, label="operating points")
            axis.set_xlabel("million multiply-adds an image, mean")
        axes[0].set_ylabel("accuracy, %")
        axes[0].set_title("all of it")
        axes[1].set_title("where the operating points lie")
        axes[1].set_ylim(*_zoom(report))
        costs = [point["macs"] / 1e6 for point in [*points, *report["exits"][-1:]]]
        axes[1].set_xlim(0.85 * min(costs), max(costs) + 0.1 * (max(costs) - min(costs)) + 1e-9)
        for number, point in enumerate(points):
            at = (point["macs"] / 1e6, 100 * point["accuracy"])
            aside = (6, -11) if number % 2 else (6, 5)  # names of neighbours on different sides of the line
            axes[1].annotate(point["name"], at, aside, textcoords="offset points", fontsize=8.5, annotation_clip=True)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=9)

    return draw("Cost against accuracy", paint, 1, 2, (9.6, 4.2))


def _plot_rivals(axis, report):
    """The curves and marks that the operating points are compared with."""
    exits = report["exits"]
    axis.plot(
        *_millions(exits), color=ROLES["exits"], marker="s", markersize=4, linewidth=0.9, label="every image, one exit"
    )
    for gate, name in GATE_NAMES.items():
        axis.plot(*_millions(report["gates"][gate]), color=ROLES[GATE_ROLES[gate]], label=name)
    if report["static"]:
        x, y = _millions([report["static"]])
        axis.plot(x, y, color=ROLES["ink"], marker="*", markersize=12, linestyle="none", label="static network")


def _millions(points):
    """(million multiply-adds, accuracy in percent) of points."""
    return [point["macs"] / 1e6 for point in points], [100 * point["accuracy"] for point in points]


def _zoom(report) -> tuple[float, float]:
    """Accuracies in percent between which the operating points and the best that can be had lie, with some air."""
    learned = [100 * point["accuracy"] for point in report["points"]]
    best = max([*learned, *(100 * row["accuracy"] for row in report["exits"])])
    air = max(0.5, 0.15 * (best - min(learned)))
    return min(learned) - 2 * air, min(100.0, best + air)


def exit_rates(report: dict) -> str:
    """The share of images that have left by each exit, by kind of image: a panel for each operating point."""
    points = report["points"]
    columns = min(3, len(points))
    rows = -(-len(points) // columns)

    def paint(figure, axes):
        """Draws on the figure."""
        for axis, point in zip(axes, points):
            kinds = point.get("groups") or {"all images": point}
            for number, (kind, summary) in enumerate(kinds.items()):
                left = 100 * np.cumsum(list(summary["exits"].values()))
                numbers = np.arange(1, len(left) + 1)
                colour = ROLES[f"kind-{number % 4}"]
                axis.step(numbers, left, where="post", color=colour, label=kind)
                axis.plot(numbers, left, color=colour, marker="o", markersize=3.5, linestyle="none")
            axis.set_title(point["name"])
            axis.set_ylim(-3, 103)
            axis.set_xticks(_ticks(len(report["answers"])))
        for axis in axes[len(points) :]:
            axis.set_visible(False)
        figure.supxlabel("exit", fontsize=9.5, color=ROLES["muted"])
        figure.supylabel("have left, %", fontsize=9.5, color=ROLES["muted"])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=9)

    return draw("Exit rates by kind of image", paint, rows, columns, (9.6, 0.9 + 2.3 * rows), sharex=True, sharey=True)


def _ticks(count: int):
    """Numbers of the exits to print below an axis: all of them, or every other one."""
    return range(1, count + 1, 1 if count <= 12 else 2)


def exit_accuracy(report: dict) -> str:
    """Accuracy of every exit on all images, and on the images that left there, sized by how many they are."""
    rows = report["exits"]

    def paint(figure, axes):
        """Draws on the figure."""
        (axis,) = axes
        numbers = np.arange(1, len(rows) + 1)
        everyone = [100 * row["accuracy"] for row in rows]
        axis.plot(numbers, everyone, color=ROLES["exits"], marker="s", markersize=4, label="on all images")
        left = [(n, row) for n, row in zip(numbers, rows, strict=True) if row["leaving"]]
        total = sum(row["leaving"] for _, row in left)
        axis.scatter(
            [n for n, _ in left],
            [100 * row["accuracy_leaving"] for _, row in left],
            [18 + 600 * row["leaving"] / total for _, row in left],
            color=ROLES["learned"],
            alpha=0.75,
            label=f"on the images that leave there ({report['default_point']}); area: how many",
        )
        axis.set_ylim(-3, 108)
        axis.set_xticks(_ticks(len(rows)))
        axis.set_xlabel("exit")
        axis.set_ylabel("accuracy, %")
        figure.legend(loc="outside upper center", ncols=2, fontsize=9, markerscale=0.6)

    return draw("Accuracy of every exit", paint, size=(9.6, 3.5))


def latency(report: dict) -> str:
    """How many images are answered within a time, for each operating point and for the static network."""
    seen = report["latency"]

    def paint(figure, axes):
        """Draws on the figure."""
        (axis,) = axes
        chains = [name for name in seen if name != "static network"]
        for number, name in enumerate(chains):
            role = f"ramp-{round(5 * number / max(1, len(chains) - 1))}"
            axis.step(*_shares(seen[name]), where="post", color=ROLES[role], label=name)
        if "static network" in seen:
            style = {"color": ROLES["ink"], "linestyle": (0, (4, 2)), "label": "static network"}
            axis.step(*_shares(seen["static network"]), where="post", **style)
        axis.set_xlim(0, 1.05 * max(np.quantile(ms, 0.99) for ms in seen.values()))
        axis.set_ylim(0, 101)
        axis.set_xlabel("milliseconds from image to label, one thread")
        axis.set_ylabel("answered, %")
        figure.legend(loc="outside upper center", ncols=6, fontsize=9)

    return draw("Distribution of latencies", paint, size=(9.6, 3.5))


def _shares(ms):
    """Sorted latencies, and the percentage of images answered by then (at most 400 steps: a page is no archive)."""
    ordered = np.sort(np.asarray(ms, float))
    shown = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), 400)).astype(int))
    return ordered[shown], 100 * (shown + 1) / len(ordered)


def thumbnail(pixels) -> str:
    """A uint8 image `[h, w, 1 or 3]` as a PNG data URI."""
    import base64

    from PIL import Image

    pixels = np.asarray(pixels, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
