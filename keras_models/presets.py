"""Presets: pure data. Name -> family, constructor arguments, task, training settings, source and expected result.

`policy`, settings of the controllers' training, may come with them. A JSON file of the same form, as tools/tune.py
writes it, is as good as a name.

The three networks of the EPNet paper (Dai, Kong and Guo, CIKM 2020, table 1); the first of them with hidden layers in
its classifiers and ranked controllers, and with controllers that a search has found; a small one for the embedded
digits; and two larger ones for CIFAR-10, beyond the paper. Epochs are those of this project's one-cycle schedule, not
the paper's step schedule.
"""

from __future__ import annotations

from keras_models import preset_files

_FIFTY = {
    "filters": (32,) * 4 + (64,) * 4 + (128,) * 4,
    "controller_in": (10, 10, 10),
    "controller_cat": (10, 10),
}
# For CIFAR-10, beyond the paper.
_STEM = {"stem": 24, "head_hidden": (64,), "ranked": True, "controller_in": (), "controller_cat": (32,)}
_AT_BLOCK_ENDS = {
    "weight_decay": 5e-3,
    "label_smoothing": 0.1,
    "cutout": 8,
    "whitened_stem": True,
    "exit_weights": (0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1),  # all of them but the first
}

PRESETS: dict[str, dict] = {
    "epnet_digits": {
        "family": "epnet",
        "task": "max_min_digits",
        "arguments": {"filters": (8,) * 4 + (16,) * 4 + (32,) * 4, "head_hidden": (32, 32), "ranked": True},
        "training": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1},
        "source": "EPNet on composites of scikit-learn's digits: no download",
        "expected": "three minutes on two cores",
    },
    "epnet_max_min": {
        "family": "epnet",
        "task": "max_min_mnist",
        "arguments": _FIFTY,
        "training": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4},
        "source": "EPNet, CIKM 2020, table 1: static 95.69 %, EPNet 95.51 %",
        "expected": "half an hour on two cores",
    },
    "epnet_max_min_hidden": {
        "family": "epnet",
        "task": "max_min_mnist",
        "arguments": _FIFTY | {"head_hidden": (64, 64), "ranked": True},
        "training": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4},
        "source": "EPNet with hidden layers in its branch classifiers: an extension of the paper's",
        "expected": "half an hour on two cores",
    },
    "epnet_max_min_tuned": {
        "family": "epnet",
        "task": "max_min_mnist",
        "arguments": _FIFTY | {"controller_cat": (100, 100, 50)},
        "training": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4},
        "policy": {"learning_rate": 0.0057},
        "source": "EPNet with controllers that tools/tune.py found for all prices from 0.01 to 0.05",
        "expected": "half an hour on two cores",
    },
    "epnet_multi_scale": {
        "family": "epnet",
        "task": "multi_scale_fashion",
        "arguments": _FIFTY,
        "training": {"epochs": 12, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-3},
        "source": "EPNet, CIKM 2020, table 1: static 89.92 %, EPNet 88.68 %",
        "expected": "half an hour on two cores",
    },
    "epnet_cifar10": {
        "family": "epnet",
        "task": "cifar10",
        "arguments": {
            "filters": (32,) * 4 + (64,) * 4 + (128,) * 2,
            "controller_in": (100, 10, 10),
            "controller_cat": (100, 100, 50),
        },
        "training": {"epochs": 60, "batch_size": 128, "peak_learning_rate": 0.1, "weight_decay": 5e-4},
        "source": "EPNet, CIKM 2020, table 1: static 89.89 %, EPNet 88.61 %",
        "expected": "an hour on two cores",
    },
    "epnet_cifar10_stem": {
        "family": "epnet",
        "task": "cifar10",
        "arguments": _STEM | {"filters": (32,) * 4 + (80,) * 4 + (192,) * 4},
        "training": _AT_BLOCK_ENDS | {"epochs": 56, "batch_size": 128, "peak_learning_rate": 0.1},
        "source": "EPNet with a stem, wider and deeper, exits at block ends: an extension of the paper's",
        "expected": "an hour and a half on two cores",
    },
    "epnet_cifar10_wide": {
        "family": "epnet",
        "task": "cifar10",
        "arguments": _STEM | {"filters": (48,) * 4 + (128,) * 4 + (256,) * 4},
        "training": _AT_BLOCK_ENDS | {"epochs": 24, "batch_size": 256, "optimizer": "muon", "peak_learning_rate": 0.02},
        "source": "EPNet with a stem, twice as wide, exits at block ends: an extension of the paper's",
        "expected": "an hour on two cores",
    },
}


def get(name: str) -> dict:
    """The preset of that name, or in the file of that name if it ends in .json.

    Raises ValueError that lists the known ones.
    """
    if str(name).endswith(".json"):
        return preset_files.read(name)
    if name not in PRESETS:
        raise ValueError(f"expected a preset, one of {', '.join(PRESETS)}, received {name!r}")
    return PRESETS[name]


def build(preset: dict, input_shape, classes: int):
    """The untrained network of a preset, for images of `input_shape` and that many classes."""
    if preset["family"] != "epnet":
        raise ValueError(f"expected family 'epnet', received {preset['family']!r}")
    from keras_models.epnet import EPNet

    return EPNet(input_shape, classes, **preset["arguments"])
