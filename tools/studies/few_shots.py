"""Detectors that meet new kinds: by feature reweighting, and by fine-tuning a plain one, from few examples.

Kang et al., ICCV 2019, tables 1 and 3; Wang, UC Berkeley 2020, tables 6.1 and 6.3. Both detectors are trained on the
base kinds (tools/train.py); every trial starts from there, draws k examples of each kind, old and new, trains on these
alone, and is judged on all test pictures. The trunk is frozen: what it says of a picture is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from keras import ops

from keras_models import fsrw_programs, seeding
from keras_models.functional import average_precision as ap
from keras_models.functional.batches import in_batches
from keras_models.functional.boxes import box_mask, mirrored
from keras_models.policies.detecting import Detecting, Shown, optimizer_of
from tflite.program.keep import keep_best
from tools.studies.finished import FinishedDetector, precision_of

BATCH = 16
TEMPERATURE, TRANSFER, DEPRESSION = 2.0, 0.5, 0.05  # of LSTD: of soft answers, its weight, that of the background


@dataclass(frozen=True)
class Method:
    """A row of the table.

    Attributes:
        title: for people.
        base: "fsrw" or "yolo", the detector that it starts from.
        steps: of training on the examples, in the unit of the study's.
        lstd: whether the losses of LSTD are added.
    """

    title: str
    base: str
    steps: int = 1
    lstd: bool = False


METHODS = {
    "yolo_ft": Method("YOLO-ft", "yolo"),
    "yolo_ft_full": Method("YOLO-ft-full", "yolo", 4),
    "lstd": Method("LSTD(YOLO)", "yolo", 1, True),
    "lstd_full": Method("LSTD(YOLO)-full", "yolo", 4, True),
    "fsrw": Method("feature reweighting", "fsrw"),
}


class Cached(Detecting):
    """A detector in training behind its frozen trunk, on what that has said.

    lstd: whether the losses of LSTD (Chen et al., AAAI 2018) are added: features beside all things are pressed down,
    and what the base detector would answer at a thing is learned beside what is right.
    """

    def __init__(self, network, kinds, lstd=False, **options):
        super().__init__(network, kinds, averages=False, **options)
        self.lstd = lstd

    def call(self, inputs, training=False):
        network = self.network
        features, rows = network.features(inputs), None
        if network.reweighted:
            read = {name: inputs[f"example_{name}"] for name in ("fine", "middle")}
            mask = network.mask(inputs["example_mask"])
            rows = ops.expand_dims(network.vectors_of(network.seen(None, mask, read)), 0)
        return network.predicted(features, rows) | {"features": features}

    def losses_of(self, things, raw, training=False):
        """Those of a detector, and with `lstd` "background" and "transfer"."""
        found = super().losses_of(things, raw, training)
        if not self.lstd:
            return found
        rows, columns = self.network.grid
        inside = ops.max(box_mask(things["boxes"], rows, columns), axis=1)
        beside = ops.sum(ops.square(raw["features"]) * (1.0 - inside), axis=(1, 2, 3))
        base = len(self.network.base_kinds)
        before, now = (
            ops.log_softmax(ops.transpose(one, (0, 1, 3, 2))[..., :base] / TEMPERATURE)
            for one in (things["before"], raw["kinds"])
        )
        apart = ops.sum(ops.exp(before) * (before - now), axis=-1)  # Kullback and Leibler's: [batch, cells, anchors]
        near = ops.reshape(inside, (-1, rows * columns, 1))
        return found | {
            "background": DEPRESSION * beside / (rows * columns),
            "transfer": TRANSFER * ops.sum(near * apart, (1, 2)),
        }

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of all losses, mean over the pictures."""
        return ops.mean(sum(self.losses_of(y, y_pred, training).values()))


