"""The vocabulary of figures: colours that a page can change, and files that anybody can look at."""

import re

import numpy as np
import pytest
from PIL import Image

from tests.tools.canvas import names, painted
from tools.reporting import figures


def paint(figure, axes):
    for number, axis in enumerate(axes):
        axis.plot([0, 1], [0, number], **figures.series(number), label=f"line {number}")
    figures.legend_above(figure, axes[0], 2)


def test_light_colours_differ_since_they_stand_for_their_names():
    light = [drawn.light for drawn in figures.COLOURS.values()]
    assert len(set(light)) == len(light)
    assert all(re.fullmatch("#[0-9a-f]{6}", value) for drawn in figures.COLOURS.values() for value in drawn)
    assert set(figures.SERIES) < set(figures.COLOURS) and len(set(figures.SERIES)) == len(figures.SERIES)


def test_lines_differ_from_each_other():
    drawn = [tuple(figures.series(number).values()) for number in range(24)]
    assert len(set(drawn)) == 24
    assert drawn[0] == ("#1f5fc4", "o", "-") and drawn[13] == ("#d2691e", "^", "--")


@pytest.mark.parametrize(("place", "name"), [(0, "ramp-0"), (0.5, "ramp-2"), (0.6, "ramp-3"), (1, "ramp-5")])
def test_places_of_the_ramp(place, name):
    assert figures.ramp(place) == figures.colour(name)


def test_in_svg_colours_are_names_that_the_page_defines():
    svg = figures.draw_svg('a "b" <c>', paint, (1, 2))
    assert svg.startswith('<svg role="img" aria-label="a &quot;b&quot; &lt;c&gt;"')
    assert set(re.findall(r"var\(--([\w-]+)\)", svg)) >= {"blue", "orange", "ink", "grid", "muted", "font"}
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= {"#000000", "#ffffff"}
    assert "--blue: #1f5fc4" in figures.css() and "--blue: #6aa5ff" in figures.css()


def test_in_png_they_are_the_light_ones(tmp_path):
    figures.draw_png(tmp_path / "x.png", paint, (1, 2), (4.0, 2.0))
    with Image.open(tmp_path / "x.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape == (220, 440, 3), "2 x 4 inches of 110 dots"
    seen = {tuple(pixel) for pixel in pixels.reshape(-1, 3).tolist()}
    assert {(0x1F, 0x5F, 0xC4), (0xD2, 0x69, 0x1E), (255, 255, 255)} <= seen


def test_settings_do_not_outlive_a_figure(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    figures.draw_png(tmp_path / "x.png", paint)
    assert dict(matplotlib.rcParams) == before


def test_a_colour_thumbnail_keeps_its_channels():
    import base64
    import io

    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    data = figures.thumbnail(pixels).partition(",")[2]
    assert (np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) == pixels).all()


def test_what_matplotlib_writes_around_a_figure_is_left_out():
    """The document's own size goes, those within it stay; metadata and the prologue go."""
    document = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="648pt" height="259pt" viewBox="0 0 648 259">'
        "<metadata>\n<dc:date>today</dc:date>\n</metadata>"
        '<rect width="5" height="6" style="fill: #d2691e; stroke: #123456"/>'
        """<text style="font: 9px 'DejaVu Sans'"/></svg>"""
    )
    assert figures.themed(document, "Cost & more") == (
        '<svg role="img" aria-label="Cost &amp; more" viewBox="0 0 648 259">'
        '<rect width="5" height="6" style="fill: var(--orange); stroke: #123456"/>'
        '<text style="font: 9px var(--font)"/></svg>'
    )


def test_figures_of_other_titles_have_other_ids():
    """Two figures on one page must not share a clip path; the same figure is the same text every time."""

    def clip(figure, axes):
        axes[0].plot([0, 1], [0, 1])

    first, again, other = (figures.draw_svg(title, clip) for title in ("one", "one", "two"))
    ids = [set(re.findall(r'<clipPath id="([^"]+)"', svg)) for svg in (first, other)]
    assert first == again and ids[0] and not ids[0] & ids[1]


def luminance(value):
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = np.array([int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_the_ramp_gets_stronger_on_light_and_on_dark_pages():
    """Farther from white with every step, and on a dark page farther from black."""
    for side, page in (("light", "#ffffff"), ("dark", "#000000")):
        ramp = [getattr(figures.COLOURS[f"ramp-{step}"], side) for step in range(figures.RAMP)]
        assert ramp == sorted(ramp, key=lambda value: contrast(value, page)) and len(set(ramp)) == figures.RAMP


@pytest.mark.parametrize("name", ["ink", "muted"])
def test_words_can_be_read(name):
    """A contrast of 4.5 at least, as WCAG asks of text."""
    drawn = figures.COLOURS[name]
    assert contrast(drawn.light, "#ffffff") >= 4.5 and contrast(drawn.dark, "#1c1d20") >= 4.5


@pytest.mark.parametrize("name", figures.SERIES)
def test_lines_can_be_seen(name):
    """A contrast of 2.2 at least against a page that is light or dark: none of them is lost on it."""
    drawn = figures.COLOURS[name]
    assert contrast(drawn.light, "#ffffff") >= 2.2 and contrast(drawn.dark, "#1c1d20") >= 2.2


def test_a_grey_thumbnail_is_of_its_only_channel():
    import base64
    import io

    data = figures.thumbnail(np.array([[[0], [128], [255]]])).partition(",")[2]
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.mode == "L" and np.asarray(picture).tolist() == [[0, 128, 255]]


def test_the_legend_stands_above_and_names_one_axis():
    def draw(figure, axes):
        for axis in axes:
            axis.plot([0, 1], [0, 1], label="a line")
        figures.legend_above(figure, axes[0], 3)

    figure = painted(figures.draw_svg, "title", draw, (1, 2))
    (legend,) = figure.legends
    assert names(legend) == ["a line"], "once, though both axes have it"
    assert [axis.get_legend() for axis in figure.axes] == [None, None]


def test_panels_share_what_they_are_told_to():
    """What is further given is for the axes: a wide range on one panel widens the other."""

    def draw(figure, axes):
        axes[0].plot([0, 1], [0, 50])
        axes[1].plot([0, 1], [0, 1])

    for shared, same in (({"sharey": True}, True), ({}, False)):
        left, right = painted(lambda shared=shared: figures.draw_png("not written", draw, (1, 2), **shared)).axes
        assert (left.get_ylim() == right.get_ylim()) is same
