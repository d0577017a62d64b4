"""Writes the parts of a bundle: joins units to parts, describes them, and makes the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ..bundle import manifest as m
from ..bundle.declare import declare_values
from ..bundle.files import file_entry
from ..bundle.manifest import Part, Tensor
from ..graph import flatbuffer
from ..graph.byte_inputs import with_byte_inputs
from ..graph.link import Unit, join_signatures, link
from ..graph.versions import check_versions
from .passes import Group, read_parameters

LAYOUTS = ("parts", "single")


def link_groups(groups: list[Group], units: Mapping[str, bytes]) -> dict[str, bytes]:
    """One TFLite model for every group: name -> flatbuffer."""
    parts = {}
    for group in groups:
        linked = [Unit(step["part"], units[step["part"]], step["inputs"], step["outputs"]) for step in group.steps]
        same = {value: value for value in group.inputs}, {value: value for value in group.outputs}
        parts[group.name] = link(linked, *same)
        check_versions(parts[group.name], part=group.name)
    return parts


def write_parts(
    folder: Path,
    groups: list[Group],
    parts: Mapping[str, bytes],
    unit_costs: Mapping[str, Mapping[str, float]],
    parameters: Mapping[str, int],
    layout: str = "parts",
) -> dict[str, Part]:
    """Write the parts' files and describe them for the manifest.

    Args:
        folder: of the bundle.
        groups: the units of each part.
        parts: part -> flatbuffer.
        unit_costs: unit -> {cost unit: per run}; those of a part are their sums.
        parameters: unit -> number of stored weights.
        layout: "parts", a file each, or "single", one file with a signature each.
    """
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    if layout == "single":
        (folder / "parts/model.tflite").write_bytes(join_signatures(parts))
    described = {}
    for group in groups:
        name = "parts/model.tflite" if layout == "single" else f"parts/{group.name}.tflite"
        if layout != "single":
            (folder / name).write_bytes(parts[group.name])
        entry = file_entry(folder, name)
        cost_names = unit_costs[group.units[0]].keys()
        described[group.name] = Part(
            file=entry.file,
            sha256=entry.sha256,
            bytes=entry.bytes,
            signature=group.name if layout == "single" else "serving_default",
            **_ports(parts[group.name]),
            units=group.units,
            parameters=sum(parameters[unit] for unit in group.units),
            costs={cost: sum(unit_costs[unit][cost] for unit in group.units) for cost in cost_names},
        )
    return described


def write_server_parts(
    folder: Path,
    units: Mapping[str, bytes],
    unit_costs: Mapping[str, Mapping[str, float]],
    parameters: Mapping[str, int],
    sent: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
) -> dict[str, Part]:
    """Describe units that run elsewhere, and write them to `server/`, which no device opens.

    Args:
        folder: of the bundle.
        units: unit -> flatbuffer; each is a part of its name.
        unit_costs: as for `write_parts`.
        parameters: as for `write_parts`.
        sent: unit -> input port -> lowest and highest number of what is sent there as a byte.
    """
    described = {}
    for name, content in units.items():
        content = with_byte_inputs(content, (sent or {}).get(name, {}), f"part {name}")
        (folder / "server").mkdir(parents=True, exist_ok=True)
        (folder / f"server/{name}.tflite").write_bytes(content)
        costs = dict(unit_costs[name])
        described[name] = Part(file=None, **_ports(content), units=(name,), parameters=parameters[name], costs=costs)
    return described


def write_tables(folder: Path, tables: Mapping[str, Any]) -> dict[str, m.Table]:
    """Writes the rows of tables and describes them for the manifest.

    Args:
        folder: of the bundle.
        tables: name -> something with `rows` and `count`, values of the programs (`count` may be None), `labels`, and
            `content`, float32 `[labels, ...]`.
    """
    described = {}
    for name, table in tables.items():
        entry, labels = None, tuple(table.labels)
        if labels:
            (folder / "tables").mkdir(parents=True, exist_ok=True)
            (folder / f"tables/{name}.bin").write_bytes(np.asarray(table.content, "<f4").tobytes())
            entry = file_entry(folder, f"tables/{name}.bin")
        described[name] = m.Table(rows=table.rows, count=table.count, labels=labels, content=entry)
    return described


def table_shapes(tables: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Value -> shape, of the values that hold what `write_tables` describes; `capacity` and `row_shape` say which."""
    shapes = {table.rows: (1, table.capacity, *table.row_shape) for table in tables.values()}
    return shapes | {table.count: (1, 1) for table in tables.values() if table.count is not None}


def _ports(content: bytes) -> dict[str, dict]:
    """The tensors of a part's inputs and outputs: {"inputs", "outputs"}, each port -> tensor."""
    model = flatbuffer.load(content)
    ports, tensors = flatbuffer.ports(model), model.subgraphs[0].tensors
    return {
        "inputs": {port: _tensor(tensors[index]) for port, index in ports.inputs.items()},
        "outputs": {port: _tensor(tensors[index]) for port, index in ports.outputs.items()},
    }


def _tensor(tensor: schema.TensorT) -> Tensor:
    form = flatbuffer.form(tensor)
    if form.scale is None:
        return Tensor(shape=flatbuffer.shape(tensor), type=flatbuffer.type_name(form.type))
    return Tensor(
        shape=flatbuffer.shape(tensor),
        type=flatbuffer.type_name(form.type),
        scale=form.scale,
        zero_point=form.zero_point,
    )


def make_manifest(
    name: str,
    parts: Mapping[str, Part],
    programs: Mapping[str, list[dict]],
    shapes: Mapping[str, tuple[int, ...]],
    parameters: Mapping[str, dict],
    points: list[dict],
    **entries,
) -> m.Manifest:
    """The manifest of a bundle, checked.

    Args:
        name: of the bundle.
        parts: as `write_parts` describes them.
        programs: name -> steps; `main` is among them.
        shapes: of the values of the inputs, and of those that hold the tables' rows and counts.
        parameters: their entries; those that no program reads are left out, here and in the points.
        points: the entries of the operating points.
        entries: the others, as docs/bundle.md has them, such as inputs, outputs, default_operating_point, provenance.
    """
    read = read_parameters(list(programs.values()))
    steps = {name: msgspec.convert(program, tuple[m.AnyStep, ...]) for name, program in programs.items()}
    known = {
        "format": m.FORMAT,
        "version": m.VERSION,
        "name": name,
        "values": declare_values(steps, parts, shapes),
        "parts": parts,
        "parameters": {name: entry for name, entry in parameters.items() if name in read},
        "programs": programs,
        "operating_points": [
            point | {"parameters": {n: v for n, v in point["parameters"].items() if n in read}} for point in points
        ],
    }
    data = json.dumps(msgspec.to_builtins(known | entries), ensure_ascii=False)
    return m.decode(data.encode("utf-8", "replace"))
