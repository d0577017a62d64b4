"""What a phone computes and sends of an image, and how right the answer is: CiNets beside the ways that there were.

Dai, WPI 2022, chapter 2: networks on the phone alone (a ladder), a network in the cloud on whole images, on images that
were compressed (JPEG, DeepN-JPEG), and a network that is cut in two behind a layer (model partition). Cost on the phone
is the multiplications of its convolutions, the count that the thesis prints; all of them are told beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keras_models.datasets import jpeg
from keras_models.functional.batches import in_batches
from keras_models.presets import cnn as ladder_presets
from tflite.bundle import Bundle
from tools import console
from tools.pipeline import runs
from tools.studies import compressed
from tools.studies.compressed import Retraining
from tools.studies.finished import FinishedRuns, reached

CINET, CNN = "cinet", "cnn"
PICTURES = 12  # of crops
# Of the thesis: table, rows of the ladder, in the cloud ("original", "JPEG 50", ..) and CiNet: accuracy %, sent values.
PRINTED = {
    "transformed_mnist": {
        "table": "2.3",
        "ladder": {name: accuracy for name, (_, accuracy) in ladder_presets.DIGITS.items()},
        "cloud": {
            "original": (96.20, 10000),
            "JPEG 50": (95.79, 1343),
            "JPEG 0.5": (40.15, 116),
            "DeepN-JPEG 50": (96.07, 1298),
            "DeepN-JPEG 0.15": (42.20, 119),
        },
        "cinet": (93.74, 100),
    },
    "transformed_fashion": {
        "table": "2.4",
        "ladder": {name: accuracy for name, (_, accuracy) in ladder_presets.GARMENTS.items()},
        "cloud": {
            "original": (82.54, 10000),
            "JPEG 50": (82.13, 547),
            "JPEG 0.5": (78.58, 131),
            "DeepN-JPEG 50": (79.97, 509),
            "DeepN-JPEG 0.15": (77.75, 152),
        },
        "cinet": (82.29, 100),
    },
}


@dataclass(frozen=True)
class Uploads(FinishedRuns):
    """Runs of one task, looked at together.

    Attributes:
        cinets: the one that the tables show, and others that differ in the piece's size or the penalty.
        ladder: plain networks; the one of the most multiplications is in the cloud.
        retraining: of the cloud's network on compressed images.
        bundles: conversions of the first CiNet.
        images: at most so many test images; None for all.
    """

    cinets: Sequence[runs.Run]
    ladder: Sequence[runs.Run]
    retraining: Retraining = Retraining()
    bundles: Sequence[Bundle] = ()
    images: int | None = None

    def __post_init__(self):
        for family, some in ((CINET, self.cinets), (CNN, self.ladder)):
            for run in some:
                if (run.config["family"], run.config["task"]) != (family, self.cinets[0].config["task"]):
                    raise console.UserError(
                        f"expected a run of the family {family} on {self.cinets[0].config['task']}, received "
                        f"{run.folder} of {run.config['family']} on {run.config['task']}"
                    )

    @property
    def every(self) -> tuple[runs.Run, ...]:
        """All runs."""
        return (*self.cinets, *self.ladder)

    @cached_property
    def sorted_ladder(self) -> list[tuple[runs.Run, object]]:
        """Runs of the ladder with their networks, the most expensive first."""
        found = [(run, self.network(run)) for run in self.ladder]
        return sorted(found, key=lambda pair: -convolution_macs(pair[1]))

    @property
    def printed(self) -> dict:
        """What the thesis prints of the task; empty where it has none."""
        return PRINTED.get(self.task.name, {"table": None, "ladder": {}, "cloud": {}, "cinet": None})


def convolution_macs(network) -> int:
    """Multiplications of the convolutions that the phone runs on the way to the answer."""
    steps = [step for step in network.reference() if step["op"] == "run" and step.get("on") != "remote"]
    return sum(network.part_costs[step["part"]].conv_macs for step in steps)


def device_macs(network) -> float:
    """All multiplications on the phone: convolutions, Dense layers and the crop."""
    return network.static_cost()


def right(logits: np.ndarray, labels: np.ndarray) -> dict:
    """Accuracy of logits `[n, 1, classes]` and its standard error."""
    return reached(logits[:, -1].argmax(-1) == labels)


def trained_as(run: runs.Run) -> str:
    """A run's training in a few words."""
    (settings,) = run.config["stages"].values()
    return f"{settings['epochs']} epochs, seed {run.config['seed']}"


def method(stage: dict) -> str:
    """How where to look was learned, in a few words, from the settings of a CiNet's stage."""
    if stage["method"] != "backpropagation":
        return stage["method"]
    amounts = [f"{name} {stage[name]:g}" for name in ("scattered", "jitter") if stage.get(name)]
    return ", ".join([f"{stage.get('gradient', 'bilinear')} gradient", *amounts])


def title(run: runs.Run) -> str:
    """What the thesis calls a network of the ladder, by its preset."""
    return run.config["preset"].partition("_")[0]


