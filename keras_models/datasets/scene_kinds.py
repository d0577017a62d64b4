"""The kinds of things on rendered scenes: what they are called, which are new, and what they have in common."""

import numpy as np

KINDS = tuple(
    "ball box can cone ring capsule pyramid star cross gear mug bottle bowl vase pawn table chair house mushroom "
    "dumbbell".split()
)
# Five kinds that a detector meets late, three times; ball, box, capsule, bowl and dumbbell are never among them.
NOVEL = {
    1: ("cone", "star", "mug", "pawn", "chair"),
    2: ("can", "ring", "gear", "bottle", "house"),
    3: ("pyramid", "cross", "vase", "table", "mushroom"),
}
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
RGB = {
    "red": (0.75, 0.1, 0.1),
    "orange": (0.95, 0.5, 0.08),
    "yellow": (0.98, 0.88, 0.2),
    "green": (0.12, 0.5, 0.14),
    "blue": (0.14, 0.28, 0.82),
    "purple": (0.5, 0.16, 0.66),
    "white": (0.93, 0.93, 0.93),
    "black": (0.1, 0.1, 0.1),
}
ROLES = ("seen", "validation", "test")  # of a pair of kind and colour: where it is met first
ATTRIBUTES = (
    "turned", "edges", "point", "hole", "hollow", "legs", "handle", "tall", "flat", "bent", "neck", "branches", "alike",
)  # fmt: skip
# turned: a body of revolution; edges: between faces; hollow: can be filled; alike: its upper half mirrors the lower.
_HAS = {
    "ball": "turned alike",
    "box": "edges alike",
    "can": "turned edges alike",
    "cone": "turned edges point",
    "ring": "turned hole flat bent alike",
    "capsule": "turned tall alike",
    "pyramid": "edges point",
    "star": "edges point flat branches",
    "cross": "edges flat branches alike",
    "gear": "edges flat branches alike",
    "mug": "edges hole hollow handle",
    "bottle": "turned edges tall neck",
    "bowl": "turned edges hollow",
    "vase": "turned edges hollow tall neck bent",
    "pawn": "turned edges tall neck",
    "table": "edges legs flat",
    "chair": "edges legs tall",
    "house": "edges point",
    "mushroom": "turned edges bent",
    "dumbbell": "turned edges tall neck alike",
}


def base(split):
    """The kinds that are not new in a split, 1 to 3, in their order."""
    return tuple(kind for kind in KINDS if kind not in NOVEL[split])


def attributes():
    """What each kind has: float32 [kinds, attributes] of 0 and 1."""
    return np.array([[name in _HAS[kind].split() for name in ATTRIBUTES] for kind in KINDS], np.float32)


def pair(kind, colour):
    """Number of a pair of the numbers of a kind and a colour."""
    return kind * len(COLOURS) + colour


def role(kind, colour):
    """Number of the role of a pair: of eight five are seen in training, one is new in validation, two in the test.

    Every kind and every colour is seen with five of the others.
    """
    place = (kind + 3 * colour) % 8
    return 0 if place < 5 else 1 if place == 5 else 2
