"""DeepMoE's settings, and its presets: small ResNets for CIFAR-10, wide and narrow, their baselines, and the digits.

Source: Wang, UCB/EECS-2020-236, chapter 3. It prints errors on CIFAR-10 of 6.55 % (ResNet-56) and 6.03 % (twice as wide
with gates, at no more multiply-adds; table 3.2), after 350 epochs: 270 of everything by lambda (0.001 to 8) and mu (1),
80 with gates fixed. The networks here are for two cores: ResNet-8 behind a convolution of stride 2, epochs as
they say. What the thesis leaves open: the embedding's widths and dim, and the lambda of each experiment.

Without gates (`gated`) a network is a baseline, plain or widened; with `network` and `keep` it is a trained baseline of
which the channels of the smallest norms are pruned, fine-tuned by the first stage. With `network` and `deploy` it is a
trained DeepMoE deployed another way.
"""

from __future__ import annotations

from collections.abc import Mapping

from keras_models.presets import settings as s
from keras_models.presets import sources

KINDS = ("vgg", "basic", "bottleneck_a", "bottleneck_b")
ARGUMENTS = {
    "network": s.Setting(s.optional(s.Kind(sources.WORDS, sources.is_source)), None),
    "keep": s.Setting(s.SHARE, 1.0),
    "base": s.Setting(s.one_of(*KINDS), "basic"),
    "blocks": s.Setting(s.WIDTHS, (3, 3, 3)),
    "filters": s.Setting(s.WIDTHS, (16, 32, 64)),
    "stem_stride": s.Setting(s.COUNT, 1),
    "widen": s.Setting(s.RATE, 1.0),
    "channels": s.Setting(s.optional(s.WIDTHS), None),
    "epsilon": s.Setting(s.RATE, 1e-3),
    "gated": s.Setting(s.FLAG, True),
    "experts": s.Setting(s.optional(s.COUNT), None),
    "embedding": s.Setting(s.WIDTHS, (32, 64, 128, 256)),
    "dim": s.Setting(s.COUNT, 64),
    "deploy": s.Setting(s.one_of("whole", "clusters", "branches"), "whole"),
    "clusters": s.Setting(s.COUNT, 8),
}
OF_NETWORK = ("network", "keep", "deploy", "clusters")  # what may be said of a trained one
_BASE = s.IMAGE_STAGE | {
    "epochs": s.Setting(s.COUNT_OR_NONE, 0),
    "batch_size": s.Setting(s.COUNT, 128),
    "peak_learning_rate": s.Setting(s.RATE, 0.02),
}
STAGES = {
    "joint": s.IMAGE_STAGE
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 0),
        "batch_size": s.Setting(s.COUNT, 128),
        "peak_learning_rate": s.Setting(s.RATE, 0.1),
        "sparsity": s.Setting(s.AMOUNT, 0.004),  # lambda
        "embedding_weight": s.Setting(s.AMOUNT, 1.0),  # mu
    },
    "fine_tuned": _BASE,
    "clusters": {
        "epochs": s.Setting(s.COUNT_OR_NONE, 0),  # rounds of k-means
        "batch_size": s.Setting(s.COUNT, 1024),
        "rare": s.Setting(s.SHARE, 0.0),
    },
    "refined": _BASE,
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as they are.

    Raises:
        ValueError: they contradict each other, or the stages.
    """
    epochs = {name: stages[name]["epochs"] for name in STAGES}
    if not any(epochs.values()):
        raise ValueError("expected epochs of a stage, received 0 of all")
    if arguments.get("network") is not None:
        if others := [name for name in arguments if name not in OF_NETWORK]:
            raise ValueError(f"expected {', '.join(OF_NETWORK)} of a network that is trained, received {others[0]}")
    else:
        given = {name: arguments.get(name, ARGUMENTS[name].default) for name in ("blocks", "filters")}
        s.check_groups(given)
        if "keep" in arguments:
            raise ValueError("expected network, a trained one, to prune, received keep alone")
    gated, deploy = arguments.get("gated", True), arguments.get("deploy", "whole")
    if not gated and (epochs["fine_tuned"] or deploy != "whole"):
        raise ValueError("expected gates for fine_tuned, clusters and branches, received gated false")
    if bool(epochs["clusters"]) != (deploy == "clusters") or (epochs["refined"] and deploy != "clusters"):
        raise ValueError(
            "expected epochs of clusters where they are deployed, and nowhere else, "
            f"received deploy {deploy}, {epochs['clusters']} epochs of clusters, {epochs['refined']} of refined"
        )
    return arguments


def check_sources(arguments: Mapping) -> None:
    """Raises ValueError if a trained network that is named is not to be had: told before a run is made."""
    if arguments.get("network") is not None:
        sources.check_source(arguments["network"], "the network")


TWIN_AXES = ("width",)


def static_twin(arguments: dict, stages: dict, width: float = 1.0) -> dict:
    """The base without gates, as wide as the one that is not widened times `width` (`presets.twins`).

    Raises:
        ValueError: the preset is made of a trained network.
    """
    if arguments.get("network") is not None:
        raise ValueError(f"expected a preset of a network of its own, received one of {arguments['network']}")
    names = ("base", "blocks", "filters", "stem_stride", "epsilon")
    kept = {name: arguments[name] for name in names if name in arguments}
    return {"arguments": kept | {"gated": False, "widen": width}, "stages": {"joint": stages["joint"]}}


_RESNET8 = {"blocks": (1, 1, 1), "stem_stride": 2}
_CIFAR10 = _RESNET8 | {"embedding": (8, 8, 16, 32), "dim": 32}
_JOINT = {"epochs": 7, "peak_learning_rate": 0.1, "weight_decay": 5e-3, "sparsity": 0.004}
_TUNED = {"epochs": 1, "peak_learning_rate": 0.02, "weight_decay": 5e-3}
_SOURCE = "Wang, UCB/EECS-2020-236, chapter 3, scaled to ResNet-8"


def _cifar10(arguments: dict, stages: dict, source: str, expected: str) -> dict:
    return {"task": "cifar10", "arguments": arguments, "stages": stages, "source": source, "expected": expected}


PRESETS = {
    "deepmoe_digits": {
        "task": "max_min_digits",
        "arguments": {
            "blocks": (1, 1, 1),
            "filters": (8, 16, 32),
            "widen": 2.0,
            "embedding": (8, 8, 16, 16),
            "dim": 16,
            "deploy": "clusters",
            "clusters": 4,
        },
        "stages": {
            "joint": {"epochs": 8, "batch_size": 64, "sparsity": 0.01},
            "fine_tuned": {"epochs": 2, "batch_size": 64},
            "clusters": {"epochs": 30},
            "refined": {"epochs": 2, "batch_size": 64},
        },
        "source": "a wide DeepMoE of ResNet-8 on composites of scikit-learn's digits, in four clusters: no download",
        "expected": "four minutes on two cores (estimated)",
    },
    "deepmoe_plain_cifar10": _cifar10(
        _RESNET8 | {"gated": False},
        {"joint": _JOINT | {"epochs": 8}},
        f"{_SOURCE}: the plain network",
        "two minutes on two cores (estimated)",
    ),
    "deepmoe_widened_cifar10": _cifar10(
        _RESNET8 | {"gated": False, "widen": 2.0},
        {"joint": _JOINT | {"epochs": 8}},
        f"{_SOURCE}: twice as wide, without gates",
        "four minutes on two cores (estimated)",
    ),
    "deepmoe_wide_cifar10": _cifar10(
        _CIFAR10 | {"widen": 2.0},
        {"joint": _JOINT, "fine_tuned": _TUNED},
        f"{_SOURCE}: wide, half of the channels to be open",
        "four minutes on two cores (estimated)",
    ),
    "deepmoe_narrow_cifar10": _cifar10(
        _CIFAR10,
        {"joint": _JOINT, "fine_tuned": _TUNED},
        f"{_SOURCE}: narrow",
        "two minutes on two cores (estimated)",
    ),
    "deepmoe_branches_cifar10": _cifar10(
        _CIFAR10 | {"widen": 2.0, "experts": 4, "deploy": "branches"},
        {"joint": _JOINT, "fine_tuned": _TUNED},
        f"{_SOURCE}: wide, with four experts of neighbouring channels in each layer",
        "four minutes on two cores (estimated)",
    ),
    "deepmoe_pruned_cifar10": _cifar10(
        {"network": "runs/deepmoe_plain_cifar10", "keep": 0.5},
        {"joint": _TUNED},
        "channels of the smallest norms removed: Li et al., ICLR 2017",
        "a minute on two cores (estimated), once deepmoe_plain_cifar10 is trained",
    ),
    "deepmoe_clusters_cifar10": _cifar10(
        {"network": "runs/deepmoe_wide_cifar10", "deploy": "clusters", "clusters": 8},
        {"clusters": {"epochs": 50, "rare": 0.65}, "refined": _TUNED},
        f"{_SOURCE}: the wide network as static networks of clusters, which the source has not",
        "a minute on two cores (estimated), once deepmoe_wide_cifar10 is trained",
    ),
}
