"""Pictures with the boxes that were found on them, and those of the things that were missed: the best and the worst."""

from __future__ import annotations

from html import escape

import numpy as np

from keras_models.functional import average_precision as ap
from tools.reporting import figures

COUNT = 8  # pictures of either sort
SHOWN = 0.3  # the least score of a box that is drawn
WORDS = (
    "Boxes with a score from {:g} on: solid where a thing of that kind is there (overlap of a half), dashed where not; "
    "dotted: what was missed. The best and the worst pictures by right boxes over boxes and things."
)


def pictures(found: list[np.ndarray], data) -> list[dict]:
    """The best and the worst pictures, best first.

    Args:
        found: of each picture `[boxes, 6]`, as `average_precision` takes it.
        data: `samples.Samples` with `kinds`.

    Returns:
        [{"row", "picture": data URL, "sides", "boxes": [{"corners", "name", "score", "state"}]}]; the state is "right",
        "wrong" or "missed".
    """
    drawn = [boxes[boxes[:, ap.SCORE] >= SHOWN] for boxes in found]
    told = [_boxes(boxes, truth, data.kinds) for boxes, truth in zip(drawn, data.labels, strict=True)]
    order = np.argsort([-_share(boxes) for boxes in told], kind="stable")
    chosen = [*order[:COUNT], *order[COUNT:][-COUNT:]]
    return [
        {
            "row": int(data.rows[row]),
            "picture": figures.thumbnail(data.images[row]),
            "sides": data.images[row].shape[:2],
            "boxes": told[row],
        }
        for row in chosen
    ]


def _boxes(found: np.ndarray, truth: np.ndarray, kinds) -> list[dict]:
    """The boxes that are drawn of a picture, and the things that were missed."""
    told, missed = [], np.ones(len(truth), bool)
    for kind in np.unique(np.concatenate([found[:, ap.KIND], truth[:, ap.TRUE_KIND]])).astype(int):
        if kind < 0:
            continue
        boxes, places = found[found[:, ap.KIND] == kind], np.flatnonzero(truth[:, ap.TRUE_KIND] == kind)
        boxes = boxes[np.argsort(-boxes[:, ap.SCORE], kind="stable")]
        shared = ap.overlaps_of(boxes[:, :4], truth[places, :4])
        for box, row in zip(boxes, shared, strict=True):
            free = (row >= 0.5) & missed[places]
            if free.any():
                missed[places[int(np.argmax(np.where(free, row, -1)))]] = False
            told.append(_told(box[:4], kinds[kind], float(box[ap.SCORE]), "right" if free.any() else "wrong"))
    rows = truth[missed & (truth[:, ap.TRUE_KIND] >= 0)]
    return told + [_told(row[:4], kinds[int(row[ap.TRUE_KIND])], None, "missed") for row in rows]


def _told(corners, name: str, score: float | None, state: str) -> dict:
    return {"corners": [float(one) for one in corners], "name": name, "score": score, "state": state}


def _share(boxes: list[dict]) -> float:
    return sum(box["state"] == "right" for box in boxes) / max(1, len(boxes))


def html(entries: list[dict]) -> str:
    """The pictures with their boxes."""
    return f'<div class="images">{"".join(map(_picture, entries))}</div>'


def _picture(entry: dict) -> str:
    counts = {state: sum(box["state"] == state for box in entry["boxes"]) for state in ("right", "wrong", "missed")}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "nothing"
    return (
        f'<div class="image found"><div class="seen"><img alt="picture {entry["row"]}" src="{entry["picture"]}">'
        f"{overlay(entry['boxes'], entry['sides'])}</div>{escape(words)}</div>"
    )


def overlay(boxes: list[dict], sides: tuple[int, int]) -> str:
    """Frames with names over a picture of (height, width) pixels: an SVG element."""
    height, width = sides
    drawn = []
    for box in boxes:
        top, left, bottom, right = box["corners"]
        x, y, across, down = left * width, top * height, (right - left) * width, (bottom - top) * height
        text = box["name"] if box["score"] is None else f"{box['name']} {100 * box['score']:.0f}"
        drawn.append(
            f'<g class="{box["state"]}"><rect x="{x:.2f}" y="{y:.2f}" width="{across:.2f}" height="{down:.2f}"/>'
            f'<text x="{x + 1:.2f}" y="{max(y - 1, 0.07 * height):.2f}" font-size="{0.07 * height:.1f}">{escape(text)}'
            "</text></g>"
        )
    label = f"{len(boxes)} boxes"
    return f'<svg class="boxes" role="img" aria-label="{label}" viewBox="0 0 {width} {height}">{"".join(drawn)}</svg>'
