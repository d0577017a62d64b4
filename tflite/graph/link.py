"""Links small TFLite models to one static part, and joins parts in one file, without TensorFlow.

A network is converted as many small units, each quantized on its own ranges, and the units of a part are chosen later.
`link` writes their operators into one subgraph, so that nothing is copied between interpreters; to drop an exit is to
leave out a unit. The linked model computes bit for bit what the chain of units computes. QUANTIZE and DEQUANTIZE are
inserted between units that differ in type, scale or zero point.
"""

from __future__ import annotations

import dataclasses
import graphlib
import heapq
from collections.abc import Iterable, Mapping, Sequence, Set

from ai_edge_litert import schema_py_generated as schema

from . import flatbuffer
from .compose import Composer, Graph, LinkError, copy_tensor

__all__ = ["LinkError", "Unit", "join_signatures", "link"]


@dataclasses.dataclass(frozen=True)
class Unit:
    """A TFLite model of one subgraph, and the names of the values that it reads and writes.

    Attributes:
        name: unique among the linked units; its tensors are named `name/...`.
        model: the flatbuffer. Its signature names the ports; without a signature the tensors' names do.
        inputs: {port: value} for every input port.
        outputs: {port: value}; output ports left out are not computed.
    """

    name: str
    model: bytes
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def link(
    units: Sequence[Unit], inputs: Mapping[str, str], outputs: Mapping[str, str], signature: str = "serving_default"
) -> bytes:
    """Links units to one TFLite model.

    Units and operators that the outputs do not need are dropped; equal constants are stored once. An input has the form
    (type, scale, zero point) that its readers expect. If they differ, it is float32 if one of them reads float32, and
    the first reader's form otherwise. An output has the form in which its unit wrote it.

    Args:
        units: the units, in any order.
        inputs: {port: value} of the linked model.
        outputs: {port: value} of the linked model.
        signature: name of its signature.

    Returns:
        The linked model.

    Raises:
        LinkError: a value has no writer, two writers or a cycle; no unit reads an input; an output is an input; shapes
            or types do not fit.
    """
    _check_boundary(inputs, outputs)
    needed = order(units, set(inputs.values()), outputs.values())
    parsed = [(unit, *parse(unit)) for unit in needed]
    composer = Composer()
    graph = Graph(composer, signature)
    values = _add_inputs(graph, inputs, parsed)
    boundary = dict(zip(inputs, values.values()))
    for unit, model, ports in parsed:
        add_unit(graph, unit, model, ports, values)
    results = {port: values[value] for port, value in outputs.items()}
    _check_results(results, boundary)
    for port, index in results.items():
        graph.rename(index, port)
    kept = graph.finish(list(boundary.values()), list(results.values()))
    sides = [{port: kept[index] for port, index in side.items()} for side in (boundary, results)]
    composer.add_signature(signature, 0, *sides)
    return composer.dump()


def join_signatures(models: Mapping[str, bytes]) -> bytes:
    """Joins models {signature: flatbuffer} in one file: a subgraph and a signature each, equal constants once."""
    if not models:
        raise LinkError("Expected at least one model to join, received none.")
    composer = Composer()
    for position, (signature, content) in enumerate(models.items()):
        model = flatbuffer.load(content)
        source, ports = flatbuffer.only_subgraph(model, signature), flatbuffer.ports(model, signature)
        graph = Graph(composer, signature)
        moved = graph.take_model(model)
        sides = [[moved[i] for i in flatbuffer.integers(side)] for side in (source.inputs, source.outputs)]
        kept = graph.finish(*sides)
        named = [{port: kept[moved[i]] for port, i in side.items()} for side in ports]
        composer.add_signature(signature, position, *named)
    return composer.dump()


def order(units: Sequence[Unit], given: Set[str], wanted: Iterable[str]) -> list[Unit]:
    """Sorts the units that some values need topologically, in the given order where that is free.

    Args:
        units: all units.
        given: the values that come from outside.
        wanted: the values to compute.

    Returns:
        The needed units, sources first.

    Raises:
        LinkError: a value has no writer, two writers or a cycle.
    """
    writers = _writers(units, given)
    reads, todo = {}, [_writer(value, writers, "an output of the part") for value in wanted]
    while todo:
        unit = todo.pop()
        if unit.name not in reads:
            values = [value for value in unit.inputs.values() if value not in given]
            sources = [_writer(value, writers, f"an input of {unit.name}") for value in values]
            reads[unit.name] = [source.name for source in sources]
            todo += sources
    sorter = graphlib.TopologicalSorter(reads)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = " -> ".join(error.args[1])
        raise LinkError(f"Expected units that can be put in an order, received a cycle: {circle}.") from error
    position = {unit.name: i for i, unit in enumerate(units)}
    ready, ordered = [], []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, position[name])
        ordered.append(units[heapq.heappop(ready)])
        sorter.done(ordered[-1].name)
    return ordered


