"""The page of Deep Elastic Networks' study: tables as lines of Markdown, and its picture, of rows of `elastic.py`."""

import numpy as np

from tflite.conversion.table import Table
from tools import console
from tools.reporting import figures
from tools.studies.pages import percent

# What the source prints: data -> (table, [method, accuracy by task, and the cost as it is told]).
_C1 = (
    "table 5, CIFAR-10, ResNeXt-29 8x64d",
    ("baseline", "94.61", "1.0x"),
    ("NestedNet 1/4, 1/2, 1", "93.56, 93.64, 94.13", "4.0x, 2.0x, 1.0x"),
    ("BlockDrop", "93.56", "1.2x"),
    ("DEN, random selection", "90.55", "2.3x"),
    ("DEN, rho 1", "91.45", "5.5x"),
    ("DEN, rho 0.1", "94.61", "2.7x"),
)
_M3 = (
    "table 4, coarse and fine labels of CIFAR-100, WRN-32-4",
    ("baseline, two networks", "83.53, 76.32", "2.91 G, 2.91 G"),
    ("NestedNet", "84.55, 75.84", "1.46 G, 2.91 G"),
    ("PackNet*", "84.53, 75.65", "1.46 G, 2.91 G"),
    ("DEN, rho 1", "84.87, 75.93", "1.37 G, 1.37 G"),
)
_M1 = (
    "table 2b, CIFAR-100, Tiny-ImageNet and STL-10, WRN-32-4",
    ("baseline, three networks", "75.01, 58.89, 79.88", "2.13 G"),
    ("NestedNet", "74.09, 57.87, 83.78", "1.24 G"),
    ("PackNet*", "73.56, 57.17, 84.15", "1.24 G"),
    ("DEN, rho 1", "75.43, 58.17, 87.54", "1.13 G"),
    ("DEN, rho 0.1", "75.65, 58.25, 87.56", "1.14 G"),
)
PRINTED = {
    "cifar10": _C1,
    "cifar10_coarse_fine": _M3,
    "cifar100_coarse_fine": _M3,
    "mnist_cifar10_fashion": _M1,
}


def write(result: dict) -> list[str]:
    """The blocks of the page."""
    blocks = [
        "What does it cost to let a selector choose, image by image, how many channels every block has? Multiply-adds "
        "are means over the test images, of the estimator and with the selector. *The same structures for other "
        "images*: what the selector chose, dealt out anew among the images of a task, so that the cost is the same and "
        "the choice is blind.",
        _methods(result),
        "What was aimed at:",
        Table(
            ["aim", "measured", "reached"],
            [[own["aim"], own["found"], "yes" if own["reached"] else "no"] for own in result["aims"]],
            "lll",
        ).markdown(),
        "One network at every price of computation, without another training; a price of 0 is as trained:",
        _prices(result),
        "Structures by task, a level a block (0: the shortcut), as the trained selector takes them:",
        _structures(result),
    ]
    blocks += ["Converted to int8, on the same test images:", _bundles(result)] if result["bundles"] else []
    return blocks + _printed(result)


def _methods(result: dict) -> str:
    header = ["method", *result["tasks"], "mean %", "multiply-adds", "with selector", "density", "structures"]
    rows = []
    for own in result["rows"]:
        cells = [percent(own["accuracy"].get(task)) for task in result["tasks"]]
        mean = f"{100 * own['mean']:.2f} ({100 * own['error']:.2f})"
        cost = [console.count(own["macs"]), console.count(own["macs"] + own["selector"])]
        several = f" [{own['networks']}]" if own["networks"] > 1 else ""
        rows.append([own["method"] + several, *cells, mean, *cost, f"{own['density']:.3f}", own["structures"]])
    caption = "Standard errors of the mean in brackets; networks stored in square ones, where they are several."
    return Table(header, rows, "l" + "r" * (len(header) - 1), caption=caption).markdown()


