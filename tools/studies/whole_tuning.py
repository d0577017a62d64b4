"""A whole two-stage detector, fine-tuned on a balanced set: what the last layers alone are compared with."""

from __future__ import annotations

import numpy as np

from keras_models import seeding
from keras_models.functional.boxes import mirrored
from keras_models.two_stage_training import Detecting, add_rows, balanced, compiled

BATCH = 10


def tune_whole(base, shots: int, draw: int) -> None:
    """Trains all weights of a study's network on so many things of each kind, every second picture mirrored.

    base: of `fine_tuning_study.Base`.
    """
    network, options = base.network, base.options
    seeding.set_random_seed(draw)
    for layer in (network.pyramid, network.proposer, network.head):
        layer.trainable = True
    add_rows(network, draw)
    settings = base.run.config["stages"]["base"] | {"peak_learning_rate": options.whole_rate}
    model = compiled(Detecting(network, settings["proposed"], everything=False), settings, options.whole_steps)
    known = balanced(base.train, range(network.classes), shots, draw)
    images, rng = base.task.normalise(known.images), np.random.default_rng([shots, draw])
    for _ in range(options.whole_steps):
        rows, turned = rng.integers(0, len(images), BATCH), rng.random(BATCH) < 0.5
        shown, boxes = images[rows], known.boxes[rows]
        shown = np.where(turned[:, None, None, None], shown[:, :, ::-1], shown)
        boxes = np.where(turned[:, None, None], np.asarray(mirrored(boxes)), boxes)
        model.train_on_batch(shown, {"boxes": boxes, "kinds": known.kinds[rows]})
