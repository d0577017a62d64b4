"""From arrays to a tf.data.Dataset: shuffling, augmentation and normalisation, batch by batch."""

import tensorflow as tf


def shift_and_flip(images, rows, columns, flips, padding):
    """Pads pictures with zeros, cuts a window of the old size out of each, and mirrors some.

    Args:
        images: [b, h, w, c].
        rows, columns: int [b], first row and column of the window in the padded picture, 0 .. 2 * padding.
        flips: bool [b], whether to mirror left and right.
        padding: pixels added on each side.

    Returns:
        [b, h, w, c], of the type of `images`.
    """
    height, width = images.shape[1:3]
    padded = tf.pad(images, [[0, 0], [padding, padding], [padding, padding], [0, 0]])
    along = tf.range(width)[None, :]
    along = columns[:, None] + tf.where(flips[:, None], width - 1 - along, along)
    cut = tf.gather(padded, rows[:, None] + tf.range(height)[None, :], axis=1, batch_dims=1)
    return tf.gather(cut, along, axis=2, batch_dims=1)


def shift_and_flip_at_random(images, seed, shift, mirror):
    """Augments a batch: pad, cut a window of the old size at random, mirror every second picture at random.

    Args:
        images: [b, h, w, c], pixels before normalisation, so that the padding is black.
        seed: int64 scalar; the same seed gives the same pictures.
        shift: pixels added on each side, 4 as is usual for CIFAR-10.
        mirror: whether to mirror at all.
    """
    count = tf.shape(images)[0]
    corners = tf.random.stateless_uniform([2, count], [seed, 0], 0, 2 * shift + 1, tf.int32)
    flips = tf.random.stateless_uniform([count], [seed, 1], 0, 2, tf.int32) == 1
    return shift_and_flip(images, corners[0], corners[1], flips & mirror, shift)


def cut_out(images, rows, columns, side):
    """Blanks a square in each picture (DeVries and Taylor 2017, "Cutout").

    Args:
        images: float [b, h, w, c], normalised, so that blank is the mean.
        rows, columns: int [b], centre of the square, whose side beyond the picture's edge is lost.
        side: of the square, in pixels.
    """
    height, width = images.shape[1:3]
    down = _within(tf.range(height), rows, side)[:, :, None, None]
    along = _within(tf.range(width), columns, side)[:, None, :, None]
    return tf.where(down & along, tf.zeros_like(images), images)


def _within(places, centres, side):
    """Whether each place is in the stretch of that length about each centre: bool [b, places]."""
    first = centres[:, None] - side // 2
    return (places >= first) & (places < first + side)


def cut_out_at_random(images, seed, side):
    """`cut_out` of a square whose centre is anywhere in the picture. seed: as for `shift_and_flip_at_random`."""
    count, (height, width) = tf.shape(images)[0], images.shape[1:3]
    rows = tf.random.stateless_uniform([count], [seed, 2], 0, height, tf.int32)
    return cut_out(images, rows, tf.random.stateless_uniform([count], [seed, 3], 0, width, tf.int32), side)


def batches(task, images, answers, batch_size, *, augment=False, cutout=0, shuffle_seed=None, weights=None, turns=1):
    """Batches of (float32 images, answers) of arrays that fit in memory; see `Task.dataset`.

    Args:
        answers: what goes with each image, labels [n] or distributions [n, classes]; or several such by name.
        weights: float32 [n], which come third where there are any; None are none.
        turns: stretches of equal length that the pictures fall into; shuffled, every batch has as many of each.
    """
    if batch_size < 1:
        raise ValueError(f"expected a batch size of at least 1, received {batch_size}")
    if (augment or cutout) and shuffle_seed is None:
        raise ValueError("expected a shuffle_seed for augmentation, which draws at random, received None")
    count = len(images)
    with tf.device("CPU"):  # where tf.data works; a whole data set has no place in the memory of an accelerator
        pixels = tf.constant(images)
        beside = [tf.nest.map_structure(tf.constant, some) for some in (answers, weights) if some is not None]
    scale, offset = tf.constant(task.scale, tf.float32), tf.constant(task.offset, tf.float32)

    def make(rows, seed):
        chosen = tf.gather(pixels, rows)
        if callable(augment):
            chosen = augment(chosen, seed)
        elif augment:
            chosen = shift_and_flip_at_random(chosen, seed, task.shift, task.mirror)
        seen = tf.cast(chosen, tf.float32) * scale + offset
        chosen = [tf.nest.map_structure(lambda some: tf.gather(some, rows), some) for some in beside]
        return cut_out_at_random(seen, seed, cutout) if cutout else seen, *chosen

    seeds = tf.data.Dataset.random(shuffle_seed or 0, rerandomize_each_iteration=True)
    rows = _order(count, batch_size, shuffle_seed, turns)
    return tf.data.Dataset.zip(rows, seeds).map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _order(count, batch_size, shuffle_seed, turns):
    """Numbers of the pictures of each batch; see `batches`."""
    order = tf.data.Dataset.range(count)
    if shuffle_seed is None:
        return order.batch(batch_size)
    if turns == 1:
        return order.shuffle(count, seed=shuffle_seed, reshuffle_each_iteration=True).batch(batch_size)
    size = count // turns
    stretches = [
        tf.data.Dataset.range(turn * size, (turn + 1) * size).shuffle(
            size, seed=shuffle_seed + turn, reshuffle_each_iteration=True
        )
        for turn in range(turns)
    ]
    together = tf.data.Dataset.zip(tuple(stretches)).batch(batch_size // turns)
    return together.map(lambda *rows: tf.reshape(tf.stack(rows, axis=1), (-1,)))