def _prices(result: dict) -> str:
    header = ["price", "accuracy %", "same cost, blind %", "multiply-adds with selector", "density", "structures"]
    rows = []
    for own in result["prices"]:
        cost = console.count(own["macs"] + own["selector"])
        mean = f"{100 * own['mean']:.2f} ({100 * own['error']:.2f})"
        rows.append(
            [f"{own['price']:g}", mean, percent(own["permuted"]), cost, f"{own['density']:.3f}", own["structures"]]
        )
    return Table(header, rows, "rrrrrr").markdown()


def _structures(result: dict) -> str:
    rows = []
    for task, own in result["structures"].items():
        most = ", ".join(f"{key} {share:.0%}" for key, share in own["most"])
        channels = ", ".join(f"{share:.2f}" for share in own["channels"])
        rows.append([task, own["structures"], most, channels])
    return Table(["task", "structures", "the most frequent", "share of channels by block"], rows, "lrll").markdown()


def _bundles(result: dict) -> str:
    units = list(dict.fromkeys(unit for own in result["bundles"] for unit in own["costs"]))
    header = ["bundle", "point", "price", "float %", "int8 %", *units, "bytes of parts", "parts"]
    rows = []
    for own in result["bundles"]:
        cost = [console.count(own["costs"][unit]) if unit in own["costs"] else "" for unit in units]
        told = [f"{own['price']:g}", percent(own["float"]), percent(own["accuracy"])]
        rows.append([own["bundle"], own["point"], *told, *cost, f"{own['bytes']:,}", own["parts"]])
    return Table(header, rows, "ll" + "r" * (len(header) - 2)).markdown()


def _printed(result: dict) -> list[str]:
    if result["task"] not in PRINTED:
        return []
    where, *rows = PRINTED[result["task"]]
    return [f"What the source prints ({where}):", Table(["method", "accuracy %", "FLOPs"], rows, "lrr").markdown()]


def paint(axes, result: dict) -> None:
    """Accuracy against cost over prices; levels by task and block; the most frequent structures of each task."""
    _paint_prices(axes[0], result)
    _paint_channels(axes[1], result)
    _paint_frequent(axes[2], result)


def _paint_prices(place, result: dict) -> None:
    prices = sorted(result["prices"], key=lambda own: own["macs"])
    cost = [(own["macs"] + own["selector"]) / 1e6 for own in prices]
    place.plot(cost, [100 * own["mean"] for own in prices], label="selector, by price", **figures.series(0))
    cost = [own["macs"] / 1e6 for own in prices]
    blind = [100 * own["permuted"] for own in prices]
    place.plot(cost, blind, label="the same, dealt out blindly", **figures.series(1))
    others = [
        own for own in result["rows"] if not own["method"].startswith("DEN") and "everything" not in own["method"]
    ]
    for number, own in enumerate(others, 2):
        style = figures.series(number) | {"linestyle": "none"}
        place.plot([own["macs"] / 1e6], [100 * own["mean"]], label=own["method"], **style)
    place.set(xlabel="million multiply-adds an image", ylabel="accuracy, %", title="Accuracy against cost")
    place.legend(loc="lower right", fontsize=7)


def _paint_channels(place, result: dict) -> None:
    tasks = result["structures"]
    width = 0.8 / len(tasks)
    for number, (task, own) in enumerate(tasks.items()):
        at = np.arange(1, len(own["channels"]) + 1) + (number - (len(tasks) - 1) / 2) * width
        place.bar(
            at, [100 * share for share in own["channels"]], width, label=task, color=figures.series(number)["color"]
        )
    place.set_xticks(range(1, len(own["channels"]) + 1))
    place.set(xlabel="block", ylabel="mean share of channels, %", title="What each task runs", ylim=(0, 100))
    place.legend(fontsize=8)


def _paint_frequent(place, result: dict) -> None:
    names, shares, colours = [], [], []
    for number, (task, own) in enumerate(result["structures"].items()):
        for key, share in own["most"]:
            names.append(f"{task} {key}" if len(result["structures"]) > 1 else key)
            shares.append(100 * share)
            colours.append(figures.series(number)["color"])
    at = np.arange(len(names))[::-1]
    place.barh(at, shares, color=colours)
    place.set_yticks(at, names, fontsize=7)
    place.set(xlabel="share of the test images, %", title="The most frequent structures")
