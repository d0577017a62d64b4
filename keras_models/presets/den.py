"""Settings of Deep Elastic Networks, and presets.

Source: Ahn, Kim and Oh, "Deep Elastic Networks with model selection for multi-task learning", ICCV 2019. Levels of 0,
1/4, 1/2 and 1 follow from what its tables print of random selection and of NestedNet. It trains each stage until it has
converged, with batches of 128 or 256, SGD of 0.1 and Adam of 1e-5, divided by ten after each stage, in three or four
stages; stages here are short, and the selector's rate is higher: at 1e-5 so few steps move nothing.

What the selector sees is normalised, which the source does not say. Without it `den_cifar10` (seed 0, 2026-11-30) ended
in one structure for all of 1,000 held-out images, half of every block's channels: 64.4 % right, of all channels 67.1 %.
Its scores were tens of nats apart, so that no price between -1 and 2 moved a single level.
"""

from __future__ import annotations

from keras_models.presets import settings as s

STAGE_COUNT = 3
ARGUMENTS = {
    "blocks": s.Setting(s.WIDTHS),
    "filters": s.Setting(s.WIDTHS),
    "levels": s.Setting(s.SHARES, (0.0, 0.25, 0.5, 1.0)),
    "block": s.Setting(s.one_of("residual", "pair"), "residual"),
    "stem_filters": s.Setting(s.COUNT_OR_NONE, 16),
    "stem_stride": s.Setting(s.COUNT, 2),
    "own_stems": s.Setting(s.FLAG, False),
    "hidden": s.Setting(s.WIDTHS, ()),
    "selector": s.Setting(s.WIDTHS, (8, 16, 32, 32)),
    "selector_pool": s.Setting(s.COUNT, 2),
    "size": s.Setting(s.one_of("parameters", "macs"), "parameters"),
    "increments": s.Setting(s.FLAG, False),
}


def _estimator(number: int) -> dict:
    epochs = {} if number == 1 else {"epochs": s.Setting(s.COUNT_OR_NONE, 0)}
    return (
        s.IMAGE_STAGE
        | {
            "batch_size": s.Setting(s.COUNT, 128),
            "peak_learning_rate": s.Setting(s.RATE, (0.1, 0.03, 0.01)[number - 1]),
            "weight_decay": s.Setting(s.optional(s.RATE), 5e-4),
            "mix": s.Setting(s.SHARE, 1.0 if number == 1 else 0.25),
            "tau": s.Setting(s.SHARE, 0.75 if number == 1 else 0.5),
            "nested": s.Setting(s.FLAG, False),
            "assigned": s.Setting(s.WIDTHS, ()),
            "pack": s.Setting(s.COUNT_OR_NONE, 0),
        }
        | epochs
    )


def _selector(number: int) -> dict:
    return s.IMAGE_STAGE | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 0),
        "batch_size": s.Setting(s.COUNT, 128),
        "peak_learning_rate": s.Setting(s.RATE, 1e-3),
        "rho": s.Setting(s.AMOUNT, 0.5),
        "structures": s.Setting(s.COUNT, 4),
        "baseline": s.Setting(s.one_of("none", "leave_one_out", "greedy"), "leave_one_out"),
        "epsilon": s.Setting(s.SHARE, 0.3 if number == 1 else 0.0),
        "entropy": s.Setting(s.AMOUNT, 0.01),
        "wrong": s.Setting(s.optional(s.AMOUNT), None),
    }


