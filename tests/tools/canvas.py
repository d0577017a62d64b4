"""What a figure shows, read from matplotlib's objects: nothing is rendered."""

import contextlib

import pytest
from matplotlib.figure import Figure

from tools.reporting import figures


def painted(draw, *arguments) -> Figure:
    """The figure that `draw` would save."""
    kept = []

    def save(figure, file, **options):
        kept.append(figure)
        if hasattr(file, "getvalue"):
            file.write("<svg></svg>")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", save)
        patch.setattr(figures, "whole", contextlib.nullcontext)
        draw(*arguments)
    (figure,) = kept
    return figure


def panels(count=1):
    """Empty axes beside each other, to paint on."""
    return list(Figure().subplots(1, count, squeeze=False).ravel())


def lines(axis) -> dict:
    """Label -> (x, y), as lists, of the lines that have a label."""
    named = (line for line in axis.get_lines() if not line.get_label().startswith("_"))
    return {line.get_label(): tuple(list(map(float, data)) for data in line.get_data()) for line in named}


def names(legend) -> list[str]:
    """What a legend tells, in its order."""
    return [text.get_text() for text in legend.get_texts()]


def words(axis) -> list[str]:
    """The texts within an axis."""
    return [text.get_text() for text in axis.texts]
