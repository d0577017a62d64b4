"""The rendered scenes by name, as tasks.

    scenes_96, scenes_128, scenes_160, scenes_small, scenes_tiny    which things are where (`DetectionTask`)
    things, things_small, things_tiny                               single things: of which kind is it (`Task`)

Importing this module is cheap.
"""

import numpy as np

from keras_models.datasets import scene_kinds
from keras_models.datasets.annotated import DetectionTask
from keras_models.datasets.task import Task

_SPLITS = ("train", "validation", "test", "held_out")
SIZES = (3_000, 500, 1_000, 500)
SMALL = (800, 200, 400, 100)
SINGLE = (2_400, 400, 1_200, 400)
TINY = (20, 6, 10, 4)
TINY_SINGLE = (12, 2, 8, 2)
_MEAN, _DEVIATION = 0.45, 0.22  # of the pixels / 255, about
_FORM = {
    "labels": scene_kinds.KINDS,
    "scale": (1 / (255 * _DEVIATION),) * 3,
    "offset": (-_MEAN / _DEVIATION,) * 3,
    "mirror": True,
}


def _named(sizes):
    return tuple(zip(_SPLITS, sizes, strict=True))


SCENES = {
    f"scenes_{name}": DetectionTask(
        f"scenes_{name}",
        f"scenes/{config}",
        input_shape=(side, side, 3),
        sizes=_named(sizes),
        title="Things on the ground, of twenty kinds",
        question="Which things are where?",
        **_FORM,
    )
    for name, config, side, sizes in (
        ("96", "side_96", 96, SIZES),
        ("128", "side_128", 128, SIZES),
        ("160", "side_160", 160, SIZES),
        ("small", "small", 96, SMALL),
        ("tiny", "tiny", 96, TINY),
    )
}


def things():
    """The tasks of single things, in order."""
    return tuple(
        Task(
            name,
            f"scenes/{config}",
            input_shape=(96, 96, 3),
            sizes=_named(sizes),
            title="Single things of twenty kinds",
            question="What is it?",
            **_FORM,
        )
        for name, config, sizes in (
            ("things", "single", SINGLE),
            ("things_small", "single_small", SMALL),
            ("things_tiny", "single_tiny", TINY_SINGLE),
        )
    )


def get(name):
    """The `DetectionTask` of that name; another name is a ValueError that lists the known ones."""
    if name not in SCENES:
        raise ValueError(f"expected scenes among {', '.join(SCENES)}, received {name!r}")
    return SCENES[name]


def load_pairs(task, split, *, data_dir=None):
    """Pictures of single things with what zero-shot learning asks of them.

    Args:
        task: one of `things`.
        split, data_dir: as for `Task.load`.

    Returns:
        (images uint8 [n, h, w, 3], kinds int64 [n], colours int64 [n], roles int64 [n]); the role says where the pair
        of kind and colour is met first (`scene_kinds.ROLES`): pictures to train on have pairs that are seen alone.
    """
    from keras_models.datasets import storage

    arrays = storage.load(task.builder, task._slices(split), data_dir)
    images, kinds, _ = task.checked(split, arrays["image"], arrays["label"])
    colours = arrays["pair"].astype(np.int64) % len(scene_kinds.COLOURS)
    roles = np.array([scene_kinds.role(kind, colour) for kind, colour in zip(kinds, colours, strict=True)], np.int64)
    return images, kinds, colours, roles
