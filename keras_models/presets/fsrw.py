"""Settings of FSRW, the detector by feature reweighting, of plain YOLOv2, and their presets.

Source: Kang et al., ICCV 2019; Wang, UC Berkeley 2020, chapter 6: pictures of 416 pixels, DarkNet-19, VOC's twenty
kinds of which five are new in each of three splits, 80,000 steps of 64 pictures. Here pictures are rendered scenes of
96 pixels with twenty kinds of things, five of them new in each of three splits; the trunk is EfficientNet-Lite0 with
ImageNet's weights, frozen, and M reads its features. Anchors are clusters of the boxes of the training scenes, and the
optimizer is Adam, for there are a fiftieth of the source's steps.
"""

from __future__ import annotations

from keras_models.datasets.scene_kinds import NOVEL
from keras_models.presets import settings as s

ANCHORS = ((0.208, 0.146), (0.24, 0.229), (0.354, 0.312))  # `functional.anchors.cluster` of the training boxes


def _some(value, fits, least: int = 1) -> bool:
    return isinstance(value, list | tuple) and len(value) >= least and all(map(fits, value))


_SIZES = s.Kind(
    "a list of pairs of numbers above zero",
    lambda value: _some(value, lambda one: _some(one, s.RATE.fits, 2) and len(one) == 2),
)
_NAMES = s.Kind("a list of texts", lambda value: _some(value, s.TEXT.fits, 0))
ARGUMENTS = {
    "labels": s.Setting(_NAMES, ()),
    "novel": s.Setting(_NAMES, ()),
    "trunk": s.Setting(s.one_of("lite0", "small"), "lite0"),
    "filters": s.Setting(s.WIDTHS, (16, 32, 64, 128, 256)),
    "pretrained": s.Setting(s.FLAG, True),
    "trained_trunk": s.Setting(s.FLAG, False),
    "passthrough": s.Setting(s.COUNT, 32),
    "context": s.Setting(s.COUNT, 96),
    "width": s.Setting(s.COUNT, 192),
    "example": s.Setting(s.one_of("features", "picture"), "features"),
    "example_filters": s.Setting(s.WIDTHS, (96,)),
    "anchors": s.Setting(_SIZES, ANCHORS),
    "capacity": s.Setting(s.COUNT, 32),
    "reweighted": s.Setting(s.FLAG, True),
}
_STAGE = {
    "epochs": s.Setting(s.COUNT_OR_NONE, 0),
    "batch_size": s.Setting(s.COUNT, 16),
    "peak_learning_rate": s.Setting(s.RATE, 2e-3),
    "weight_decay": s.Setting(s.optional(s.RATE), 1e-4),
    "optimizer": s.Setting(s.one_of("adam", "sgd"), "adam"),
}
STAGES = {
    "base": _STAGE | {"epochs": s.Setting(s.COUNT), "negatives": s.Setting(s.AMOUNT, 1.0)},
    "few": _STAGE
    | {
        "negatives": s.Setting(s.AMOUNT, 0.0),
        "shots": s.Setting(s.COUNT, 10),  # of each kind
        "draw": s.Setting(s.COUNT_OR_NONE, 0),  # the seed of which
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: a trunk of too few widths.
    """
    del stages
    if arguments.get("trunk") == "small" and len(arguments.get("filters", range(5))) < 3:
        raise ValueError(f"expected at least 3 widths of a trunk, received {arguments['filters']}")
    return arguments


_SOURCE = "Kang et al., ICCV 2019; Wang, UC Berkeley 2020, chapter 6"


def _preset(task: str, split: int, epochs: int, expected: str, few: dict | None = None, **arguments) -> dict:
    return {
        "task": task,
        "arguments": {"novel": NOVEL[split], "anchors": ANCHORS} | arguments,
        "stages": {"base": {"epochs": epochs}, "few": few or {}},
        "source": _SOURCE,
        "expected": expected,
    }


_FEW = {"epochs": 40, "shots": 10}
PRESETS = {
    f"{name}_{scenes}_{split}": _preset(f"scenes_{scenes}", split, epochs, f"{minutes} on a core", _FEW, **arguments)
    for name, arguments in (("fsrw", {}), ("yolo", {"reweighted": False}))
    for scenes, epochs, minutes in (("small", 40, "ten minutes (estimated)"), ("96", 40, "an hour (estimated)"))
    for split in NOVEL
}