STAGES = {
    f"{kind}_{number}": declared(number)
    for number in range(1, STAGE_COUNT + 1)
    for kind, declared in (("estimator", _estimator), ("selector", _selector))
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: they contradict each other, or the stages.
    """
    s.check_groups(arguments)
    for name, own in stages.items():
        if own.get("pack") and (own["pack"] not in own["assigned"] or own["weight_decay"]):
            raise ValueError(
                f"expected pack of {name} among levels that are assigned, and no weight_decay, received {own['pack']}"
            )
        if own.get("baseline") == "leave_one_out" and own["structures"] < 2:
            raise ValueError(f"expected 2 structures at least in {name}, of which one is left out, received 1")
    return arguments


def _turns(estimators, selectors, rates=(0.1, 0.03, 0.01), batch=128, **settings) -> dict:
    """Stages of so many epochs each; settings: of all selectors."""
    stages = {}
    for number, (first, second) in enumerate(zip(estimators, selectors, strict=True), 1):
        stages[f"estimator_{number}"] = {
            "epochs": first,
            "batch_size": batch,
            "peak_learning_rate": rates[number - 1],
        }
        stages[f"selector_{number}"] = {"epochs": second, "batch_size": batch // 2} | settings
    return stages


def _block_drop(stages: dict) -> dict:
    """The stages with BlockDrop's reward and baseline: first the whole network, then what the selector takes."""
    rewarded = {"baseline": "greedy", "wrong": 1.0, "entropy": 0.0}
    own = {"estimator": {"mix": 0.0}, "selector": rewarded}
    found = {name: stage | own[name.partition("_")[0]] for name, stage in stages.items()}
    return found | {"estimator_1": stages["estimator_1"] | {"tau": 1.0}}


_SMALL = {"blocks": (2, 2, 2), "filters": (16, 32, 64), "selector": (12, 24, 48, 48)}
_WIDE = {"stem_stride": 1, "selector": (64, 128, 192, 128)}  # of about 0.33 million parameters, as printed for WRN-32-4
_SOURCE = "Ahn, Kim and Oh, ICCV 2019"

PRESETS = {
    "den_digits": {
        "task": "max_min_digits",
        "arguments": {"blocks": (1, 2, 2), "filters": (8, 16, 32), "stem_filters": 8},
        "stages": _turns((6, 3, 3), (2, 2, 2), batch=64),
        "source": "a small one on composites of scikit-learn's digits: no download",
        "expected": "three minutes on two cores",
    },
    "den_digits_block_drop": {
        "task": "max_min_digits",
        "arguments": {"blocks": (1, 2, 2), "filters": (8, 16, 32), "stem_filters": 8, "levels": (0.0, 1.0)},
        "stages": _block_drop(_turns((6, 3, 3), (2, 2, 2), batch=64)),
        "source": "Wu et al., BlockDrop, CVPR 2018, in turns as a DEN of two levels, on composites of digits",
        "expected": "three minutes on two cores",
    },
    "den_cifar10": {
        "task": "cifar10",
        "arguments": _SMALL,
        "stages": _turns((5, 2, 1), (1, 1, 1)),
        "source": f"{_SOURCE}, one task compressed (C1), scaled down",
        "expected": "ten minutes on two cores",
    },
    "den_cifar10_coarse_fine": {
        "task": "cifar10_coarse_fine",
        "arguments": _SMALL,
        "stages": _turns((3, 1, 1), (1, 1, 1)),
        "source": f"{_SOURCE}, animals and vehicles beside the ten labels (M3), scaled down",
        "expected": "a quarter of an hour on two cores",
    },
    "den_three_sets": {
        "task": "mnist_cifar10_fashion",
        "arguments": _SMALL | {"own_stems": True},
        "stages": _turns((2, 1, 0), (1, 1, 0), batch_size=128, structures=2, peak_learning_rate=2e-3),
        "source": f"{_SOURCE}, three data sets (M1), scaled down",
        "expected": "a quarter of an hour on two cores",
    },
    "den_simpleconvnet_cifar10": {
        "task": "cifar10",
        "arguments": {
            "blocks": (2,),
            "filters": (32,),
            "levels": (0.5, 1.0),
            "block": "pair",
            "stem_filters": 0,
            "hidden": (128, 128),
            "selector": (32, 64, 128, 128),
        },
        "stages": _turns((20, 10, 5), (5, 3, 2)),
        "source": f"{_SOURCE}, SimpleConvNet, the backbone of M2",
        "expected": "20 minutes on two cores",
    },
    "den_wrn32_4_cifar100_coarse_fine": {
        "task": "cifar100_coarse_fine",
        "arguments": _WIDE | {"blocks": (5, 5, 5), "filters": (64, 128, 256)},
        "stages": _turns((60, 30, 15), (20, 10, 5), rho=1.0),
        "source": f"{_SOURCE}, WRN-32-4, table 4",
        "expected": "a day on a graphics card",
    },
    "den_resnet42_cifar100": {
        "task": "cifar100",
        "arguments": _WIDE | {"blocks": (5, 5, 5, 5), "filters": (64, 128, 256, 512), "stem_filters": 64},
        "stages": _turns((60, 30, 15), (20, 10, 5), rho=0.1),
        "source": f"{_SOURCE}, ResNet-42, the larger backbone of table 2, on one of its tasks",
        "expected": "two days on a graphics card",
    },
}
