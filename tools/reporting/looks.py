"""Where in the picture a run looked: the crops and glimpses of its events, in order, and a drawing of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from tflite.batched.steps import walk

if TYPE_CHECKING:
    from tflite import Result

Corners = tuple[float, float, float, float]  # top, left, bottom, right, 0..1 over the edges of what the network sees
WHOLE: Corners = (0.0, 0.0, 1.0, 1.0)


def looks(program: Sequence[dict], result: Result) -> list[Corners]:
    """The crops of a run: of a glimpse of several windows the smallest one, which is seen sharply.

    Crops of a crop lie within it; those of a part's output, which has no place of its own, in the picture as a whole.

    Args:
        program: the steps that were run, as plain dictionaries.
        result: with events.
    """
    steps = {step["output"]: step for _, step in walk(program) if step["op"] == "crop"}
    extents, found = {}, []
    for event in result.events:
        if event.kind != "crop" or not all(map(math.isfinite, event.corners)):
            continue
        step = steps[event.name]
        # The next crop of this one has all of it for its picture, not the sharp window alone.
        extents[event.name] = _within(extents.get(step["value"], WHOLE), event.corners)
        found.append(_upright(_sharpest(extents[event.name], step.get("scales", 1))))
    return found


def _within(outer: Corners, inner: Corners) -> Corners:
    height, width = outer[2] - outer[0], outer[3] - outer[1]
    return (
        outer[0] + inner[0] * height,
        outer[1] + inner[1] * width,
        outer[0] + inner[2] * height,
        outer[1] + inner[3] * width,
    )


def _sharpest(largest: Corners, scales: int) -> Corners:
    """The smallest of windows about one centre, each twice as wide as the one before."""
    share = (1 - 0.5 ** (scales - 1)) / 2
    height, width = share * (largest[2] - largest[0]), share * (largest[3] - largest[1])
    return largest[0] + height, largest[1] + width, largest[2] - height, largest[3] - width


def _upright(of: Corners) -> Corners:
    return min(of[0], of[2]), min(of[1], of[3]), max(of[0], of[2]), max(of[1], of[3])


def overlay(found: Iterable[Corners], sides: tuple[int, int]) -> str:
    """Frames over a picture in the order of a run, the later the stronger, each with its number: an SVG element.

    Args:
        found: as `looks` gives them.
        sides: (height, width) of the picture in pixels.
    """
    height, width = sides
    found, drawn = list(found), []
    for number, (top, left, bottom, right) in enumerate(found, 1):
        strength = 0.35 + 0.65 * number / len(found)
        x, y, across, down = left * width, top * height, (right - left) * width, (bottom - top) * height
        drawn.append(
            f'<g opacity="{strength:.2f}"><rect x="{x:.2f}" y="{y:.2f}" width="{across:.2f}" height="{down:.2f}"/>'
            f'<text x="{x + across / 2:.2f}" y="{y + down / 2:.2f}" font-size="{0.11 * height:.1f}">{number}</text></g>'
        )
    label = escape(f"where it looked, {len(found)} times")
    return (
        f'<svg class="looks" role="img" aria-label="{label}" viewBox="0 0 {width} {height}">'
        + "".join(drawn)
        + "</svg>"
        if drawn
        else ""
    )
