"""Settings of airbench's network, and its presets: a static network for CIFAR-10 that two cores train in ten minutes.

Jordan 2024 prints 94.01 % after 9.9 epochs for groups of 64, 256 and 256 filters, 118 M multiply-adds, with six views
of every test image; those here are thinner, are shown an image once, and learn for twice as long.
"""

from __future__ import annotations

from keras_models.presets import settings as s
from keras_models.presets import twins

ARGUMENTS = {
    "filters": s.Setting(s.WIDTHS, (64, 256, 256)),
    "depth": s.Setting(s.COUNT, 2),
    "whitened": s.Setting(s.COUNT, 24),
}
STAGES = {
    "classifier": s.IMAGE_STAGE | {"bias_rate": s.Setting(s.RATE, 64.0), "lookahead": s.Setting(s.FLAG, True)},
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: no group, an odd number of whitened channels, or rates of the biases' own for an optimizer without.
    """
    if not arguments.get("filters", (64, 256, 256)):
        raise ValueError("expected filters of at least one group, received none")
    if arguments.get("whitened", 24) % 2:
        raise ValueError(f"expected an even number as whitened, received {arguments['whitened']}")
    if (optimizer := stages["classifier"]["optimizer"]) != "sgd":
        raise ValueError(f"expected the optimizer sgd, which knows rates of the biases' own, received {optimizer}")
    return arguments


TWIN_AXES = ("width",)


def static_twin(arguments: dict, stages: dict, width: float = 1.0) -> dict:
    """The network itself, thinner, as a preset's entries (`presets.twins`)."""
    changed = {"filters": [twins.share(n, width) for n in arguments.get("filters", ARGUMENTS["filters"].default)]}
    return {"arguments": arguments | changed, "stages": stages}


# The source's rate, momentum and decay of a sum of losses in batches of 1,024 (11.5, 0.85, 0.0153), as they are for a
# mean, a momentum of 0.9, batches of 500 and a decay apart from the gradient.
_RECIPE = {"batch_size": 500, "peak_learning_rate": 0.5, "weight_decay": 0.013, "label_smoothing": 0.2}

PRESETS = {
    "airbench_digits": {
        "task": "max_min_digits",
        "arguments": {"filters": (12, 24, 32), "whitened": 8},
        "stages": {"classifier": _RECIPE | {"epochs": 10, "batch_size": 100, "peak_learning_rate": 0.1}},
        "source": "airbench's network, thin, on composites of scikit-learn's digits: no download",
        "expected": "two minutes on two cores",
    },
    "airbench_cifar10": {
        "task": "cifar10",
        "arguments": {"filters": (28, 96, 192)},
        "stages": {"classifier": _RECIPE | {"epochs": 20}},
        "source": "airbench: Jordan 2024; of less than half the width",
        "expected": "ten minutes on two cores",
    },
}
