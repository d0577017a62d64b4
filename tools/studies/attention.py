"""Recurrent attention and its baselines: GARN, HRAM, RAM, and networks that see the whole image (figures 3.5 to 3.8).

FOLDER/NAME_seed_S/            a training
FOLDER/measured/NAME_seed_S.json

Dai, WPI 2022, section 3.4. The thesis prints curves alone; what its text says of them stands beside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

import tflite
from keras_models import datasets, files, seeding, whole_image
from keras_models.functional.batches import in_batches
from keras_models.functional.locations import location_reward
from keras_models.optimizers import OneCycle
from tflite.bundle import places
from tools import console
from tools.pipeline import runs, training
from tools.studies.finished import JUDGED, kept_row, reached

GARN, HRAM, RAM, FC, CNN = "GARN", "HRAM", "RAM", "FC", "CNN"
ADD, COMPARE, REGIONS = "add_mnist", "compare_mnist", "correlated_regions"
FILTERS = (16, 32)  # of the CNN; the thesis has (128, 256), 60 times as much work
SURE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
BATCH = 250
EXAMPLES = 5  # images of which a picture shows the glimpses


@dataclass(frozen=True)
class Member:
    """A network of the study.

    Attributes:
        kind: GARN, HRAM, RAM, FC or CNN.
        task: name.
        images: that it is trained on.
        epochs: passes over them.
        arguments, settings: of the network, and of its stage, over those of the kind.
        note: what sets it apart from others of its kind, task and images.
        start: name of the member whose weights it begins with: it is trained for another cycle.
    """

    kind: str
    task: str = ADD
    images: int = 2_000
    epochs: int = 30
    arguments: Mapping = field(default_factory=dict)
    settings: Mapping = field(default_factory=dict)
    note: str = ""
    start: str = ""

    @property
    def name(self) -> str:
        """Of its files."""
        note = f"_{self.note.replace(' ', '_')}" if self.note else ""
        return f"{self.kind.lower()}_{self.task}_{self.images}{note}"


KINDS = {GARN: ({}, {}), HRAM: ({"cores": 1}, {}), RAM: ({"cores": 1}, {"reward": "correct"})}
EARLY = {"every_glimpse": 0.5}
MEMBERS = (
    Member(GARN),
    Member(GARN, images=20_000, epochs=4, settings=EARLY, note="early"),
    Member(
        GARN,
        images=20_000,
        epochs=5,
        settings=EARLY | {"peak_learning_rate": 1.5e-3},
        note="early again",
        start="garn_add_mnist_20000_early",
    ),
    Member(HRAM),
    Member(RAM),
    Member(GARN, COMPARE),
    Member(HRAM, COMPARE),
    Member(GARN, arguments={"glimpses": 4}, note="4 glimpses"),
    Member(GARN, arguments={"classifier_scales": 3}, note="3 scales"),
    Member(FC),
    Member(CNN, epochs=10),
    Member(GARN, arguments={"classifier_scales": 2}, note="2 scales"),
    Member(RAM, COMPARE),
    Member(FC, COMPARE),
    Member(CNN, COMPARE, epochs=10),
    Member(GARN, REGIONS, arguments={"glimpses": 20}, epochs=10),
    Member(HRAM, REGIONS, arguments={"glimpses": 20}, epochs=10),
    Member(HRAM, images=20_000, epochs=4, settings={"batch_size": 64}),
)


def make(folder: Path, seeds: Sequence[int], only: Sequence[str] = ()) -> Iterator[dict]:
    """Train and measure what is not there yet, in the order of importance; yields a row a network.

    Args:
        folder: of everything that is made.
        seeds: of the trainings.
        only: names of members; none are all.

    Raises:
        UserError: no member has one of these names.
    """
    known = {member.name: member for member in MEMBERS}
    if unknown := set(only) - set(known):
        raise console.UserError(f"expected some of {', '.join(known)}, received {', '.join(sorted(unknown))}")
    for seed in seeds:
        for member in [known[name] for name in only] or MEMBERS:
            console.say(f"{member.name}, seed {seed}")
            yield measured(member, seed, folder)


def finished(folder: Path) -> list[dict]:
    """Rows of what has been measured in a folder, in the order of the members."""
    order = [member.name for member in MEMBERS]
    rows = [places.read_object(file) for file in sorted((folder / "measured").glob("*.json"))]
    return sorted((row for row in rows if row.get("name") in order), key=lambda r: (order.index(r["name"]), r["seed"]))


def measured(member: Member, seed: int, folder: Path) -> dict:
    """What a member reaches on the test images; read back where it was measured, trained where it was not."""

    def measure() -> dict:
        task, place = datasets.get(member.task), folder / f"{member.name}_seed_{seed}"
        seen = attention(member, seed, place, task) if member.kind in KINDS else whole(member, seed, place, task)
        about = {"name": member.name, "kind": member.kind, "task": member.task, "images": member.images, "seed": seed}
        console.say(f"{member.name}: {100 * seen['accuracy']:.2f} %")
        return about | {"note": member.note, "epochs": member.epochs} | seen

    return kept_row(folder / "measured" / f"{member.name}_seed_{seed}.json", measure)


def attention(member: Member, seed: int, folder: Path, task) -> dict:
    """A network that looks, trained, on the test images: see `looked`, and its multiply-adds."""
    arguments, settings = KINDS[member.kind]
    settings = {"epochs": member.epochs, "images": member.images, "validation_images": 200} | settings
    settings |= dict(member.settings)
    preset = "garn_regions" if member.task == REGIONS else "garn_add_2k"
    arguments = arguments | dict(member.arguments)
    start = str(folder.parent / f"{member.start}_seed_{seed}") if member.start else None
    config = training.configure(
        preset, dataset=member.task, arguments=arguments, stages={"looking": settings}, seed=seed, start=start
    )
    run = training.start(config, folder)
    network = runs.load_model(run) if files.is_network(run.model_file) else training.train(run)
    return looked(network, task) | {"macs": network.static_cost()}


def looked(network, task, split: str = JUDGED) -> dict:
    """What a trained network does on a split.

    Returns:
        `accuracy` behind the last glimpse with its `error`, and the `samples`; `reward`, less the mean divergence of
        where it looked from where the regions are; `by_glimpse`: accuracies if it always answers behind the n-th; and
        `sure`: of thresholds on the largest probability [threshold, accuracy, mean glimpses]; `examples`: of the first
        images where it looked behind the first glimpse, what it said behind each, and the label; and the `size` of a
        glimpse in pixels.
    """
    images, labels, _ = task.load(split)

    def see(batch):
        seen = network.look(batch)
        return {name: seen[name] for name in ("logits", "locations")}

    chunks = [in_batches(see, task.normalise(images[i : i + 2_000]), BATCH) for i in range(0, len(images), 2_000)]
    seen = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    right = seen["logits"].argmax(-1) == labels[:, None]
    reward = np.asarray(location_reward(seen["locations"], task.load_marks(split, "centres"), 0.2))
    found = {"by_glimpse": right.mean(axis=0), "sure": [[t, *leaving(seen["logits"], right, t)] for t in SURE]}
    shown = [
        {"locations": places, "answers": said, "label": label}
        for places, said, label in zip(seen["locations"], seen["logits"].argmax(-1), labels[:EXAMPLES])
    ]
    return summary(right[:, -1]) | {"reward": reward.mean()} | found | {"size": network.size, "examples": shown}


def leaving(logits, right, threshold: float) -> tuple[float, float]:
    """Accuracy and mean glimpses of answering behind the first glimpse that is sure enough, else the last.

    Args:
        logits: `[samples, glimpses, classes]`.
        right: bool `[samples, glimpses]`.
        threshold: of the largest probability.
    """
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    sure = shares.max(-1) / shares.sum(-1) >= threshold
    sure[:, -1] = True
    first = sure.argmax(axis=1)
    return float(right[np.arange(len(right)), first].mean()), float(first.mean() + 1)


def summary(right) -> dict:
    """`finished.reached` of answers that are right, bool `[samples]`, and how many `samples` there are."""
    return reached(right) | {"samples": len(right)}


def whole(member: Member, seed: int, folder: Path, task) -> dict:
    """A network that sees the whole image: `summary` of its answers, and its multiply-adds."""
    file = folder / "model.keras"
    if not files.is_network(file):
        seeding.set_random_seed(seed)
        made = {FC: whole_image.fully_connected, CNN: whole_image.convolutional}[member.kind]
        network = made(task.input_shape, task.classes, **({"filters": FILTERS} if member.kind == CNN else {}))
        data = task.dataset(f"train[:{member.images}]", 32, shuffle_seed=seed)
        rate = OneCycle(1e-3, int(data.cardinality()) * member.epochs)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        network.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4), loss, jit_compile=False)
        network.fit(data, epochs=member.epochs, verbose=0)
        folder.mkdir(parents=True, exist_ok=True)
        with files.draft(file) as draft:
            network.save(draft)
    network = keras.models.load_model(file, compile=False)
    images, labels, _ = task.load(JUDGED)
    logits = in_batches(lambda batch: {"logits": network(batch)}, task.normalise(images), BATCH)["logits"]
    return summary(logits.argmax(-1) == labels) | {"macs": float(whole_image.multiply_adds(network))}


def points_of(bundle: tflite.Bundle) -> dict:
    """Name, operating points as they were measured by the conversion, and on how many images."""
    points = [
        {"name": p.name, "accuracy": p.accuracy, "costs": dict(p.costs), "parameters": dict(p.parameters)}
        for p in bundle.manifest.operating_points
    ]
    return {"name": bundle.manifest.name, "points": points, "samples": bundle.manifest.operating_points[0].samples}
