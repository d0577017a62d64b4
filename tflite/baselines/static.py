"""The static network of a bundle: its parts linked to one model without exits, in memory or as a bundle on disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from ..bundle import Bundle, goldens, write_manifest
from ..bundle import manifest as m
from ..bundle.queries import answers
from ..errors import FrugalError
from ..graph import flatbuffer
from ..graph.link import link
from ..runtime.chain import Chain
from .bundles import check_no_tables, inputs_of_goldens, with_one_part
from .full_way import full_way
from .linear import answered, is_linear, linearize, needed_values

POINT = "static"
# What a chain is compared with is called the same in every report.
STATIC, FULL_DEPTH = "static network", "chain, full depth"
SMALLER = "smaller static network"
CUT = "static, cut short at "  # and the name of an exit
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")  # operators whose second input holds weights


def static_bundle(bundle: Bundle, exit_name: str | None = None) -> Bundle:
    """Links all parts to one static model of the last answer, or those up to an exit to one of that exit's answer.

    Of a program that branches the parts are those of the way at full depth.

    Raises:
        BaselineError: no static network equals the program.
    """
    check_no_tables(bundle)
    linear = linearize(bundle) if is_linear(bundle) else full_way(bundle)
    names = [end.name for _, end in linear.stages]
    stages = linear.stages[: names.index(exit_name) + 1 if exit_name else None]
    units = [unit for units, _ in stages for unit in units]
    output, value = answered(stages[-1][1])
    inputs = needed_values(units, {value}) & set(linear.given)
    model = link(units, {name: name for name in linear.given if name in inputs}, {"answer": value})
    run = m.Run(part="static", inputs={name: name for name in inputs}, outputs={"answer": "answer"})
    end = m.Answer(name="answer", gives={output: "answer"})
    return with_one_part(bundle, "static", model, (*linear.fills_of(inputs), run, end))


def count_macs(content: bytes) -> int:
    """Counts the multiply-adds of one run of a static model: each weight times the output positions it is used at."""
    model = flatbuffer.load(content)
    (graph,), macs = model.subgraphs, 0
    for operator in graph.operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in WEIGHTED:
            weights = flatbuffer.shape(graph.tensors[operator.inputs[1]])
            output = flatbuffer.shape(graph.tensors[operator.outputs[0]])
            macs += math.prod(weights) * math.prod(output[:-1])
    return macs


def write_static_bundle(
    bundle: Bundle,
    folder: str | Path,
    name: str,
    images: Iterable[np.ndarray],
    labels: Sequence[int],
    tested: Bundle | None = None,
    exit_name: str | None = None,
) -> m.Manifest:
    """Writes the static network of a bundle as a bundle of its own: one part, one operating point.

    Its multiply-adds are counted in the linked model, its accuracy is measured here.

    Args:
        bundle: the chain's bundle.
        folder: an empty folder.
        name: of the new bundle.
        images: uint8 images on which the accuracy is measured.
        labels: their class indices.
        tested: the bundle whose self-test's inputs its own has; by default the bundle itself.
        exit_name: where the network is cut short; None for the whole.

    Returns:
        The manifest written.

    Raises:
        BaselineError: no static network equals the program.
    """
    static = static_bundle(bundle, exit_name)
    ((file, model),) = ((part.file, static.read(part.file)) for part in static.manifest.parts.values())
    folder = Path(folder)
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_bytes(model)
    kind = STATIC if exit_name is None else SMALLER
    manifest = _static_manifest(static.manifest, name, count_macs(model), len(labels), kind)
    write_manifest(folder, manifest)
    chain = Chain(Bundle.load(folder))
    said = [chain.run(image).label for image in images]
    accuracy = float(np.mean(np.array(said) == np.asarray(labels)))
    tests = inputs_of_goldens(tested or bundle)
    manifest = msgspec.structs.replace(
        manifest,
        operating_points=(msgspec.structs.replace(manifest.operating_points[0], accuracy=accuracy),),
        goldens=goldens.write_goldens(chain, folder, tests) if tests else None,
    )
    write_manifest(folder, manifest)
    return manifest


def _static_manifest(manifest: m.Manifest, name: str, macs: int, samples: int, kind: str) -> m.Manifest:
    """The manifest of a static network with its own multiply-adds and one operating point, not yet measured."""
    (part_name, part), costs = next(iter(manifest.parts.items())), {"macs": float(macs)}
    return msgspec.structs.replace(
        manifest,
        name=name,
        title=f"{manifest.title[: 78 - len(kind)]}, {kind}" if manifest.title else manifest.title,
        parts={part_name: msgspec.structs.replace(part, costs=costs)},
        operating_points=(m.OperatingPoint(name=POINT, parameters={}, accuracy=0.0, costs=costs, samples=samples),),
        default_operating_point=POINT,
    )


def static_shapes(bundle: Bundle, cuts: bool = True) -> dict[str, Callable[[], Bundle]]:
    """The static network, and with `cuts` those that are cut short at an exit: name -> function that makes it."""
    names = answers(bundle.manifest.programs["main"])[:-1] if cuts and is_linear(bundle) else ()
    return {STATIC: partial(static_bundle, bundle)} | {f"{CUT}{n}": partial(static_bundle, bundle, n) for n in names}


def attempt(makers: Mapping[str, Callable]) -> tuple[dict, dict[str, str]]:
    """What each function makes, and of those that cannot why: ({name: made}, {name: sentence})."""
    made, missing = {}, {}
    for name, make in makers.items():
        try:
            made[name] = make()
        except FrugalError as error:
            missing[name] = " ".join(str(error).split())
    return made, missing
