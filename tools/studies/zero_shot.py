"""TAFE-Net on pairs of colour and kind beside discriminative baselines, all on the same features of a frozen trunk.

What is chosen of a method (a regulariser, a rate, the handicap of seen pairs) is chosen on validation pictures, whose
new pairs are others than those of the test. Everything that has been computed is kept, and is not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from keras_models import datasets, files, presets, seeding
from keras_models.functional import compatibility, zero_shot
from keras_models.policies import describing
from keras_models.presets import tafe
from tools import console
from tools.studies.few_shot import few_shot
from tools.studies.finished import kept_row

PRESET = "tafe_pairs_small"
SPLITS = ("train", "validation", "test")
ATTRIBUTES, NAMES = "attributes", "names"
RIDGES = [(gamma, lam) for gamma in (0.3, 1.0, 3.0) for lam in (0.01, 0.1, 1.0)]
RATES, PASSES = (0.003, 0.01), 30
_MARGIN, _DECAY = 0.1, 1e-3


@dataclass(frozen=True)
class Way:
    """A row of the comparison.

    Attributes:
        title: what it is called.
        described: how classes are.
        loss: of a baseline: one of `compatibility.LOSSES`, "eszsl" or "product"; None: TAFE-Net.
        stage: of TAFE-Net, settings over the preset's.
    """

    title: str
    described: str
    loss: str | None = None
    stage: tuple[tuple[str, float], ...] = ()


_TITLES = {"devise": "DeViSE", "ale": "ALE", "sje": "SJE", "eszsl": "ESZSL", "softmax": "label embedding"}
WAYS = {f"{loss}_{d}": Way(title, d, loss) for d in (ATTRIBUTES, NAMES) for loss, title in _TITLES.items()}
WAYS["product"] = Way("visual product", NAMES, "product")
_ALONE = ("examples", 0.0)  # every task by its description
for _described in (ATTRIBUTES, NAMES):
    WAYS[f"tafe_{_described}"] = Way("TAFE-Net", _described, stage=(_ALONE,))
    WAYS[f"tafe_{_described}_plain"] = Way(
        "TAFE-Net without the embedding loss", _described, stage=(_ALONE, ("beta", 0.0))
    )
TAUGHT = "tafe_taught"  # which few examples are asked of
WAYS[TAUGHT] = Way("TAFE-Net, half of the tasks by examples", NAMES, stage=(("examples", 0.5),))


class Study:
    """The comparison on one preset's pictures and trunk.

    Args:
        folder: where features and rows are kept.
        preset: of a network whose task has descriptions.
        epochs: of TAFE-Net; None is the preset's.
    """

    def __init__(self, folder: Path, preset: str = PRESET, epochs: int | None = None):
        self.folder, self.preset, self.epochs = folder, presets.get(preset), epochs
        self.task = datasets.get(self.preset["task"])
        self.met, self.new = np.array(self.task.met), {}
        for split, role in (("validation", 1), ("test", 2)):
            self.new[split] = np.flatnonzero(self.task.roles == role)

    def network(self, described: str, seed: int = 0):
        """An untrained network, standardised by the training features, and its stage's settings."""
        arguments, stages = self.settings(described)
        seeding.set_random_seed(seed)
        made = self.preset | {"arguments": arguments}
        network = presets.build(made, self.task.input_shape, self.task.classes)
        if self._pooled:
            stored = self._pooled["train"]
            network.standardised.adapt(np.concatenate([stored[port] for port in network.ports], axis=1))
        return network, stages

    def settings(self, described: str, stage: Mapping | None = None) -> tuple[dict, dict]:
        """Arguments and the stage's settings, resolved."""
        own = self.preset["stages"][describing.STAGE] | dict(stage or {})
        own |= {} if self.epochs is None else {"epochs": self.epochs}
        # Names add up, attributes do not: a hidden layer of the embedding helped with these and hurt with those.
        arguments = self.preset["arguments"] | {"described": described}
        arguments |= {"embedding": ()} if described == NAMES else {}
        arguments, stages = presets.resolve("tafe", arguments, {describing.STAGE: own})
        return arguments, stages[describing.STAGE]

    @cached_property
    def _pooled(self) -> dict:
        return {}

    def features(self) -> dict[str, dict[str, np.ndarray]]:
        """The trunk's features of every split by port, with `labels`; "mirrored" are the training pictures mirrored."""
        if not self._pooled:
            file = self.folder / "features.npz"
            known = files.arrays(file) if file.exists() else self._observed(file)
            for name, value in known.items():
                split, _, port = name.partition("/")
                self._pooled.setdefault(split, {})[port] = value
        return self._pooled

    def _observed(self, file: Path) -> dict[str, np.ndarray]:
        network, _ = self.network(NAMES)
        found = {}
        for split in SPLITS:
            images, labels, _ = self.task.load(split)
            views = {split: images} | ({"mirrored": images[:, :, ::-1]} if split == "train" else {})
            for name, view in views.items():
                console.say(f"features of {len(view)} pictures, {name}")
                pooled = network.observe(self.task.normalise(np.ascontiguousarray(view)))
                found |= {f"{name}/{port}": value for port, value in pooled.items()} | {f"{name}/labels": labels}
        file.parent.mkdir(parents=True, exist_ok=True)
        files.write_arrays(file, **found)
        return found

    @cached_property
    def joined(self) -> dict[str, np.ndarray]:
        """Features of every split side by side, standardised, of the length 1 in the mean, and a constant."""
        pooled = self.features()
        network, _ = self.network(NAMES)
        made = {split: np.asarray(network.joined(values)) for split, values in pooled.items()}
        return {
            split: np.c_[x / np.sqrt(x.shape[1]), np.full(len(x), 0.1)].astype(np.float32) for split, x in made.items()
        }

    def labels(self, split: str) -> np.ndarray:
        """Numbers of the pairs."""
        return self.features()[split]["labels"]

    def training(self) -> tuple[np.ndarray, np.ndarray]:
        """Joined features of the training pictures and of their mirror images, and labels."""
        x = np.concatenate([self.joined["train"], self.joined["mirrored"]])
        return x, np.tile(self.labels("train"), 2)

    def row(self, name: str, seed: int) -> dict:
        """The numbers of a way and a seed, kept under the folder."""

        def compute() -> dict:
            console.say(f"{name}, seed {seed}")
            return self.measured(*self.scored(name, seed))

        return kept_row(self.file(name, seed), compute)

    def file(self, name: str, seed: int) -> Path:
        """Where the numbers of a way and a seed are kept; weights of TAFE-Net are beside them."""
        epochs = "" if self.epochs is None or WAYS[name].loss else f"_{self.epochs}"
        return self.folder / f"{name}_{seed}{epochs}.json"

    def told(self) -> str:
        """How TAFE-Net is trained, in a sentence."""
        arguments, own = self.settings(ATTRIBUTES)
        arguments = {name: known.default for name, known in tafe.ARGUMENTS.items()} | arguments
        return (
            f"TAFE-Net: task-aware layers: {arguments['layers']}, of {arguments['width']}; {own['epochs']} passes over "
            f"{len(self.labels('train'))} pictures and their mirror images, batches of {own['batch_size']}, AdamW at "
            f"{own['learning_rate']:g}, of which a tenth from each of the shares {own['milestones']} on; beta "
            f"{own['beta']:g}, {own['feature_dropout']:.0%} of the trunk's features left out. Task "
            "embeddings have a hidden layer where attributes "
            "describe, none where names do. These settings were chosen on validation pictures from one seed, among a "
            "dozen; the baselines' (regularisers, rates) for every row."
        )

    def scored(self, name: str, seed: int) -> tuple[Callable, dict]:
        """Function from a split to scores `[samples, pairs]`, and what else is told of a way."""
        way = WAYS[name]
        if way.loss is None:
            network = self.tafe(name, seed)
            rows = network.described_rows()
            more = {"shots": few_shot(self, network, seed)} if name == TAUGHT else {}
            return lambda split: network.scores(self.features()[split], rows), more
        if way.loss == "product":
            return self._product(seed), {}
        described = self.task.descriptions(way.described)
        tries = RIDGES if way.loss == "eszsl" else RATES

        def made(one):
            weights = self._weights(way.loss, described, one, seed)
            return lambda split: compatibility.scores(self.joined[split], weights, described)

        best = max(tries, key=lambda one: self._judged(made(one), "validation")["H"])
        return made(best), {"chosen": best}

    def _weights(self, loss: str, described, one, seed: int):
        x, labels = self.training()
        places = np.searchsorted(self.met, labels)
        if loss == "eszsl":
            return compatibility.eszsl(x, places, described[self.met], *one)
        return compatibility.fit(
            x, places, described[self.met], loss, epochs=PASSES, rate=one, decay=_DECAY, batch=64,
            margin=_MARGIN, seed=seed,
        )  # fmt: skip

    def _product(self, seed: int) -> Callable:
        x, labels = self.training()
        members, weights = self.task.members, []
        for factor in range(members.shape[1]):
            own = np.eye(members[:, factor].max() + 1)
            weights.append(
                compatibility.fit(
                    x,
                    members[labels, factor],
                    own,
                    "softmax",
                    epochs=PASSES,
                    rate=0.01,
                    decay=_DECAY,
                    batch=64,
                    seed=seed,
                )
            )
        return lambda split: compatibility.product_scores([self.joined[split] @ w for w in weights], members)

    def tafe(self, name: str, seed: int):
        """A network trained on the features; its weights are kept."""
        way = WAYS[name]
        self.features()
        network, _ = self.network(way.described, seed)
        own = self.settings(way.described, dict(way.stage))[1]
        file = self.file(name, seed).with_suffix(".npz")
        if file.exists():
            stored = files.arrays(file)
            network.set_weights([stored[f"weight_{i}"] for i in range(len(stored))])
            return network
        pooled = self.features()
        x = {port: np.concatenate([pooled[split][port] for split in ("train", "mirrored")]) for port in network.ports}
        labels = np.tile(self.labels("train"), 2)
        model = describing.trainer(network, own, own["epochs"] * -(-len(labels) // own["batch_size"]), seed)
        model.fit(x, labels, batch_size=own["batch_size"], epochs=own["epochs"], verbose=0)
        files.write_arrays(file, **{f"weight_{i}": w for i, w in enumerate(network.get_weights())})
        return network

    def measured(self, scores: Callable, more: dict) -> dict:
        """All numbers of the test pictures; the handicap of calibrated stacking is the best one on validation."""
        validation, test = scores("validation"), scores("test")
        new, labels = self.new["test"], self.labels("test")
        handicap = zero_shot.best_handicap(validation, self.labels("validation"), self.met, self.new["validation"])
        rows = np.isin(labels, new)
        own, truth = test[rows], labels[rows]
        found = {"T1": zero_shot.per_class_accuracy(zero_shot.predictions(own, new), truth)}
        found |= {"plain": self._judged(lambda _: test, "test")}
        found |= {"calibrated": zero_shot.generalised(test, labels, self.met, new, handicap), "handicap": handicap}
        found |= {"validation": self._judged(lambda _: validation, "validation")}
        tops = {f"top_{k}": zero_shot.top_k_accuracy(own, truth, new, k) for k in (1, 2, 3)}
        return found | {"AP": zero_shot.mean_average_precision(own, truth, new)} | tops | more

    def _judged(self, scores: Callable, split: str) -> dict:
        return zero_shot.generalised(scores(split), self.labels(split), self.met, self.new[split])


def of_bundle(path: str) -> str:
    """What a bundle's default point reaches on the pictures that it was converted for, in a sentence."""
    from tflite.bundle import Bundle
    from tools.reporting import evaluation, samples

    bundle = Bundle.load(path)
    data = samples.load(bundle.manifest)
    point = bundle.manifest.default_operating_point
    row = evaluation.evaluate(bundle, data, [point], {})["operating_points"][0]
    table = next(iter(bundle.manifest.tables.values()))
    latency = row["latency_ms"]["p50"]
    return (
        f"Converted (int8 trunk, rows and what they scale in float32), all {len(table.labels)} pairs may be answered: "
        f"{row['accuracy']:.1%} of {len(data)} test pictures, {console.count(row['costs']['macs'])} multiply-adds, "
        f"{latency:.1f} ms in the median on this machine."
    )
