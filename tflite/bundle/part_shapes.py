"""The shapes of an operator's results, as TensorFlow Lite computes them from its inputs, constants and options.

What a file says of a tensor's shape is only what somebody wrote there: TensorFlow Lite works it out anew, and takes the
memory for it. So each kind of `operators.LINES` has a rule here, and a file whose shapes are others is refused.
"""

from __future__ import annotations

import math

from .part_images import IMAGE_RULES
from .part_operands import MOST_ELEMENTS, Operands, Shape, axis_of, broadcast, check_bias, need, padded, replaced


def result_shapes(rule: str, operands: Operands) -> list[Shape]:
    """Computes the shapes of an operator's outputs.

    Args:
        rule: the last word of the operator's line.
        operands: its inputs and options.

    Raises:
        Misfit: the inputs do not fit each other.
    """
    results = _RULES[rule](operands)
    for shape in results:
        need(all(1 <= size <= MOST_ELEMENTS for size in shape) and math.prod(shape) <= MOST_ELEMENTS)
    return results


def _same(o):
    return [o.shapes[0]]


def _all_same(o):
    need(all(shape == o.shapes[0] for shape in o.shapes))
    return [o.shapes[0]]


def _broadcasts(o):
    return [broadcast(*o.shapes)]


def _prelu(o):
    need(broadcast(*o.shapes) == o.shapes[0])
    return [o.shapes[0]]


def _choose(o):
    condition, first, second = o.shapes
    need(first == second and (condition == first or condition == first[:1] or condition == ()))
    return [first]


def _reduce(o):
    shape, keep = o.shapes[0], o.options[0]
    axes = {axis_of(axis, len(shape)) for axis in o.read(1)}
    kept = (1 if i in axes else size for i, size in enumerate(shape) if keep or i not in axes)
    return [tuple(kept)]


def _arg(o):
    return [replaced(o.shapes[0], axis_of(o.one(1), len(o.shapes[0])))]


