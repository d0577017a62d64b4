"""The rules of exits and branches, on lists of float64, which are faster than arrays for a dozen numbers.

The statistics take probabilities; `holds` builds the predicate of a rule. docs/bundle.md has the formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..bundle import manifest as m

# Above this many classes one numpy call is cheaper than a loop.
_LOOP_LIMIT = 64


def softmax(logits: list[float]) -> list[float]:
    """exp(v - max) / sum(exp(v - max)); all NaN if a logit is NaN or +infinity, or if all are -infinity."""
    top = max(logits)
    if len(logits) > _LOOP_LIMIT:
        with np.errstate(invalid="ignore"):  # infinity minus infinity, which is NaN as in the loop
            exponentials = np.exp(np.subtract(logits, top)).tolist()
    else:
        exp = math.exp
        exponentials = [exp(v - top) for v in logits]
    total = sum(exponentials)
    return [e / total for e in exponentials]


def max_softmax(logits: list[float]) -> float:
    """max(softmax(logits)), bit for bit: the largest exponential is 1, so the maximum is 1 / their sum."""
    if len(logits) > _LOOP_LIMIT:
        return max(softmax(logits))
    top, exp = max(logits), math.exp
    return 1.0 / sum([exp(v - top) for v in logits])


def entropy(probabilities: list[float]) -> float:
    """-sum p ln p, in nats; a probability of at most zero adds nothing, a NaN makes the sum NaN."""
    log = math.log
    return -sum([p * log(p) for p in probabilities if not p <= 0.0])


def propagate_nan(probabilities: list[float]) -> list[float]:
    """Makes all probabilities NaN if one is, as a softmax does; `max` and `sorted` alone may skip a NaN."""
    return probabilities if all([p == p for p in probabilities]) else [math.nan] * len(probabilities)


def first_largest(numbers: list[float]) -> int:
    """Index of the largest number, the lowest among equals: 0 if a NaN comes first; any other NaN is passed over."""
    return numbers.index(max(numbers))


def margin(probabilities: list[float]) -> float:
    """The largest probability minus the second largest."""
    second, first = sorted(probabilities)[-2:]
    return first - second


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if x < 0.0:
        e = math.exp(x)
        return e / (1.0 + e)
    return 1.0 / (1.0 + math.exp(-x))


def holds(
    rule: m.AnyRule, setting: Callable[[float | m.ParameterReference], list[float]]
) -> Callable[[list[float]], bool]:
    """Builds the predicate of a rule.

    Args:
        rule: a rule of the manifest.
        setting: returns a list of one element with the current value of a number or parameter.

    Returns:
        The predicate, a function of the value's elements.
    """
    threshold = setting(rule.threshold)
    if isinstance(rule, m.AtLeast):
        return lambda values: values[0] >= threshold[0]
    probabilities = softmax if rule.activation == "softmax" else propagate_nan
    if isinstance(rule, m.MaxSoftmax) and rule.activation == "softmax":
        return lambda values: max_softmax(values) >= threshold[0]
    if isinstance(rule, m.MaxSoftmax):
        return lambda values: max(probabilities(values)) >= threshold[0]
    if isinstance(rule, m.Margin):
        return lambda values: margin(probabilities(values)) >= threshold[0]
    if isinstance(rule, m.Entropy):
        return lambda values: entropy(probabilities(values)) <= threshold[0]
    weight, bias = setting(rule.weight), setting(rule.bias)
    return lambda values: logistic(weight[0] * entropy(probabilities(values)) + bias[0]) <= threshold[0]
