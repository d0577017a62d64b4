"""A finished network as one whose classes are means of its features, so that a device may add to them.

The features of a picture are a value of the network's program, pooled over the picture, less the mean over the pictures
of the classes that are known, and of the length 1; a class is the mean of those of its pictures, of the length 1 too,
and the picture is of the class at the smallest angle (Wang et al., "SimpleShot", arXiv 1911.04623, 2019, there CL2N;
Snell et al., "Prototypical Networks", NeurIPS 2017, have the mean as the class). Nothing is trained.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from tflite.baselines import describe_tensors, part_model, with_program
from tflite.bundle import Bundle, file_entry, write_manifest
from tflite.bundle import manifest as m
from tflite.bundle.declare import declare_values
from tflite.bundle.goldens import write_goldens
from tflite.bundle.samples import write_samples
from tflite.conversion.export import export_unit
from tflite.runtime.chain import Chain
from tools.console import UserError

SHARPNESS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)  # by which cosines become logits; of these the likeliest
BEHIND = 100.0  # what a place loses that has no row
TABLE, CONTENT = "classes", "tables/classes.bin"


def steps_to(manifest: m.Manifest, value: str | None) -> tuple[str, tuple]:
    """The value, and the fills and runs of `main` that lead to it without a decision.

    Args:
        manifest: of the bundle.
        value: of rank 4, which a part writes; None is the first one.

    Raises:
        UserError: no part writes such a value before the first decision that is none of leaving early.
    """
    steps, found = [], []
    for step in manifest.programs["main"]:
        if isinstance(step, m.Fill) or (isinstance(step, m.Run) and step.on == "local"):
            steps.append(step)
        elif not isinstance(step, m.Exit):
            break
        written = step.outputs.values() if isinstance(step, m.Run) and step in steps else ()
        features = [name for name in written if len(manifest.values[name].shape) == 4]
        found += features
        if features and value in (None, *features):
            return value or features[0], tuple(steps)
    known = ", ".join(found) or "none"
    raise UserError(f"expected features of the way that everything is run ({known}), received {value}")


def pooled(bundle: Bundle, value: str, steps: Sequence, images) -> np.ndarray:
    """The value of each image, its mean over rows and columns: float32 `[images, channels]`."""
    outputs = {**bundle.manifest.outputs, value: m.VectorOutput()}
    seen = dataclasses.replace(bundle, manifest=msgspec.structs.replace(bundle.manifest, outputs=outputs))
    chain = Chain(with_program(seen, [*steps, m.Answer(name="seen", gives={value: value})]), warm_up=False)
    return np.stack([chain.run(image).outputs[value].numbers[0].mean((0, 1)) for image in images])


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of the length 1; one of zeros stays."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6)


def class_means(features: np.ndarray, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the features, `[channels]`, and of each class the mean direction from there, `[classes, channels]`.

    Raises:
        UserError: there is no picture of a class.
    """
    if missing := sorted(set(range(count)) - set(labels.tolist())):
        raise UserError(f"expected pictures of every class, received none of class {missing[0]}")
    middle = features.mean(0)
    directions = unit(features - middle)
    return middle, unit(np.stack([directions[labels == c].mean(0) for c in range(count)]))


def likeliest(cosines: np.ndarray, labels: np.ndarray) -> float:
    """The sharpness at which the softmax of the cosines, `[images, classes]`, tells the labels best."""

    def loss(sharpness):
        logits = sharpness * cosines
        return np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels])

    return min(SHARPNESS, key=loss)


def models(shape: Sequence[int], capacity: int, middle: np.ndarray, sharpness: float) -> dict:
    """`embed`: features `[h, w, c]` as a row `[c]`; `compare`: a row and those of the table as scores of its places."""
    import keras
    from keras import ops

    features, row = keras.Input(tuple(shape), name="features"), keras.Input((shape[-1],), name="row")
    apart = ops.mean(features, axis=(1, 2)) - middle.astype(np.float32)
    made = apart * ops.rsqrt(ops.sum(ops.square(apart), axis=1, keepdims=True) + 1e-12)
    rows, known = keras.Input((capacity, shape[-1]), name="rows"), keras.Input((1,), name="known")
    cosines = ops.sum(rows * ops.expand_dims(row, 1), axis=2)
    behind = ops.relu(ops.subtract(np.arange(1, capacity + 1, dtype=np.float32)[None], known))
    scores = float(sharpness) * cosines - BEHIND * behind
    return {
        "embed": keras.Model({"features": features}, {"row": made}),
        "compare": keras.Model({"row": row, "rows": rows, "known": known}, {"scores": scores}),
    }


