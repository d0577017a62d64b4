"""All pictures of a study of overthinking: figures of its rows, and those that show images themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from keras_models import grad_cam
from keras_models.functional import clutter
from keras_models.functional.evaluation import correct_answers
from keras_models.functional.overthinking import any_later
from tools import console
from tools.reporting.figures import draw_png
from tools.studies.overthinking_figures import figures

SHEET = 8  # images of each kind in a sheet
SEARCHED, BATCH = 2_000, 250  # images among which overthought ones are looked for, and those answered at a time


def write(source, found: dict, examples: int, out: str) -> list[tuple[str, Path]]:
    """Draws every picture that the data at hand allow beside a page: (what it shows, its file) of each.

    Args:
        source: the first network (`exit_outcomes.open_sources`).
        found: as of `overthinking.study`.
        examples: overthought images that get heat maps.
        out: the page's file.
    """
    made = []
    Path(out).parent.mkdir(parents=True, exist_ok=True)

    def place(word: str, shows: str) -> Path:
        made.append((shows, Path(out).with_name(f"{Path(out).stem}_{word}.png")))
        return made[-1][1]

    for word, (shows, draw) in figures(found).items():
        draw(place(word, shows))
    images, labels, groups = source.task.load(found["split"])
    if groups is not None:
        kinds = dict(enumerate(source.task.group_names))
        draw_sheet(images, groups, kinds, place("kinds_sheet", "images of each kind"))
    draw_cosines(images[0], place("cosines", "the cosine transform of eight by eight places, and of an image"))
    if source.network is not None and examples:
        rows = overthought(source, images[:SEARCHED], labels[:SEARCHED])[:examples]
        seen = looks_of(source, images[rows]) if len(rows) else None
        if seen is not None:
            file = place("looks", "overthought images, and where each exit looks")
            draw_looks(images[rows], labels[rows], seen, source.task.labels, file)
    return made


def draw_sheet(images, groups, kinds: dict[int, str], file: Path) -> None:
    """The first images of each kind, a row a kind."""

    def paint(figure, axes):
        rows = np.reshape(axes, (len(kinds), SHEET))
        for (kind, name), row in zip(kinds.items(), rows, strict=True):
            for axis, image in zip(row, images[groups == kind], strict=False):
                _show(axis, image)
            row[0].set_title(name)

    draw_png(file, paint, (len(kinds), SHEET), (1.15 * SHEET, 1.3 * len(kinds)))


def draw_cosines(image, file: Path) -> None:
    """The basis of the transform at eight by eight places; an image; logarithms of its coefficients' sizes."""
    basis = clutter.basis(8)
    sheet = np.einsum("vh,uw->vhuw", basis, basis)
    padded = np.pad(sheet, ((0, 0), (0, 1), (0, 0), (0, 1)), constant_values=sheet.max()).reshape(72, 72)
    found = np.abs(clutter.coefficients(clutter.grey(image[None])))[0]

    def paint(figure, axes):
        axes[0].imshow(padded, cmap="gray")
        _show(axes[1], image)
        axes[2].imshow(np.log10(found + 1))
        for axis, title in zip(axes, ("basis", "image", "log10 of 1 + |coefficient|"), strict=True):
            axis.set(title=title)
            axis.axis("off")

    draw_png(file, paint, (1, 3), (9.0, 3.4))


def overthought(source, images, labels) -> np.ndarray:
    """Rows of the images that are overthought."""
    seen = source.task.normalise(images)
    answers = [np.asarray(source.network(part)) for part in np.array_split(seen, len(seen) // BATCH + 1)]
    return np.flatnonzero(any_later(correct_answers(np.concatenate(answers), labels)))


def looks_of(source, images) -> grad_cam.Looks | None:
    """Where each exit looks; None, which is said, where exits read no maps."""
    console.say(f"heat maps of {len(images)} images")
    try:
        return grad_cam.looks(source.network, source.task.normalise(images))
    except ValueError as error:
        console.say(f"there are none: {error}")
        return None


def draw_looks(images, labels, seen: grad_cam.Looks, names, file: Path) -> None:
    """A row an image: it, and under each exit's heat map what that says and how surely. names: of the labels."""
    rows, columns = len(images), 1 + seen.maps.shape[1]

    def paint(figure, axes):
        grid = np.reshape(axes, (rows, columns))
        for i, (image, label) in enumerate(zip(images, labels, strict=True)):
            _show(grid[i, 0], image)
            grid[i, 0].set_title(names[label], fontsize=8)
            for j, axis in enumerate(grid[i, 1:]):
                _show(axis, image)
                axis.imshow(seen.maps[i, j], cmap="inferno", alpha=0.55)
                answer = seen.answers[i, j]
                mark = "" if answer == label else " (wrong)"
                axis.set_title(f"{names[answer]} {seen.confidence[i, j]:.0%}{mark}", fontsize=8)

    draw_png(file, paint, (rows, columns), (1.5 * columns, 1.6 * rows))


def _show(axis, image) -> None:
    """An image uint8 `[h, w, 1 or 3]`, without axes."""
    grey = image.shape[-1] == 1
    axis.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None)
    axis.axis("off")
