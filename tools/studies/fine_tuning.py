"""Two-stage fine-tuning on what a frozen detector shows: regions and their features, computed once for every draw.

The last layers see nothing but features of regions (Wang et al., ICML 2020): so a draw of examples is tuned in a
second, and judged in another, and many can be.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from keras_models.functional import box_coding, few_shot_heads
from keras_models.functional.region_crops import crop_boxes
from keras_models.two_stage_training import KNOWN_FROM, NEARBY
from tflite.program.keep import keep_best

BATCH = 50  # pictures
SURE, OVERLAP = 0.05, 0.5  # as the program's parameters


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a frozen detector shows of pictures.

    Attributes:
        regions: float32 `[n, regions, 4]`, most promising first.
        there: bool `[n, regions]`, whether there is such a region.
        embedded: float32 `[n, regions, size]`.
    """

    regions: np.ndarray
    there: np.ndarray
    embedded: np.ndarray


@dataclasses.dataclass(frozen=True)
class LastLayers:
    """The layers that are tuned.

    Attributes:
        classifier: "cosine" or "dense".
        rows: float32 `[kinds, size]`; one of zeros is no kind.
        background: float32 `[1, size]`.
        kernel, bias: of the regression of boxes.
    """

    classifier: str
    rows: np.ndarray
    background: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    def scores(self, embedded) -> np.ndarray:
        """The softmax over kinds and background, without the latter: `[..., kinds]` of `[..., size]`."""
        logits = self.logits(embedded, self.rows, self.background)
        logits = np.asarray(logits, np.float64)
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return (shares / shares.sum(axis=-1, keepdims=True))[..., :-1]

    def logits(self, embedded, rows, background):
        """Logits of kinds and, last, of the background."""
        from keras import ops

        product = few_shot_heads.cosine_logits if self.classifier == "cosine" else few_shot_heads.dense_logits
        kinds = few_shot_heads.masked(product(embedded, rows), rows)
        return ops.concatenate([kinds, product(embedded, background)], axis=-1)


def last_layers(network) -> LastLayers:
    """Those of a network."""
    arrays = (network.rows, network.background, *network.regression.weights)
    return LastLayers(network.classifier, *(np.array(array) for array in arrays))


def see(network, images, things=None) -> Seen:
    """Regions of normalised images `[n, height, width, 3]`, as the network's program keeps them, and their features.

    things: boxes that stand behind the regions, `[n, m, 4]`; a row of zeros is none.
    """
    seen = []
    for first in range(0, len(images), BATCH):
        part = np.s_[first : first + BATCH]
        found = network.look(images[part])
        sure = 1 / (1 + np.exp(-np.asarray(found["objectness"], np.float64)))
        overlap, most = network.proposal_overlap, network.regions
        pairs = zip(np.asarray(found["proposals"]), sure, strict=True)
        kept = [keep_best(boxes, scores, SURE, overlap, most) for boxes, scores in pairs]
        regions = np.concatenate([one["boxes"] for one in kept])
        there = np.arange(most) < np.concatenate([one["count"] for one in kept])
        if things is not None:
            regions = np.concatenate([regions, things[part]], axis=1)
            there = np.concatenate([there, things[part].any(axis=-1)], axis=1)
        seen.append((regions, there, embed(network, found["features"], regions)))
    return Seen(*(np.concatenate(arrays) for arrays in zip(*seen, strict=True)))


def embed(network, features, regions) -> np.ndarray:
    """What the head makes of regions `[n, m, 4]` of the features of their pictures: float32 `[n, m, size]`."""
    pieces = crop_boxes(features, np.asarray(regions, np.float32), network.piece)
    flat = np.asarray(pieces).reshape(-1, *network.piece, network.width)
    return np.asarray(network.head(flat)).reshape(*regions.shape[:2], -1)