def _parts(bundle: Bundle, folder: Path, steps, made: dict, macs: dict) -> dict[str, m.Part]:
    """The parts that lead to the features, as they are, and the two of this module; only multiply-adds are told."""
    contents = {step.part: part_model(bundle, step.part) for step in steps if isinstance(step, m.Run)}
    contents |= {name: export_unit(model, name) for name, model in made.items()}
    (folder / "parts").mkdir(parents=True)
    parts = {}
    for name, content in contents.items():
        file = f"parts/{name}.tflite"
        (folder / file).write_bytes(content)
        place = msgspec.structs.asdict(file_entry(folder, file))
        if name in made:
            inputs, outputs = describe_tensors(content)
            parts[name] = m.Part(**place, inputs=inputs, outputs=outputs, costs={"macs": float(macs[name])})
        else:
            own = bundle.manifest.parts[name]
            parts[name] = msgspec.structs.replace(own, **place, costs={"macs": own.costs["macs"]})
    return parts


def _programs(steps, value: str) -> dict[str, tuple]:
    embed = m.Run(part="embed", inputs={"features": value}, outputs={"row": "seen"})
    compare = {"row": "seen", "rows": TABLE, "known": "known"}
    scored = m.Run(part="compare", inputs=compare, outputs={"scores": "scores"})
    return {
        "main": (*steps, embed, scored, m.Answer(name="nearest", gives={"label": "scores"})),
        "teach": (*steps, embed, m.Answer(name="row", gives={"row": "seen"})),
    }


def _parameters(manifest: m.Manifest, steps) -> dict[str, m.Parameter]:
    """Those that the steps read."""
    read = [step.content for step in steps if isinstance(step, m.Fill)]
    names = sorted({content.parameter for content in read if isinstance(content, m.ParameterReference)})
    return {name: manifest.parameters[name] for name in names}


@dataclasses.dataclass(frozen=True)
class Means:
    """What the classes are.

    Attributes:
        labels: of the classes.
        rows: of `class_means`, `[classes, channels]`.
        middle: of all features, `[channels]`.
        sharpness: of `likeliest`.
        capacity: how many classes there may be.
    """

    labels: tuple[str, ...]
    rows: np.ndarray
    middle: np.ndarray
    sharpness: float
    capacity: int


def write(bundle: Bundle, folder: Path, name: str, value: str, steps: Sequence, means: Means) -> Bundle:
    """Writes the bundle into an empty folder, without what is measured of it.

    Args:
        bundle: of the network.
        folder: an empty one.
        name: of the new bundle.
        value, steps: of `steps_to`.
        means: what the classes are.
    """
    shape = bundle.manifest.values[value].shape[1:]
    macs = {"embed": int(np.prod(shape)) + 2 * shape[-1], "compare": means.capacity * (shape[-1] + 1)}
    made = models(shape, means.capacity, means.middle, means.sharpness)
    parts, programs = _parts(bundle, folder, steps, made, macs), _programs(steps, value)
    (folder / "tables").mkdir()
    (folder / CONTENT).write_bytes(means.rows.astype("<f4").tobytes())
    entry = file_entry(folder, CONTENT)
    given = {n: bundle.manifest.values[n].shape for n in bundle.manifest.inputs}
    given |= {TABLE: (1, means.capacity, shape[-1]), "known": (1, 1)}
    cost = sum(part.costs["macs"] for part in parts.values())
    manifest = m.Manifest(
        name=name,
        inputs=bundle.manifest.inputs,
        values=declare_values(programs, parts, given),
        outputs={"label": m.LabelsOutput(table=TABLE), "row": m.RowOutput(table=TABLE, combine="unit")},
        parts=parts,
        tables={TABLE: m.Table(rows=TABLE, count="known", labels=means.labels, content=entry)},
        parameters=_parameters(bundle.manifest, steps),
        programs=programs,
        operating_points=(m.OperatingPoint(name="full", parameters={}, accuracy=0, costs={"macs": cost}, samples=0),),
        default_operating_point="full",
        goldens=None,
        provenance={key: of for key, of in bundle.manifest.provenance.items() if key in ("dataset", "quantize")},
    )
    write_manifest(folder, manifest)
    return Bundle.load(folder)


def finish(folder: Path, accuracy: float, count: int, shown, labels, provenance: dict, words: dict) -> m.Manifest:
    """Writes what was measured, a self-test and some samples into the bundle.

    Args:
        folder: of the bundle.
        accuracy: of its answers, on `count` pictures.
        shown, labels: the samples, uint8 `[n, height, width, channels]`, and their classes; the first four are tested.
        provenance: what made it.
        words: title and question, for people.
    """
    manifest = Bundle.load(folder).manifest
    (point,) = manifest.operating_points
    manifest = msgspec.structs.replace(
        manifest,
        operating_points=(msgspec.structs.replace(point, accuracy=accuracy, samples=count),),
        provenance=manifest.provenance | provenance,
        samples=write_samples(folder, shown, labels),
        **words,
    )
    write_manifest(folder, manifest)
    tested = list(shown[:4])
    goldens = write_goldens(Chain(Bundle.load(folder), warm_up=False), folder, tested, others={"teach": tested[:2]})
    manifest = msgspec.structs.replace(manifest, goldens=goldens)
    write_manifest(folder, manifest)
    return manifest