def ladder(study: Uploads) -> list[dict]:
    """A row a network on the phone, the most expensive first."""
    images, labels = study.judged
    rows = []
    for run, network in study.sorted_ladder:
        console.say(f"{title(run)} on {len(labels):,} images")
        seen = compressed.answers(network, study.task, images)
        costs = {"conv_macs": convolution_macs(network), "macs": device_macs(network)}
        own = {"name": title(run), "trained": trained_as(run), "printed": study.printed["ladder"].get(title(run))}
        rows.append(own | right(seen, labels) | costs | {"filters": list(network.filters)})
    return rows


def cloud(study: Uploads) -> list[dict]:
    """A row for each way in which whole images come to the cloud: as they are, or compressed."""
    run, network = study.sorted_ladder[0]
    images, labels = study.judged
    size = int(np.prod(images.shape[1:]))
    seen = compressed.answers(network, study.task, images)
    rows = [{"name": "original", "values": size, "bytes": size, "trained": trained_as(run)} | right(seen, labels)]
    for name, table in compressed.tables(study.task).items():
        console.say(f"{title(run)} on images through {name}")
        decoded, sizes = jpeg.round_trip(images[..., 0], table)
        own = compressed.retrained(run, network, study.task, name, table, study.retraining)
        found = right(compressed.answers(own, study.task, decoded[..., None]), labels)
        sent = {"values": float(jpeg.values_sent(images[..., 0], table).mean()), "bytes": float(sizes.mean())}
        rows.append({"name": name, "trained": study.retraining.words()} | sent | found)
    return [row | {"printed": study.printed["cloud"].get(row["name"])} for row in rows]


def partition(study: Uploads) -> list[dict]:
    """A row a layer behind which the cloud's network may be cut: what the phone does, and what it sends."""
    _, network = study.sorted_ladder[0]
    images = study.task.normalise(study.judged[0][:256])
    parts, spent, rows, x = network.parts(), np.zeros(2), [], images
    for name in network.layer_names:
        made = in_batches(lambda some, model=parts[name].model: model({"x": some}), x, 64)
        cost, x = network.part_costs[name], made["y"]
        spent += (cost.conv_macs, cost.macs)
        nonzero = float(np.count_nonzero(x, axis=tuple(range(1, x.ndim))).mean())
        costs = {"conv_macs": float(spent[0]), "macs": float(spent[1])}
        rows.append({"name": f"cut behind {name}", "values": int(np.prod(x.shape[1:])), "nonzero": nonzero} | costs)
    return rows


def cinets(study: Uploads) -> list[dict]:
    """A row a CiNet: with the cloud and without, what it costs and sends, and on images that it was trained on."""
    images, labels = study.judged
    known, known_labels, _ = study.task.load(f"train[:{len(images)}]")
    rows = []
    for run in study.cinets:
        console.say(f"{run.folder.name} on {len(labels):,} images")
        network = study.network(run)
        seen, before = (network.seen(study.task.normalise(some)) for some in (images, known))
        alone, trained = right(seen["local"], labels), right(before["logits"], known_labels)
        (stage,) = run.config["stages"].values()
        rows.append(
            {
                "name": run.folder.name,
                "trained": trained_as(run),
                "crop": network.size[0],
                "scale_penalty": stage["scale_penalty"],
                "method": method(stage),
                "conv_macs": convolution_macs(network),
                "macs": device_macs(network),
                "local_macs": network.part_macs["local"],
                "values": int(np.prod(network.size)) * images.shape[-1],
                "alone": alone["accuracy"],
                "train_accuracy": trained["accuracy"],
                "theta": {"mean": seen["theta"].mean(0).tolist(), "deviation": seen["theta"].std(0).tolist()},
                "printed": study.printed["cinet"] if run is study.cinets[0] else None,
            }
            | right(seen["logits"], labels)
        )
    return rows


def converted(study: Uploads) -> list[dict]:
    """A row a bundle of the first CiNet: in int8, the piece sent as bytes, with its server half and alone."""
    from tools.studies.uploads_bundles import judge

    images, labels = study.judged
    return [judge(bundle, images, labels) for bundle in study.bundles]


def compute(study: Uploads) -> dict:
    """Everything that the page shows, as plain data."""
    run, _ = study.sorted_ladder[0]
    found = {"task": study.task.name, "samples": len(study.judged[1]), "cloud_network": title(run)}
    found |= {"table": study.printed["table"], "ladder": ladder(study), "cloud": cloud(study)}
    found |= {"cinets": cinets(study), "partition": partition(study), "converted": converted(study)}
    return found | {"examples": examples(study)}


def examples(study: Uploads) -> list[dict]:
    """Where the first CiNet looks on the first test images: label, answer, theta."""
    images, labels = (some[:PICTURES] for some in study.judged)
    seen = study.network(study.cinets[0]).seen(study.task.normalise(images))
    answers = seen["logits"][:, 0].argmax(-1)
    names = study.task.labels
    return [
        {"row": row, "label": names[label], "answer": names[answer], "theta": theta.tolist()}
        for row, (label, answer, theta) in enumerate(zip(labels, answers, seen["theta"], strict=True))
    ]
