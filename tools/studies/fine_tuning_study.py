"""The trials of two-stage fine-tuning: which there are, each kept as it ends, and what the frozen detector gives alone.

Tables 7.1 and 7.2 of Wang, UC Berkeley 2020 (TFA, ICML 2020), and what a device learns by itself beside them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from keras_models import row_learning
from keras_models.datasets.annotated import NOBODY
from keras_models.functional import average_precision as ap
from keras_models.functional import few_shot_heads as heads
from keras_models.functional.cropping import taps
from keras_models.two_stage_training import balanced_rows
from tools import console
from tools.reporting import detections
from tools.studies import fine_tuning as ft
from tools.studies.fine_tuning import Examples, LastLayers, Seen
from tools.studies.finished import FinishedDetector, kept_trial, precision_of, split_of
from tools.studies.trials import TuningTrials

METHODS = {
    "cosine": "TFA w/ cos",
    "dense": "TFA w/ fc",
    "learn": "on the device: steps",
    "mean": "on the device: mean features",
    "whole": "ft-full",
}
DEFAULT = ("cosine", "dense", "learn", "mean")
BASE_STEPS, BASE_RATE = 400, 0.05  # of the product's rows on the base kinds' regions


class Base(FinishedDetector):
    """A detector that was trained on base kinds, and everything that its frozen part shows, computed once.

    Args:
        run: folder of a run of two_stage, with a cosine classifier.
        options: what is asked.

    Raises:
        RunError: it is not trained.
        ValueError: another family or classifier.
    """

    def __init__(self, run, options: TuningTrials):
        super().__init__(run, options.limit, "two_stage")
        self.options = options
        if self.network.classifier != "cosine" or not self.network.novel:
            raise ValueError(f"expected a run with a cosine classifier and new kinds, received {self.run.folder}")
        names = self.network.names
        self.novel = [names.index(name) for name in self.network.novel]
        self.base = [number for number in range(len(names)) if number not in self.novel]
        self.layers = ft.last_layers(self.network)

    @property
    def split(self) -> int:
        """The split of the scenes' kinds whose new ones it has not seen; 0 where it is another."""
        return split_of(self.network.novel)

    @cached_property
    def seen(self) -> Seen:
        """What it shows of the test pictures."""
        return ft.see(self.network, self.task.normalise(self.test.images))

    @cached_property
    def shown(self) -> Seen:
        """What it shows of the training pictures, things last."""
        return ft.see(self.network, self.task.normalise(self.train.images), self.train.boxes)

    @cached_property
    def product(self) -> LastLayers:
        """Last layers with a product in the cosine's place, fitted on the regions of the base kinds."""
        kinds = np.where(np.isin(self.train.kinds, self.base), self.train.kinds, NOBODY)
        known = ft.examples(self.shown, self.train.boxes, kinds, everything=True)
        rows = np.random.default_rng(0).normal(0, 0.01, (len(self.network.names), self.network.embedding + 1))
        rows[self.novel] = 0
        made = dataclasses.replace(
            self.layers,
            classifier="dense",
            rows=rows.astype(np.float32),
            background=np.zeros((1, rows.shape[1]), "float32"),
        )
        return ft.tune(made, known, BASE_STEPS, BASE_RATE)

    def precision(self, layers: LastLayers, seen: Seen | None = None, regions: int | None = None) -> dict:
        """AP50 and COCO's AP of base and novel kinds on the test pictures, in percent."""
        found = ft.detections(layers, seen or self.seen, self.network.most, regions)
        return precision_of(found, self.test.things, {"base": self.base, "novel": self.novel})

    def examples_of(self, shots: int, draw: int) -> tuple[Examples, dict[int, np.ndarray]]:
        """Regions of the balanced set, and the features of its new things by kind."""
        known = balanced_rows(self.train, range(len(self.network.names)), shots, draw)
        rows, count = np.flatnonzero(known.any(axis=1)), known.shape[1]
        seen = Seen(*(array[rows] for array in dataclasses.astuple(self.shown)))
        own = known[rows]
        seen = dataclasses.replace(seen, there=np.concatenate([seen.there[:, :-count], own], axis=1))
        kinds = np.where(own, self.train.kinds[rows], NOBODY)
        boxes = np.where(own[..., None], self.train.boxes[rows], 0)
        things = seen.embedded[:, -count:]
        return ft.examples(seen, boxes, kinds), {kind: things[kinds == kind] for kind in self.novel}

    def tuned(self, method: str, shots: int, draw: int) -> LastLayers:
        """The last layers that a method makes of a draw."""
        known, things = self.examples_of(shots, draw)
        if method == "cosine" or method == "dense":
            start = self.layers if method == "cosine" else self.product
            return ft.tune(self.with_rows(start, draw), known, self.options.steps, self.options.rate)
        rows = self.layers.rows.copy()
        for kind, embedded in things.items():
            rows[kind] = self.learned(rows, embedded) if method == "learn" else _mean(embedded)
        return dataclasses.replace(self.layers, rows=rows)

    def with_rows(self, layers: LastLayers, draw: int) -> LastLayers:
        """Random rows of the new kinds, as long as the others are."""
        rows, rng = layers.rows.copy(), np.random.default_rng(draw)
        drawn = rng.normal(size=(len(self.novel), rows.shape[1]))
        length = np.linalg.norm(rows[self.base], axis=1).mean()
        rows[self.novel] = length * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return dataclasses.replace(layers, rows=rows)

    def learned(self, rows: np.ndarray, embedded: np.ndarray) -> np.ndarray:
        """The row that the device's program `learn` makes of features `[n, size]`, step by step as its parts do."""
        memory = np.asarray(self.network.memory)
        memory = memory[memory.any(axis=1)]
        seen = np.concatenate([embedded, memory])[None]
        others = heads.log_sum_exp(self.layers.logits(seen, rows, self.layers.background))
        wanted = np.zeros((1, seen.shape[1], 1), np.float32)
        wanted[:, : len(embedded)] = 1
        shares = row_learning.NEW / len(embedded), (1 - row_learning.NEW) / max(1, len(memory))
        weights = np.where(wanted > 0, *shares).astype(np.float32)
        row = _mean(embedded)[None, None]
        for _ in range(row_learning.STEPS):
            gradient = heads.row_gradient(seen, others, wanted, weights, row)
            row = heads.unit(row - row_learning.RATE * np.asarray(gradient))
        return np.asarray(row)[0, 0]

    def whole(self, shots: int, draw: int) -> dict:
        """Fine-tunes the whole network on the balanced set, judges it, and puts it back."""
        from tools.studies.whole_tuning import tune_whole

        before = self.network.get_weights()
        try:
            tune_whole(self, shots, draw)
            seen = ft.see(self.network, self.task.normalise(self.test.images))
            return self.precision(ft.last_layers(self.network), seen)
        finally:
            self.network.set_weights(before)

    def allowance(self, layers: LastLayers, counts: Sequence[int] = (1, 2, 3, 4, 6, 8, 12, 16)) -> list[dict]:
        """Precision where so many regions are looked at, most promising first, and what that costs."""
        costs, network = self.network.part_macs, self.network
        first = costs["trunk"] + costs["propose"]
        row = costs["head"] + costs["classify"] + taps(network.piece, network.width)
        counts = [count for count in counts if count <= network.regions]
        return [
            {"regions": count, "macs": first + count * row} | self.precision(layers, regions=count) for count in counts
        ]

    def pictures(self) -> list[dict]:
        """The best and the worst test pictures of TFA w/ cos with most examples, first draw, as `detections` tells."""
        layers = self.tuned("cosine", max(self.options.shots), 0)
        found = list(ft.detections(layers, self.seen, self.network.most))
        rows = np.arange(len(found))
        data = SimpleNamespace(images=self.test.images, labels=self.test.things, kinds=self.network.names, rows=rows)
        told = detections.pictures([one[one[:, ap.KIND] >= 0] for one in found], data)
        return [{key: one[key] for key in ("row", "boxes")} for one in told]


