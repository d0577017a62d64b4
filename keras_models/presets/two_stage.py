"""Settings of two-stage detectors that learn new kinds, and their presets: rendered scenes, three splits of the kinds.

Wang et al., ICML 2020 (TFA) train Faster R-CNN with a ResNet-101 of 800 pixels and batches of 16 pictures: 18,000 steps
on base kinds at a rate of 0.02, then 4,000 (one thing of a kind) to 40,000 (ten) of the last layers at a twentieth of
it. Here the trunk is EfficientNet-Lite0 as far as stride 16, pictures have 96 pixels, and the last layers, which are
few and see the same features again and again, take hundreds of steps at a rate that is not lowered.
"""

from __future__ import annotations

from keras_models.datasets import scene_kinds
from keras_models.presets import settings as s

_NAMES = s.Kind("a list of texts", lambda value: isinstance(value, list | tuple) and all(map(s.TEXT.fits, value)))
ARGUMENTS = {
    "labels": s.Setting(_NAMES, ()),  # of the kinds, where they are not the task's
    "novel": s.Setting(_NAMES, ()),
    "trunk": s.Setting(s.one_of("lite0", "convolutions"), "lite0"),
    "filters": s.Setting(s.WIDTHS, ()),
    "width": s.Setting(s.COUNT, 64),
    "sides": s.Setting(s.SHARES, (0.16, 0.26, 0.4)),
    "ratios": s.Setting(s.Kind("a list of numbers above zero", lambda value: all(map(s.RATE.fits, value))), (1.0,)),
    "piece": s.Setting(s.COUNT, 7),
    "hidden": s.Setting(s.COUNT, 64),
    "embedding": s.Setting(s.COUNT, 128),
    "classifier": s.Setting(s.one_of("cosine", "dense"), "cosine"),
    "regions": s.Setting(s.COUNT, 16),
    "most": s.Setting(s.COUNT, 10),
    "spare": s.Setting(s.COUNT, 12),
    "examples": s.Setting(s.COUNT, 10),
    "memory": s.Setting(s.COUNT, 256),
}
_REGIONS = {"proposed": s.Setting(s.COUNT, 16)}  # of a picture, beside its things
STAGES = {
    "base": s.IMAGE_STAGE
    | _REGIONS
    | {
        "pretrained": s.Setting(s.FLAG, True),
        "frozen": s.Setting(s.TEXT, "block_2_end"),  # of EfficientNet-Lite0: as far as that layer
    },
    "fine_tuned": s.IMAGE_STAGE
    | _REGIONS
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 0),
        "batch_size": s.Setting(s.COUNT, 10),
        "peak_learning_rate": s.Setting(s.RATE, 0.02),
        "shots": s.Setting(s.COUNT, 5),  # things of every kind
        "whole": s.Setting(s.FLAG, False),  # whether all of it is trained, not the last layers alone
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: no anchors; or a trunk of convolutions without four of them.
    """
    if not arguments.get("sides", (1,)) or not arguments.get("ratios", (1,)):
        raise ValueError("expected a side and a ratio of anchors at least, received none")
    if arguments.get("trunk", "lite0") == "convolutions" and len(arguments.get("filters", ())) != 4:
        raise ValueError(f"expected filters of four convolutions, received {list(arguments.get('filters', ()))}")
    return arguments


BASE = {"epochs": 20, "batch_size": 16, "peak_learning_rate": 0.02, "weight_decay": 1e-4}
_TUNED = {"epochs": 20, "shots": 5}


def _preset(task: str, split: int, expected: str, **base) -> dict:
    return {
        "task": task,
        "arguments": {"novel": scene_kinds.NOVEL[split]},
        "stages": {"base": BASE | base, "fine_tuned": _TUNED},
        "source": "Wang et al., ICML 2020 (TFA); there VOC and COCO, ResNet-101, 800 pixels",
        "expected": expected,
    }


PRESETS = {
    **{
        f"two_stage_scenes_small_{split}": _preset("scenes_small", split, "ten minutes on two cores")
        for split in scene_kinds.NOVEL
    },
    **{
        f"two_stage_scenes_{split}": _preset("scenes_96", split, "forty minutes on two cores")
        for split in scene_kinds.NOVEL
    },
}
