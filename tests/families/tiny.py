"""Tiny configurations of every family: the one place where a family enters the shared tests.

A family has one of its own name, and one more for every other kind of program that it may be deployed as.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

_IMAGES = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.05}
_VALUES = {"epochs": 1, "batch_size": 8}


@dataclass(frozen=True)
class Tiny:
    """A network that is trained, exported and quantized in seconds.

    Attributes:
        arguments: of the constructor, as a preset has them; or a function that makes them in an empty folder, for a
            family that is built of files.
        stages: stage -> settings, as a preset has them; two steps of eight images each.
        shape: of an image.
        classes: how many labels; of several tasks by their names.
        level: evens out a network's choices on normalised images, if random weights make one of them alone.
        family: in the registry, where that is not the configuration's own name.
        boxes: how many things are on a picture, of a family that answers with boxes; 0 of one of labels.
        slow: whether its checks are left to the slow tests, for others of its family go through the same.
    """

    arguments: Mapping | Callable[[Path], Mapping]
    stages: Mapping[str, Mapping] = field(default_factory=dict)
    shape: tuple[int, int, int] = (12, 12, 1)
    classes: int | Mapping[str, int] = 3
    level: Callable | None = None
    family: str | None = None
    boxes: int = 0
    slow: bool = False


def _members(folder: Path) -> dict:
    """Two members for a cascade, as files."""
    from keras_models import seeding
    from keras_models.resnet import ResNet

    files = []
    for number, filters in ((1, (3,)), (2, (4, 6))):
        seeding.set_random_seed(number)
        files.append(str(folder / f"member_{number}.keras"))
        ResNet((12, 12, 1), 3, (1,) * len(filters), filters).save(files[-1])
    return {"members": files}


def _classifier(folder: Path) -> dict:
    """A classifier of one's own, which ends in a softmax; its first exit is inside a residual block."""
    import keras
    from keras import layers

    from keras_models import seeding

    seeding.set_random_seed(1)
    image = keras.Input((12, 12, 1))
    x = layers.ReLU(name="stem")(layers.BatchNormalization()(layers.Conv2D(4, 3, 2, use_bias=False)(image)))
    inner = layers.Conv2D(4, 3, padding="same", activation="relu", name="inner")(x)
    x = layers.Add(name="block")([x, layers.Conv2D(4, 3, padding="same")(inner)])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3, activation="relu")(x))
    keras.Model(image, layers.Dense(3, activation="softmax")(x)).save(folder / "own.keras")
    return {"network": str(folder / "own.keras"), "at": ["inner", "block"]}


def _trunk(folder: Path) -> dict:
    """A trunk for a network whose classes are rows of a table: that classifier, whose answers do not count."""
    more = {"at": ["block"], "width": 5, "layers": 2, "embedding": (4,), "classifier": (4,), "capacity": 5}
    return _classifier(folder) | more


def _network_with_exits(folder: Path) -> dict:
    """A network with exits for a policy network, as a file."""
    from keras_models import seeding
    from keras_models.msdnet import MSDNet

    seeding.set_random_seed(1)
    MSDNet((12, 12, 1), 3, **TINY["msdnet"].arguments).save(folder / "exits.keras")
    return {"network": str(folder / "exits.keras"), "blocks": (1, 1), "filters": (4, 6), "choices": "ends"}


def _both_ends(network, images) -> None:
    """Half of the images to either end."""
    first, last = np.asarray(network.scores(images)).T
    network.head.bias.assign_add([np.median(last - first), 0.0])


def _every_level(network, images) -> None:
    """Every level of every block is the largest of about as many images."""
    scores = np.array(network.selector(images["image"]))
    deviations, levels = scores.std(axis=0), scores.shape[-1]
    scores, moved = scores / deviations, np.zeros(scores.shape[1:])
    for _ in range(500):
        taken = np.eye(levels)[(scores + moved).argmax(axis=-1)].mean(axis=0)
        moved += 0.1 * (1 / levels - taken)
    choose = network.selector.choose
    for weight in (choose.kernel, choose.bias):
        weight.assign(weight / deviations.ravel())
    choose.bias.assign_add(moved.ravel())


def _clusters(network, images) -> None:
    """Clusters of what its gates are on these images: stirred weights have others."""
    from keras_models.policies.experts import Clustered

    for weight in network.gates.weights:  # to the middle, so that half of the gates are closed
        weight.assign(weight - np.median(np.asarray(weight)))
    Clustered(network.clusters, network.gate_widths, rare=0.3).fit({"gates": network.gates_of(images)}, epochs=20)


def _half_open(network, images) -> None:
    """Every gate is open for half of the images."""
    mixture = np.asarray(network.look(images)["mixture"])
    network.gates.kernel.assign(network.gates.kernel - np.median(mixture @ np.asarray(network.gates.kernel), axis=0))


def _recognised(network, images) -> None:
    """Rows of examples are about as large as those of descriptions: normalised by these images, as in training."""
    network.initialise({}, images)
    norms = network.recognised.norms
    for norm in norms:
        norm.momentum = 0.0
    network.recognised(network.joined(network.observe(images)), training=True)
    for norm in norms:
        norm.momentum = 0.9


_EXPERTS = {"blocks": (1, 1), "filters": (4, 6), "widen": 2.0, "embedding": (4, 6), "dim": 8}

