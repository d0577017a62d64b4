"""What a part's file must be: checked before TensorFlow Lite sees it, which trusts what it reads.

docs/bundle.md states the rule ("What a part's file must be"); the JVM runtime has the same checks in the same order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .operators import OPERATORS
from .part_arithmetic import RANGES, check_scales, check_weights
from .part_operands import MOST_ELEMENTS, Misfit, Operands
from .part_shapes import result_shapes
from .part_tables import Damaged, Reader, expect

VERSION = 3
MOST_RANK = 8
MOST_TOTAL = 1 << 30  # elements of all computed tensors of a subgraph together
TYPES = {0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8"}
_SIZES = {"float32": 4, "float16": 2, "int32": 4, "uint8": 1, "int64": 8, "bool": 1, "int16": 2, "int8": 1}
LEAST_SCALE, MOST_SCALE = 2.0**-40, 2.0**10
# Letter of an operator's options -> kind of the field, least and most, and what an absent one is.
OPTIONS = {
    "a": ("b", 0, 5, 0),  # activation function
    "b": ("b", 0, 1, 0),
    "f": ("f", None, None, 0),
    "g": ("b", 0, 1, 0),  # padding
    "i": ("i", -(1 << 20), 1 << 20, 0),
    "p": ("i", 1, 1 << 20, 0),  # has to be there, for the default of 0 is divided by
    "q": ("i", 1, 1 << 20, 1),
    "t": ("b", 0, 9, 0),  # type of a tensor
    "v": ("*i", None, None, ()),
    "-": ("-", None, None, None),
}


class FileTensor(NamedTuple):
    """A tensor of a file.

    Attributes:
        shape: static.
        type: a value of `TYPES`.
        scales: one number, or one a channel, or none.
        zero_points: as many.
        begin: where its constant data begin; None for a computed tensor.
    """

    shape: tuple[int, ...]
    type: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    begin: int | None


class Signature(NamedTuple):
    """A signature's tensors by name."""

    inputs: dict[str, FileTensor]
    outputs: dict[str, FileTensor]


def read_signatures(content: bytes) -> dict[str, Signature]:
    """Checks the bytes of a part's file.

    Returns:
        Its signatures by key.

    Raises:
        Damaged: they are not what docs/bundle.md asks for.
    """
    reader = Reader(content)
    model = reader.root()
    expect(model.get("version", 0) == VERSION, "model.version", VERSION, model.get("version", 0))
    buffers, graphs = _vector(model, "buffers", "model"), _vector(model, "subgraphs", "model")
    expect(buffers[0].get("data", (0, 0))[1] == 0, "model.buffers[0]", "no data", "some")
    for i, entry in enumerate(model.get("metadata", ())):
        _index(entry.get("buffer", 0), buffers, f"model.metadata[{i}].buffer")
    codes = [_code(code, f"model.operator_codes[{i}]") for i, code in enumerate(model.get("operator_codes", ()))]
    tensors = []
    for i, graph in enumerate(graphs):
        where = f"model.subgraphs[{i}]"
        own = _vector(graph, "tensors", where)
        tensors.append([_tensor(tensor, buffers, f"{where}.tensors[{j}]") for j, tensor in enumerate(own)])
        _check_operators(reader, graph, tensors[i], codes, where)
    return _signatures(model, graphs, tensors)


def _vector(table, name, where):
    vector = table.get(name, ())
    expect(len(vector), f"{where}.{name}", "at least one", "none")
    return vector


def _index(index, items, where):
    expect(0 <= index < len(items), where, f"a number below {len(items)}", index)
    return items[index]


def _code(code, where):
    number = max(code.get("builtin_code", 0), code.get("deprecated_builtin_code", 0))
    expect(number in OPERATORS, where, "an operator that parts may have", f"number {number}")
    operator, version = OPERATORS[number], code.get("version", 1)
    expect(1 <= version <= operator.version, where, f"{operator.name} of version 1 to {operator.version}", version)
    return operator


