"""Answers of a network that is asked several tasks, each sample its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keras import ops

FAR = -1e9  # stands behind the logits of a task with fewer classes: no probability, and a finite loss


def answers_asked(logits: Sequence, tasks):
    """Of each sample the logits of the task that is asked.

    Args:
        logits: one array a task, `[batch, classes of the task]`.
        tasks: whole numbers `[batch]`, which task is asked of each sample.

    Returns:
        `[batch, 1, most classes]`, `FAR` behind the logits of tasks with fewer classes.
    """
    padded, most = _padded(logits)
    rows = ops.cast(ops.reshape(tasks, (-1, 1, 1)), "int32")
    return ops.take_along_axis(ops.stack(padded, axis=1), ops.broadcast_to(rows, (ops.shape(rows)[0], 1, most)), axis=1)


def each_asked(answer: Callable, images, tasks, count: int):
    """Of each sample the logits of the task that is asked, where every task's network sees its own samples alone.

    That of a task that no sample asks sees the first one, and what it answers counts nothing: kernels of convolutions
    and normalisations are not made for empty batches.

    Args:
        answer: function (number of a task, images `[some, ...]`) -> logits `[some, classes of the task]`.
        images: `[batch, ...]`.
        tasks: whole numbers `[batch]`, which task is asked of each sample.
        count: how many tasks there are.

    Returns:
        `[batch, most classes]`, `FAR` behind the logits of tasks with fewer classes.
    """
    asked, logits, rows = ops.cast(ops.reshape(tasks, (-1,)), "int32"), [], []
    for task in range(count):
        own = ops.cast(ops.nonzero(ops.equal(asked, task))[0], "int32")
        shown = ops.concatenate([own, ops.zeros((1,), "int32")], axis=0)[: ops.maximum(ops.size(own), 1)]
        logits.append(answer(task, ops.take(images, shown, axis=0))[: ops.size(own)])
        rows.append(own)
    padded, _ = _padded(logits)
    return ops.take(ops.concatenate(padded, axis=0), ops.argsort(ops.concatenate(rows, axis=0)), axis=0)


def _padded(logits):
    """Logits of all tasks with as many columns as the one with most, and how many these are."""
    most = max(own.shape[-1] for own in logits)
    return [ops.pad(own, ((0, 0), (0, most - own.shape[-1])), constant_values=FAR) for own in logits], most