def _mean(embedded: np.ndarray) -> np.ndarray:
    """The direction of the mean of unit features."""
    return np.asarray(heads.unit(np.asarray(heads.unit(embedded)).mean(axis=0)))


def compare(places: Sequence[str], options: TuningTrials) -> dict:
    """Every trial of the runs: {"settings", "splits": [{"split", "novel", "base_only", "trials", "allowance"}]}.

    Raises:
        UserError: an unknown method, or trials of other settings in the folder.
    """
    if unknown := [name for name in options.method or () if name not in METHODS]:
        raise console.UserError(f"expected methods among {', '.join(METHODS)}, received {unknown[0]}")
    bases = [Base(place, options) for place in places]
    return {"settings": _settings(bases[0]), "splits": [_split(base) for base in bases]}


def _settings(base: Base) -> dict:
    task, options = base.task, base.options
    told = {"task": task.name, "pixels": task.input_shape[0], "scenes": dict(task.sizes)["train"]}
    told |= {"epochs": base.run.config["stages"]["base"]["epochs"], "judged": len(base.test.images)}
    asked = dataclasses.asdict(options) | {"methods": options.method or DEFAULT}
    return told | {key: value for key, value in asked.items() if key not in ("folder", "method")}


def _split(base: Base) -> dict:
    options = base.options
    told = {"split": base.split, "novel": list(base.network.novel)}
    told["base_only"] = _kept(base, "base", lambda: base.precision(base.layers))
    told["trials"] = [
        _trial(base, method, shots, draw)
        for draw in range(options.draws)
        for shots in options.shots
        for method in options.method or DEFAULT
        if draw < (options.whole_draws if method == "whole" else options.draws)
    ]
    told["pictures"] = _kept(base, f"pictures-k{max(options.shots)}", lambda: base.pictures())
    most = max(options.shots)
    told["allowance"] = _kept(base, f"allowance-k{most}", lambda: base.allowance(base.tuned("cosine", most, 0)))
    return told


def _trial(base: Base, method: str, shots: int, draw: int) -> dict:
    def made() -> dict:
        found = base.whole(shots, draw) if method == "whole" else base.precision(base.tuned(method, shots, draw))
        words = ", ".join(f"{name} {value:.1f}" for name, value in found.items())
        console.say(f"split {base.split}, {METHODS[method]}, k = {shots}, draw {draw}: {words}")
        return {"method": method, "shots": shots, "draw": draw} | found

    return _kept(base, f"{method}-k{shots}-{draw}", made)


def _kept(base: Base, name: str, make):
    """What was kept of that name with these settings, or what is made and kept now."""
    options: Mapping = dataclasses.asdict(base.options)
    own = ("whole_steps", "whole_rate") if name.startswith("whole") else ("steps", "rate")
    settings = {"limit": options["limit"], "run": base.run.config} | {key: options[key] for key in own}
    return kept_trial(Path(base.options.folder) / f"{base.split}-{name}.json", settings, make)
