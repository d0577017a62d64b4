"""The static network of a bundle's trunk as a bundle of its own: one part, one operating point, no exits."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np

import tflite
from tflite import goldens
from tflite import manifest as m
from tflite.bundle import write_manifest
from tflite.graph import flatbuffer
from tools import console, rivals
from tools.reporting.samples import Samples

SUFFIX = "_static"  # the app looks for this name beside the chain's
POINT = "static"
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")  # operators whose second input holds weights


def count_macs(content: bytes) -> int:
    """Multiply-adds of one run of a static model: every weight as often as there are places that it is used at.

    Args:
        content: the model's flatbuffer.
    """
    model = flatbuffer.load(content)
    (graph,), macs = model.subgraphs, 0
    for operator in graph.operators:
        if flatbuffer.operator_name(model.operatorCodes[operator.opcodeIndex]) in WEIGHTED:
            weights = flatbuffer.shape(graph.tensors[operator.inputs[1]])
            output = flatbuffer.shape(graph.tensors[operator.outputs[0]])
            macs += math.prod(weights) * math.prod(output[:-1])
    return macs


def static_manifest(
    bundle: tflite.Bundle, static: tflite.Bundle, macs: float, accuracy: float, samples: int, checks: m.Goldens | None
) -> m.Manifest:
    """The manifest of the static network: one part, one operating point; the name says whose it is.

    Args:
        bundle: the chain's.
        static: the static network's, as it was linked.
        macs: multiply-adds of a run.
        accuracy: 0..1, on so many samples.
        samples: how many.
        checks: entry of the self-test; None where it has none.
    """
    (name, part), costs = next(iter(static.manifest.parts.items())), {"macs": float(macs)}
    point = m.OperatingPoint(name=POINT, parameters={}, accuracy=accuracy, costs=costs, samples=samples)
    return msgspec.structs.replace(
        static.manifest,
        name=bundle.manifest.name + SUFFIX,
        parts={name: msgspec.structs.replace(part, costs=costs)},
        operating_points=(point,),
        default_operating_point=POINT,
        goldens=checks,
    )


def golden_images(bundle: tflite.Bundle) -> list[np.ndarray]:
    """The pictures of a bundle's self-test; none where it has no self-test."""
    entry = bundle.manifest.goldens
    if entry is None:
        return []
    index = goldens.read_index(bundle.read(entry.index.file), entry.index.file)
    return goldens.read_images(index, bundle.read(entry.images.file), entry)


def write(bundle: tflite.Bundle, data: Samples, folder: str | Path) -> dict:
    """Writes the static network of a bundle into a folder.

    Args:
        bundle: the chain's.
        data: images on which its accuracy is measured.
        folder: an empty folder.

    Returns:
        {"name", "accuracy", "samples", "macs", "bytes"}.

    Raises:
        UserError: the program branches, repeats or crops, so that no static network equals it.
    """
    static = rivals.static_bundle(bundle)
    ((file, model),) = ((part.file, static.read(part.file)) for part in static.manifest.parts.values())
    folder = Path(folder)
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_bytes(model)
    macs = count_macs(model)
    write_manifest(folder, static_manifest(bundle, static, macs, 0.0, len(data), None))
    chain = tflite.Chain(tflite.Bundle.load(folder))
    labels = [chain.run(image).label for image in console.progress(data.images, "measuring the accuracy")]
    accuracy = float(np.mean(np.array(labels) == data.labels))
    images = golden_images(bundle)
    checks = goldens.write_goldens(chain, folder, images) if images else None
    write_manifest(folder, static_manifest(bundle, static, macs, accuracy, len(data), checks))
    console.write_text(folder / "MODEL_CARD.md", _card(bundle.manifest.name, data, accuracy, macs))
    name = bundle.manifest.name + SUFFIX
    return {"name": name, "accuracy": accuracy, "samples": len(data), "macs": macs, "bytes": len(model)}


def _card(name: str, data: Samples, accuracy: float, macs: int) -> str:
    """What people are told of the static network of a bundle."""
    return (
        f"# {name}{SUFFIX}\n\nAll parts of `{name}` linked to one network without exits: what its chain is compared "
        f"with.\n\n- {accuracy:.2%} of {len(data):,} images of {data.task}:{data.split} right\n"
        f"- {macs:,} multiply-adds for every image\n"
    )
