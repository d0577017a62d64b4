"""Masks of kinds that had boxes alone: what saliency and its propagation add to a mask head (ShapeProp).

Tables 8.1 and 8.4 of Wang, UC Berkeley 2020. The detector is one that was trained on boxes (tools/train.py, a run of
two_stage); behind it every variant trains its mask branch on the same features of the same things, with masks of some
kinds or of all, and is judged on all test pictures by COCO's AP of masks, of kinds with masks and without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from keras_models import seeding
from keras_models.datasets import scene_kinds
from keras_models.functional import average_precision as ap
from keras_models.functional import mask_precision
from keras_models.functional.region_crops import crop_boxes
from keras_models.mask_training import JITTER, Masking, mask_stage, targets_of
from keras_models.shapeprop import ShapeProp
from tools import console
from tools.studies import fine_tuning as ft
from tools.studies.finished import FinishedDetector, kept_trial, precision_of
from tools.studies.trials import MaskTrials

VARIANTS = {  # shapes that the mask head sees, and whether all kinds have masks
    "baseline": ("none", False),
    "shared": ("shared", False),
    "shapeprop": ("channels", False),
    "full": ("none", True),
    "full_shapeprop": ("channels", True),
}
TITLES = {
    "baseline": "mask head alone (Mask R-CNN, class-agnostic)",
    "shared": "ShapeProp, one kernel for all channels",
    "shapeprop": "ShapeProp",
    "full": "mask head alone, masks of all kinds",
    "full_shapeprop": "ShapeProp, masks of all kinds",
}
BATCH = 64


class Masks(FinishedDetector):
    """A trained detector, and what it shows of pictures with masks.

    Args:
        run: folder of a run of two_stage.
        without: names of the kinds that have no masks.
        options: what is asked.

    Raises:
        RunError: it is not trained.
        ValueError: another family, or kinds that it does not know.
    """

    def __init__(self, run, without: Sequence[str], options: MaskTrials):
        super().__init__(run, options.limit, "two_stage")
        self.options = options
        names = self.network.names
        self.known = [n for n, name in enumerate(names) if name not in self.network.novel]
        if unknown := [name for name in without if name not in names or names.index(name) not in self.known]:
            raise ValueError(f"expected kinds that the detector knows, received {', '.join(unknown)}")
        self.without = [names.index(name) for name in without]
        self.masked = [kind for kind in self.known if kind not in self.without]

    @cached_property
    def things(self) -> dict[str, np.ndarray]:
        """Of every training thing of a known kind, and of its copies, `pieces`, `kinds` and `targets`."""
        found, rng = self.train, np.random.default_rng(0)
        made: dict[str, list] = {"pieces": [], "kinds": [], "targets": []}
        for first in range(0, len(found.images), ft.BATCH):
            some = found.rows(np.s_[first : first + ft.BATCH])
            features = self.network.look(self.task.normalise(some.images))["features"]
            present = np.isin(some.kinds, self.known)
            for _ in range(self.options.copies):
                sides = np.tile(some.boxes[..., 2:] - some.boxes[..., :2], 2)
                boxes = (some.boxes + rng.uniform(-JITTER, JITTER, some.boxes.shape) * sides).astype(np.float32)
                size = self.size
                made["pieces"].append(np.asarray(crop_boxes(features, boxes, size))[present])
                made["targets"].append(np.asarray(targets_of(some.instances, boxes, size))[present])
                made["kinds"].append(some.kinds[present])
        return {name: np.concatenate(arrays) for name, arrays in made.items()}

    size = (14, 14)

    @cached_property
    def judged(self):
        """The annotated test pictures, their features and what is found on them."""
        found = self.test
        seen = ft.see(self.network, self.task.normalise(found.images))
        boxes = ft.detections(ft.last_layers(self.network), seen, self.network.most)
        return found, boxes, [found.masks(picture) for picture in range(len(found.images))]

    @cached_property
    def pieces(self) -> np.ndarray:
        """The features under the boxes that are found: `[boxes, *size, width]`, picture by picture."""
        found, boxes, _ = self.judged
        made = []
        for first in range(0, len(found.images), ft.BATCH):
            some = np.s_[first : first + ft.BATCH]
            features = self.network.look(self.task.normalise(found.images[some]))["features"]
            cut = np.asarray(crop_boxes(features, boxes[some, :, :4], self.size))
            made.append(cut[boxes[some, :, ap.KIND] >= 0])
        return np.concatenate(made)

    def trained(self, variant: str, seed: int) -> ShapeProp:
        """A mask branch after its training."""
        shapes, full = VARIANTS[variant]
        seeding.set_random_seed(seed)
        config = self.network.get_config() | {"shapes": shapes, "mask": self.size[0], "name": "masks"}
        network, options = ShapeProp(**config), self.options
        network.rows.assign(self.network.rows)
        names = [network.names[kind] for kind in (self.known if full else self.masked)]
        settings = {"epochs": 1, "masked": names, "weight_decay": 1e-4, "optimizer": "sgd"}
        model = mask_stage(network, settings | {"peak_learning_rate": options.rate}).prepare(options.steps, None)
        step, things, rng = _step(model), self.things, np.random.default_rng(seed)
        for _ in range(options.steps):
            rows = rng.integers(0, len(things["kinds"]), BATCH)
            step(*(things[name][rows, None] for name in ("pieces", "kinds", "targets")))
        return network

    def precision(self, network: ShapeProp) -> dict:
        """COCO's AP and AP50 of masks on the test pictures, of kinds with masks and without, in percent."""
        found, boxes, truth = self.judged
        kinds = boxes[..., ap.KIND][boxes[..., ap.KIND] >= 0].astype(int)
        shares, height, width = np.eye(network.classes, dtype=np.float32), *found.images.shape[1:3]
        made = [
            1 / (1 + np.exp(-np.asarray(network.masks_of(self.pieces[rows], shares[kinds[rows]])["mask"])))
            for rows in (np.s_[first : first + 256] for first in range(0, len(kinds), 256))
        ]
        masks, places = np.concatenate(made), np.cumsum([0, *(boxes[..., ap.KIND] >= 0).sum(axis=1)])
        own = [
            mask_precision.pasted(masks[low:high], rows[: high - low, :4], height, width)
            for low, high, rows in zip(places, places[1:], boxes, strict=False)
        ]
        told = {}
        for side, some in (("without", self.without), ("masked", self.masked)):
            precision = ap.average_precision(boxes, found.things, some, shared=mask_precision.between(own, truth))
            told |= {f"{side}_ap": 100 * ap.mean_precision(precision)}
            told |= {
                f"{side}_ap{int(100 * least)}": 100 * ap.mean_precision(precision[:, place])
                for place, least in ((0, 0.5), (5, 0.75))
            }
        return told

    def box_precision(self) -> dict:
        """COCO's AP and AP50 of the boxes that all variants share."""
        found, boxes, _ = self.judged
        return precision_of(boxes, found.things, {"without": self.without, "masked": self.masked})


