"""Settings of policy networks that choose the exit of another network, and their presets.

Voorhout, "Overthinking in multi-scale dense networks", TU Delft 2022, chapter 4: a ResNet-34 with a 3x3 stem for small
images, 100 epochs whose rate falls at 50 and 75 %; 0.1 to begin with for Max-Min MNIST, 0.01 for photographs.
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models.presets import msdnet, sources
from keras_models.presets import settings as s

ARGUMENTS = {
    "network": s.Setting(s.Kind(sources.WORDS, sources.is_source)),
    "blocks": s.Setting(s.WIDTHS, (3, 4, 6, 3)),
    "filters": s.Setting(s.WIDTHS, (64, 128, 256, 512)),
    "choices": s.Setting(s.one_of("all", "ends"), "all"),
}
STAGES = {
    "router": {
        "epochs": s.Setting(s.COUNT, 100),
        "batch_size": s.Setting(s.COUNT, 64),
        "peak_learning_rate": s.Setting(s.RATE, 0.1),
        "weight_decay": s.Setting(s.optional(s.RATE), 1e-3),
        "optimizer": s.Setting(s.one_of("sgd", "muon"), "sgd"),
        "milestones": s.Setting(msdnet.MILESTONES, (0.5, 0.75)),
        "rule": s.Setting(s.one_of("first_correct", "score"), "score"),  # of the labels; of both ends it is binary
        "scale": s.Setting(s.RATE, 5.0),  # lambda; tools/overthinking.py tells which one lets labels be even
        "weighted": s.Setting(s.FLAG, True),
        "shuffled": s.Setting(s.FLAG, False),  # labels, as a control
        "views": s.Setting(s.COUNT, 1),
    }
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: not as many blocks as filters, or labels of the first right exit for the two ends.
    """
    given = {name: arguments.get(name, ARGUMENTS[name].default) for name in ("blocks", "filters")}
    s.check_groups(given)
    if arguments.get("choices") == "ends" and stages["router"]["rule"] != "score":
        raise ValueError(f"expected the rule score for the two ends, received {stages['router']['rule']}")
    return arguments


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if the network is not to be had: told before a run is made."""
    sources.check_source(arguments["network"], "the network with exits")


def _preset(task: str, network: str, expected: str, rate: float, scale: float, choices: str = "all") -> dict:
    return {
        "task": task,
        "arguments": {"network": f"runs/{network}", "choices": choices},
        "stages": {"router": {"peak_learning_rate": rate, "scale": scale}},
        "source": "which exit should take an image: Voorhout, TU Delft 2022, section 4",
        "expected": f"{expected}, once {network} is trained",
    }


PRESETS = {
    "routed_digits": {
        "task": "max_min_digits",
        "arguments": {"network": "runs/msdnet_digits", "blocks": (1, 1, 1), "filters": (8, 16, 32)},
        "stages": {"router": {"epochs": 10}},
        "source": "which exit of a small MSDNet should take an image, by a ResNet-8: no download",
        "expected": "three minutes on two cores (estimated), once msdnet_digits is trained",
    },
    "routed_max_min": _preset("max_min_mnist_64", "msdnet_max_min", "days on two cores (estimated)", 0.1, 5.0),
    "routed_cifar10": _preset(
        "cifar10_fifth", "msdnet_cifar10_fifth", "a day on two cores (estimated)", 0.01, 5.0, "ends"
    ),
    "routed_cifar100": _preset("cifar100", "msdnet_cifar100", "a day on two cores (estimated)", 0.01, 5.0, "ends"),
    "routed_svhn": _preset("svhn", "msdnet_svhn", "three days on two cores (estimated)", 0.01, 20.0, "ends"),
}
