"""The rules of exits and branches over many samples at once, with the decisions of the rules of one sample.

Arrays and lists round apart in the last bit. So a sample whose statistic lies at the threshold is decided by the rule
of the runtime itself.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from ..bundle.language import AnyRule
from ..program import rules

# Relative distance from the threshold within which rounding could decide; sums of thousands of terms err far less.
_NEAR = 1e-9
AT_MOST = ("entropy", "logistic_entropy")

Setting = Callable[[object], float]  # from a number or {"parameter": name} to the number in use


def holds(rule: dict, values: np.ndarray, setting: Setting) -> np.ndarray:
    """Whether a rule holds, for every sample.

    Args:
        rule: a rule of a program, as a plain dict.
        values: float32 `[samples, elements]`, the value that the rule reads.
        setting: function from a number or a reference to a parameter to the number in use.

    Returns:
        bool `[samples]`.
    """
    if not len(values):
        return np.zeros(0, bool)
    numbers = {field: setting(rule[field]) for field in ("threshold", "weight", "bias") if field in rule}
    threshold, seen = numbers["threshold"], statistic(rule, values, setting)
    with np.errstate(invalid="ignore"):  # infinities and NaN follow IEEE, as in the rules of one sample
        decided = seen <= threshold if rule["rule"] in AT_MOST else seen >= threshold
        if rule["rule"] == "at_least":
            return decided
        # Written so that infinities and NaN are near: the runtime's rule compares them as well.
        near = ~(np.abs(seen - threshold) > _NEAR * np.maximum(1.0, np.abs(seen)))
    if near.any():
        referring = rule | {field: {"parameter": field} for field in numbers}
        one = rules.holds(msgspec.convert(referring, AnyRule), lambda reference: [numbers[reference.parameter]])
        decided[near] = [one(row) for row in values[near].tolist()]
    return decided


def statistic(rule: dict, values: np.ndarray, setting: Setting) -> np.ndarray:
    """What a rule compares with its threshold, float64 `[samples]`; arguments as of `holds`."""
    values, kind = values.astype(np.float64), rule["rule"]
    if kind == "at_least":
        return values[:, 0]
    with np.errstate(all="ignore"):
        probabilities = softmax(values) if rule.get("activation", "softmax") == "softmax" else _stated(values)
        if kind == "max_softmax":
            return probabilities.max(-1)
        if kind == "margin":
            top = np.sort(probabilities, axis=-1)[:, -2:]
            return top[:, 1] - top[:, 0]
        if kind == "entropy":
            return entropy(probabilities)
        return _logistic(setting(rule["weight"]) * entropy(probabilities) + setting(rule["bias"]))


def softmax(logits: np.ndarray) -> np.ndarray:
    """exp(v - max) / sum of those, along the last axis."""
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """-sum p ln p in nats along the last axis; a probability of zero (or less) adds nothing, NaN makes the sum NaN."""
    counted = np.where(probabilities <= 0.0, 1.0, probabilities)
    return -(counted * np.log(counted)).sum(-1)


def first_largest(scores: np.ndarray) -> np.ndarray:
    """Index of the largest element of each row, the lowest among equals: what a select takes, and an answer's label.

    As in the runtime, a NaN is never larger than anything, and nothing is larger than a NaN that comes first.
    """
    found = np.where(np.isnan(scores), -np.inf, scores).argmax(-1)
    return np.where(np.isnan(scores[..., 0]), 0, found)


def _stated(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities that a part gave itself; one NaN makes all NaN."""
    return np.where(np.isnan(probabilities).any(-1, keepdims=True), np.nan, probabilities)


def _logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x < 0.0, small / (1.0 + small), 1.0 / (1.0 + small))
