"""The programs of a detector by feature reweighting: what it finds, and what it is taught."""

from __future__ import annotations

from keras_models import programs
from keras_models.layers.pyramids import LEVELS

MOST, LEAST, OVERLAP = 20, 0.05, 0.45  # boxes that are kept, their least score, and how far those of a kind may overlap


def trunk() -> dict:
    """The step that runs the trunk."""
    return programs.run("trunk", {"image": "image"}, {level: level for level in LEVELS})


def main(table: bool) -> list[dict]:
    """Trunk, head and decoding, and the best boxes. table: whether the kinds are the rows of one."""
    raw = {"boxes": "raw_boxes", "kinds": "raw_kinds"}
    rows, count = ({"rows": "classes"}, {"count": "known"}) if table else ({}, {})
    limits = {"threshold": programs.parameter("least"), "overlap": OVERLAP, "most": MOST}
    kept = {"boxes": "kept", "scores": "sure", "classes": "kinds", "count": "found"}
    return [
        trunk(),
        programs.run("head", {level: level for level in LEVELS} | rows, raw),
        programs.run("decode", raw | count, {"boxes": "boxes", "scores": "scores"}),
        {"op": "keep", "boxes": "boxes", "scores": "scores", **limits, "outputs": kept},
        programs.answer("end", things="kept"),
    ]


def teach(by_picture: bool) -> list[dict]:
    """The row of a picture with the box of a thing. by_picture: whether pixels are read in place of features."""
    read = ["image"] if by_picture else ["fine", "middle"]
    return [
        programs.run("mask", {"box": "box"}, {"mask": "mask"}),
        *([] if by_picture else [trunk()]),
        programs.run("reweight", {name: name for name in (*read, "mask")}, {"vector": "vector"}),
        programs.answer("row", row="vector"),
    ]
