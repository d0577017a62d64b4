"""Settings of classifiers of one's own with exits, and their presets.

The classifier is a file, a run made before, or one with weights of ImageNet (`pretrained`).

A frozen trunk keeps its own answer, and its exits are trained in a fraction of the time; trained jointly, early exits
are better and the last one may lose a little (Kaya et al., "Shallow-deep networks", ICML 2019, table 2).
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models import pretrained
from keras_models.presets import epnet, sources, twins
from keras_models.presets import settings as s

ARGUMENTS = {
    "network": s.Setting(sources.NETWORK),
    "at": s.Setting(s.Kind("auto, or a list of layers' names", lambda value: value == "auto" or s.TEXTS.fits(value))),
    "heads": s.Setting(s.one_of("auto", "pool", "expand"), "auto"),
    "freeze": s.Setting(s.FLAG, False),
    "controller_in": s.Setting(s.WIDTHS, ()),
    "controller_cat": s.Setting(s.WIDTHS, (32,)),
    "conditioned": s.Setting(s.FLAG, True),
    "ranked": s.Setting(s.FLAG, True),
    "kappa": s.Setting(s.RANGE, (0.003, 0.3)),
}
# The learning rate of a segment of the network between exits, as a share of that of the segment behind it; the exits,
# and what is behind the last segment, have all of it ("discriminative fine-tuning": Howard and Ruder, ACL 2018).
_ABOVE_ZERO = s.Kind("a number above 0, at most 1", lambda value: s.SHARE.fits(value) and value > 0)
STAGES = {
    "classifiers": {name: known for name, known in epnet.STAGES["classifiers"].items() if name != "whitened_stem"}
    | {"layer_decay": s.Setting(_ABOVE_ZERO, 1.0)},
    "controllers": epnet.STAGES["controllers"],
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as the stages need them: controllers for one price do not see it, as in EPNet's paper.

    Raises:
        ValueError: a rate of the layers' own for an optimizer without.
    """
    own = stages["classifiers"]
    if own["layer_decay"] != 1 and own["optimizer"] != "sgd":
        raise ValueError(f"expected the optimizer sgd with a layer_decay below 1, received {own['optimizer']}")
    return epnet.conditioned(arguments, stages)


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if the network is not to be had: told before a run is made."""
    sources.check_network(arguments["network"])


TWIN_AXES = ("size",)


def static_twin(arguments: dict, stages: dict, size: int | None = None) -> dict:
    """The network of ImageNet without its exits, on images of another size, as a preset's entries (`presets.twins`).

    Raises:
        ValueError: the network is another, which is a static network of another preset or of nobody's.
    """
    network, at = arguments["network"], arguments["at"]
    if not pretrained.is_application(network) or at == "auto":
        raise ValueError(
            f"expected a network of ImageNet with exits at named layers, whose static networks differ in the size of "
            f"images; of a run take the preset that it was trained by; received {network!r} with exits at {at!r}"
        )
    sized = network | ({} if size is None else {"size": (size, size)})
    changed = {"network": sized, "freeze": False}
    return {"arguments": arguments | changed, "stages": twins.last_answer_alone(stages, len(at) + 1)}


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
    "airbench_exits_cifar10": {
        "task": "cifar10",
        "arguments": {
            "network": "runs/airbench_cifar10",
            # at 13, 17 and 25 of 28 M multiply-adds
            "at": ("group_2_conv_1", "group_2_conv_2", "group_3_conv_1"),
            "heads": "expand",
        },
        "stages": {
            "classifiers": {
                "epochs": 10,
                "batch_size": 250,
                "peak_learning_rate": 0.05,
                "weight_decay": 5e-3,
                "label_smoothing": 0.1,
                "cutout": 8,
                "exit_weights": (0.3, 0.5, 0.5, 1),
                "distillation": 0.5,
            }
        },
        "source": "exits on airbench's network, trained first without: Kaya et al., ICML 2019, and EPNet's controllers",
        "expected": "ten minutes on two cores, once airbench_cifar10 is trained",
    },
    "lite0_cifar10": {
        "task": "cifar10",
        "arguments": {
            "network": {"application": pretrained.LITE0, "size": (64, 64), "weights": "imagenet"},
            "at": ("block_7_end", "block_10_end", "block_14_end"),  # at 12.8, 19.9 and 27.3 of 31.4 M multiply-adds
            "heads": "expand",
        },
        "stages": {
            "classifiers": {
                "epochs": 24,
                "batch_size": 128,
                "peak_learning_rate": 0.03,  # 0.04 for all layers spoils what they have learned before
                "layer_decay": 0.75,
                "weight_decay": 5e-4,
                "label_smoothing": 0.1,
                "cutout": 8,
            }
        },
        "source": "EfficientNet-Lite0 with weights of ImageNet (Tan and Le, ICML 2019), fine-tuned with exits",
        "expected": "two and a half minutes an epoch on two cores (docs/results/frontier.md: 87.5 % at 19 M)",
    },
}
