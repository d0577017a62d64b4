"""From annotated pictures to a tf.data.Dataset: pictures, what is on them, and an example of each of some kinds."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from keras_models.datasets.annotated import Annotated
from keras_models.functional.boxes import box_mask, mirrored

INSTANCES = "instances"


def batches(task, found: Annotated, batch_size, mirror, shuffle_seed, marks=None, examples=()):
    """Batches as `DetectionTask.dataset` tells of them.

    Args:
        task: whose scale and offset pictures get.
        found: what is shown.
        mirror: whether every second picture, at random, is mirrored; needs `shuffle_seed`.
        batch_size, shuffle_seed, marks, examples: as there.

    Raises:
        ValueError: a batch of none, a kind without an example, masks that are not known, or no seed.
    """
    if batch_size < 1:
        raise ValueError(f"expected a batch size of at least 1, received {batch_size}")
    if mirror and shuffle_seed is None:
        raise ValueError("expected a shuffle_seed for augmentation, which draws at random, received None")
    if marks not in (None, INSTANCES) or (marks and found.instances is None):
        raise ValueError(f"expected the mark {INSTANCES}, where masks are known, received {marks!r}")
    columns = {"image": found.images, "boxes": found.boxes, "kinds": found.kinds, "difficult": found.difficult}
    columns |= {INSTANCES: found.instances} if marks else {}
    with tf.device("CPU"):
        held = tf.nest.map_structure(tf.constant, columns)
    draw = Examples(found, examples) if examples else None
    scale, offset = tf.constant(task.scale, tf.float32), tf.constant(task.offset, tf.float32)

    def make(rows, seed):
        some = {name: tf.gather(column, rows) for name, column in held.items()}
        if mirror:
            some = mirrored_at_random(some, seed)
        image = tf.cast(some.pop("image"), tf.float32) * scale + offset
        if draw is None:
            return image, some
        pictures, boxes = draw(held, seed, mirror)
        pictures = tf.cast(pictures, tf.float32) * scale + offset
        seen = tf.concat([pictures, box_mask(boxes, *pictures.shape[1:3])], axis=-1)
        return {"image": image, "examples": seen}, some

    order = tf.data.Dataset.range(len(found.images))
    if shuffle_seed is not None:
        order = order.shuffle(len(found.images), seed=shuffle_seed, reshuffle_each_iteration=True)
    seeds = tf.data.Dataset.random(shuffle_seed or 0, rerandomize_each_iteration=shuffle_seed is not None)
    made = tf.data.Dataset.zip(order.batch(batch_size), seeds)
    return made.map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


class Examples:
    """Draws a thing of each of some kinds, difficult ones left out.

    Raises:
        ValueError: a kind of which there is none.
    """

    def __init__(self, found: Annotated, kinds):
        places = [np.argwhere((found.kinds == kind) & ~found.difficult) for kind in kinds]
        for kind, rows in zip(kinds, places, strict=True):
            if not len(rows):
                raise ValueError(f"expected a thing of every kind that examples are drawn of, received none of {kind}")
        self._counts = np.array([len(rows) for rows in places])
        self._places = np.zeros((len(places), self._counts.max(), 2), np.int32)
        for place, rows in enumerate(places):
            self._places[place, : len(rows)] = rows

    def __call__(self, held, seed, mirror=False):
        """(uint8 pictures `[kinds, h, w, c]`, boxes `[kinds, 4]`), drawn by a seed; some mirrored, if asked."""
        share = tf.random.stateless_uniform([len(self._counts)], [seed, 2])
        number = tf.cast(share * tf.constant(self._counts, tf.float32), tf.int32)
        number = tf.minimum(number, tf.constant(self._counts - 1, tf.int32))  # a share may round up to 1
        rows = tf.gather(tf.constant(self._places), number, axis=1, batch_dims=1)
        some = {"image": tf.gather(held["image"], rows[:, 0]), "boxes": tf.gather_nd(held["boxes"], rows)}
        some = mirrored_at_random(some, seed + 1) if mirror else some
        return some["image"], some["boxes"]


def mirrored_at_random(some, seed):
    """Pictures, boxes and instances of which about every second one is mirrored left and right, all of them alike."""
    flips = tf.random.stateless_uniform([tf.shape(some["image"])[0]], [seed, 1], 0, 2, tf.int32) == 1

    def chosen(turned, kept):
        return tf.where(tf.reshape(flips, [-1] + [1] * (len(kept.shape) - 1)), turned, kept)

    turned = {name: tf.reverse(some[name], [2]) for name in ("image", INSTANCES) if name in some}
    turned["boxes"] = mirrored(some["boxes"])
    return some | {name: chosen(array, some[name]) for name, array in turned.items()}