def _dense(o):
    shape, weights = o.shapes[:2]
    need(len(weights) == 2 and len(shape) >= 1)
    check_bias(o, 2, weights[0])
    if o.options[2]:
        need(shape[-1] == weights[1])
        return [(*shape[:-1], weights[0])]
    need(math.prod(shape) % weights[1] == 0)
    return [(math.prod(shape) // weights[1], weights[0])]


def _matmul(o):
    first, second = o.shapes
    need(2 <= len(first) <= 5 and 2 <= len(second) <= 5)
    rows, inner = first[:-3:-1] if o.options[0] else first[-2:]
    other, columns = second[:-3:-1] if o.options[1] else second[-2:]
    need(inner == other)
    return [(*broadcast(first[:-2], second[:-2]), rows, columns)]


def _reshape(o):
    elements = math.prod(o.shapes[0])
    wanted = o.read(1) if len(o.shapes) == 2 else o.options[0]
    if wanted is None:  # TFLite reads the size from a tensor when it runs, and refuses another number of elements
        need(math.prod(o.results[0]) == elements)
        return [o.results[0]]
    known = math.prod(size for size in wanted if size != -1)
    need(all(size >= -1 and size != 0 for size in wanted) and wanted.count(-1) <= 1 and known <= MOST_ELEMENTS)
    result = tuple(elements // known if size == -1 else size for size in wanted)
    need(math.prod(result) == elements)
    return [result]


def _join(o):
    axis = axis_of(o.options[0], len(o.shapes[0]))
    need(all(len(shape) == len(o.shapes[0]) for shape in o.shapes))
    need(len({replaced(shape, axis) for shape in o.shapes}) == 1)
    return [replaced(o.shapes[0], axis, sum(shape[axis] for shape in o.shapes))]


def _pad(o):
    return [padded(o.shapes[0], o.read(1))]


def _mirror(o):
    pads, edge = o.read(1), 1 - o.options[0]
    result = padded(o.shapes[0], pads)
    need(all(pad <= o.shapes[0][i // 2] - edge for i, pad in enumerate(pads)))
    return [result]


def _slice(o):
    shape, begin, sizes = o.shapes[0], o.read(1), o.read(2)
    need(len(begin) == len(sizes) == len(shape))
    result = tuple(n - b if s == -1 else s for n, b, s in zip(shape, begin, sizes, strict=True))
    need(all(b >= 0 and s >= 1 and b + s <= n for n, b, s in zip(shape, begin, result, strict=True)))
    return [result]


def _strided(o):
    shape, begins, ends, strides = o.shapes[0], o.read(1), o.read(2), o.read(3)
    begin_mask, end_mask, ellipsis, new_axis, shrink, offset = o.options
    need(len(begins) == len(ends) == len(strides) <= len(shape) and not (ellipsis or new_axis or offset))
    result = []
    for i, (size, begin, end, stride) in enumerate(zip(shape, begins, ends, strides, strict=False)):
        low, high = (0, size) if stride > 0 else (-1, size - 1)
        begin, end = (max(low, min(high, v + size if v < 0 else v)) for v in (begin, end))
        begin = (low if stride > 0 else high) if begin_mask >> i & 1 else begin
        end = (high if stride > 0 else low) if end_mask >> i & 1 else end
        if shrink >> i & 1:
            need(stride == 1 and begin < size)
            continue
        need(stride != 0 and (end - begin) * stride > 0)
        result.append((abs(end - begin) + abs(stride) - 1) // abs(stride))
    return [(*result, *shape[len(begins) :])]


def _split(o):
    shape, count = o.shapes[1], len(o.results)
    axis = axis_of(o.one(0), len(shape))
    need(o.options[0] == count and shape[axis] % count == 0)
    return [replaced(shape, axis, shape[axis] // count)] * count


def _split_sizes(o):
    shape, sizes = o.shapes[0], list(o.read(1))
    axis = axis_of(o.one(2), len(shape))
    need(o.options[0] == len(o.results) == len(sizes) and sizes.count(-1) <= 1 and min(sizes) >= -1)
    rest = shape[axis] - sum(size for size in sizes if size != -1)
    sizes = [rest if size == -1 else size for size in sizes]
    need(sum(sizes) == shape[axis])
    return [replaced(shape, axis, size) for size in sizes]


def _squeeze(o):
    shape = o.shapes[0]
    given = {axis_of(axis, len(shape)) for axis in o.options[0]}
    axes = given or {i for i, size in enumerate(shape) if size == 1}
    need(all(shape[axis] == 1 for axis in axes))
    return [tuple(size for i, size in enumerate(shape) if i not in axes)]


def _expand(o):
    axis = axis_of(o.one(1), len(o.shapes[0]) + 1)
    return [(*o.shapes[0][:axis], 1, *o.shapes[0][axis:])]


def _transpose(o):
    order = [axis_of(axis, len(o.shapes[0])) for axis in o.read(1)]
    need(sorted(order) == list(range(len(o.shapes[0]))))
    return [tuple(o.shapes[0][axis] for axis in order)]


def _tile(o):
    times = o.read(1)
    need(len(times) == len(o.shapes[0]))
    return [tuple(size * count for size, count in zip(o.shapes[0], times, strict=True))]


def _fill(o):
    need(math.prod(o.shapes[1]) == 1)
    return [o.read(0)]


def _broadcast_to(o):
    need(min(o.read(1), default=1) >= 1 and broadcast(o.shapes[0], o.read(1)) == o.read(1))
    return [o.read(1)]


def _largest(o):
    shape, count = o.shapes[0], o.one(1)
    need(len(shape) >= 1 and 1 <= count <= shape[-1])
    return [(*shape[:-1], count)] * 2


def _pack(o):
    need(o.options[0] == len(o.shapes))
    _all_same(o)
    axis = axis_of(o.options[1], len(o.shapes[0]) + 1)
    return [(*o.shapes[0][:axis], len(o.shapes), *o.shapes[0][axis:])]


def _unpack(o):
    axis = axis_of(o.options[1], len(o.shapes[0]))
    need(o.options[0] == len(o.results) == o.shapes[0][axis])
    return [replaced(o.shapes[0], axis)] * len(o.results)


def _gather(o):
    shape, indices, batch = *o.shapes, o.options[1]
    axis = axis_of(o.options[0], len(shape))
    need(0 <= batch <= min(axis, len(indices)) and shape[:batch] == indices[:batch])
    return [replaced(shape, axis, *indices[batch:])]


def _gather_nd(o):
    shape, indices = o.shapes
    need(len(indices) >= 1 and indices[-1] <= len(shape))
    return [(*indices[:-1], *shape[indices[-1] :])]


def _one_hot(o):
    shape, axis = o.shapes[0], o.options[0]
    axis = axis_of(axis, len(shape) + 1)
    need(math.prod(o.shapes[2]) == 1 and math.prod(o.shapes[3]) == 1)
    return [(*shape[:axis], o.one(1), *shape[axis:])]


def _rank(o):
    return [(len(o.shapes[0]),)]


_RULES = IMAGE_RULES | {
    rule.__name__[1:]: rule
    for rule in (
        _same,
        _all_same,
        _broadcasts,
        _prelu,
        _choose,
        _reduce,
        _arg,
        _dense,
        _matmul,
        _reshape,
        _join,
        _pad,
        _mirror,
        _slice,
        _strided,
        _split,
        _split_sizes,
        _squeeze,
        _expand,
        _transpose,
        _tile,
        _fill,
        _broadcast_to,
        _largest,
        _pack,
        _unpack,
        _gather,
        _gather_nd,
        _one_hot,
        _rank,
    )
}
