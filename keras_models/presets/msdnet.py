"""MSDNet's settings, and its presets: the network of five blocks, one of ten, and a small one for the embedded digits.

Source: Huang et al., "Multi-scale dense networks for resource efficient image classification", ICLR 2018, section 5 and
appendix A, and the authors' program. It trains 300 epochs of batches of 64 by SGD with Nesterov momentum 0.9, a rate of
0.1 that falls to a tenth behind a half and behind three quarters, and a weight decay of 1e-4. Keras takes decay from
the weights themselves, not through the momentum, which makes it ten times as much: 1e-3 here is their 1e-4. Milestones
are shares of the training, so `--epochs 30` is the same recipe in a tenth of the time.

Their bundles: `convert.py RUN --policy quantile` has a threshold for every exit, solved for a sweep of budgets of a
whole set (budgeted batch); with its parameters at full depth a run goes on until its own budget ends (anytime).
Without `--policy` learned controllers decide.
"""

from __future__ import annotations

from keras_models.presets import epnet, twins, with_exits
from keras_models.presets import settings as s

_CONTROLLERS = ("controller_in", "controller_cat", "conditioned", "ranked", "kappa")
ARGUMENTS = {
    "depths": s.Setting(s.WIDTHS),
    "channels": s.Setting(s.COUNT, 16),
    "growth": s.Setting(s.COUNT, 6),
    "factors": s.Setting(s.WIDTHS, (1, 2, 4)),
    "bottleneck": s.Setting(s.WIDTHS, (1, 2, 4)),
    "head_filters": s.Setting(s.COUNT, 128),
    "equilibrium": s.Setting(s.FLAG, False),
    "freeze": s.Setting(s.FLAG, False),
    "links": s.Setting(s.one_of("none", "dense", "identity"), "none"),
} | {name: with_exits.ARGUMENTS[name] for name in _CONTROLLERS}


def _is_rising(value) -> bool:
    """Whether it is a list of shares of a training, each above the one before."""
    known = isinstance(value, list | tuple) and all(map(s.BELOW_ONE.fits, value))
    return known and all(one < other for one, other in zip((0, *value), value, strict=False))


MILESTONES = s.Kind("a rising list of numbers above 0 and below 1", _is_rising)
STAGES = {
    "classifiers": {name: known for name, known in epnet.STAGES["classifiers"].items() if name != "whitened_stem"}
    | {"milestones": s.Setting(MILESTONES, ())},
    # Links between exits, and the last exit as a teacher, after a training without: Li et al., ICCV 2019. Its settings
    # of the optimizer are those of the authors' program; no epochs are no such stage.
    "collaboration": s.IMAGE_STAGE
    | {
        "epochs": s.Setting(s.COUNT_OR_NONE, 0),
        "batch_size": s.Setting(s.COUNT, 64),
        "peak_learning_rate": s.Setting(s.RATE, 0.1),
        "weight_decay": s.Setting(s.optional(s.RATE), 1e-3),
        "milestones": s.Setting(MILESTONES, (0.5, 0.75)),
        "kd_weight": s.Setting(s.SHARE, 0.1),
        "temperature": s.Setting(s.RATE, 1.0),
        "teacher": s.Setting(s.one_of("frozen_base", "self_final"), "frozen_base"),
        "kl_reduction": s.Setting(s.one_of("batchmean", "mean"), "batchmean"),
        "freeze_backbone": s.Setting(s.FLAG, True),
        "reestimate": s.Setting(s.FLAG, True),
    },
    "controllers": epnet.STAGES["controllers"],
}


def resolve(arguments: dict, stages: dict) -> dict:
    """The arguments as the stages need them: controllers for one price do not see it, as in EPNet's paper.

    Raises:
        ValueError: they contradict each other.
    """
    if len(arguments["depths"]) < 2:
        raise ValueError(f"expected depths of at least two blocks, received {list(arguments['depths'])}")
    scales = [len(arguments.get(name, ARGUMENTS[name].default)) for name in ("factors", "bottleneck")]
    if scales[0] != scales[1] or not scales[0]:
        raise ValueError(f"expected factors and bottleneck of as many scales, received {scales[0]} and {scales[1]}")
    if arguments.get("links", "none") != "none" and not stages["collaboration"]["epochs"]:
        raise ValueError("expected epochs of the stage collaboration, which trains links, received 0")
    return epnet.conditioned(arguments, stages)


