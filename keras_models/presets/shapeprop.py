"""Settings of detectors with masks, and their presets: rendered scenes where five kinds have no masks.

Wang, UC Berkeley 2020, section 8.3: COCO with boxes of all kinds and masks of VOC's 20, or of the other 60; ResNets,
90,000 steps of 16 pictures, all of it at once, 14 steps of propagation and regions of 14 x 14. Here the detector is
that of `two_stage`, trained first, and regions are cut from features at a quarter of 96 pixels.
"""

from __future__ import annotations

from keras_models.datasets import scene_kinds
from keras_models.presets import settings as s
from keras_models.presets import two_stage

ARGUMENTS = two_stage.ARGUMENTS | {
    "shapes": s.Setting(s.one_of("none", "shared", "channels"), "channels"),
    "mask": s.Setting(s.COUNT, 14),
    "tower": s.Setting(s.COUNT, 24),
    "latent": s.Setting(s.COUNT, 16),
}
STAGES = two_stage.STAGES | {
    "masks": s.IMAGE_STAGE
    | {
        "masked": s.Setting(s.optional(s.TEXTS), None),  # kinds whose masks are known; None: all of them
    }
}
resolve = two_stage.resolve


def _preset(shapes: str, split: int | None) -> dict:
    masked = None if split is None else scene_kinds.base(split)
    masks = {"epochs": 20, "batch_size": 16, "peak_learning_rate": 0.02, "weight_decay": 1e-4, "masked": masked}
    return {
        "task": "scenes_small",
        "arguments": {"shapes": shapes},
        "stages": {"base": two_stage.BASE, "masks": masks},
        "source": "ShapeProp, CVPR 2020, tables 8.1 and 8.4 of Wang, UC Berkeley 2020; there COCO and BDD100K",
        "expected": "a quarter of an hour on two cores",
    }


PRESETS = {
    "shapeprop_scenes_small": _preset("channels", 1),
    "shapeprop_shared_scenes_small": _preset("shared", 1),
    "mask_rcnn_scenes_small": _preset("none", 1),
    "mask_rcnn_full_scenes_small": _preset("none", None),
}
