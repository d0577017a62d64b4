"""SkipNet's settings, and its presets: the CIFAR-10 networks of the thesis, and a small one for the digits.

Source: Wang, UCB/EECS-2020-236, chapter 2 (recurrent gates, both stages). It prints 50 % fewer multiply-adds of
SkipNet-110 at the accuracy of ResNet-110 within half a point; ResNets have 92.50 % (38 layers), 92.95 % (74) and 93.6 %
(110) on the original pictures (table 2.2); after the first stage SkipNet-38 has 90.83 % at 58 M, SkipNet-74 92.38 % at
92 M and SkipNet-110 88.11 % at 18 M multiply-adds (table 2.3). Its schedule is 64,000 steps and then 10,000 at a rate
of 1e-4; epochs here are for two cores, and begin with a trained ResNet of the same depth (`--start`). A higher rate
does not make up for fewer steps: at 1.3e-3 and 2e-3, three epochs on CIFAR-10 made gates that skip alike for all images
(with alpha 1, and with alpha 3 and beta 1), and cost more accuracy than computation. From gates that know images, and
sharpened (`temperature`), the reward still closed two thirds of them in four epochs, for with beta = alpha / N one
skipped block is worth as much as one nat. So `skipnet38_cifar10_priced` goes without it: its first stage has a `price`
of what it runs beyond a share that is `free`, and no second one. That is no method of the thesis.

Ablations are arguments and settings: random or soft gates are `gate` and `soft`; without a first stage its `epochs` are
0, without a second one likewise; pure reinforcement learning is a `cross_entropy_weight` of 0.
"""

from __future__ import annotations

from keras_models.presets import resnet
from keras_models.presets import settings as s

ARGUMENTS = {
    "blocks": s.Setting(s.WIDTHS),
    "filters": s.Setting(s.WIDTHS, (16, 32, 64)),
    "gate": s.Setting(s.one_of("recurrent", "feedforward_1", "feedforward_2", "random"), "recurrent"),
    "soft": s.Setting(s.FLAG, False),
    "gate_bias": s.Setting(s.AMOUNT, 0.0),
    "rate": s.Setting(s.SHARE, 0.5),
}
STAGES = {
    "supervised": s.IMAGE_STAGE
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE),
        "price": s.Setting(s.AMOUNT, 0.0),
        "free": s.Setting(s.SHARE, 0.0),
        "reestimate": s.Setting(s.FLAG, False),
    },
    "reinforced": s.IMAGE_STAGE
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 4),
        "batch_size": s.Setting(s.COUNT, 128),
        "peak_learning_rate": s.Setting(s.RATE, 1e-4),
        "temperature": s.Setting(s.RATE, 1.0),
        "alpha": s.Setting(s.AMOUNT, 1.0),
        "beta": s.Setting(s.optional(s.AMOUNT), None),
        "rl_weight": s.Setting(s.AMOUNT, 1.0),
        "cross_entropy_weight": s.Setting(s.AMOUNT, 1.0),
        "reestimate": s.Setting(s.FLAG, True),
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: they contradict each other, or the stages.
    """
    s.check_groups(arguments)
    epochs = [stages[name]["epochs"] for name in STAGES]
    if not any(epochs):
        raise ValueError("expected epochs of supervised or of reinforced, received 0 of both")
    if arguments.get("gate") == "random" and epochs[1]:
        raise ValueError(f"expected 0 epochs of reinforced with random gates, received {epochs[1]}")
    return arguments


TWIN_AXES = resnet.TWIN_AXES


def static_twin(arguments: dict, stages: dict, **axes: float) -> dict:
    """The trunk without gates, a ResNet with the recipe of the first stage, as a preset's entries (`presets.twins`)."""
    recipe = {name: value for name, value in stages["supervised"].items() if name in s.IMAGE_STAGE}
    return {"family": "resnet"} | resnet.static_twin(arguments, {"classifier": recipe}, **axes)


def _cifar10(layers: int, expected: str) -> dict:
    return {
        "task": "cifar10",
        "arguments": {"blocks": ((layers - 2) // 6,) * 3, "gate_bias": 1.0},
        "stages": {
            "supervised": {"epochs": 6, "batch_size": 128, "peak_learning_rate": 0.05, "weight_decay": 5e-3},
            "reinforced": {"epochs": 4, "weight_decay": 5e-3},
        },
        "source": f"SkipNet-{layers}+HRL+SP: Wang, UCB/EECS-2020-236, chapter 2",
        "expected": expected,
    }


PRESETS = {
    "skipnet_digits": {
        "task": "max_min_digits",
        "arguments": {"blocks": (1, 2, 2), "filters": (8, 16, 32), "gate_bias": 1.0},
        "stages": {
            "supervised": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1},
            "reinforced": {"epochs": 4, "batch_size": 64, "peak_learning_rate": 5e-3},
        },
        "source": "SkipNet-12 of half the width on composites of scikit-learn's digits: no download",
        "expected": "three minutes on two cores",
    },
    "skipnet38_cifar10_priced": {
        "task": "cifar10",
        "arguments": {"blocks": (6, 6, 6), "gate_bias": 0.0},
        "stages": {
            "supervised": {
                "epochs": 12,
                "batch_size": 128,
                "peak_learning_rate": 0.05,
                "weight_decay": 5e-3,
                "price": 2.0,
                "free": 0.73,
            },
            "reinforced": {"epochs": 0},
        },
        "source": "the first stage of SkipNet-38 with a price of the blocks that run; gates as in the thesis",
        "expected": "half an hour on two cores, with --start from a run of resnet38_cifar10",
    },
    "skipnet38_cifar10": _cifar10(38, "an hour on two cores, with --start from a run of resnet38_cifar10"),
    "skipnet74_cifar10": _cifar10(74, "two hours on two cores, with --start from a ResNet of blocks 12 12 12"),
    "skipnet110_cifar10": _cifar10(110, "three hours on two cores, with --start from a ResNet of blocks 18 18 18"),
}
