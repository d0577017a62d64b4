"""IDK cascades' settings, and their presets. Members are named by their run folders, which are trained first.

Wang, UCB/EECS-2020-236, table 4.2 (CIFAR-10): up to 24 % of the accurate model's computation saved at 0.35 points less.
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models.presets import settings as s
from keras_models.presets import sources

MEMBERS = s.Kind(
    'a list of at least two run folders, .keras files or {"file": ..., "size", "scale", "offset"}',
    lambda value: isinstance(value, list | tuple) and len(value) > 1 and all(map(sources.is_source, value)),
)
ARGUMENTS = {
    "members": s.Setting(MEMBERS),
    "deferral": s.Setting(s.one_of("max_softmax", "entropy", "logistic"), "logistic"),
}
STAGES = {
    "deferral": {
        "rule": s.Setting(s.one_of("joint", "stagewise"), "joint"),
        "lambda": s.Setting(s.BELOW_ONE, 0.04),  # of a run of the last member, as a share of an error
        "tolerance": s.Setting(s.optional(s.SHARE), None),  # share of the last member's accuracy that may be lost
        "epochs": s.Setting(s.COUNT, 100),
        "batch_size": s.Setting(s.COUNT, 512),
        "learning_rate": s.Setting(s.RATE, 0.05),
        "views": s.Setting(s.COUNT, 1),
        "cost": s.Setting(s.one_of("macs", "latency", "arm64"), "macs"),
    },
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: a tolerance for thresholds that are fitted jointly, by a price alone.
    """
    own = stages["deferral"]
    thresholds = arguments.get("deferral", "logistic") != "logistic"
    if thresholds and own["rule"] == "joint" and own["tolerance"] is not None:
        raise ValueError("expected the rule stagewise for thresholds with a tolerance, received joint")
    return arguments


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if a member is not to be had: told before a run is made."""
    for entry in arguments["members"]:
        sources.check_source(entry)


def _preset(task: str, *members: str) -> dict:
    return {
        "task": task,
        "arguments": {"members": [f"runs/{name}" for name in members], "deferral": "logistic"},
        "stages": {"deferral": {"lambda": 0.04}},
        "source": "IDK cascade: Wang, UCB/EECS-2020-236, chapter 4, entropy and cost",
        "expected": f"a minute, once {', '.join(members)} are trained",
    }


PRESETS = {
    "cascade_digits": _preset("max_min_digits", "resnet_digits", "resnet_digits_wide"),
    "cascade_cifar10_pair": _preset("cifar10", "resnet8_cifar10", "resnet38_cifar10"),
    "cascade_cifar10_triple": _preset("cifar10", "resnet8_cifar10", "resnet20_cifar10", "resnet38_cifar10"),
}