def detections(layers: LastLayers, seen: Seen, most: int, regions: int | None = None) -> np.ndarray:
    """What the program answers: float32 `[n, most, 6]`, boxes, scores and kinds, as `average_precision` takes them.

    regions: as many as are looked at; all by default. A budget that ends the rows does just this.
    """
    some = np.s_[:, :regions]
    embedded, boxes, there = seen.embedded[some], seen.regions[some], seen.there[some]
    scores = layers.scores(embedded) * there[..., None]
    moved = embedded @ layers.kernel + layers.bias
    refined = np.asarray(box_coding.decode(moved.astype(np.float32), boxes.astype(np.float32)))
    found = np.zeros((len(boxes), most, 6), np.float32)
    for place, (own, sure) in enumerate(zip(refined, scores, strict=True)):
        kept = keep_best(own, sure, SURE, OVERLAP, most)
        kinds = np.where(np.arange(most) < kept["count"][0, 0], kept["classes"][0], -1)
        found[place] = np.concatenate([kept["boxes"][0], kept["scores"][0, :, None], kinds[:, None]], axis=1)
    return found


@dataclasses.dataclass(frozen=True)
class Examples:
    """Regions to tune on.

    Attributes:
        embedded: float32 `[n, size]`.
        answers: int `[n]`, the kind, or -1 for background.
        moved: float32 `[n, 4]`, what the regression has to say where there is a kind.
    """

    embedded: np.ndarray
    answers: np.ndarray
    moved: np.ndarray


def examples(seen: Seen, boxes, kinds, everything: bool = False) -> Examples:
    """Regions of pictures and what they are.

    Args:
        seen: of `see`, things among the regions.
        boxes, kinds: of the things that are known, `[n, m, 4]` and `[n, m]`, -1 where there is none.
        everything: whether all regions count; if not, those that overlap a thing.
    """
    from keras import ops

    rows, sign, overlap = map(np.asarray, box_coding.matched(seen.regions, boxes, kinds >= 0, KNOWN_FROM))
    counted = seen.there & (everything | (overlap >= NEARBY))
    answers = np.where(sign > 0, np.take_along_axis(kinds, rows, axis=1), -1)
    own = np.take_along_axis(boxes, rows[..., None], axis=1)[counted]
    regions, answers = seen.regions[counted], answers[counted]
    regions = np.concatenate([regions[:, :2], np.maximum(regions[:, 2:], regions[:, :2] + 1e-3)], axis=1)
    moved = box_coding.encode(np.where(answers[:, None] < 0, regions, own), regions)
    return Examples(seen.embedded[counted], answers, ops.convert_to_numpy(moved))


def tune(layers: LastLayers, known: Examples, steps: int, rate: float, momentum: float = 0.9) -> LastLayers:
    """Follows the gradient of cross-entropy and smooth L1 (equation 7.1) on all examples at once.

    The rate falls to nothing along a half cosine.
    """
    import tensorflow as tf

    variables = [tf.Variable(array) for array in (layers.rows, layers.background, layers.kernel, layers.bias)]
    answers = np.where(known.answers < 0, len(layers.rows), known.answers)
    found = (known.answers >= 0).astype(np.float32)
    speeds = [tf.Variable(tf.zeros_like(one)) for one in variables]

    @tf.function(autograph=False)
    def step(now):
        with tf.GradientTape() as tape:
            rows, background, kernel, bias = variables
            logits = layers.logits(known.embedded, tf.convert_to_tensor(rows), tf.convert_to_tensor(background))
            entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(answers, logits)
            away = few_shot_heads.smooth_l1(tf.matmul(known.embedded, kernel) + bias - known.moved)
            places = tf.reduce_sum(tf.reduce_sum(away, axis=1) * found) / max(found.sum(), 1)
            lost = tf.reduce_mean(entropy) + places
        for variable, speed, slope in zip(variables, speeds, tape.gradient(lost, variables), strict=True):
            speed.assign(momentum * speed + slope)
            variable.assign_sub(now * speed)

    for number in range(steps):
        step(tf.constant(rate * 0.5 * (1 + np.cos(np.pi * number / steps)), tf.float32))
    return LastLayers(layers.classifier, *(one.numpy() for one in variables))