def _tensor(tensor, buffers, where):
    shape, number = tensor.get("shape", ()), tensor.get("type", 0)
    expect(number in TYPES, f"{where}.type", "a type of " + ", ".join(TYPES.values()), f"number {number}")
    expect(len(shape) <= MOST_RANK, f"{where}.shape", f"at most {MOST_RANK} dimensions", len(shape))
    expect(min(shape, default=1) >= 1, f"{where}.shape", "sizes of at least 1", list(shape))
    elements = math.prod(shape)
    expect(elements <= MOST_ELEMENTS, f"{where}.shape", f"at most {MOST_ELEMENTS} elements", list(shape))
    dynamic = tensor.get("shape_signature", shape)
    expect(dynamic == shape, f"{where}.shape_signature", f"the shape {list(shape)}", list(dynamic))
    begin, count = _index(tensor.get("buffer", 0), buffers, f"{where}.buffer").get("data", (0, 0))
    if count:
        size = _SIZES[TYPES[number]]
        expect(count == elements * size, f"{where}.buffer", f"{elements * size} bytes of data", count)
        expect(begin % size == 0, f"{where}.buffer", f"data at a multiple of {size}", f"some at byte {begin}")
    scales, zero_points = _quantization(tensor.get("quantization", {}), shape, TYPES[number], f"{where}.quantization")
    expect(count or len(scales) <= 1, f"{where}.quantization", "one scale of what is computed", len(scales))
    return FileTensor(shape, TYPES[number], scales, zero_points, begin if count else None)


def _quantization(table, shape, type_, where):
    scales, zero_points = table.get("scale", ()), table.get("zero_point", ())
    expect(len(zero_points) == len(scales), f"{where}.zero_point", f"{len(scales)} numbers", len(zero_points))
    if len(scales) > 1:
        dimension = table.get("quantized_dimension", 0)
        size = _index(dimension, shape, f"{where}.quantized_dimension")
        expect(len(scales) == size, f"{where}.scale", f"1 or {size} numbers", len(scales))
    least, most = RANGES.get(type_, (0, 0))
    expect(all(least <= z <= most for z in zero_points), f"{where}.zero_point", f"{least} to {most}", "others")
    if type_ in RANGES:
        expect(len(scales), f"{where}.scale", f"at least one number for {type_}", "none")
        expect(all(LEAST_SCALE <= s <= MOST_SCALE for s in scales), f"{where}.scale", "2^-40 to 2^10", "others")
    else:
        expect(all(0 < s < math.inf for s in scales), f"{where}.scale", "finite numbers above 0", "others")
    return scales, zero_points


def _check_operators(reader, graph, tensors, codes, where):
    """Every operator reads what is there by then: constants, inputs, and results of earlier operators."""
    ready = [tensor.begin is not None for tensor in tensors]
    for i, index in enumerate(graph.get("inputs", ())):
        _index(index, tensors, f"{where}.inputs[{i}]")
        expect(not ready[index], f"{where}.inputs[{i}]", "a tensor of its own without data", index)
        ready[index] = True
    for i, operator in enumerate(graph.get("operators", ())):
        place = f"{where}.operators[{i}]"
        form = _index(operator.get("opcode_index", 0), codes, f"{place}.opcode_index")
        _check_operands(operator, form, tensors, ready, place)
        options = _options(reader, operator, form, place)
        check_scales(operator, form, tensors, options, place)
        check_weights(operator, form, tensors, place)
        _check_shapes(reader, operator, form, tensors, options, place)
    for i, index in enumerate(graph.get("outputs", ())):
        _index(index, tensors, f"{where}.outputs[{i}]")
        expect(ready[index], f"{where}.outputs[{i}]", "a tensor that is computed", index)
    total = sum(math.prod(tensor.shape) for tensor in tensors if tensor.begin is None)
    expect(total <= MOST_TOTAL, f"{where}.tensors", f"at most {MOST_TOTAL} elements that are computed", total)


def _check_operands(operator, form, tensors, ready, where):
    inputs, outputs = operator.get("inputs", ()), operator.get("outputs", ())
    for side, indices, (fewest, most) in (("inputs", inputs, form.inputs), ("outputs", outputs, form.outputs)):
        expected = f"{fewest} to {most} tensors of {form.name}"
        expect(fewest <= len(indices) <= most, f"{where}.{side}", expected, len(indices))
    for i, index in enumerate(inputs):
        if index == -1 and form.optional and i == form.inputs[1] - 1:
            continue
        tensor = _index(index, tensors, f"{where}.inputs[{i}]")
        expect(ready[index], f"{where}.inputs[{i}]", "a constant, an input or an earlier result", index)
        constant = i not in form.constants or tensor.begin is not None
        expect(constant, f"{where}.inputs[{i}]", f"a constant for {form.name}", index)
    for i, index in enumerate(outputs):
        _index(index, tensors, f"{where}.outputs[{i}]")
        expect(not ready[index], f"{where}.outputs[{i}]", "a tensor that nothing has written", index)
        ready[index] = True