needs_start = epnet.needs_start

TWIN_AXES = ("width", "depth")


def static_twin(arguments: dict, stages: dict, width: float = 1.0, depth: float = 1.0) -> dict:
    """The blocks with the last classifier alone, thinner or fewer, as a preset's entries (`presets.twins`)."""
    wide = ("channels", "growth", "head_filters")
    thinner = {name: twins.share(arguments.get(name, ARGUMENTS[name].default), width) for name in wide}
    depths = arguments["depths"][: max(2, twins.share(len(arguments["depths"]), depth))]
    changed = thinner | {"depths": depths, "links": "none"} | twins.JOINT
    alone = {name: own for name, own in stages.items() if name != "collaboration"}
    return {"arguments": arguments | changed, "stages": twins.last_answer_alone(alone, len(depths))}


_RECIPE = {"batch_size": 64, "peak_learning_rate": 0.1, "weight_decay": 1e-3}


def _paper(task: str, blocks: int, expected: str) -> dict:
    """Blocks of 1, 2, 3, .. layers, trained as the paper does."""
    return {
        "task": task,
        "arguments": {"depths": tuple(range(1, blocks + 1))},
        "stages": {"classifiers": _RECIPE | {"epochs": 300, "milestones": (0.5, 0.75)}},
        "source": f"MSDNet of {blocks} blocks and the paper's recipe: Huang et al., ICLR 2018",
        "expected": expected,
    }


def _thesis(task: str, epochs: int, expected: str, blocks: int = 5, together: int = 0) -> dict:
    """The same network, as Voorhout (TU Delft 2022, section 4.2) trains it: the rate falls at 37.5 and 75 %.

    together: epochs of the stage collaboration, with links (section 3.4); 0 is neither.
    """
    links = {"links": "dense"} if together else {}
    more = {"collaboration": {"epochs": together}} if together else {}
    return {
        "task": task,
        "arguments": {"depths": tuple(range(1, blocks + 1))} | links,
        "stages": {"classifiers": _RECIPE | {"epochs": epochs, "milestones": (0.375, 0.75)}} | more,
        "source": f"MSDNet of {blocks} blocks: Voorhout, overthinking in multi-scale dense networks, TU Delft 2022",
        "expected": expected,
    }


PRESETS = {
    "msdnet_digits": {
        "task": "max_min_digits",
        "arguments": {"depths": (1, 1, 2), "channels": 8, "growth": 4, "head_filters": 32},
        "stages": {"classifiers": {"epochs": 10, "batch_size": 64, "peak_learning_rate": 0.1}},
        "source": "MSDNet of a third of the width on composites of scikit-learn's digits: no download",
        "expected": "six minutes on two cores (estimated)",
    },
    "msdnet_cifar10": _paper("cifar10", 5, "a day on two cores (estimated: five minutes an epoch)"),
    "msdnet_cifar10_10": _paper("cifar10", 10, "five days on two cores (estimated: twenty-five minutes an epoch)"),
    "msdnet_cifar10_fifth": _thesis("cifar10_fifth", 50, "four hours on two cores (estimated)"),
    "msdnet_cifar10_fifth_linked": _thesis("cifar10_fifth", 50, "six hours on two cores (estimated)", together=50),
    "msdnet_cifar100": _thesis("cifar100", 50, "four hours on two cores (estimated)"),
    "msdnet_cifar100_linked": _thesis("cifar100", 50, "six hours on two cores (estimated)", together=50),
    "msdnet_svhn": _thesis("svhn", 50, "six hours on two cores (estimated)"),
    "msdnet_svhn_2": _thesis("svhn", 50, "half an hour on two cores (estimated)", blocks=2),
    "msdnet_max_min": _thesis("max_min_mnist_64", 5, "forty minutes on two cores (estimated)"),
    "msdnet_max_min_6": _thesis("max_min_mnist_64", 5, "an hour on two cores (estimated)", blocks=6),
}
