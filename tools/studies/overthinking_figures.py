"""The pictures of a study of overthinking, drawn from its plain rows (`overthinking.study`).

Each is a function of (rows, file), or is not in `figures` where the data at hand allow none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from tools.reporting.figures import colour, draw_png, series
from tools.studies.overthinking import POLICY_SPLIT

PAIR = 2  # exits whose ranks lie beside each other


def figures(found: dict) -> dict[str, tuple[str, Callable[[Path], None]]]:
    """Word of a picture's file -> (what it shows, function that draws it)."""
    rules = [row for row in found["which_exit"] if row["split"] == POLICY_SPLIT and not row["auto"]]
    scored = [row for row in rules if row["rule"] == "score"]
    by_scale = partial(draw_labels, rows=scored, key="scale")
    by_split = partial(draw_labels, rows=_first_correct(found), key="split")
    known = {
        "cost": ("accuracy against the mean cost: anytime, budgeted batch and bounds", draw_cost),
        "ranks": ("ranks of the confidences of neighbouring exits", draw_ranks),
        "labels_by_scale": ("which exit should take an image, by lambda", by_scale),
        "labels_by_split": (
            "which exit should take an image, by split",
            by_split,
        ),
        "clutter": ("clutter of what each exit gets right", draw_clutter),
    }
    if found["networks"][0]["kinds"]:
        known["kinds"] = ("accuracy of every exit by kind of image", draw_kinds)
        known["labels_by_kind"] = ("which exit should take an image, by kind", draw_labels_by_kind)
    if found.get("routers"):
        known["routers"] = ("how well policy networks choose, by exit and kind", draw_routers)
    return {word: (shows, partial(draw, found)) for word, (shows, draw) in known.items()}


def _first_correct(found: dict) -> list[dict]:
    return [row for row in found["which_exit"] if row["rule"] == "first_correct"]


def draw_cost(found: dict, file: Path) -> None:
    """Accuracy against mean cost of every network; the bounds of the first in a panel of their own scale."""

    def paint(figure, axes):
        for number, network in enumerate(found["networks"]):
            how = series(number)
            own = how["color"]
            exits, batch = network["exits"], sorted(network["budgeted_batch"], key=lambda row: row["cost"])
            for axis in axes:
                at = [row["macs"] / 1e6 for row in exits], [100 * row["accuracy"] for row in exits]
                axis.plot(*at, color=own, marker=how["marker"], linestyle="none", label=f"{network['name']}, anytime")
                line = [row["cost"] / 1e6 for row in batch], [100 * row["accuracy"] for row in batch]
                axis.plot(*line, color=own, label=f"{network['name']}, budgeted batch")
            for kind, marker in (("oracle", "*"), ("realistic_bound", "P")):
                bound = network[kind]
                label = f"{network['name']}, {kind.replace('_', ' ')}"
                at = [bound["cost"] / 1e6], [100 * bound["accuracy"]]
                axes[1].plot(*at, color=own, marker=marker, markersize=9, linestyle="none", label=label)
        for axis in axes:
            axis.set_xlabel("million multiply-adds an image, mean")
        axes[0].set(ylabel="right, %", title="anytime and budgeted batch")
        axes[1].set(title="with bounds that know the labels")
        axes[1].legend()

    draw_png(file, paint, (1, 2), (10.5, 4.4))


def draw_ranks(found: dict, file: Path) -> None:
    """Ranks of the first two exits, a panel a network."""
    networks = found["networks"]

    def paint(figure, axes):
        for number, (axis, network) in enumerate(zip(axes, networks, strict=True)):
            one, other = network["ranks"][:PAIR]
            rho = network["rank_agreement"][0][1]
            told = "" if rho is None else f", rho {rho:.2f}"
            axis.scatter(one, other, 5, color=series(number)["color"], alpha=0.5, linewidth=0)
            axis.set(title=f"{network['name']}{told}", xlabel="rank of confidence, first exit")
        axes[0].set_ylabel("rank of confidence, second exit")

    draw_png(file, paint, (1, len(networks)), (4.2 * len(networks) + 0.4, 4.2), sharey=True)


