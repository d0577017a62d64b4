"""Single rendered things as tasks whose classes are pairs of a colour and a kind, of which most are met in training.

    pairs, pairs_small, pairs_tiny

What is known of a pair without a picture is a description. Importing this module is cheap.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_models.datasets import scene_kinds, scene_tasks
from keras_models.datasets.task import Task

NAMES, ATTRIBUTES, BOTH = "names", "attributes", "both"
DESCRIPTIONS = (NAMES, ATTRIBUTES, BOTH)
LABELS = tuple(f"{colour} {kind}" for kind in scene_kinds.KINDS for colour in scene_kinds.COLOURS)


@dataclasses.dataclass(frozen=True)
class PairTask(Task):
    """A task whose classes are the pairs, numbered as `scene_kinds.pair` does."""

    @property
    def met(self):
        """Numbers of the pairs that training pictures are of."""
        return tuple(np.flatnonzero(self.roles == scene_kinds.ROLES.index("seen")).tolist())

    @property
    def roles(self):
        """Number of the role of each pair (`scene_kinds.role`), int `[pairs]`."""
        return np.array([scene_kinds.role(kind, colour) for kind, colour in self.members])

    @property
    def members(self):
        """Kind and colour of each pair, int `[pairs, 2]`."""
        return np.stack(np.divmod(np.arange(self.classes), len(scene_kinds.COLOURS)), axis=1)

    def descriptions(self, how=BOTH):
        """What is known of each pair: float32 `[pairs, size]`, each of the length 1.

        how: "attributes": what its kind has and has not, and how much red, green and blue its colour has and lacks;
            kinds that have the same are told apart by their colours alone, which is not at all; "names": which kind
            and which colour, as 1 among zeros; "both" of these.
        """
        kinds, colours = self.members.T
        has = scene_kinds.attributes()[kinds]
        shades = np.array([scene_kinds.RGB[name] for name in scene_kinds.COLOURS], np.float32)[colours]
        named = [np.eye(kinds.max() + 1)[kinds], np.eye(colours.max() + 1)[colours]]
        every = {NAMES: named, ATTRIBUTES: [has, 1 - has, shades, 1 - shades]}
        every[BOTH] = [*every[NAMES], *every[ATTRIBUTES]]
        if how not in every:
            raise ValueError(f"expected descriptions, one of {', '.join(DESCRIPTIONS)}, received {how!r}")
        found = np.concatenate(every[how], axis=1)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def pairs():
    """The tasks, in the order of `scene_tasks.things`, whose pictures they have."""
    return tuple(
        PairTask(
            **{field.name: getattr(things, field.name) for field in dataclasses.fields(things)}
            | {
                "name": things.name.replace("things", "pairs"),
                "labels": LABELS,
                "label_feature": "pair",
                "title": "Single things, by colour and kind",
                "question": "Of which colour and kind is it?",
            }
        )
        for things in scene_tasks.things()
    )
