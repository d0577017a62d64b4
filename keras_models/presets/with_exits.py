"""Settings of classifiers of one's own with exits, and their presets. The classifier is a file, or a run made before.

A frozen trunk keeps its own answer, and its exits are trained in a fraction of the time; trained jointly, early exits
are better and the last one may lose a little (Kaya et al., "Shallow-deep networks", ICML 2019, table 2).
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models.presets import epnet, sources
from keras_models.presets import settings as s

ARGUMENTS = {
    "network": s.Setting(s.Kind(sources.WORDS, sources.is_source)),
    "at": s.Setting(s.Kind("auto, or a list of layers' names", lambda value: value == "auto" or s.TEXTS.fits(value))),
    "heads": s.Setting(s.one_of("auto", "pool"), "auto"),
    "freeze": s.Setting(s.FLAG, False),
    "controller_in": s.Setting(s.WIDTHS, ()),
    "controller_cat": s.Setting(s.WIDTHS, (32,)),
    "conditioned": s.Setting(s.FLAG, True),
    "ranked": s.Setting(s.FLAG, True),
    "kappa": s.Setting(s.RANGE, (0.003, 0.3)),
}
STAGES = {
    "classifiers": {name: known for name, known in epnet.STAGES["classifiers"].items() if name != "whitened_stem"},
    "controllers": epnet.STAGES["controllers"],
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as the stages need them: controllers for one price do not see it, as in EPNet's paper."""
    return epnet.conditioned(arguments, stages)


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if the network is not to be had: told before a run is made."""
    sources.check_source(arguments["network"], "the network")


def of_file(file: str) -> dict:
    """A preset of exits in the classifier of a .keras file; the task is still to be named."""
    stage = {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.02}
    return {
        "family": "with_exits",
        "task": "",
        "arguments": {"network": {"file": file}, "at": "auto"},
        "stages": {"classifiers": stage},
        "source": file,
        "expected": "as long as ten epochs of its own training",
    }


def _preset(task: str, network: str, expected: str, **stage) -> dict:
    return {
        "task": task,
        "arguments": {"network": f"runs/{network}", "at": "auto"},
        "stages": {"classifiers": {"batch_size": 64, "peak_learning_rate": 0.02} | stage},
        "source": "exits on a trained ResNet: Kaya et al., ICML 2019, and EPNet's controllers",
        "expected": f"{expected}, once {network} is trained",
    }


PRESETS = {
    "with_exits_digits": _preset("max_min_digits", "resnet_digits", "two minutes on two cores", epochs=6),
    "with_exits_cifar10": _preset(
        "cifar10", "resnet20_cifar10", "twenty minutes on two cores", epochs=10, batch_size=128, weight_decay=5e-3
    ),
}
