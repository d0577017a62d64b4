"""The static frontier of a preset: networks of its trunk trained alone, converted alike, and what each reaches.

FOLDER/presets/NAME.json       a network and its recipe, as `tools/train.py` takes it too
FOLDER/runs/NAME_seed_S/       its training
FOLDER/bundles/NAME_seed_S/    as int8, by the converter of every chain: what `tools/benchmark.py --against` times
FOLDER/measured/NAME_seed_S.json
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import tflite
from keras_models import datasets, presets
from keras_models.functional import evaluation
from keras_models.policies import names
from keras_models.presets import twins
from tflite import baselines
from tflite.bundle import places, replacing
from tflite.conversion.table import Table
from tools import console, machine, native
from tools.phone import laboratory, models
from tools.pipeline import conversion, runs, training
from tools.pipeline.options import ConversionOptions
from tools.studies.finished import JUDGED, trained
from tools.studies.pages import accuracy, page


@dataclass(frozen=True)
class Frontier:
    """What static networks are to be made.

    Attributes:
        preset: of the dynamic network; a name or a JSON file.
        folder: of everything that is made.
        values: axis of `twins.AXES` -> its values, in the place of the usual ones.
        seeds: of the trainings of each network.
        epochs: of each, in the place of the preset's.
        start: a run whose first stage's weights each begins with.
        again: whether what is converted and evaluated already is so again.
    """

    preset: str
    folder: Path
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)
    seeds: Sequence[int] = (0,)
    epochs: int | None = None
    start: str | None = None
    again: bool = False


def make(wanted: Frontier) -> list[dict]:
    """Train, convert and evaluate what is not there yet, the smallest network first; rows of `measured`."""
    networks = twins.static_twins(wanted.preset, wanted.values, wanted.epochs)
    members, rows = [(name, seed) for name in networks for seed in wanted.seeds], []
    for number, (name, seed) in enumerate(members, 1):
        console.say(f"{number} of {len(members)}: {name}, seed {seed}")
        file = wanted.folder / "presets" / f"{name}.json"
        if not file.exists() or presets.read(file) != console.plain(networks[name]):
            console.write_text(file, console.as_json(networks[name]))
        run = trained(
            training.configure(str(file), seed=seed, start=wanted.start), wanted.folder / "runs" / f"{name}_seed_{seed}"
        )
        bundle = converted(run, wanted.folder / "bundles" / run.folder.name, wanted.again)
        rows.append(measured(bundle, wanted.folder / "measured" / f"{run.folder.name}.json", wanted.again))
        console.say(", ".join((accuracy(rows[-1]), f"{console.count(rows[-1]['macs'])} multiply-adds")))
    return rows


def converted(run: runs.Run, folder: Path, again: bool) -> tflite.Bundle:
    """The int8 bundle of a run's reference program, made if it is not there, or once more."""
    if again or not (folder / "manifest.json").exists():
        places.check_new(folder, again, run.folder)
        with replacing.folder_in_place(folder, again, run.folder) as draft, native.quiet():
            conversion.convert(run, ConversionOptions(policy=names.STATIC), draft)
    return tflite.Bundle.load(folder)


def measured(bundle: tflite.Bundle, file: Path, again: bool) -> dict:
    """What a static network reaches on all test images, and costs; read back where the same parts were measured.

    Returns:
        {"name", "seed", "dataset", "samples", "accuracy", "standard_error", "macs", "arm64_instructions": None where
        they cannot be counted, "parts": SHA-256 of each}.
    """
    parts = {name: part.sha256 for name, part in bundle.manifest.parts.items()}
    row = {} if again else places.read_object(file)
    with native.quiet():
        static = baselines.static_bundle(bundle)
    (part,) = static.manifest.parts.values()
    model = static.read(part.file)
    if row.get("parts") != parts:
        row = evaluated(static) | {"macs": baselines.count_macs(model), models.UNIT: None, "parts": parts}
        row = {"name": bundle.path.name, "seed": bundle.manifest.provenance["training"]["seed"]} | row
    if row[models.UNIT] is None and not laboratory.missing():
        row[models.UNIT] = models.count({"static": model})["static"]
    console.write_text(file, console.as_json(row))
    return row


def evaluated(static: tflite.Bundle) -> dict:
    """Accuracy of a bundle of one part on all test images of its task."""
    task = datasets.get(static.manifest.provenance["dataset"])
    images, labels, _ = task.load(JUDGED)
    with native.quiet():
        chain = tflite.Chain(static)
    right = np.array([chain.run(image).label for image in console.progress(images, "test images")]) == labels
    row = {"dataset": task.name, "samples": len(labels), "accuracy": float(right.mean())}
    pairs = evaluation.source_pairs(task.sources(JUDGED))
    return row | {"standard_error": evaluation.standard_error(right, pairs)}


def table(rows: Sequence[dict]) -> Table:
    """What `make` gives, a row a network."""
    cells = [[row["name"], accuracy(row), counted(row[models.UNIT]), console.count(row["macs"])] for row in rows]
    return Table(["static network", "accuracy % (error)", "arm64 instructions", "multiply-adds"], cells, "lrrr")


def counted(number: float | None) -> str:
    """A number of operations; nothing where it is not known."""
    return "" if number is None else console.count(number)


def text(wanted: Frontier, rows: Sequence[dict], command: str) -> str:
    """The networks and what they reach, as Markdown."""
    dataset, samples = rows[0]["dataset"], rows[0]["samples"]
    how = (
        f"int8, {samples:,} images of {dataset}:{JUDGED}; networks of the trunk of `{wanted.preset}` with one answer, "
        "trained alone with its recipe. Latencies: `python tools/benchmark.py BUNDLE --against FOLDER`."
    )
    return page([f"# Static networks: {dataset}", how, table(rows).markdown(), *machine.foot(command)])