def draw_labels(found: dict, file: Path, rows: list[dict], key: str) -> None:
    """Shares of the labels side by side, a colour a row. key: what rows differ in."""
    exits = [row["name"] for row in found["networks"][0]["exits"]]

    def paint(figure, axes):
        width = 0.8 / max(len(rows), 1)
        for number, row in enumerate(rows):
            shares = 100 * np.array(row["labels"]) / max(sum(row["labels"]), 1)
            places = np.arange(len(exits)) + (number - (len(rows) - 1) / 2) * width
            name = f"lambda {row['scale']:g}" if key == "scale" else row[key]
            axes[0].bar(places, shares, width, color=series(number)["color"], label=name)
        axes[0].set(xticks=range(len(exits)), xticklabels=exits, ylabel="of the labelled images, %")
        axes[0].legend()

    draw_png(file, paint)


def draw_labels_by_kind(found: dict, file: Path) -> None:
    """Labels by score at the chosen scale on the split that is told of, stacked by kind."""
    row = next(
        row for row in found["which_exit"] if row["rule"] == "score" and row["auto"] and row["split"] == found["split"]
    )
    exits = [one["name"] for one in found["networks"][0]["exits"]]

    def paint(figure, axes):
        bottom = np.zeros(len(exits))
        for number, (kind, counts) in enumerate(row["kinds"].items()):
            axes[0].bar(exits, counts, 0.7, bottom, color=series(number)["color"], label=kind)
            bottom += counts
        axes[0].set(ylabel="images", title=f"score, lambda {row['scale']:g}")
        axes[0].legend()

    draw_png(file, paint)


def draw_kinds(found: dict, file: Path) -> None:
    """Accuracy of every exit by kind of image, a panel a network."""
    networks = found["networks"]

    def paint(figure, axes):
        for axis, network in zip(axes, networks, strict=True):
            kinds, names = network["kinds"], [row["name"] for row in network["exits"]]
            width = 0.8 / len(names)
            for i, name in enumerate(names):
                places = np.arange(len(kinds)) + (i - (len(names) - 1) / 2) * width
                heights = [100 * row["accuracy"][i] for row in kinds.values()]
                axis.bar(places, heights, width, color=series(i)["color"], label=name)
            axis.set(title=network["name"], xticks=range(len(kinds)), xticklabels=list(kinds))
        axes[0].set_ylabel("right, %")
        axes[0].legend()

    draw_png(file, paint, (1, len(networks)), (4.6 * len(networks) + 0.4, 4.2), sharey=True)


def draw_clutter(found: dict, file: Path) -> None:
    """Mean clutter of what each exit gets right, with a standard deviation to both sides."""
    exits = [row["name"] for row in found["networks"][0]["exits"]]
    told = [(name, row) for name, row in zip(exits, found["clutter"], strict=True) if row["mean"] is not None]

    def paint(figure, axes):
        means, deviations = [row["mean"] for _, row in told], [row["variance"] ** 0.5 for _, row in told]
        axes[0].bar([name for name, _ in told], means, 0.6, yerr=deviations, color=colour("blue"), ecolor=colour("ink"))
        axes[0].set(ylabel="coefficients that hold 98 % of the sum, %")

    draw_png(file, paint)


def draw_routers(found: dict, file: Path) -> None:
    """Share of the labelled images that are sent to the right exit, by exit and kind, a panel a router."""
    routers = found["routers"]

    def paint(figure, axes):
        for axis, router in zip(axes, routers, strict=True):
            kinds = router["kinds"] or {"all images": router["judged"]}
            width = 0.8 / len(kinds)
            for number, (kind, judged) in enumerate(kinds.items()):
                heights = [100 * (share or 0) for share in judged["by_label"]]
                places = np.arange(len(heights)) + (number - (len(kinds) - 1) / 2) * width
                axis.bar(places, heights, width, color=series(number)["color"], label=kind)
            shares = [
                f"{name}\n{100 * s:.0f} %" for name, s in zip(router["exits"], router["judged"]["shares"], strict=True)
            ]
            axis.axhline(100 * router["judged"].get("majority", 0), color=colour("ink"), linestyle="--")
            axis.set(title=router["name"], xticks=range(len(shares)), xticklabels=shares)
        axes[0].set_ylabel("sent to it, %; dashed: the commonest exit for all")
        axes[0].legend()

    draw_png(file, paint, (1, len(routers)), (5.0 * len(routers) + 0.4, 4.2), sharey=True)