def _step(model: Masking):
    """A step of training on (pieces, kinds, targets) of things, one a row."""
    import tensorflow as tf

    @tf.function(autograph=False, reduce_retracing=True)
    def step(pieces, kinds, targets):
        with tf.GradientTape() as tape:
            losses = model.losses_of(pieces, tf.cast(kinds, tf.int32), tf.ones(tf.shape(kinds)), targets)
            # Of things, not of pictures: those without a mask have no part in the mean.
            lost = tf.reduce_mean(losses)
        variables = model.trainable_variables
        model.optimizer.apply(tape.gradient(lost, variables), variables)
        return lost

    return step


def compare(run, split: int, options: MaskTrials) -> dict:
    """Every variant and seed: {"settings", "boxes", "trials": [{"variant", "seed", "without_ap", ...}]}.

    split: of the kinds, whose new ones have no masks here.

    Raises:
        UserError: an unknown variant, or trials of other settings in the folder.
    """
    wanted = options.variant or tuple(VARIANTS)
    if unknown := [name for name in wanted if name not in VARIANTS]:
        raise console.UserError(f"expected variants among {', '.join(VARIANTS)}, received {unknown[0]}")
    study = Masks(run, scene_kinds.NOVEL[split], options)
    trials = [_trial(study, split, variant, seed) for seed in range(options.seeds) for variant in wanted]
    task, names = study.task, study.network.names
    settings = dataclasses.asdict(options) | {"variants": wanted, "split": split}
    settings |= {
        "task": task.name,
        "pixels": task.input_shape[0],
        "judged": len(study.judged[0].images),
        "scenes": dict(task.sizes)["train"],
    }
    settings |= {side: [names[n] for n in getattr(study, side)] for side in ("without", "masked")}
    del settings["folder"], settings["variant"]
    return {"settings": settings, "boxes": study.box_precision(), "trials": trials}


def _trial(study: Masks, split: int, variant: str, seed: int) -> dict:
    options = study.options
    settings = {key: getattr(options, key) for key in ("steps", "rate", "copies", "limit")} | {"run": study.run.config}

    def made() -> dict:
        found = {"variant": variant, "seed": seed} | study.precision(study.trained(variant, seed))
        words = ", ".join(f"{name} {value:.1f}" for name, value in found.items() if isinstance(value, float))
        console.say(f"{TITLES[variant]}, seed {seed}: {words}")
        return found

    return kept_trial(Path(options.folder) / f"{split}-{variant}-{seed}.json", settings, made)
