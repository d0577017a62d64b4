"""The pages of SkipNet's study: tables as lines of Markdown, and pictures, from the rows that `skipnet.py` computes."""

from itertools import accumulate

import numpy as np

from keras_models import datasets
from tflite.conversion.table import Table
from tools import console
from tools.reporting import figures
from tools.studies.pages import accuracy

COLUMNS = 4  # images beside each other in a gallery
GAP = 0.52  # between rows of images, for three lines of words


def write_figure_2_6(result: dict) -> list[str]:
    """Every threshold of every run, the baselines, and what the source prints."""
    text = (
        "What does skipping save, at which accuracy? Test images; standard errors of the accuracy in brackets. Shares "
        "are of the same network with all blocks and no gates. Bold: the threshold chosen on held-out images, the "
        f"cheapest that loses at most {100 * result['tolerance']:g} points there against the ResNet of the same depth, "
        "or, where none is given, against the most accurate threshold."
    )
    header = ["network", "threshold", "accuracy %", "multiply-adds", "without gates", "share", "blocks run", "source"]
    rows = [_trade_off(row) for row in (*result["rows"], *result["baselines"])]
    stressed = [number for number, row in enumerate(result["rows"]) if row["chosen"]]
    missed = [row["name"] for row in result["rows"] if row["chosen"] and not row["reached"]]
    text += f"\nNo threshold of {', '.join(missed)} is that accurate: the most accurate one is bold." if missed else ""
    return [text, Table(header, rows, "lrrrrrrl", stressed).markdown()]


def _trade_off(row: dict) -> list[str]:
    threshold = "" if row["threshold"] is None else f"{row['threshold']:g}"
    spent = [console.count(row[name]) for name in ("macs", "macs_without_gates")]
    reached = [accuracy(row), *spent, f"{row['share']:.1%}", f"{row['blocks']:.1f} of {row['of']}"]
    return [row["name"], threshold, *reached, "; ".join(map(_printed, row["printed"]))]


def _printed(row: dict) -> str:
    told = [] if row["accuracy"] is None else [f"{row['accuracy']:.2f} %"]
    told += [] if row["macs"] is None else [f"{row['macs'] / 1e6:.0f} M"]
    told += [] if row["saved"] is None else [f"-{row['saved']:g} %"]
    return f"{', '.join(told)} ({row['where']})"


def write_figure_2_10(result: dict) -> list[str]:
    """The skipped shares, a row a group."""
    text = (
        f"Which blocks are skipped? {_whose(result)} The first block of all has no gate. The source's SkipNet-74 on "
        "CIFAR-10 keeps the first blocks of each group, and skips least in group 2."
    )
    rows = []
    for group, (number, shares) in enumerate(_groups(result), 1):
        told = [f"{number} to {number + len(shares) - 1}", f"{np.mean(shares):.1%}"] if shares else ["", ""]
        rows.append([group, *told, ", ".join(f"{share:.0%}" for share in shares)])
    return [text, Table(["group", "blocks", "skipped, mean", "skipped, block by block"], rows, "llrl").markdown()]


def _groups(result: dict) -> list[tuple[int, list[float]]]:
    """The number of each group's first gated block, and the group's shares; block 1 has no gate."""
    firsts = accumulate(map(len, result["groups"]), initial=2)
    return list(zip(firsts, result["groups"]))


def write_figure_2_12(result: dict) -> list[str]:
    """How both galleries look, and who is in them."""
    text = (
        f"Which images are easy? {_whose(result)} Easy: the fewest blocks run; hard: the most; among equals the first "
        "of the split. The source finds easy images salient and clear, hard ones dark and blurry. Brightness is the "
        "mean pixel, contrast the standard deviation within an image, both of 255."
    )
    looks = [
        [name, f"{100 * row['accuracy']:.1f}", *(f"{row[key]:.1f}" for key in ("blocks", "brightness", "contrast"))]
        for name, row in result["looks"].items()
    ]

    def described(image: dict) -> str:
        answer = "" if image["answer"] == image["label"] else f", answered {image['answer']}"
        return f"{image['label']}{answer}: {image['blocks']} blocks (image {image['row']})"

    galleries = [map(described, result["galleries"][name]) for name in ("easy", "hard")]
    header = ["images", "accuracy %", "blocks run", "brightness", "contrast"]
    both = [[place, *pair] for place, pair in enumerate(zip(*galleries, strict=True), 1)]
    return [text, Table(header, looks).markdown(), Table(["", "easy", "hard"], both, "rll").markdown()]


def write_figure_2_13(result: dict) -> list[str]:
    """A row a class, from the fewest blocks on."""
    known = result["correlation"]
    text = (
        f"Do classes differ? {_whose(result)} The source skips more on classes that it knows well, such as trucks, "
        "and less on cats and dogs. Correlation of blocks run and accuracy over the classes: "
        f"{'none, for one of them is constant' if known is None else f'{known:+.2f}'}."
    )
    header = ["class", "mean", "median", "quartiles", "range", "accuracy %"]
    rows = []
    for row in sorted(result["rows"], key=lambda row: row["mean"]):
        least, low, middle, high, most = row["quartiles"]
        spread = [f"{middle:g}", f"{low:g} to {high:g}", f"{least:g} to {most:g}"]
        rows.append([row["label"], f"{row['mean']:.2f}", *spread, f"{100 * row['accuracy']:.1f}"])
    return [text, Table(header, rows).markdown()]


