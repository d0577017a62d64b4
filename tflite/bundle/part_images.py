"""The shapes that operators on images give: `[batch, rows, columns, channels]`; see `part_shapes`."""

from __future__ import annotations

from .part_operands import check_bias, image, need, padded


def _window(size, window, stride, dilation, padding):
    """How often a window fits an axis; `padding` 0 is the same size, 1 only whole windows."""
    covered = 0 if padding == 0 else (window - 1) * dilation
    need(size > covered)
    return (size - covered + stride - 1) // stride


def _pool(o):
    padding, stride_w, stride_h, width, height = o.options[:5]
    n, h, w, c = image(o.shapes[0])
    return [(n, _window(h, height, stride_h, 1, padding), _window(w, width, stride_w, 1, padding), c)]


def _conv(o):
    padding, stride_w, stride_h, _, dilation_w, dilation_h = o.options[:6]
    (n, h, w, c), (filters, height, width, depth) = image(o.shapes[0]), image(o.shapes[1])
    need(c % depth == 0 and filters % (c // depth) == 0)
    check_bias(o, 2, filters)
    rows = _window(h, height, stride_h, dilation_h, padding)
    return [(n, rows, _window(w, width, stride_w, dilation_w, padding), filters)]


def _depthwise(o):
    padding, stride_w, stride_h, multiplier, _, dilation_w, dilation_h = o.options
    (n, h, w, c), (one, height, width, filters) = image(o.shapes[0]), image(o.shapes[1])
    need(one == 1 and filters == c * multiplier)
    check_bias(o, 2, filters)
    rows = _window(h, height, stride_h, dilation_h, padding)
    return [(n, rows, _window(w, width, stride_w, dilation_w, padding), filters)]


def _transposed_conv(o):
    padding, stride_w, stride_h = o.options[:3]
    result = image(o.read(0))
    (filters, height, width, depth), (n, h, w, c) = image(o.shapes[1]), image(o.shapes[2])
    need(depth == c and result[0] == n and result[3] == filters and min(result) >= 1)
    need(h == _window(result[1], height, stride_h, 1, padding))
    need(w == _window(result[2], width, stride_w, 1, padding))
    check_bias(o, 3, filters)
    return [result]


def _resize(o):
    size = o.read(1)
    need(len(size) == 2)
    return [(image(o.shapes[0])[0], *size, o.shapes[0][3])]


def _to_depth(o):
    n, h, w, c = image(o.shapes[0])
    block = o.options[0]
    need(h % block == 0 and w % block == 0)
    return [(n, h // block, w // block, c * block * block)]


def _from_depth(o):
    n, h, w, c = image(o.shapes[0])
    block = o.options[0]
    need(c % (block * block) == 0)
    return [(n, h * block, w * block, c // (block * block))]


def _to_batch(o):
    (n, *sizes, c), blocks = image(o.shapes[0]), o.read(1)
    sizes = padded(sizes, o.read(2))
    need(len(blocks) == 2 and min(blocks) >= 1 and all(s % b == 0 for s, b in zip(sizes, blocks, strict=True)))
    return [(n * blocks[0] * blocks[1], *(s // b for s, b in zip(sizes, blocks, strict=True)), c)]


def _from_batch(o):
    (n, *sizes, c), blocks, crops = image(o.shapes[0]), o.read(1), o.read(2)
    need(len(blocks) == 2 and min(blocks) >= 1 and n % (blocks[0] * blocks[1]) == 0)
    sizes = [size * block for size, block in zip(sizes, blocks, strict=True)]
    padded(sizes, crops)
    rest = (size - crops[2 * i] - crops[2 * i + 1] for i, size in enumerate(sizes))
    return [(n // (blocks[0] * blocks[1]), *rest, c)]


IMAGE_RULES = {
    rule.__name__[1:]: rule
    for rule in (_pool, _conv, _depthwise, _transposed_conv, _resize, _to_depth, _from_depth, _to_batch, _from_batch)
}
