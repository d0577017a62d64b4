"""Answers of a network that is asked several tasks, each sample its own."""

from __future__ import annotations

from collections.abc import Sequence

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
    most = max(own.shape[-1] for own in logits)
    padded = [ops.pad(own, ((0, 0), (0, most - own.shape[-1])), constant_values=FAR) for own in logits]
    rows = ops.cast(ops.reshape(tasks, (-1, 1, 1)), "int32")
    return ops.take_along_axis(ops.stack(padded, axis=1), ops.broadcast_to(rows, (ops.shape(rows)[0], 1, most)), axis=1)