def parse(unit: Unit) -> tuple[schema.ModelT, flatbuffer.Ports]:
    """Parses a unit's model and ports, and checks them against the unit's inputs and outputs."""
    model = flatbuffer.load(unit.model)
    ports = flatbuffer.ports(model, unit.name)
    if set(unit.inputs) != set(ports.inputs):
        expected, received = ", ".join(ports.inputs), ", ".join(unit.inputs) or "none"
        raise LinkError(f"Expected a value for each input of {unit.name} ({expected}), received {received}.")
    unknown = ", ".join(port for port in unit.outputs if port not in ports.outputs)
    if unknown:
        raise LinkError(f"Expected outputs of {unit.name} among {', '.join(ports.outputs)}, received {unknown}.")
    return model, ports


def input_tensor(value: str, parsed: Iterable[tuple[Unit, schema.ModelT, flatbuffer.Ports]]) -> schema.TensorT | None:
    """Makes a tensor for a value from outside, as its readers expect it (see `link`); None if it has no reader."""
    readers = [
        flatbuffer.only_subgraph(model, unit.name).tensors[ports.inputs[port]]
        for unit, model, ports in parsed
        for port, read in unit.inputs.items()
        if read == value
    ]
    floats = [tensor for tensor in readers if tensor.type == schema.TensorType.FLOAT32]
    return copy_tensor((floats or readers)[0]) if readers else None


def add_unit(graph: Graph, unit: Unit, model: schema.ModelT, ports: flatbuffer.Ports, values: dict[str, int]) -> None:
    """Adds a unit's operators to the graph.

    Args:
        graph: where to add them.
        unit: the unit.
        model: its model, as `parse` returns it.
        ports: its ports, as `parse` returns them.
        values: value -> tensor of the graph. Inputs are converted to the form that the unit expects; outputs are added.
    """
    tensors = flatbuffer.only_subgraph(model, unit.name).tensors
    given = {}
    for port, value in unit.inputs.items():
        wanted, have = tensors[ports.inputs[port]], graph.tensors[values[value]]
        if flatbuffer.shape(wanted) != flatbuffer.shape(have):
            raise LinkError(
                f"Expected {value!r} of shape {list(flatbuffer.shape(wanted))} for {unit.name}.{port}, "
                f"received {list(flatbuffer.shape(have))}."
            )
        try:
            given[ports.inputs[port]] = graph.convert(values[value], flatbuffer.form(wanted))
        except LinkError as error:
            raise LinkError(f"{value!r} does not fit {unit.name}.{port}. {error}") from error
    moved = graph.add_model(unit.name, model, given)
    values.update({value: moved[ports.outputs[port]] for port, value in unit.outputs.items()})


def _check_boundary(inputs: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    if not outputs:
        raise LinkError("Expected at least one output of the linked part, received none.")
    for role, side in (("input", inputs), ("output", outputs)):
        if len(set(side.values())) < len(side):
            raise LinkError(f"Expected one {role} port for each value, received {dict(side)}.")
    both = [value for value in outputs.values() if value in inputs.values()]
    if both:
        raise LinkError(f"Expected outputs that the linked part computes, received its own input: {', '.join(both)}.")
    shared = [port for port in outputs if port in inputs]
    if shared:
        raise LinkError(f"Expected different names for input and output ports, received both as {', '.join(shared)}.")


def _writers(units: Sequence[Unit], given: Set[str]) -> dict[str, Unit]:
    """The unit that writes each value."""
    names = [unit.name for unit in units]
    if len(set(names)) < len(names):
        raise LinkError(f"Expected units of different names, received {', '.join(names)}.")
    writers: dict[str, Unit] = {}
    for unit in units:
        for value in unit.outputs.values():
            if value in given or value in writers:
                other = f"unit {writers[value].name}" if value in writers else "an input of the part"
                raise LinkError(f"Expected one source of {value!r}, received it from unit {unit.name} and {other}.")
            writers[value] = unit
    return writers


def _writer(value: str, writers: Mapping[str, Unit], reader: str) -> Unit:
    if value not in writers:
        known = ", ".join(writers) or "nothing"
        raise LinkError(f"Expected a unit or an input that gives {value!r}, {reader}; the units give {known}.")
    return writers[value]


def _add_inputs(
    graph: Graph, inputs: Mapping[str, str], parsed: Sequence[tuple[Unit, schema.ModelT, flatbuffer.Ports]]
) -> dict[str, int]:
    """Adds a tensor for each input of the part, in the form that its readers expect; value -> tensor."""
    values = {}
    for port, value in inputs.items():
        tensor = input_tensor(value, parsed)
        if tensor is None:
            raise LinkError(
                f"Expected inputs that the outputs depend on, received {port!r}, which no needed unit reads."
            )
        values[value] = graph.add_tensor(tensor, port)
    return values


def _check_results(results: Mapping[str, int], boundary: Mapping[str, int]) -> None:
    through = ", ".join(port for port, index in results.items() if index in boundary.values())
    if through:
        raise LinkError(
            f"Expected outputs that the linked part computes, received an input handed through as {through}."
        )
    if len(set(results.values())) < len(results):
        raise LinkError(f"Expected a tensor of its own for each output, received one twice among {', '.join(results)}.")
