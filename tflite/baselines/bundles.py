"""Bundles in memory: a part taken out of its file, another program, one model in the place of all parts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ..bundle import Bundle
from ..bundle import manifest as m
from ..bundle.check import INTEGER_RANGE, check_manifest
from ..bundle.declare import declare_values
from ..bundle.golden_index import read_goldens
from ..errors import FrugalError
from ..graph import flatbuffer
from ..graph.link import join_signatures

BESIDE = ("static_networks", "memory_kib")  # in a provenance: what stands beside a bundle, and is none of another one
DRAWN_INPUTS = 4  # where a bundle has no self-test


class BaselineError(FrugalError):
    """A bundle's program has no equal of the kind asked for."""


def part_model(bundle: Bundle, name: str) -> bytes:
    """Returns a part's own flatbuffer: its file, or the part's signature taken out of a file of several."""
    part = bundle.manifest.parts[name]
    content = bundle.read(part.file)
    model = flatbuffer.load(content)
    if len(model.subgraphs) == 1:
        return content
    (own,) = (s for s in model.signatureDefs if flatbuffer.text(s.signatureKey) == part.signature)
    model.subgraphs, own.subgraphIndex, model.signatureDefs = [model.subgraphs[own.subgraphIndex]], 0, [own]
    return flatbuffer.dump(model)


def with_one_file(bundle: Bundle) -> Bundle:
    """Returns the bundle with its parts as signatures of one file, which one interpreter runs; without goldens.

    Raises:
        LinkError: it has no part with a file.
    """
    parts = {name: part for name, part in bundle.manifest.parts.items() if part.file is not None}
    model, file = join_signatures({name: part_model(bundle, name) for name in parts}), "parts/model.tflite"
    place = {"file": file, "sha256": hashlib.sha256(model).hexdigest(), "bytes": len(model)}
    joined = {name: msgspec.structs.replace(part, **place, signature=name) for name, part in parts.items()}
    manifest = msgspec.structs.replace(
        bundle.manifest, parts=bundle.manifest.parts | joined, goldens=None, samples=m.UNSET
    )
    tables = [table.content.file for table in manifest.tables.values() if table.content is not None]
    return Bundle(bundle.path, manifest, {file: model} | {name: bundle.read(name) for name in tables})


def with_program(bundle: Bundle, program: Iterable[m.Step]) -> Bundle:
    """Returns the bundle with another main program of the same values.

    Raises:
        BundleError: the program does not pass the checks that a bundle on disk has to pass.
    """
    manifest = msgspec.structs.replace(bundle.manifest, programs=bundle.manifest.programs | {"main": tuple(program)})
    check_manifest(manifest)
    return dataclasses.replace(bundle, manifest=manifest)


def all_remote(bundle: Bundle) -> Bundle:
    """Returns the bundle with all its runs remote: a chain asks for each, and decides here."""

    def remote(entry: dict) -> dict:
        return entry | {"on": "remote"} if entry.get("op") == "run" else entry

    steps = json.loads(msgspec.json.encode(bundle.manifest.programs), object_hook=remote)
    programs = msgspec.convert(steps, dict[str, tuple[m.AnyStep, ...]])
    return dataclasses.replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, programs=programs))


def check_no_tables(bundle: Bundle) -> None:
    """Raises BaselineError if a bundle has tables."""
    if bundle.manifest.tables:
        tables = sorted(bundle.manifest.tables)
        raise BaselineError(
            f"expected a bundle without tables, which no static network can be taught, received {tables}"
        )


def with_one_part(bundle: Bundle, name: str, model: bytes, program: Iterable[m.Step]) -> Bundle:
    """Makes a bundle of one model, with the inputs, outputs, parameters and operating points of another bundle.

    Its cost is that of all parts of the other bundle: for a conditional model the most that an image can cost.

    Args:
        bundle: gives everything that is not the model.
        name: of the new bundle and of its part.
        model: a TFLite file with the signature `serving_default`.
        program: steps that run the part.

    Raises:
        BaselineError: the other bundle has tables.
    """
    check_no_tables(bundle)
    inputs, outputs = describe_tensors(model)
    costs = {"macs": sum(part.costs["macs"] for part in bundle.manifest.parts.values())}
    digest = hashlib.sha256(model).hexdigest()
    file = f"parts/{name}.tflite"
    part = m.Part(file=file, sha256=digest, bytes=len(model), inputs=inputs, outputs=outputs, costs=costs)
    points = tuple(
        msgspec.structs.replace(point, costs={"macs": costs["macs"]}) for point in bundle.manifest.operating_points
    )
    programs, shapes = {"main": tuple(program)}, {n: bundle.manifest.values[n].shape for n in bundle.manifest.inputs}
    values = declare_values(programs, {name: part}, shapes)
    manifest = msgspec.structs.replace(
        bundle.manifest,
        name=name,
        parts={name: part},
        values=values,
        programs=programs,
        operating_points=points,
        sorted_by="macs",
        goldens=None,
        samples=m.UNSET,
        provenance={key: of for key, of in bundle.manifest.provenance.items() if key not in BESIDE},
    )
    check_manifest(manifest)
    return Bundle(Path(name), manifest, {file: model})


def describe_tensors(model: bytes) -> tuple[dict[str, m.Tensor], dict[str, m.Tensor]]:
    """The manifest's description of a model's inputs and outputs."""
    runner = Interpreter(model_content=model).get_signature_runner("serving_default")

    def describe(detail):
        quantization, type_ = detail["quantization_parameters"], np.dtype(detail["dtype"]).name
        quantized = type_ in INTEGER_RANGE
        return m.Tensor(
            shape=tuple(int(size) for size in detail["shape"]),
            type=type_,
            scale=float(quantization["scales"][0]) if quantized else None,
            zero_point=int(quantization["zero_points"][0]) if quantized else None,
        )

    inputs, outputs = runner.get_input_details(), runner.get_output_details()
    return {n: describe(d) for n, d in inputs.items()}, {n: describe(d) for n, d in outputs.items()}


def inputs_of_goldens(bundle: Bundle) -> list[dict[str, np.ndarray]]:
    """Returns what a bundle's self-test runs `main` on, each once; an empty list where it has none."""
    read = ((case, inputs) for case, inputs in read_goldens(bundle) if case.program == "main")
    return list({tuple(case.inputs.items()): inputs for case, inputs in read}.values())


def example_inputs(bundle: Bundle) -> list[dict[str, np.ndarray]]:
    """Returns the inputs of a bundle's self-test, or some drawn at random where it has none, always the same."""
    manifest, draw = bundle.manifest, np.random.default_rng(0)

    def drawn(name, entry):
        shape = manifest.values[name].shape
        if isinstance(entry, m.ImageInput):
            return draw.integers(0, 256, shape[1:], np.uint8)
        return draw.normal(size=shape).astype(np.float32)

    made = [{name: drawn(name, entry) for name, entry in manifest.inputs.items()} for _ in range(DRAWN_INPUTS)]
    return inputs_of_goldens(bundle) or made
