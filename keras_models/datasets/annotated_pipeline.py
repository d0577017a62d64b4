"""From annotated pictures to a tf.data.Dataset: pictures, what is on them, and an example of each of some kinds."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from keras_models.datasets.annotated import Annotated
from keras_models.functional.boxes import box_mask, mirrored

INSTANCES = "instances"


def batches(task, found: Annotated, batch_size, mirror, shuffle_seed, marks=None, examples=(), observed=None):
    """Batches as `DetectionTask.dataset` tells of them.

    Args:
        task: whose scale and offset pictures get.
        found: what is shown.
        mirror: whether every second picture, at random, is mirrored; needs `shuffle_seed`.
        batch_size, shuffle_seed, marks, examples, observed: as there.

    Raises:
        ValueError: a batch of none, a kind without an example, masks that are not known, or no seed.
    """
    if batch_size < 1:
        raise ValueError(f"expected a batch size of at least 1, received {batch_size}")
    if mirror and shuffle_seed is None:
        raise ValueError("expected a shuffle_seed for augmentation, which draws at random, received None")
    if marks not in (None, INSTANCES) or (marks and found.instances is None):
        raise ValueError(f"expected the mark {INSTANCES}, where masks are known, received {marks!r}")
    columns = {"boxes": found.boxes, "kinds": found.kinds, "difficult": found.difficult}
    columns |= {INSTANCES: found.instances} if marks else {}
    with tf.device("CPU"):
        held = tf.nest.map_structure(tf.constant, columns)
    pictures = Pictures(task, found.images, mirror, observed)
    draw = Examples(found, examples) if examples else None

    def make(rows, seed):
        """A batch of those rows: (what the network sees, what there is to find)."""
        flips = tf.random.stateless_uniform([tf.shape(rows)[0]], [seed, 1], 0, 2, tf.int32) == 1
        some = {name: tf.gather(column, rows) for name, column in held.items()}
        some = turned(some, flips) if mirror else some
        seen = pictures(rows, flips)
        if draw is None:
            return seen["image"] if set(seen) == {"image"} else seen, some
        places = draw(seed)
        flips = tf.random.stateless_uniform([len(examples)], [seed + 1, 1], 0, 2, tf.int32) == 1
        boxes = tf.gather_nd(held["boxes"], places)
        boxes = turned({"boxes": boxes}, flips)["boxes"] if mirror else boxes
        mask = box_mask(boxes, *found.images.shape[1:3])
        shown = pictures(places[:, 0], flips)
        if observed is None:
            return seen | {"examples": tf.concat([shown["image"], mask], axis=-1)}, some
        return seen | {f"example_{name}": array for name, array in shown.items()} | {"example_mask": mask}, some

    order = tf.data.Dataset.range(len(found.images))
    if shuffle_seed is not None:
        order = order.shuffle(len(found.images), seed=shuffle_seed, reshuffle_each_iteration=True)
    seeds = tf.data.Dataset.random(shuffle_seed or 0, rerandomize_each_iteration=shuffle_seed is not None)
    made = tf.data.Dataset.zip(order.batch(batch_size), seeds)
    return made.map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


class Pictures:
    """Pictures of a task by their numbers, some of them mirrored: normalised, or what has been observed of them.

    observed: function (normalised pictures) -> name -> array, computed once here, of mirrored pictures too; or None.
    """

    def __init__(self, task, images, mirror, observed=None):
        self._mirror, self._form = mirror, (tf.constant(task.scale, tf.float32), tf.constant(task.offset, tf.float32))
        ways = [images, images[:, :, ::-1]] if mirror and observed is not None else [images]
        with tf.device("CPU"):
            if observed is None:
                self._pixels, self._observed = tf.constant(images), None
            else:
                seen = [observed(task.normalise(np.ascontiguousarray(way))) for way in ways]
                self._observed = {name: tf.constant(np.stack([one[name] for one in seen], 1)) for name in seen[0]}

    def __call__(self, rows, flips) -> dict:
        """Name -> float32 `[rows, ...]`."""
        if self._observed is not None:
            places = tf.stack([tf.cast(rows, tf.int32), tf.cast(flips & self._mirror, tf.int32)], axis=1)
            return {name: tf.gather_nd(array, places) for name, array in self._observed.items()}
        scale, offset = self._form
        image = tf.cast(tf.gather(self._pixels, rows), tf.float32) * scale + offset
        return turned({"image": image}, flips) if self._mirror else {"image": image}


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

    def __call__(self, seed):
        """(picture, row) of a thing of each kind, drawn by a seed: int32 `[kinds, 2]`."""
        share = tf.random.stateless_uniform([len(self._counts)], [seed, 2])
        number = tf.cast(share * tf.constant(self._counts, tf.float32), tf.int32)
        number = tf.minimum(number, tf.constant(self._counts - 1, tf.int32))  # a share may round up to 1
        return tf.gather(tf.constant(self._places), number, axis=1, batch_dims=1)


def turned(some, flips):
    """Pictures, boxes and instances of which those with a flip are mirrored left and right, all of them alike."""

    def chosen(other, kept):
        return tf.where(tf.reshape(flips, [-1] + [1] * (len(kept.shape) - 1)), other, kept)

    others = {name: tf.reverse(some[name], [2]) for name in ("image", INSTANCES) if name in some}
    others |= {"boxes": mirrored(some["boxes"])} if "boxes" in some else {}
    return some | {name: chosen(array, some[name]) for name, array in others.items()}