def write_table_int8(result: dict) -> list[str]:
    """A row a bundle and threshold."""
    text = (
        "What does a conversion do to decisions? The float network and a bundle at the same thresholds, on the same "
        f"{result['images']:,} test images; standard errors in brackets. {result['name']}. The source converts nothing."
    )
    header = ["bundle", "threshold", "accuracy %, float", "converted", "blocks run, float", "converted"]
    header += ["multiply-adds, float", "converted", "decisions moved", "images moved", "answers moved"]
    rows = []
    for row in result["rows"]:
        sides = row["float"], row["converted"]
        cells = [accuracy(side) for side in sides] + [f"{side['blocks']:.2f}" for side in sides]
        cells += [console.count(side["macs"]) for side in sides]
        cells += [f"{row[f'{name}_moved']:.2%}" for name in ("decisions", "images", "answers")]
        rows.append([row["bundle"], f"{row['threshold']:g}", *cells])
    return [text, Table(header, rows).markdown()]


def _whose(result: dict) -> str:
    return f"{result['name']} on the test images, threshold {result['threshold']:g}."


def paint_figure_2_6(axes, result: dict) -> None:
    """A line a run over the thresholds, chosen ones ringed; baselines are points of their own."""
    names = dict.fromkeys(row["name"] for row in result["rows"])
    for number, name in enumerate(names):
        own = [row for row in result["rows"] if row["name"] == name]
        _points(axes[0], own, label=name, **figures.series(number))
        chosen = [row for row in own if row["chosen"]]
        axes[0].plot(*_place(chosen), "o", markersize=11, fillstyle="none", color=figures.colour("ink"))
    kinds = dict.fromkeys(row["kind"] for row in result["baselines"])
    for number, kind in enumerate(kinds, len(names)):
        own = [row for row in result["baselines"] if row["kind"] == kind]
        _points(axes[0], own, label=f"{kind}, trained alone", **figures.series(number) | {"linestyle": ":"})
    axes[0].set(xlabel="multiply-adds, millions", ylabel="accuracy, percent")
    axes[0].legend()


def _place(rows: list[dict]) -> tuple[list[float], list[float]]:
    return [row["macs"] / 1e6 for row in rows], [100 * row["accuracy"] for row in rows]


def _points(panel, rows: list[dict], **options) -> None:
    rows = sorted(rows, key=lambda row: row["macs"])
    panel.errorbar(*_place(rows), yerr=[100 * row["error"] for row in rows], elinewidth=0.8, **options)


def paint_figure_2_10(axes, result: dict) -> None:
    """A bar a block, a colour a group."""
    for group, (number, shares) in enumerate(_groups(result), 1):
        axes[0].bar(number + np.arange(len(shares)), 100 * np.array(shares), label=f"group {group}")
    axes[0].set(xlabel="block", ylabel="skipped, percent of the images", ylim=(0, 100))
    axes[0].xaxis.get_major_locator().set_params(integer=True)
    axes[0].legend()


def paint_figure_2_12(axes, result: dict) -> None:
    """Both galleries side by side; what was answered stands below an image where it is wrong."""
    images, _, _ = datasets.get(result["task"]).load(result["split"])
    for panel, (name, members) in zip(axes, result["galleries"].items(), strict=True):
        for place, member in enumerate(members):
            row, column = divmod(place, COLUMNS)
            top = row * (1 + GAP)
            pixels = images[member["row"]]
            pixels = pixels.repeat(3, axis=-1) if pixels.shape[-1] == 1 else pixels
            panel.imshow(pixels, extent=(column + 0.03, column + 0.97, top + 1, top + 0.03))
            right = member["answer"] == member["label"]
            answered = "" if right else f"\nanswered {member['answer']}"
            words = f"{member['label']}\n{member['blocks']} blocks{answered}"
            colour = figures.colour("ink" if right else "red")
            panel.text(column + 0.5, top + 1.02, words, ha="center", va="top", fontsize=6.5, color=colour)
        rows = -(-len(members) // COLUMNS)
        panel.set(title=name, xlim=(0, COLUMNS), ylim=(rows * (1 + GAP), 0))
        panel.axis("off")


def paint_figure_2_13(axes, result: dict) -> None:
    """A box a class over the blocks run, from least to most; the accuracy of the class stands beside its name."""
    rows = sorted(result["rows"], key=lambda row: row["mean"])
    boxes = []
    for row in rows:
        least, low, middle, high, most = row["quartiles"]
        ends = {"whislo": least, "q1": low, "med": middle, "q3": high, "whishi": most, "mean": row["mean"]}
        boxes.append(ends | {"label": f"{row['label']} ({100 * row['accuracy']:.0f} %)"})
    axes[0].bxp(boxes, showfliers=False, showmeans=True, orientation="horizontal")
    axes[0].set(xlabel="blocks run (triangle: mean)", ylabel="class (accuracy)")
