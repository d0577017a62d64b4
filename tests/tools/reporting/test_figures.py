"""The vocabulary of figures: colours that a page can change, and files that anybody can look at."""

import re

import numpy as np
import pytest
from PIL import Image

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