def _options(reader, operator, form, where):
    """The values of an operator's options; all are the defaults where it has none."""
    given, position = operator.get("builtin_options_type", 0), operator.get("builtin_options")
    where = f"{where}.builtin_options"
    if given == 0 or position is None:
        expect(given == 0 and position is None, where, "both a type and a table, or neither", "one of them")
        expect("p" not in form.options, where, f"the options of {form.name}", "none")
        values = {}
    else:
        expect(given == form.options_type, where, f"the options of {form.name}, type {form.options_type}", given)
        fields = tuple((str(i), OPTIONS[letter][0]) for i, letter in enumerate(form.options))
        values = reader.table(position, fields, where)
    result = []
    for i, letter in enumerate(form.options):
        _, least, most, default = OPTIONS[letter]
        result.append(values.get(str(i), default))
        if letter == "f":
            expect(math.isfinite(result[i]), f"{where}.{i}", "a finite number", "another")
        elif least is not None:
            expect(least <= result[i] <= most, f"{where}.{i}", f"a number of {least} to {most}", result[i])
    return result


def _check_shapes(reader, operator, form, tensors, options, where):
    """The file's shapes are those that TensorFlow Lite will compute."""
    indices = operator.get("inputs", ())
    shapes = [None if index == -1 else tensors[index].shape for index in indices]
    received = [tensors[index].shape for index in operator.get("outputs", ())]

    def read(i):
        return _whole_numbers(reader, tensors[indices[i]], max(2 * MOST_RANK, len(received)))

    try:
        expected = result_shapes(form.rule, Operands(shapes, read, options, received))
    except Misfit:
        problem = f"inputs that fit {form.name} and each other"
        raise Damaged(f"{where}.inputs", problem, _shown(shapes)) from None
    expect(expected == received, f"{where}.outputs", f"the shapes {_shown(expected)}", _shown(received))


def _shown(shapes):
    return [None if shape is None else list(shape) for shape in shapes]


def _whole_numbers(reader, tensor, most):
    """The numbers of a constant that is a size, an axis or the like; None if it is computed."""
    if tensor.begin is None:
        return None
    count = math.prod(tensor.shape)
    if tensor.type not in ("int32", "int64") or count > most:
        raise Misfit
    values = reader.numbers(tensor.begin, count, 8 if tensor.type == "int64" else 4)
    if any(abs(value) > 1 << 31 for value in values):
        raise Misfit
    return values


def _signatures(model, graphs, tensors):
    """Every signature has a subgraph of its own, and names all of its inputs and outputs."""
    definitions, found, left = model.get("signature_defs", ()), {}, set(range(len(graphs)))
    expected = f"as many signatures as subgraphs, {len(graphs)}"
    expect(len(definitions) == len(graphs), "model.signature_defs", expected, len(definitions))
    for i, definition in enumerate(definitions):
        where, key = f"model.signature_defs[{i}]", definition.get("signature_key", "")
        number = definition.get("subgraph_index", 0)
        graph = _index(number, graphs, f"{where}.subgraph_index")
        expect(number in left, f"{where}.subgraph_index", "a subgraph of its own", number)
        expect(key != "", f"{where}.signature_key", "a name", "none")
        expect(key not in found, f"{where}.signature_key", "a key of its own", "one that stands twice")
        left.remove(number)
        sides = (_side(definition, graph, tensors[number], side, f"{where}.{side}") for side in ("inputs", "outputs"))
        found[key] = Signature(*sides)
    return found


def _side(definition, graph, tensors, side, where):
    """The tensors of one side by name."""
    named, indices, result = definition.get(side, ()), sorted(graph.get(side, ())), {}
    received = sorted(entry.get("tensor_index", 0) for entry in named)
    expect(received == indices, where, f"names for the tensors {indices}", received)
    for i, entry in enumerate(named):
        name = entry.get("name", "")
        expect(name not in result, f"{where}[{i}].name", "a name of its own", "one that stands twice")
        result[name] = tensors[entry.get("tensor_index", 0)]
    return result
