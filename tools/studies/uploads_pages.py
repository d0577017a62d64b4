"""The page of what is sent to a cloud: tables as lines of Markdown, and pictures, from what `uploads.py` computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tflite.conversion.table import Table
from tflite.program.crop import theta_corners, theta_crop
from tools import console, machine
from tools.reporting import figures
from tools.studies.pages import accuracy, image, page, percent

COLUMNS = 6  # of pictures beside each other
STILL = 0.05  # of a theta's deviation, two and a half pixels of 100
TRADE_OFF, CROPS, SIZES = "trade_off", "crops", "figure_2_3"  # pictures behind the page's name


SCALED = (
    "The thesis trains everything for 12 epochs on 60,000 images; here what is trained, and how long, stands in the "
    "tables, on 54,000 images unless said otherwise. Sizes of objects and waves, which it leaves open, are those of "
    "`keras_models/datasets/transformed_objects.py`. With its weights at first (deviation 0.02), its linear rate and "
    "its penalty from the first step, the scale shrank to nothing before the classifier knew anything: settings of the "
    "presets say what was done about it."
)


def text(found: dict, pictures: dict[str, Path], command: str) -> str:
    """The page.

    Args:
        found: of `uploads.compute`, with `notes`, sentences on what was scaled.
        pictures: those that were drawn, by kind.
        command: that made it.
    """
    source = f", beside table {found['table']} of the thesis" if found["table"] else ""
    first = found["cinets"][0]
    blocks = [
        f"# What a phone computes and sends of an image: {found['task']}",
        f"Does it pay to find on the phone what matters, and to send that alone? {found['samples']:,} test images"
        f"{source} (Dai, WPI 2022, chapter 2; CiNet, SDM 2021). Standard errors in brackets; printed figures behind. "
        "Multiplications are those of convolutions, as there; all multiply-adds of the phone beside them.",
        *_picture(pictures, TRADE_OFF),
        *_ladder(found),
        *_cloud(found),
        *_cinet(found, first),
        _looks(first),
        *_picture(pictures, CROPS),
        *_partition(found, first),
        *_variants(found, pictures),
        "## What was scaled, and what fell short",
        " ".join([SCALED, *found["notes"]]),
    ]
    return page([*blocks, *machine.foot(command)])


def _picture(pictures, kind) -> list[str]:
    return [image(kind.replace("_", " "), pictures[kind])] if kind in pictures else []


def _number(value) -> str:
    return "" if value is None else f"{value:.2f}"


def _ladder(found) -> list[str]:
    rows = [
        [
            r["name"],
            accuracy(r),
            _number(r["printed"]),
            *map(console.count, (r["conv_macs"], r["macs"])),
            r["trained"],
        ]
        for r in found["ladder"]
    ]
    header = ["network on the phone", "accuracy %", "printed %", "multiplications", "multiply-adds", "trained"]
    return ["## Networks on the phone alone", Table(header, rows, "lrrrrl").markdown()]


def _cloud(found) -> list[str]:
    rows = []
    for row in found["cloud"]:
        printed, values = row["printed"] or (None, None)
        sent = [f"{row['values']:.0f}", "" if values is None else str(values), f"{row['bytes']:.0f}"]
        rows.append([row["name"], accuracy(row), _number(printed), *sent, row["trained"]])
    header = ["image sent", "accuracy %", "printed %", "values sent", "printed", "bytes", "trained"]
    told = (
        f"In the cloud is {found['cloud_network']}, the most expensive network above, trained again on what comes "
        "through each encoder. Values are those other than zero; bytes are those of the JPEG files, headers included."
    )
    return ["## The whole image to the cloud", told, Table(header, rows, "lrrrrrl").markdown()]


def _cinet(found, first) -> list[str]:
    printed, values = first["printed"] or (None, None)
    costs = [*map(console.count, (first["conv_macs"], first["macs"])), str(first["values"])]
    rows = [["cloud's answer", accuracy(first), _number(printed), *costs, first["trained"]]]
    more = console.count(first["macs"] + first["local_macs"])
    rows.append(["phone alone", percent(first["alone"]), "", costs[0], more, "0", first["trained"]])
    for row in found["converted"]:
        here = [console.count(row["macs"]), str(row["bytes"]), f"a bundle, {row['quantize']}"]
        rows.append([f"{row['name']}, cloud", percent(row["accuracy"]), "", "", *here])
        rows.append([f"{row['name']}, alone", percent(row["alone"]), "", "", "", "0", f"{row['device_bytes']:,} bytes"])
    header = ["CiNet", "accuracy %", "printed %", "multiplications", "multiply-adds", "values sent", "made"]
    told = (
        "The piece is sent as 8-bit pixels, one byte a value. The classifier on the phone, which answers where the "
        "cloud does not, is ours. " + " ".join(_verdicts(found, first))
    )
    return ["## CiNet", told, Table(header, rows, "lrrrrrl").markdown()]


def _verdicts(found, first) -> list[str]:
    """What CiNet is better than, as the numbers say it."""
    said = []
    near_by = [row for row in found["ladder"] if row["conv_macs"] <= 10 * first["conv_macs"]]
    if near_by:
        best = max(near_by, key=lambda row: row["accuracy"])
        gap = 100 * (first["accuracy"] - best["accuracy"])
        said.append(
            f"Against the best network on the phone of at most ten times its multiplications, {best['name']}: "
            f"{gap:+.2f} points."
        )
    near = [row for row in found["cloud"] if row["name"] != "original" and row["bytes"] <= 10 * first["values"]]
    if near:
        best = max(near, key=lambda row: row["accuracy"])
        gap = 100 * (first["accuracy"] - best["accuracy"])
        said.append(
            f"Against the best compressed image of at most ten times its bytes, {best['name']}: {gap:+.2f} points."
        )
    return said


def _looks(first) -> str:
    """How far where it looks differs from image to image, and what that means for the rest."""
    moved = " ".join(f"{number:.2f}" for number in first["theta"]["deviation"])
    still = max(first["theta"]["deviation"]) < STILL
    said = f"Deviation of tx, ty, sx, sy over the images: {moved}"
    return said + (
        ", next to none: it has not learned to look, and sends one window of all images, small." if still else "."
    )


def _partition(found, first) -> list[str]:
    rows = [
        [r["name"], *map(console.count, (r["conv_macs"], r["macs"])), f"{r['values']:,}", f"{r['nonzero']:,.0f}"]
        for r in found["partition"]
    ]
    rows.append(
        ["CiNet", *map(console.count, (first["conv_macs"], first["macs"])), str(first["values"]), str(first["values"])]
    )
    header = ["on the phone up to", "multiplications", "multiply-adds", "values", "other than zero"]
    told = (
        f"{found['cloud_network']} cut in two (table 2.6, whose numbers the text of the thesis has lost; it concludes "
        "that no cut has both little to compute and little to send). Means over 256 test images."
    )
    return ["## Model partition", told, Table(header, rows, "lrrrr").markdown()]


def _variants(found, pictures) -> list[str]:
    if len(found["cinets"]) < 2:
        return []
    rows = [
        [
            row["name"],
            f"{row['crop']}x{row['crop']}",
            f"{row['scale_penalty']:g}",
            row["method"],
            accuracy(row),
            percent(row["train_accuracy"]),
            " ".join(f"{number:.2f}" for number in row["theta"]["mean"][2:]),
            row["trained"],
        ]
        for row in found["cinets"]
    ]
    header = ["run", "piece", "penalty", "place by", "accuracy %", "of training images %", "mean scale", "trained"]
    told = "Size of the piece and penalty on the scale (figure 2.3), and ways of training."
    return ["## Variants", told, *_picture(pictures, SIZES), Table(header, rows, "lllllrrl").markdown()]


def draw(found: dict, images: np.ndarray, size: tuple[int, int], page_file: Path) -> dict[str, Path]:
    """Draws the pictures beside a page; returns those that there are, by kind.

    Args:
        found: of `uploads.compute`.
        images: uint8 `[n, h, w, c]`, as many as there are examples.
        size: of the first CiNet's piece.
        page_file: of the page.
    """
    files = {kind: page_file.with_name(f"{page_file.stem}_{kind}.png") for kind in (TRADE_OFF, CROPS, SIZES)}
    figures.draw_png(files[TRADE_OFF], lambda _, axes: _trade_off(axes, found), (1, 2), (10.0, 4.2), sharey=True)
    rows = -(-len(found["examples"]) // COLUMNS)
    shape = (2 * rows, COLUMNS)
    figures.draw_png(files[CROPS], lambda _, axes: _crops(axes, found, images, size), shape, (9.6, 3.6 * rows))
    if len(found["cinets"]) < 2:
        return {kind: files[kind] for kind in (TRADE_OFF, CROPS)}
    figures.draw_png(files[SIZES], lambda _, axes: _sizes(axes, found), (1, 2), (9.0, 4.0), sharey=True)
    return files


def _trade_off(axes, found) -> None:
    """Accuracy against what the phone computes, and against what it sends."""
    left, right = axes
    first = found["cinets"][0]
    ladder = [(row["conv_macs"], 100 * row["accuracy"], row["name"]) for row in found["ladder"]]
    _points(left, ladder, "on the phone alone", 0)
    _points(left, [(first["conv_macs"], 100 * first["accuracy"], "CiNet")], "CiNet", 1)
    left.set(xscale="log", xlabel="multiplications of convolutions on the phone", ylabel="test accuracy %")
    _points(right, [(r["bytes"], 100 * r["accuracy"], r["name"]) for r in found["cloud"]], "whole image", 2)
    _points(right, [(first["values"], 100 * first["accuracy"], "CiNet")], "CiNet", 1)
    right.set(xscale="log", xlabel="bytes sent")
    for axis in axes:
        axis.legend()


def _points(axis, points, label, number) -> None:
    x, y, names = zip(*points, strict=True)
    axis.plot(x, y, linestyle="", label=label, **{k: v for k, v in figures.series(number).items() if k != "linestyle"})
    for one, other, name in points:
        axis.annotate(name, (one, other), textcoords="offset points", xytext=(4, 4), fontsize="x-small")


def _crops(axes, found, images, size) -> None:
    """Test images with the piece's frame, and below each the piece as it is sent."""
    for axis in axes:
        axis.axis("off")
    for number, example in enumerate(found["examples"]):
        picture = images[number][..., 0] if images.shape[-1] == 1 else images[number]
        row, column = divmod(number, COLUMNS)
        whole, piece = (axes[(2 * row + k) * COLUMNS + column] for k in range(2))
        whole.imshow(picture, cmap="gray", vmin=0, vmax=255)
        top, left, bottom, right = theta_corners(example["theta"], picture.shape[:2])
        height, width = picture.shape[:2]
        y, x = (np.array([top, bottom]) * height - 0.5, np.array([left, right]) * width - 0.5)
        whole.plot(x[[0, 1, 1, 0, 0]], y[[0, 0, 1, 1, 0]], color=figures.colour("orange"), linewidth=1.5)
        whole.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        mark = "" if example["label"] == example["answer"] else f" not {example['label']}"
        whole.set_title(f"{example['answer']}{mark}", fontsize="small")
        cut = theta_crop(images[number].astype(float), example["theta"], size)[0]
        piece.imshow(cut[..., 0] if cut.shape[-1] == 1 else cut.astype(np.uint8), cmap="gray", vmin=0, vmax=255)


def _sizes(axes, found) -> None:
    """Figure 2.3: accuracy against the piece's side and against the penalty, of runs that are alike in all else."""
    left, right = axes
    first = found["cinets"][1] if len(found["cinets"]) > 1 else found["cinets"][0]
    for axis, key, same in ((left, "crop", "scale_penalty"), (right, "scale_penalty", "crop")):
        alike = [
            row
            for row in found["cinets"]
            if row[same] == first[same] and row["method"] == first["method"] and row["trained"] == first["trained"]
        ]
        alike = sorted({row[key]: row for row in alike}.values(), key=lambda row: row[key])
        for number, (name, label) in enumerate((("accuracy", "test"), ("train_accuracy", "training"))):
            points = [100 * row[name] for row in alike]
            axis.plot([row[key] for row in alike], points, label=label, **figures.series(number))
    left.set(xlabel="side of the piece in pixels", ylabel="accuracy %")
    right.set(xlabel="penalty on the scale")
    left.legend()
