"""Settings of TAFE-Net and its presets.

Source: X. Wang et al., CVPR 2019, and her thesis, UC Berkeley 2020, chapter 5. There the task embedding, the features
and the classifier are of the width 2048, over features of 512 to 4096 numbers, trained on 7,000 to 23,000 pictures by
Adam, batches of 32, 60 passes, the rate 1e-4 (task embedding 1e-5) divided by 10 after 30 and 45. Here there are some
hundreds of pictures: layers are narrow, and rates higher. `beta` is hers. Ablation of the embedding loss: `beta` 0.

Tasks are described by what is known of a class (`described`), by some of its examples, or, with `examples` between 0
and 1, some of each in every step, so that a device may be taught either way.
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models import pretrained
from keras_models.presets import settings as s
from keras_models.presets import sources

DESCRIPTIONS = ("both", "attributes", "names")  # of `datasets.pair_tasks`
_LAYERS = s.Kind("a list of layers' names", lambda value: value in ((), []) or s.TEXTS.fits(value))
ARGUMENTS = {
    "network": s.Setting(sources.NETWORK),
    "at": s.Setting(_LAYERS, ()),
    "described": s.Setting(s.one_of(*DESCRIPTIONS), "attributes"),
    "layers": s.Setting(s.COUNT, 3),
    "width": s.Setting(s.COUNT, 128),
    "embedding": s.Setting(s.WIDTHS, (64,)),
    "classifier": s.Setting(s.WIDTHS, (64,)),
    "dropout": s.Setting(s.BELOW_ONE, 0.5),
    "capacity": s.Setting(s.optional(s.COUNT), None),
}
STAGES = {
    "tasks": {
        "epochs": s.Setting(s.COUNT),
        "batch_size": s.Setting(s.COUNT, 64),
        "learning_rate": s.Setting(s.RATE, 3e-3),
        "embedding_rate": s.Setting(s.SHARE, 1.0),
        "milestones": s.Setting(s.SHARES, (0.5, 0.75)),
        "weight_decay": s.Setting(s.optional(s.RATE), None),
        "beta": s.Setting(s.AMOUNT, 0.1),
        "examples": s.Setting(s.BELOW_ONE, 0.5),
        "shots": s.Setting(s.COUNT, 5),
        "feature_dropout": s.Setting(s.BELOW_ONE, 0.6),
        "smoothing": s.Setting(s.BELOW_ONE, 0.0),
        "views": s.Setting(s.COUNT, 2),
    }
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are."""
    del stages
    return arguments


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if the network is not to be had: told before a run is made."""
    sources.check_network(arguments["network"])


LITE0 = {"application": pretrained.LITE0, "size": (96, 96), "weights": "imagenet"}
# Behind the stages: colours are told by early layers, kinds by late ones.
STAGE_ENDS = ("block_2_end", "block_4_end", "block_7_end", "block_10_end", "block_14_end")


def _preset(task: str, expected: str, **stage) -> dict:
    return {
        "task": task,
        "arguments": {"network": LITE0, "at": STAGE_ENDS, "layers": 1},
        "stages": {"tasks": {"epochs": 24} | stage},
        "source": "X. Wang et al., CVPR 2019; EfficientNet-Lite0 with weights of ImageNet in the place of a ResNet",
        "expected": expected,
    }


PRESETS = {
    "tafe_pairs_tiny": _preset("pairs_tiny", "half a minute on two cores", epochs=4),
    "tafe_pairs_small": _preset("pairs_small", "three minutes on two cores"),
    "tafe_pairs": _preset("pairs", "nine minutes on two cores (estimated)"),
}
