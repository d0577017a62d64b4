"""Programs of two-stage detectors: what finds things, and what makes rows of a thing or of several."""

from __future__ import annotations

from keras_models import programs, row_learning
from keras_models.functional.cropping import taps


def main(network) -> list[dict]:
    """Proposes, looks at one region after another, most promising first, and answers the best of what they are."""
    look = [
        _crop(network, "region"),
        _head(),
        programs.run(
            "classify",
            {"embedding": "embedding", "region": "region", "rows": "classes"},
            {"scores": "row_scores", "box": "row_box"},
        ),
    ]
    promising = "proposals", "objectness", programs.parameter("promising"), network.proposal_overlap, network.regions
    best = "region_boxes", "region_scores", programs.parameter("sure"), programs.parameter("overlap"), network.most
    return [
        _trunk(),
        programs.run("propose", {"looked": "looked"}, {"boxes": "proposals", "scores": "objectness"}),
        programs.keep(*promising, {"boxes": "regions", "count": "found"}),
        programs.each({"region": "regions"}, look, {"region_scores": "row_scores", "region_boxes": "row_box"}, "found"),
        programs.keep(*best, {"boxes": "boxes", "scores": "scores", "classes": "kinds", "count": "known"}),
        programs.answer("answer", things="boxes"),
    ]


def further(network) -> dict[str, list[dict]]:
    """`embed` gives the features of a thing in its box; `teach` makes a row of one thing, `learn` of several.

    Of `learn` the examples are what `embed` gave before; it sees them together, where rows that `teach` made of one
    thing each are averaged. A product has neither.
    """
    seen = [_trunk(), _crop(network, "box"), _head()]
    found = {"embed": [*seen, programs.answer("embedded", embedding="embedding")]}
    if network.classifier == "cosine":
        alone = programs.run("alone", {"embedding": "embedding"}, {"examples": "one", "given": "single"})
        taught = programs.answer("taught", row="new_row")
        found["teach"] = [*seen, alone, *row_learning.steps("one", "single"), taught]
        found["learn"] = [*row_learning.steps("examples", "given"), programs.answer("learned", row="new_row")]
    return found


def _trunk() -> dict:
    return programs.run("trunk", {"image": "image"}, {"features": "features", "looked": "looked"})


def _crop(network, at: str) -> dict:
    costs = {"macs": taps(network.piece, network.width)}
    return programs.crop("features", at, "piece", network.piece, costs) | {"mode": "box"}


def _head() -> dict:
    return programs.run("head", {"piece": "piece"}, {"embedding": "embedding"})
