"""ResNet's settings, and its presets: static networks of several depths for CIFAR-10, and a small one for the digits.

Sources print 91.25 % (20 layers: He et al. 2016, table 6) and 92.50 % (38 layers: Wang, UCB/EECS-2020-236, table 2.2)
after 64,000 steps on the original pictures; epochs here are those of a one-cycle schedule for two cores.
"""

from __future__ import annotations

from keras_models.presets import settings as s
from keras_models.presets import twins

ARGUMENTS = {"blocks": s.Setting(s.WIDTHS), "filters": s.Setting(s.WIDTHS, (16, 32, 64))}
STAGES = {"classifier": s.IMAGE_STAGE}
SPACE = {
    "network": {
        "network.filters": ("times", (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)),
        "network.blocks": ("each", (1, 2, 3, 4)),
        "classifier.peak_learning_rate": ("log", 0.02, 0.4),
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: there are not as many blocks as filters.
    """
    s.check_groups(arguments)
    return arguments


TWIN_AXES = ("width", "depth")


def static_twin(arguments: dict, stages: dict, width: float = 1.0, depth: float = 1.0) -> dict:
    """The network itself, thinner or shallower, as a preset's entries (`presets.twins`)."""
    filters = arguments.get("filters", ARGUMENTS["filters"].default)
    changed = {"filters": [twins.share(n, width) for n in filters]}
    changed |= {"blocks": [twins.share(n, depth) for n in arguments["blocks"]]}
    return {"arguments": changed, "stages": stages}


_CIFAR10 = {"batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-3}


def _cifar10(layers: int, epochs: int, expected: str) -> dict:
    return {
        "task": "cifar10",
        "arguments": {"blocks": ((layers - 2) // 6,) * 3},
        "stages": {"classifier": _CIFAR10 | {"epochs": epochs}},
        "source": f"ResNet-{layers}: He et al., CVPR 2016, section 4.2",
        "expected": expected,
    }


PRESETS = {
    "resnet_digits": {
        "task": "max_min_digits",
        "arguments": {"blocks": (1, 1, 1), "filters": (8, 16, 32)},
        "stages": {"classifier": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1}},
        "source": "ResNet-8 of half the width on composites of scikit-learn's digits: no download",
        "expected": "two minutes on two cores",
    },
    "resnet_digits_wide": {
        "task": "max_min_digits",
        "arguments": {"blocks": (2, 2, 2), "filters": (16, 32, 64)},
        "stages": {"classifier": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1}},
        "source": "ResNet-14 on composites of scikit-learn's digits: the last member of a cascade, no download",
        "expected": "ten minutes on two cores",
    },
    "resnet8_cifar10": _cifar10(8, 16, "eight minutes on two cores"),
    "resnet20_cifar10": _cifar10(20, 12, "twenty minutes on two cores"),
    "resnet38_cifar10": _cifar10(38, 12, "forty minutes on two cores"),
}
