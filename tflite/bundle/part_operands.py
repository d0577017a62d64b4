"""What the rules for shapes are written with: an operator's operands, and what they have to be to each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import zip_longest

Shape = tuple[int, ...]
MOST_ELEMENTS = 1 << 26  # of one tensor


class Misfit(Exception):
    """The operands of an operator do not fit each other."""


class Operands:
    """What a rule sees of an operator.

    Args:
        shapes: of the inputs; None for one that is left out.
        read: returns the whole numbers in a constant input, by position; None for another.
        options: the values of its options by number.
        results: the shapes that the file says its outputs have.
    """

    def __init__(self, shapes: list[Shape | None], read: Callable, options: Sequence, results: list[Shape]):
        self.shapes, self.read, self.options, self.results = shapes, read, options, results

    def one(self, i: int) -> int:
        """The only number of a constant."""
        values = self.read(i)
        need(len(values) == 1)
        return values[0]


def need(holds):
    if not holds:
        raise Misfit


def axis_of(axis, rank):
    need(-rank <= axis < rank)
    return axis % rank


def replaced(shape, axis, *sizes):
    """A shape whose size at an axis is replaced by these."""
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def image(shape):
    need(len(shape) == 4)
    return shape


def padded(shape, pads):
    need(len(pads) == 2 * len(shape) and all(0 <= pad <= MOST_ELEMENTS for pad in pads))
    return tuple(size + pads[2 * i] + pads[2 * i + 1] for i, size in enumerate(shape))


def broadcast(*shapes):
    sizes = []
    for column in zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1):
        size = max(column)
        need(all(s in (1, size) for s in column))
        sizes.insert(0, size)
    return tuple(sizes)


def check_bias(o, i, size):
    need(len(o.shapes) <= i or o.shapes[i] is None or math.prod(o.shapes[i]) == size)
