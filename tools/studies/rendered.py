"""What rendered data sets hold, how long a picture takes, and a page that shows some."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keras_models import files
from keras_models.datasets import storage
from keras_models.datasets.rendered import RenderedBuilder
from keras_models.rendering import store
from tools import console
from tools.studies import pages

_TINTS = np.array([(230, 60, 60), (60, 180, 75), (70, 110, 240), (250, 200, 40), (200, 70, 220), (60, 210, 220)])


@dataclasses.dataclass(frozen=True)
class Row:
    """What is told of a data set.

    Attributes:
        name: as tensorflow-datasets has it.
        shape: (height, width) of a picture.
        sizes: (split, pictures).
        samples: light paths a pixel.
        milliseconds: that a picture takes in one process; None where it was not measured.
        processor: milliseconds of all cores that it takes.
    """

    name: str
    shape: tuple[int, int]
    sizes: tuple[tuple[str, int], ...]
    samples: int
    milliseconds: float | None = None
    processor: float | None = None

    def numbers(self) -> dict:
        """As plain data."""
        return dataclasses.asdict(self)

    def cells(self) -> list[str]:
        """As a row of a table."""
        counts = " / ".join(f"{count:,}" for _, count in self.sizes)
        times = [f"{one:.0f}" if one is not None else "" for one in (self.milliseconds, self.processor)]
        return [self.name, f"{self.shape[1]} x {self.shape[0]}", counts, str(self.samples), *times]

    def line(self) -> str:
        """As a line of text."""
        took = "" if self.milliseconds is None else f", {self.milliseconds:.0f} ms a picture in one process"
        return f"{self.name}: {sum(count for _, count in self.sizes):,} pictures{took}"


def study(name: str, data_dir: str | None, measured: int) -> Row:
    """Prepares a data set and measures its rendering.

    Args:
        name: of the data set.
        data_dir: folder to prefer, or None.
        measured: pictures that are drawn to measure; 0 measures nothing.

    Raises:
        UserError: it is not a rendered data set.
    """
    try:
        builder = storage.builder_of(name, data_dir)
    except ValueError as error:  # of tensorflow-datasets, which lists what there is
        raise console.UserError(
            f"expected a rendered data set, received {name}: {str(error).splitlines()[0]}"
        ) from None
    if not isinstance(builder, RenderedBuilder):
        raise console.UserError(f"expected a rendered data set, such as clevr_sharing/small, received {name}")
    builder = storage.prepare(name, data_dir)
    sizes = tuple((split, info.num_examples) for split, info in builder.info.splits.items())
    painter = builder.builder_config.painter
    row = Row(name, tuple(builder.info.features["image"].shape[:2]), sizes, painter.samples)
    if not measured:
        return row
    milliseconds, all_cores = (1_000 * seconds for seconds in store.measured(painter, measured))
    return dataclasses.replace(row, milliseconds=milliseconds, processor=all_cores)


def write(file: Path, rows: list[Row], count: int, data_dir: str | None, foot: Iterable[str]) -> None:
    """Writes the page and its picture."""
    from PIL import Image

    strips = [strip for row in rows for strip in _strips(row.name, count, data_dir)]
    width = max(strip.shape[1] for strip in strips)
    padded = [np.pad(strip, ((0, 4), (0, width - strip.shape[1]), (0, 0)), constant_values=255) for strip in strips]
    picture = file.with_suffix(".png")
    with files.draft(picture) as path:
        Image.fromarray(np.concatenate(padded)).save(path, "png", optimize=True)
    console.write_text(file, pages.page([*_blocks(rows), pages.image("rendered pictures", picture), *foot]))


def _blocks(rows: list[Row]) -> list[str]:
    """What is on the page above the picture."""
    head = [
        "data set",
        "pixels",
        "train / validation / test / held out",
        "paths a pixel",
        "ms a picture",
        "ms of all cores",
    ]
    table = [head, ["---"] * len(head), *(row.cells() for row in rows)]
    return [
        "# Rendered pictures",
        "These are drawn by Mitsuba 3, not photographed. Everything on a picture follows from the data set's seed, the "
        "split and the picture's number, so a data set is the same each time but for the last bit of a processor's "
        "arithmetic. `clevr_sharing` has four objects in fixed regions: warm are red, brown, purple and yellow, cool "
        "gray, blue, green and cyan. `scenes` has one to six of twenty kinds of things, in four materials, three "
        "patterns and eight colours, under one to three lamps on five kinds of ground; a thing is drawn anew if the "
        "others leave less than a quarter of it to be seen. Below pictures with boxes and masks the same pictures are "
        "shown with each thing's pixels in one colour.",
        "Milliseconds are those of one process that draws picture after picture; what else a machine does makes the "
        "first number larger, and the second, of all cores together, much less.",
        "\n".join("| " + " | ".join(cells) + " |" for cells in table),
    ]


def _strips(name: str, count: int, data_dir: str | None) -> list[np.ndarray]:
    """The first pictures of a data set beside each other; below them, where there are masks, these."""
    builder = storage.prepare(name, data_dir)
    found = list(itertools.islice(storage.examples(builder, "train"), count))
    strips = [_beside([one["image"] for one in found])]
    if "instances" in found[0] and builder.builder_config.painter.single is False:
        strips.append(_beside([_marked(one) for one in found]))
    return strips


def _beside(images: list[np.ndarray]) -> np.ndarray:
    space = np.full((images[0].shape[0], 4, 3), 255, np.uint8)
    return np.concatenate([piece for image in images for piece in (image, space)], axis=1)


def _marked(example: dict) -> np.ndarray:
    """A picture in grey, its things in a colour each, their boxes in the same."""
    image = np.repeat(example["image"].mean(axis=2, keepdims=True) * 0.6, 3, axis=2)
    height, width = image.shape[:2]
    for number, box in enumerate(example["objects"]["bbox"]):
        tint = _TINTS[number % len(_TINTS)]
        mask = example["instances"][..., 0] == number + 1
        image[mask] = 0.4 * image[mask] + 0.6 * tint
        top, left, bottom, right = (box * (height, width, height, width)).round().astype(int)
        for edge in (np.s_[top:bottom, [left, right - 1]], np.s_[[top, bottom - 1], left:right]):
            image[edge] = tint
    return image.astype(np.uint8)
