"""A network in the cloud that is trained again on images as they come through a JPEG encoder, and kept in its run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from keras_models import presets, seeding
from keras_models.datasets import jpeg
from keras_models.functional.batches import in_batches
from tools import console
from tools.pipeline import observed, runs
from tools.studies.finished import kept_arrays

STATISTICS = 2_000  # training images of which DeepN-JPEG makes its table
# Name -> (whether the table is DeepN-JPEG's own, quality): those of the thesis.
QUALITIES = {
    "JPEG 50": (False, 50),
    "JPEG 0.5": (False, 0.5),
    "DeepN-JPEG 50": (True, 50),
    "DeepN-JPEG 0.15": (True, 0.15),
}


@dataclass(frozen=True)
class Retraining:
    """How the network is trained again: from where it is, on so many training images, so often.

    Attributes:
        images, epochs: of them.
        rate: peak of the learning rate.
    """

    images: int = 4_000
    epochs: int = 1
    rate: float = 0.005

    def words(self) -> str:
        """For people."""
        return f"again, from the one on originals: {self.epochs} x {self.images:,} images"


def tables(task) -> dict[str, np.ndarray]:
    """The quantization tables of `QUALITIES` for a task of grey images: name -> int `[8, 8]`."""
    own = jpeg.deepn_table(task.load(f"train[:{STATISTICS}]")[0][..., 0])
    return {name: jpeg.scaled(own if deep else jpeg.STANDARD, quality) for name, (deep, quality) in QUALITIES.items()}


def answers(network, task, images: np.ndarray) -> np.ndarray:
    """Logits of uint8 images `[n, h, w, c]`: `[n, answers, classes]`."""
    found = [
        in_batches(lambda some: {"logits": network(some)}, task.normalise(images[at : at + 1024]))["logits"]
        for at in range(0, len(images), 1024)
    ]
    return np.concatenate(found)


def retrained(run: runs.Run, network, task, name: str, table: np.ndarray, how: Retraining):
    """The network of a run, trained again on images through that table; RUN/compressed/ keeps what has ended.

    Args:
        run, network: as it is trained on originals.
        task: of both.
        name: of the table, for people.
        table: int `[8, 8]`.
        how: as asked.
    """
    asked = [table.tolist(), how.images, how.epochs, how.rate, observed.digest(network, ())]
    number = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
    file = run.folder / "compressed" / f"{number}.npz"
    own = presets.build(run.config, task.input_shape, task.classes)

    def train() -> dict:
        own.set_weights(network.get_weights())
        _fit(own, run, task, name, table, how)
        file.parent.mkdir(exist_ok=True)
        return {f"weight_{i}": np.array(weight) for i, weight in enumerate(own.get_weights())}

    known = kept_arrays(file, train)
    own.set_weights([known[f"weight_{i}"] for i in range(len(own.weights))])
    return own


def _fit(network, run: runs.Run, task, name: str, table, how: Retraining) -> None:
    images, labels, _ = task.load(f"train[:{how.images}]")
    console.say(f"training again on {len(images):,} images through {name}")
    decoded, _ = jpeg.round_trip(images[..., 0], table)
    settings = dict(run.config["stages"]["classifier"]) | {"peak_learning_rate": how.rate, "epochs": how.epochs}
    seeding.set_random_seed(run.config["seed"])
    (stage,) = network.stages({"classifier": settings})
    size = settings["batch_size"]
    model = stage.prepare(how.epochs * -(-len(images) // size), None)
    model.fit(task.normalise(decoded[..., None]), labels, batch_size=size, epochs=how.epochs, verbose=0)
