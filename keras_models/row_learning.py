"""How a device learns a row: parts and steps of a program that follows the gradient, in closed form, on kept features.

The second stage of two-stage fine-tuning (Wang, UC Berkeley 2020, section 7.3) for a phone that has no training
library: of the last layers one row is new, and a step of the gradient in it is a few products of matrices.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from keras_models import programs
from keras_models.functional import few_shot_heads as heads

STEPS, RATE = 30, 0.05  # chosen on held-out scenes: more steps keep base kinds better, and find fewer new things
NEW = 0.5  # share of the loss that the new kind's features have


def steps(examples: str, given: str) -> list[dict]:
    """What makes the value `new_row` of examples: their mean, then `STEPS` steps.

    What all features say of the kinds known so far does not change meanwhile, and is computed once.

    Args:
        examples: value `[1, n, size]`, features of things of the new kind.
        given: value `[1, n]`, 1 for those that are there.
    """
    kept = {name: f"row_{name}" for name in ("seen", "others", "wanted", "weights")}
    begin = {"examples": examples, "given": given, "rows": "classes"}
    step = programs.run("learn", kept | {"row": "new_row"}, {"row": "new_row"})
    return [
        programs.run("begin", begin, kept | {"row": "new_row"}),
        programs.repeat(STEPS, [step]),
    ]


def alone_part(network) -> keras.Model:
    """One example in the place of several."""
    embedded = keras.Input((network.embedding,), name="embedding")
    first = np.eye(1, network.examples, dtype=np.float32)
    examples = ops.expand_dims(embedded, 1) * ops.convert_to_tensor(first[..., None])
    given = 0.0 * embedded[:, :1] + ops.convert_to_tensor(first)
    return keras.Model({"embedding": embedded}, {"examples": examples, "given": given}, name="alone")


def begin_part(network) -> keras.Model:
    """What does not change from step to step, and the row to begin with."""
    examples = keras.Input((network.examples, network.embedding), name="examples")
    given = keras.Input((network.examples,), name="given")
    rows = keras.Input((network.capacity, network.embedding), name="rows")
    remembered = ops.expand_dims(ops.convert_to_tensor(network.memory), 0) + 0.0 * examples[:, :1, :1]
    seen = ops.concatenate([examples, remembered], axis=1)
    others = heads.log_sum_exp(network.classify(seen, rows))
    there = ops.expand_dims(given, -1)
    held = ops.cast(ops.any(ops.not_equal(remembered, 0.0), axis=-1, keepdims=True), "float32")
    wanted = ops.concatenate([there, 0.0 * held], axis=1)
    weights = ops.concatenate([NEW * _shares(there), (1.0 - NEW) * _shares(held)], axis=1)
    row = heads.unit(ops.sum(there * heads.unit(examples), axis=1))
    made = {"seen": heads.unit(seen), "others": others, "wanted": wanted, "weights": weights, "row": row}
    return keras.Model({"examples": examples, "given": given, "rows": rows}, made, name="begin")


def learn_part(network) -> keras.Model:
    """One step of the gradient, after which the row is of length 1 again."""
    count = network.examples + network.remembered
    seen = keras.Input((count, network.embedding), name="seen")
    others, wanted, weights = (keras.Input((count, 1), name=name) for name in ("others", "wanted", "weights"))
    row = keras.Input((network.embedding,), name="row")
    before = ops.expand_dims(row, 1)
    moved = before - RATE * heads.row_gradient(seen, others, wanted, weights, before)
    ports = {"seen": seen, "others": others, "wanted": wanted, "weights": weights, "row": row}
    return keras.Model(ports, {"row": heads.unit(moved[:, 0])}, name="learn")


def _shares(present):
    """1 over how many there are, for those that there are: `[batch, n, 1]` of 0 and 1."""
    return present / ops.maximum(ops.sum(present, axis=1, keepdims=True), 1.0)