DETECTOR = {
    "labels": ("a", "b", "c"),
    "novel": ("b",),
    "trunk": "small",
    "filters": (6, 8, 8),
    "passthrough": 4,
    "context": 4,
    "width": 8,
    "example_filters": (6,),
    "anchors": ((0.3, 0.3), (0.5, 0.4)),
    "capacity": 5,
}
_FEW = {
    "base": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.002},
    "few": {"epochs": 1, "batch_size": 2, "peak_learning_rate": 0.002, "shots": 2},
}
REGION_SIZES = {
    "trunk": "convolutions",
    "filters": (4, 6, 8, 8),
    "width": 6,
    "sides": (0.3,),
    "piece": 3,
    "hidden": 5,
    "embedding": 6,
    "regions": 4,
    "most": 3,
    "spare": 2,
    "examples": 3,
    "memory": 8,
}
_TWO_STAGE = REGION_SIZES | {"labels": ("a", "b", "c"), "novel": ("b",)}
_REGIONS = {
    "base": _IMAGES | {"peak_learning_rate": 0.002, "pretrained": False, "proposed": 4},
    "fine_tuned": _IMAGES | {"batch_size": 2, "shots": 2, "proposed": 4},
}
_SHAPES = _TWO_STAGE | {"mask": 6, "tower": 5, "latent": 3}
_MASKS = {"masks": _IMAGES | {"masked": ("a", "c")}}

TINY = {
    "cascade": Tiny(_members, {"deferral": _VALUES}),
    "cinet": Tiny(
        {
            "filters": (2, 3),
            "hidden": (5,),
            "crop": 4,
            "classifier": (3, 4),
            "classifier_hidden": (6,),
            "local": (2,),
            "local_hidden": (),
            "initial": "glorot",
            "start": (0.0, 0.0, 0.6, 0.6),
        },
        {"end_to_end": _IMAGES},
    ),
    "airbench": Tiny({"filters": (4, 6), "whitened": 4}, {"classifier": _IMAGES}),
    "cnn": Tiny({"filters": (3, 4), "hidden": (6, 5)}, {"classifier": _IMAGES}),
    "den": Tiny(
        {
            "blocks": (1, 1),
            "filters": (4, 8),
            "stem_filters": 4,
            "own_stems": True,
            "selector": (4, 6, 8, 8),
            "selector_pool": 1,
        },
        {"estimator_1": _IMAGES, "selector_1": _VALUES, "estimator_2": _IMAGES, "selector_2": _VALUES},
        classes={"which": 3, "whether": 2},
        level=_every_level,
    ),
    "deepmoe": Tiny(
        _EXPERTS | {"deploy": "clusters", "clusters": 3},
        {"joint": _IMAGES, "fine_tuned": _IMAGES, "clusters": _VALUES, "refined": _IMAGES},
        level=_clusters,
    ),
    "deepmoe_branches": Tiny(
        _EXPERTS | {"base": "bottleneck_b", "experts": 2, "deploy": "branches"},
        {"joint": _IMAGES},
        level=_half_open,
        family="deepmoe",
    ),
    "epnet": Tiny(
        {"filters": (4, 4), "controller_in": (4,), "controller_cat": (4,), "stem": 3},
        {"classifiers": _IMAGES, "controllers": _VALUES | {"views": 1}},
    ),
    "fishnet": Tiny(
        {"filters": (4, 6), "pools": (2, 3), "hidden": (6,)},
        {"together": _IMAGES, "fixed": _IMAGES},
        classes={"which": 3, "whether": 2},
    ),
    "fsrw": Tiny(DETECTOR, _FEW, shape=(24, 24, 3), boxes=3),
    "fsrw_picture": Tiny(DETECTOR | {"example": "picture"}, _FEW, shape=(24, 24, 3), boxes=3, family="fsrw", slow=True),
    "yolo": Tiny(DETECTOR | {"reweighted": False}, _FEW, shape=(24, 24, 3), boxes=3, family="fsrw", slow=True),
    "garn": Tiny(
        {"glimpses": 3, "size": 4, "scales": 2, "units": 6, "patch": 4, "place": 3, "glimpse": 6}
        | {"location": 4, "hidden": (5,)},
        {"looking": {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.05, "reward": "correct"}},
    ),
    "msdnet": Tiny(
        {"depths": (1, 1, 1), "channels": 4, "growth": 2, "factors": (1, 2), "bottleneck": (1, 2), "head_filters": 6},
        {"classifiers": _IMAGES, "controllers": _VALUES | {"views": 1}},
    ),
    "resnet": Tiny({"blocks": (1, 1), "filters": (4, 6)}, {"classifier": _IMAGES}),
    "routed": Tiny(_network_with_exits, {"router": _VALUES}, level=_both_ends),
    "shapeprop": Tiny(_SHAPES, _REGIONS | _MASKS, shape=(32, 32, 3), boxes=3),
    "skipnet": Tiny({"blocks": (2, 1), "filters": (4, 6)}, {"supervised": _IMAGES, "reinforced": _IMAGES}),
    "tafe": Tiny(_trunk, {"tasks": {"epochs": 1, "batch_size": 8, "views": 1}}, level=_recognised),
    "two_stage": Tiny(_TWO_STAGE, _REGIONS, shape=(32, 32, 3), boxes=3),
    "two_stage_dense": Tiny(
        _TWO_STAGE | {"classifier": "dense"}, _REGIONS, shape=(32, 32, 3), boxes=3, family="two_stage", slow=True
    ),
    "with_exits": Tiny(_classifier, {"classifiers": _IMAGES, "controllers": _VALUES | {"views": 1}}),
}
