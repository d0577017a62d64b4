"""The sixteen tasks of CLEVR-sharing, and the scenes that they ask about (Dai, WPI 2022, tables 5.1 and 5.2).

A scene is int64 [4, 4]: four objects in fixed regions, clockwise from the upper left, and of each its shape, material,
size and colour. Warm are red, brown, purple and yellow, cool the others: the source leaves that open.
"""

import dataclasses

import numpy as np

SHAPES = ("sphere", "cylinder", "cube")
MATERIALS = ("rubber", "metal")
SIZES = ("small", "large")
COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
WARM = ("red", "brown", "purple", "yellow")
REGIONS = 4
_SPHERE, _CYLINDER, _CUBE = range(3)
_METAL, _LARGE = 1, 1


def is_colour(scenes, *names):
    """Whether each object has one of these colours: bool [..., 4] of scenes int [..., 4, 4]."""
    return np.isin(scenes[..., 3], [COLOURS.index(name) for name in names])


def _is(scenes, *shapes):
    return np.isin(scenes[..., 0], shapes)


def _compare(first, second):
    """0 where the first is more often so, 1 less often, 2 as often: int64 [...] of bool [..., 4]."""
    difference = first.sum(axis=-1) - second.sum(axis=-1)
    return np.where(difference > 0, 0, np.where(difference < 0, 1, 2))


def _ternary(scenes, turned):
    """Four digits of base 3, the first region's most significant; where `turned` they are one less, modulo 3.

    So with warm and cool: 0 is a warm sphere or a cool cylinder, 1 a warm cylinder or a cool cube, 2 the rest.
    """
    return ((scenes[..., 0] - turned) % 3) @ 3 ** np.arange(REGIONS - 1, -1, -1)


def _t1(scenes):
    warm = is_colour(scenes, *WARM)
    return _compare(_is(scenes, _CYLINDER) & warm, _is(scenes, _SPHERE) & ~warm)


def _t2(scenes):
    large = scenes[..., 2] == _LARGE
    return _compare(_is(scenes, _SPHERE) & ~large, _is(scenes, _CUBE) & large)


def _t3(scenes):
    metal = scenes[..., 1] == _METAL
    return _compare(_is(scenes, _CUBE) & ~metal, _is(scenes, _CYLINDER) & metal)


@dataclasses.dataclass(frozen=True)
class Question:
    """What a task asks of a scene.

    Attributes:
        label: function (scenes int [n, 4, 4]) -> labels int [n]; None where objects are counted.
        labels: names of the classes.
        text: the question, for people.
        colours: that objects may have; all where there are none.
        counted: (shapes, names of colours) of the objects that are counted; None where none are.
        alike: number of the task that asks the same of other pictures; None where there is none.
    """

    labels: tuple[str, ...]
    text: str
    label: object = None
    colours: tuple[str, ...] = COLOURS
    counted: tuple[tuple[int, ...], tuple[str, ...]] | None = None
    alike: int | None = None

    def answers(self, scenes):
        """The label of each scene: int64 [n] of int [n, 4, 4]."""
        if self.counted is None:
            return self.label(scenes).astype(np.int64)
        return self.counts(scenes).sum(axis=-1)

    def counts(self, scenes):
        """Whether each object is counted: bool [..., 4]."""
        return _is(scenes, *self.counted[0]) & is_colour(scenes, *self.counted[1])


_COMPARED = ("more", "less", "equal")
_DIGITS = tuple(np.base_repr(number, 3).zfill(REGIONS) for number in range(3**REGIONS))


def _comparison(text, label):
    return Question(_COMPARED, f"Are there more {text}, less, or equally many?", label)


def _code(text, turned):
    return Question(_DIGITS, text, lambda scenes: _ternary(scenes, turned(scenes)))


def _count(shapes, colours):
    named = " and ".join(f"{SHAPES[shape]}s" for shape in shapes)
    return Question(tuple("01234"), f"How many {named} are {' or '.join(colours)}?", counted=(shapes, colours))


def _turned_code(what, one, other):
    return (
        f"Clockwise: 0 {one} sphere or {other} cylinder, 1 {one} cylinder or {other} cube, 2 {one} cube or {other} "
        f"sphere: which {what}?"
    )


QUESTIONS = {
    1: _comparison("warm cylinders than cool spheres", _t1),
    2: _comparison("small spheres than large cubes", _t2),
    3: _comparison("rubber cubes than metal cylinders", _t3),
    4: _code(
        "Which shapes are there, clockwise from the upper left: 0 sphere, 1 cylinder, 2 cube?",
        lambda scenes: np.zeros(scenes.shape[:-1], int),
    ),
    5: _code(_turned_code("are there", "warm", "cool"), lambda scenes: ~is_colour(scenes, *WARM)),
    6: _code(_turned_code("are there", "small", "large"), lambda scenes: scenes[..., 2] == _LARGE),
    7: _code(_turned_code("are there", "rubber", "metal"), lambda scenes: scenes[..., 1] == _METAL),
    8: _count((_CUBE, _CYLINDER), ("red", "green")),
    9: _count((_CUBE, _SPHERE), ("yellow", "green")),
    10: _count((_SPHERE, _CYLINDER), ("red", "yellow")),
    11: _count((_CUBE,), ("blue", "green")),
    12: _count((_SPHERE,), ("yellow", "brown")),
    13: _count((_CYLINDER,), ("red", "cyan")),
}
for _number, _alike, _colours in ((14, 4, ("red", "yellow")), (15, 2, ("brown", "purple")), (16, 3, ("cyan", "blue"))):
    QUESTIONS[_number] = dataclasses.replace(QUESTIONS[_alike], colours=_colours, alike=_alike)
OWN_PICTURES = (8, 9, 10, 11, 12, 13, 14, 15, 16)  # the other tasks share theirs
GROUPS = {1: (1, 2, 3, 4), 2: (4, 5, 6, 7), 3: (8, 9, 10, 11, 12, 13), 4: (1, 14, 15, 16)}


def draw(draws, index, balanced=None, colours=COLOURS):
    """Draws a scene: int64 [4, 4].

    Args:
        draws: `rendering.store.Draws` of the scene.
        index: of the scene in its split, which says the label where they are balanced.
        balanced: the `Question` whose labels come equally often; None: every attribute is uniform.
        colours: that objects may have.
    """
    if balanced is None:
        return np.array([_object(draws, colours) for _ in range(REGIONS)])
    shown = [place < index % (REGIONS + 1) for place in range(REGIONS)]
    for place in range(REGIONS - 1, 0, -1):  # every choice of regions is equally likely
        other = draws.below(place + 1)
        shown[place], shown[other] = shown[other], shown[place]
    return np.array([_object(draws, colours, balanced, counts) for counts in shown])


def _object(draws, colours, question=None, counts=False):
    """Draws an object: uniformly, or of those that are counted, or not counted."""
    while True:
        kinds = [draws.below(len(some)) for some in (SHAPES, MATERIALS, SIZES)]
        found = np.array([*kinds, COLOURS.index(draws.among(colours))])
        if question is None or bool(question.counts(found)) == counts:
            return found
