"""One vocabulary of figures: colours, style, and saving, as SVG within a page or as a PNG file.

A figure is drawn in the light colours. In SVG each of them becomes a CSS variable, which `css` defines for light and
for dark, so that the figures of a page follow it.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tflite.bundle.places import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Shape, Size = tuple[int, int], tuple[float, float]


class Colour(NamedTuple):
    """A colour on a light and on a dark page."""

    light: str
    dark: str


# No two light colours are the same: in SVG they stand for their names.
COLOURS = {
    "ink": Colour("#1c1d20", "#e9eaed"),
    "muted": Colour("#5d6068", "#a2a6af"),
    "grid": Colour("#dcdde0", "#363941"),
    "grey": Colour("#8a8d94", "#8d919b"),
    "blue": Colour("#1f5fc4", "#6aa5ff"),
    "orange": Colour("#d2691e", "#f0995a"),
    "violet": Colour("#8a3ab0", "#c98ae8"),
    "green": Colour("#12836e", "#4cc3a8"),
    "red": Colour("#b3372c", "#f2877d"),
    "sky": Colour("#3a9ccb", "#73c7e6"),
    "gold": Colour("#b08a14", "#d9bb55"),
    "pink": Colour("#d0568f", "#ee8fbb"),
    "brown": Colour("#6e4b35", "#b99378"),
    "lime": Colour("#6c9a28", "#a5cf64"),
    "slate": Colour("#47586b", "#9fb3c8"),
    "peach": Colour("#e59a7a", "#f3b9a1"),
    "ramp-0": Colour("#a9c7f2", "#2f4f80"),
    "ramp-1": Colour("#85aeea", "#3c679f"),
    "ramp-2": Colour("#6194df", "#4d80be"),
    "ramp-3": Colour("#3f7bd1", "#649ada"),
    "ramp-4": Colour("#2562bd", "#8ab6ee"),
    "ramp-5": Colour("#164a98", "#b8d4fa"),
}
SERIES = ("blue", "orange", "violet", "green", "red", "sky", "gold", "pink", "brown", "lime", "slate", "peach")
RAMP = 6  # colours from pale to strong, for what has an order
MARKERS = "os^vDPX<>*h"
DOTS_PER_INCH = 110


def colour(name: str) -> str:
    """The colour of that name, to draw with."""
    return COLOURS[name].light


def ramp(place: float) -> str:
    """The colour of a place between 0, the palest, and 1."""
    return colour(f"ramp-{round((RAMP - 1) * place)}")


def series(number: int) -> dict:
    """How line `number` of a figure is drawn, so that it differs from the others in colour and marker, or in dashes."""
    dashed = number // len(SERIES) % 2
    return {
        "color": colour(SERIES[number % len(SERIES)]),
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": "--" if dashed else "-",
    }


def style() -> dict:
    """matplotlib's settings of every figure."""
    from matplotlib import cycler

    return {
        "font.size": 9.5,
        "text.color": colour("ink"),
        "axes.prop_cycle": cycler(color=[colour(name) for name in SERIES]),
        "axes.labelcolor": colour("muted"),
        "axes.edgecolor": colour("grid"),
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.titlecolor": colour("ink"),
        "grid.color": colour("grid"),
        "grid.linewidth": 0.6,
        "xtick.color": colour("muted"),
        "ytick.color": colour("muted"),
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "lines.linewidth": 1.8,
        "lines.markersize": 4,
        "lines.solid_capstyle": "round",
        "svg.fonttype": "none",
    }


@contextlib.contextmanager
def _painted(paint: Callable, shape: Shape, size: Size, settings: dict, shared: dict) -> Iterator:
    """A figure that `paint(figure, axes)` has filled; it is to be saved while the settings hold."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(settings):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure, list(np.atleast_1d(figure.subplots(*shape, **shared)).ravel()))
        yield figure


def draw_svg(title: str, paint: Callable, shape: Shape = (1, 1), size: Size = (9.0, 3.6), **shared) -> str:
    """Draws a figure as an element of a page: SVG with CSS variables for colours; the same for the same figure.

    Args:
        title: what the picture shows, for those who cannot see it.
        paint: function of (figure, flat list of axes).
        shape, size: rows and columns of axes; width and height in inches.
        shared: sharex, sharey and the like for `subplots`.
    """
    buffer = io.StringIO()
    with _painted(paint, shape, size, {**style(), "svg.hashsalt": title}, shared) as figure:
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return themed(buffer.getvalue(), title)


def draw_png(file: str | Path, paint: Callable, shape: Shape = (1, 1), size: Size = (7.0, 4.2), **shared) -> None:
    """Draws a figure into a PNG file; the other arguments are those of `draw_svg`."""
    backed = {"legend.frameon": True, "legend.edgecolor": "none"}  # names within the axes are read over lines
    with _painted(paint, shape, size, style() | backed, shared) as figure, whole(file) as stream:
        figure.savefig(stream, format="png", dpi=DOTS_PER_INCH)


def themed(svg: str, title: str) -> str:
    """Turns a matplotlib SVG document into an element of a page: colours by name, the page's font, its width."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:height|width)="[^"]*"', "", svg, count=2)  # those of the document itself
    for name, drawn in COLOURS.items():
        svg = svg.replace(drawn.light, f"var(--{name})")
    svg = svg.replace("'DejaVu Sans'", "var(--font)")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)


def css() -> str:
    """The definitions of the colours for a page that is light or dark as its reader likes."""
    light, dark = (
        "; ".join(f"--{name}: {getattr(drawn, side)}" for name, drawn in COLOURS.items()) for side in Colour._fields
    )
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def legend_above(figure: Figure, axis: Axes, columns: int, **options) -> None:
    """Names what is drawn on an axis, above the whole figure."""
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=columns, **options)


def thumbnail(pixels: np.ndarray) -> str:
    """A uint8 image `[h, w, 1 or 3]` as a PNG data URI."""
    import base64

    from PIL import Image

    pixels = np.asarray(pixels, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