class Detector(FinishedDetector):
    """A trained base detector, from which trials start.

    Args:
        run: folder of a run of FSRW or YOLO whose base stage has ended.
        steps, rate: of a trial.
        test: pictures that trials are judged on, the first ones; None: all.

    Raises:
        RunError: it is not trained.
        ValueError: its trunk is trained too, so that what it says cannot be kept.
    """

    def __init__(self, run, steps: int, rate: float, test: int | None = None):
        super().__init__(run, test)
        if self.network.trunk.trainable or (self.network.reweighted and self.network.example != "features"):
            raise ValueError(
                f"expected a run whose trunk is frozen and read by examples too, received {self.run.folder}"
            )
        self.steps, self.rate = steps, rate
        self._start = self._changing()
        self._trainers: dict[str, Cached] = {}

    def _layers(self):
        network = self.network
        return [network.through, network.context, network.neck, network.predict, *network.reweight]

    def _changing(self) -> list:
        return [layer.get_weights() for layer in self._layers()] + [self.network.rows.numpy(), int(self.network.known)]

    def reset(self) -> None:
        """The network as the base stage has left it."""
        *layers, rows, known = self._start
        for layer, weights in zip(self._layers(), layers, strict=True):
            layer.set_weights(weights)
        self.network.rows.assign(rows)
        self.network.known.assign(known)

    @cached_property
    def judged(self) -> tuple[dict, np.ndarray]:
        """What the trunk says of the test pictures, and what there is to find on them."""
        return self.levels(self.test.images), self.test.things

    def levels(self, images) -> dict[str, np.ndarray]:
        """The trunk's features of uint8 pictures."""
        return in_batches(self.network.levels, self.task.normalise(images), 64)

    def trial(self, method: str, shots: int, draw: int) -> dict:
        """Trains on `shots` examples of every kind, and judges: as `precision`, with the loss at first and at last.

        The network stays as it was trained.
        """
        self.reset()
        seeding.set_random_seed(draw)
        network, way = self.network, METHODS[method]
        examples = Examples(self, Shown(network.order, shots, draw)(self.train, "train"))
        trainer, steps = self._trainer(method), way.steps * self.steps
        rng = np.random.default_rng([shots, draw])
        losses = [float(trainer.train_on_batch(*examples.batch(rng), return_dict=True)["loss"]) for _ in range(steps)]
        if network.reweighted:
            rows = np.zeros(network.rows.shape, "float32")
            rows[: len(network.order)] = examples.vectors()
            network.rows.assign(rows)
            network.known.assign(len(network.order))
        few = max(1, steps // 10)
        return self.precision() | {"loss": [float(np.mean(losses[:few])), float(np.mean(losses[-few:]))]}

    def _trainer(self, method: str) -> Cached:
        """A trainer with a fresh optimizer; one a method, for its step is traced once."""
        way, steps = METHODS[method], METHODS[method].steps * self.steps
        if method not in self._trainers:
            negatives = self.run.config["stages"]["few"]["negatives"]
            made = Cached(self.network, self.network.order, way.lstd, negatives=negatives)
            settings = self.run.config["stages"]["few"] | {"peak_learning_rate": self.rate}
            made.compile(optimizer_of(settings, steps))
            self._trainers[method] = made
        trainer = self._trainers[method]
        for variable in trainer.optimizer.variables:
            if "learning_rate" not in variable.path:
                variable.assign(ops.zeros_like(variable))
        return trainer

    def precision(self) -> dict:
        """AP50 and COCO's AP of the base and of the novel kinds that the network knows, in percent, on the test."""
        levels, truth = self.judged
        network = self.network
        count = int(network.known) if network.reweighted else len(network.order)
        found = self.found(levels, count)
        sides = {"base": network.base_kinds, "novel": network.order[len(network.base_kinds) :]}
        known = {side: kinds for side, kinds in sides.items() if set(kinds) <= set(network.order[:count])}
        return precision_of(found, truth, known)

    def found(self, levels: Mapping, count: int) -> np.ndarray:
        """What the program finds on pictures, `[pictures, most, 6]`; count: kinds that there are rows of."""
        network, kept = self.network, []
        rows = ops.expand_dims(network.rows[:count], 0) if network.reweighted else None
        for at in range(0, len(levels["fine"]), 32):
            some = {name: array[at : at + 32] for name, array in levels.items()}
            boxes, scores = network.decoded(**network.predicted(network.features(some), rows))
            pairs = zip(np.asarray(boxes), np.asarray(scores), strict=True)
            kept += [keep_best(*pair, fsrw_programs.LEAST, fsrw_programs.OVERLAP, fsrw_programs.MOST) for pair in pairs]
        table = np.array([*network.order])
        found = np.stack([np.c_[k["boxes"][0], k["scores"][0], table[k["classes"][0].astype(int)]] for k in kept])
        there = np.arange(found.shape[1]) < np.array([int(k["count"][0, 0]) for k in kept])[:, None]
        found[..., ap.KIND] = np.where(there, found[..., ap.KIND], -1)
        return found


class Examples:
    """Few annotated pictures, each also mirrored, as a trainer takes them.

    Args:
        detector: whose trunk is asked, and which is as the base stage has left it.
        found: the pictures.
    """

    def __init__(self, detector: Detector, found):
        self.network, count = detector.network, len(found.images)
        images = np.concatenate([found.images, found.images[:, :, ::-1]])
        self.levels = detector.levels(images)
        self.things = {
            "boxes": np.concatenate([found.boxes, np.asarray(mirrored(found.boxes))]).astype("float32"),
            "kinds": np.tile(found.kinds, (2, 1)),
            "difficult": np.tile(found.difficult, (2, 1)),
        }
        raw = in_batches(lambda some: {"kinds": self._before(some)}, np.arange(2 * count), 64)
        self.things["before"] = raw["kinds"]
        self.places = [np.argwhere(self.things["kinds"] == kind) for kind in self.network.order]
        self.plain = [places[places[:, 0] < count] for places in self.places]

    def _before(self, rows):
        """What the base detector scores, for LSTD; of one by reweighting nothing is asked."""
        rows = np.asarray(rows)
        if self.network.reweighted:
            return ops.zeros((len(rows), 1))
        return self.network.predicted(self.network.features({n: x[rows] for n, x in self.levels.items()}))["kinds"]

    def batch(self, rng) -> tuple[dict, dict]:
        """Pictures drawn with replacement, and with reweighting an example of each kind."""
        rows = rng.integers(0, len(self.levels["fine"]), BATCH)
        inputs = {name: array[rows] for name, array in self.levels.items()}
        if self.network.reweighted:
            inputs |= self._seen(np.array([places[rng.integers(len(places))] for places in self.places]))
        return inputs, {name: array[rows] for name, array in self.things.items()}

    def _seen(self, places) -> dict:
        """What M reads of things at (picture, row)."""
        boxes = self.things["boxes"][tuple(places.T)]
        mask = np.asarray(box_mask(boxes, *self.network.image_shape[:2]))
        read = {f"example_{name}": self.levels[name][places[:, 0]] for name in ("fine", "middle")}
        return read | {"example_mask": mask}

    def vectors(self) -> np.ndarray:
        """The mean of M over the examples of each kind, none of them mirrored: `[kinds, width]`."""
        rows = []
        for places in self.plain:
            seen = self._seen(places)
            read = {name: seen[f"example_{name}"] for name in ("fine", "middle")}
            made = self.network.vectors_of(self.network.seen(None, self.network.mask(seen["example_mask"]), read))
            rows.append(np.mean(np.asarray(made), axis=0))
        return np.array(rows)
