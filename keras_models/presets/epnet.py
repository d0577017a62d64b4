"""EPNet's settings, and its presets: the networks of the paper, and what goes beyond it.

The three networks of the paper (Dai, Kong and Guo, CIKM 2020, table 1); the first of them with hidden layers in its
classifiers and ranked controllers, and with controllers that a search has found; a small one for the embedded digits;
and two larger ones for CIFAR-10. Epochs are those of this project's one-cycle schedule, not the paper's step schedule.
"""

from __future__ import annotations

from keras_models.presets import settings as s
from keras_models.presets import twins

ARGUMENTS = {
    "filters": s.Setting(s.WIDTHS),
    "head_hidden": s.Setting(s.WIDTHS, ()),
    "controller_in": s.Setting(s.WIDTHS, (10, 10, 10)),
    "controller_cat": s.Setting(s.WIDTHS, (10, 10)),
    "conditioned": s.Setting(s.FLAG, True),
    "ranked": s.Setting(s.FLAG, False),
    "kappa": s.Setting(s.RANGE, (0.001, 0.1)),
    "equilibrium": s.Setting(s.FLAG, False),
    "first_stride": s.Setting(s.one_of(1, 2), 2),
    "stem": s.Setting(s.COUNT_OR_NONE, 0),
    "freeze": s.Setting(s.FLAG, False),
}
_COSTS = ("macs", "latency", "arm64")
_EXITS = s.Kind("all, or numbers such as 3,6,9", lambda value: s.TEXT.fits(value) or s.COUNT.fits(value))
STAGES = {
    "classifiers": s.IMAGE_STAGE
    | {
        "distillation": s.Setting(s.SHARE, 0.0),
        "whitened_stem": s.Setting(s.FLAG, False),
        "exit_weights": s.Setting(s.optional(s.WEIGHTS), None),
        "reestimate": s.Setting(s.FLAG, True),
    },
    "controllers": {
        "epochs": s.Setting(s.COUNT, 20),
        "batch_size": s.Setting(s.COUNT, 512),
        "views": s.Setting(s.COUNT, 4),
        "warm_up": s.Setting(s.SHARE, 0.5),
        "learning_rate": s.Setting(s.RATE, 0.01),
        "weight_decay": s.Setting(s.AMOUNT, 0.1),
        "dropout": s.Setting(s.BELOW_ONE, 0.02),
        "kappa_weighting": s.Setting(s.AMOUNT, 0.0),
        "kappa": s.Setting(s.optional(s.RATE), None),
        "estimator": s.Setting(s.one_of("exact", "reinforce"), "exact"),
        "exits": s.Setting(_EXITS, "all"),
        "cost": s.Setting(s.one_of(*_COSTS), "macs"),
    },
}

_CONTROLLERS_IN = [(), (10,), (10, 10), (10, 10, 10), (20, 20), (50, 50), (100, 10, 10)]
_CONTROLLERS_CAT = [(), (10,), (10, 10), (20, 10), (50, 20), (100, 100, 50)]
SPACE = {
    "network": {
        "network.filters": ("runs", (0.25, 0.5, 0.75, 1.0, 1.5, 2.0), (1, 2, 3, 4), 2),
        "network.head_hidden": [(), (32,), (32, 32), (64, 64)],
        "classifiers.peak_learning_rate": ("log", 0.02, 0.4),
        "classifiers.weight_decay": [None, 1e-4, 5e-4, 1e-3],
    },
    "controllers": {
        "network.controller_in": _CONTROLLERS_IN,
        "network.controller_cat": _CONTROLLERS_CAT,
        "controllers.learning_rate": ("log", 1e-3, 5e-2),
        "controllers.dropout": [0.0, 0.02, 0.05, 0.1],
        "controllers.warm_up": [0.0, 0.25, 0.5, 0.75, 1.0],
        "controllers.kappa_weighting": [0.0, 0.25, 0.5, 0.75, 1.0],
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as the stages need them: controllers for one price do not see it, as in the paper.

    Raises:
        ValueError: they contradict each other.
    """
    if stages["classifiers"]["whitened_stem"] and not arguments.get("stem"):
        raise ValueError("expected a stem among the arguments of a preset with a whitened_stem, received none")
    return conditioned(arguments, stages)


def needs_start(arguments: dict) -> bool:
    """Whether the network is of no use without weights of another run: its trunk is kept as it is."""
    return bool(arguments.get("freeze"))


def conditioned(arguments: dict, stages: dict) -> dict:
    """Arguments of a network with controllers, which do not see the price where they are fitted for one alone."""
    return arguments | ({} if stages["controllers"]["kappa"] is None else {"conditioned": False})


TWIN_AXES = ("width", "depth")


def static_twin(arguments: dict, stages: dict, width: float = 1.0, depth: float = 1.0) -> dict:
    """The trunk without its exits, thinner or shallower, as a preset's entries (`presets.twins`)."""
    filters = [twins.share(n, width) for n in twins.shortened(arguments["filters"], depth, 2)]
    wide = arguments.get("stem", 0)
    stem = 2 * twins.share(wide // 2, width) if wide else 0  # whitening filters come in pairs
    changed = {"filters": filters, "stem": stem} | twins.JOINT
    return {"arguments": arguments | changed, "stages": twins.last_answer_alone(stages, len(filters))}


_FIFTY = {
    "filters": (32,) * 4 + (64,) * 4 + (128,) * 4,
    "controller_in": (10, 10, 10),
    "controller_cat": (10, 10),
}
# Exits on a network that lies on the static frontier (tools/frontier.py): few, and light in the loss, so that the last
# answer loses little; with `--start` and network.freeze=true nothing, with `--teachers` they learn from it as well.
_QUARTER = {"filters": (8,) * 4 + (16,) * 4 + (32,) * 4, "head_hidden": (64, 64), "ranked": True}
_LIGHT = {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1}
_LIGHT |= {"exit_weights": (0, 0, 0, 0.25, 0, 0.25, 0, 0.25, 0, 0, 0, 1)}
# For CIFAR-10, beyond the paper.
_STEM = {"stem": 24, "head_hidden": (64,), "ranked": True, "controller_in": (), "controller_cat": (32,)}
_AT_BLOCK_ENDS = {
    "weight_decay": 5e-3,
    "label_smoothing": 0.1,
    "cutout": 8,
    "whitened_stem": True,
    "exit_weights": (0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1),  # all of them but the first
}

PRESETS = {
    "epnet_digits": {
        "task": "max_min_digits",
        "arguments": {"filters": (8,) * 4 + (16,) * 4 + (32,) * 4, "head_hidden": (32, 32), "ranked": True},
        "stages": {"classifiers": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1}},
        "source": "EPNet on composites of scikit-learn's digits: no download",
        "expected": "three minutes on two cores",
    },
    "epnet_max_min": {
        "task": "max_min_mnist",
        "arguments": _FIFTY,
        "stages": {"classifiers": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4}},
        "source": "EPNet, CIKM 2020, table 1: static 95.69 %, EPNet 95.51 %",
        "expected": "half an hour on two cores",
    },
    "epnet_max_min_hidden": {
        "task": "max_min_mnist",
        "arguments": _FIFTY | {"head_hidden": (64, 64), "ranked": True},
        "stages": {"classifiers": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4}},
        "source": "EPNet with hidden layers in its branch classifiers: an extension of the paper's",
        "expected": "half an hour on two cores",
    },
    "epnet_max_min_tuned": {
        "task": "max_min_mnist",
        "arguments": _FIFTY | {"controller_cat": (100, 100, 50)},
        "stages": {
            "classifiers": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4},
            "controllers": {"learning_rate": 0.0057},
        },
        "source": "EPNet with controllers that tools/tune.py found for all prices from 0.01 to 0.05",
        "expected": "half an hour on two cores",
    },
    "epnet_max_min_quarter": {
        "task": "max_min_mnist",
        "arguments": _QUARTER,
        "stages": {"classifiers": _LIGHT | {"weight_decay": 5e-4}},
        "source": "exits at three places of a quarter of the paper's width, each a quarter of the last one's weight",
        "expected": "six minutes on two cores (estimated)",
    },
    "epnet_multi_scale_quarter": {
        "task": "multi_scale_fashion",
        "arguments": _QUARTER,
        "stages": {"classifiers": _LIGHT | {"weight_decay": 5e-3}},
        "source": "exits at three places of a quarter of the paper's width, each a quarter of the last one's weight",
        "expected": "six minutes on two cores (estimated)",
    },
    "epnet_multi_scale": {
        "task": "multi_scale_fashion",
        "arguments": _FIFTY,
        "stages": {"classifiers": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-3}},
        "source": "EPNet, CIKM 2020, table 1: static 89.92 %, EPNet 88.68 %",
        "expected": "half an hour on two cores",
    },
    "epnet_cifar10": {
        "task": "cifar10",
        "arguments": {
            "filters": (32,) * 4 + (64,) * 4 + (128,) * 2,
            "controller_in": (100, 10, 10),
            "controller_cat": (100, 100, 50),
        },
        "stages": {"classifiers": {"epochs": 60, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4}},
        "source": "EPNet, CIKM 2020, table 1: static 89.89 %, EPNet 88.61 %",
        "expected": "an hour on two cores",
    },
    "epnet_cifar10_stem": {
        "task": "cifar10",
        "arguments": _STEM | {"filters": (32,) * 4 + (80,) * 4 + (192,) * 4},
        "stages": {"classifiers": _AT_BLOCK_ENDS | {"epochs": 56, "batch_size": 128, "peak_learning_rate": 0.1}},
        "source": "EPNet with a stem, wider and deeper, exits at block ends: an extension of the paper's",
        "expected": "an hour and a half on two cores",
    },
    "epnet_cifar10_wide": {
        "task": "cifar10",
        "arguments": _STEM | {"filters": (48,) * 4 + (128,) * 4 + (256,) * 4},
        "stages": {
            "classifiers": _AT_BLOCK_ENDS
            | {"epochs": 24, "batch_size": 256, "optimizer": "muon", "peak_learning_rate": 0.02}
        },
        "source": "EPNet with a stem, twice as wide, exits at block ends: an extension of the paper's",
        "expected": "an hour on two cores",
    },
}
